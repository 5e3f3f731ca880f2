"""`agentd schedule`: what waits for its time."""

from __future__ import annotations

import time
from urllib.parse import quote

import click

from agentd.cli import place, show


@click.command(epilog="\b\nExamples:\n  agentd schedule\n  agentd schedule cancel 3f0a9c")
@click.argument("action", type=click.Choice(["list", "cancel"]), default="list")
@click.argument("entry", required=False, metavar="ID")
@place.option
def schedule(action: str, entry: str | None, state_dir: str | None) -> None:
    """List the commands that wait for their time, or cancel one."""
    from agentd.cli.client import find  # noqa: PLC0415

    daemon = find(state_dir)
    if action == "cancel":
        if not entry:
            raise click.UsageError("Say which: `agentd schedule cancel ID`.")
        daemon.ask("DELETE", f"/api/schedule/{quote(entry, safe='')}")
        click.echo(f"Cancelled {entry}.")
        return
    rows = daemon.ask("GET", "/api/schedule")["schedule"]
    if not rows:
        click.echo("Nothing is scheduled.")
        return
    show.table(
        ("ID", "WHEN", "WHAT", "WHO"),
        [
            (
                row["id"],
                f"held, {row['left_s']:.0f} s left"
                if row["left_s"]
                else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(row["due"])),
                f"{row['tool']} {row['device']} {show.pairs(row['arguments'], '=')}".strip(),
                row["who"],
            )
            for row in rows
        ],
    )
