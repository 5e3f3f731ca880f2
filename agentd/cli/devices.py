"""`agentd devices`: what can be addressed, and what is plugged in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from agentd.cli import place, show
from agentd.errors import AgentdError


@click.command(epilog="\b\nExamples:\n  agentd devices\n  agentd devices --json")
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
@place.option
def devices(in_json: bool, state_dir: str | None) -> None:
    """Show the devices with their state, and everything that is plugged in.

    Each port tells what it was taken for and why, and what is missing with the exact fix.
    Without a running daemon only the ports are shown.
    """
    found = _found(state_dir)
    if in_json:
        show.as_json(found)
        return
    if found["devices"] is None:
        click.echo("agentd does not run here; this is what is plugged in.\n")
    else:
        _addressable(found["devices"])
    _ports(found["ports"])
    for problem in found["problems"]:
        click.echo(f"not used: {problem}")


def _found(state_dir: str | None) -> dict[str, Any]:
    """Return the daemon's answer, or what a look from here finds when no daemon runs here."""
    from agentd.cli.client import find  # noqa: PLC0415

    try:
        daemon = find(state_dir)
    except AgentdError:
        if os.environ.get("AGENTD_URL"):
            raise
        return {"devices": None, "ports": _look(), "problems": []}
    answer: dict[str, Any] = daemon.ask("GET", "/api/devices")
    return answer


def _look() -> list[dict[str, Any]]:
    from agentd.cli.scan import plugged_in  # noqa: PLC0415
    from agentd.config import load  # noqa: PLC0415

    config = os.environ.get("AGENTD_CONFIG")
    return plugged_in(load(Path(config) if config else None).discovery)


def _addressable(rows: list[dict[str, Any]]) -> None:
    if not rows:
        click.echo("No device can be addressed yet.\n")
        return
    head = ("ID", "NAME", "AREA", "STATE")
    show.table(head, ((row["id"], row["name"], row["area"], _state(row)) for row in rows))
    click.echo()


def _state(row: dict[str, Any]) -> str:
    if not row["available"]:
        return "offline"
    told = show.pairs(row["state"], " ")
    return told if row["armed"] else f"NOT ARMED (agentd resume {row['id']}) {told}".rstrip()


def _ports(rows: list[dict[str, Any]]) -> None:
    if not rows:
        click.echo("Nothing is plugged in that could be a robot or an AI stick.")
        return
    for row in rows:
        click.echo(f"{row['path'] or row['port']}  {row['usb_id']}  {row['name']}: {row['state']}")
        click.echo(f"    why: {row['reason']}")
        for missing in row["missing"]:
            click.echo(f"    missing: {missing['what']}")
            if missing["fix"]:
                click.echo(f"    fix: {missing['fix']}")
