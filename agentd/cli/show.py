"""How things look on a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

MARKS = {"done": ("✓", "green"), "unverified": ("?", "yellow")}
FAILED = ("✗", "red")
GOOD = frozenset(MARKS)


def as_json(value: Any) -> None:
    """Print `value` as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def receipt(row: Mapping[str, Any]) -> None:
    """Print one receipt as a line: a mark, what was asked of what, how long, and why not."""
    mark, colour = MARKS.get(row["status"], FAILED)
    asked = " ".join(f"{name}={json_value(value)}" for name, value in row["arguments"].items())
    words = [row["tool"], row["device"], asked]
    line = " ".join(word for word in words if word)
    why = f": {row['message']}" if row["message"] else ""
    took = f"({row['took_s'] * 1000:.0f} ms)"
    click.echo(f"  {click.style(mark, fg=colour)} {line} {row['status']} {took}{why}")


def waiting(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print the calls that wait for a yes, with the command that says it."""
    for row in rows:
        click.echo(f"  {row['prompt']}")
        click.echo(f"    agentd confirm {row['token']}    (within {row['expires_in_s']:.0f} s)")


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
