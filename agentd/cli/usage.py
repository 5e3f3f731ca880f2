"""`agentd usage`: what each key used, and what is left of its budget."""

from __future__ import annotations

from typing import Any

import click

from agentd.cli import place, show

NAMES = ("tokens", "calls", "motion_s")


@click.command(epilog="\b\nExamples:\n  agentd usage\n  agentd usage --days 7 --json")
@click.option("--days", type=click.IntRange(1, 366), default=1, help="How many, today included.")
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
@place.option
def usage(days: int, in_json: bool, state_dir: str | None) -> None:
    """Show the tokens, calls and seconds of motion of each key, day by day."""
    from agentd.cli.client import find  # noqa: PLC0415

    answer = find(state_dir).ask("GET", f"/api/usage?days={days}")
    if in_json:
        show.as_json(answer)
    elif not answer["usage"]:
        click.echo("Nothing was used.")
    else:
        head = ("DAY", "KEY", "TOKENS", "CALLS", "MOTION (s)")
        show.table(
            head,
            (
                (row["day"], row["key"], *(_cell(row, name) for name in NAMES))
                for row in answer["usage"]
            ),
        )


def _cell(row: dict[str, Any], name: str) -> str:
    """Return what was used, and of how much where that is limited."""
    limit = row.get("budget", {}).get(name)
    return f"{row[name]:g} of {limit:g}" if limit else f"{row[name]:g}"
