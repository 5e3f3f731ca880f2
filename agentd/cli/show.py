"""How things look on a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

MARKS = {
    "done": ("✓", "green"),
    "accepted": ("…", "green"),
    "unverified": ("?", "yellow"),
}
FAILED = ("✗", "red")
GOOD = frozenset(MARKS)


def as_json(value: Any) -> None:
    """Print `value` as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def receipt(row: Mapping[str, Any], *, told: bool = False) -> None:
    """Print one receipt as a line: a mark, what was asked of what, how long, and why not.

    `told`: a sentence above it has said already what came of it.
    """
    mark, colour = MARKS.get(row["status"], FAILED)
    words = [row["tool"], row["device"], pairs(row["arguments"], "="), row["status"]]
    line = " ".join(word for word in words if word)
    outcome = "" if told else row["message"] or pairs(row["state"], " ")
    took = f"({row['took_s'] * 1000:.0f} ms)"
    click.echo(f"  {click.style(mark, fg=colour)} {line} {took}{outcome and ': '}{outcome}")


def waiting(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print the calls that wait for a yes: the command that says it, and to what."""
    for row in rows:
        left = f"{row['expires_in_s']:.0f} s left"
        click.echo(f"  agentd confirm {row['token']}    ({left}) {row['prompt']}")


def pairs(values: Mapping[str, Any], sign: str) -> str:
    """Return names and values in one line; what is empty or always true is left out."""
    shown = {
        name: value
        for name, value in values.items()
        if value not in (None, "") and (name, value) != ("available", True)
    }
    between = " " if sign == "=" else ", "
    return between.join(f"{name}{sign}{json_value(value)}" for name, value in shown.items())


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows in columns under `head`."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def json_value(value: Any) -> str:
    """Return a value the way it is typed after `=`."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
