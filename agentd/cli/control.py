"""`agentd stop`, `agentd resume`, `agentd confirm`: the person has the last word."""

from __future__ import annotations

import sys
from urllib.parse import quote

import click

from agentd.cli import place, show


@click.command(epilog="\b\nExample:\n  agentd stop")
@place.option
def stop(state_dir: str | None) -> None:
    """Stop everything that moves, now; nothing moves again until `agentd resume`."""
    from agentd.cli.client import find  # noqa: PLC0415

    find(state_dir).ask("POST", "/api/stop")
    click.echo("Stopped. Nothing moves until `agentd resume`.")


@click.command(epilog="\b\nExamples:\n  agentd resume\n  agentd resume rover")
@click.argument("device", required=False)
@place.option
def resume(device: str | None, state_dir: str | None) -> None:
    """Release the stop and re-arm; with DEVICE, re-arm only that one after it came back."""
    from agentd.cli.client import find  # noqa: PLC0415

    body = {"device": device} if device else {}
    now = find(state_dir).ask("POST", "/api/resume", body)
    if now["latched"]:
        click.echo("The emergency stop is still on; `agentd resume` releases it.")
    elif now["unarmed"]:
        click.echo(f"Still to be re-armed: {', '.join(now['unarmed'])}.")
    else:
        click.echo("Released. Everything may move again.")


@click.command(epilog="\b\nExamples:\n  agentd confirm\n  agentd confirm 5pK2nQ8xR1c")
@click.argument("token", required=False)
@place.option
def confirm(token: str | None, state_dir: str | None) -> None:
    """Say yes to a risky call that waits; without TOKEN, list what waits."""
    from agentd.cli.client import find  # noqa: PLC0415

    daemon = find(state_dir)
    if token is None:
        waiting = daemon.ask("GET", "/api/confirmations")["confirmations"]
        show.waiting(waiting)
        if not waiting:
            click.echo("Nothing waits for a yes.")
        return
    row = daemon.ask("POST", f"/api/confirmations/{quote(token, safe='')}")
    show.receipt(row)
    sys.exit(0 if row["status"] in show.GOOD else 1)
