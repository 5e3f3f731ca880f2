"""`agentd say`: a sentence, its answer, its receipts."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

import click

from agentd.cli import place, show
from agentd.errors import AgentdError

READS = "get_state"

if TYPE_CHECKING:
    from agentd.cli.client import Daemon


@click.command(
    epilog="""\b
Examples:
  agentd say "dim the living room light to 30% and close the curtains"
  agentd say drive forward 20 cm then turn left 90 degrees
  agentd say "把客厅灯调暗"
  agentd say --json "is the kitchen light on?"
  agentd say --area Kitchen "lights on"
"""
)
@click.argument("text", nargs=-1, required=True)
@click.option("--json", "in_json", is_flag=True, help="Print one JSON object.")
@click.option("--conversation", default="", metavar="ID", help="Continue a conversation.")
@click.option("--area", default="", metavar="ROOM", help="The room you are in.")
@place.option
def say(
    text: tuple[str, ...], in_json: bool, conversation: str, area: str, state_dir: str | None
) -> None:
    """Say a sentence and watch it happen.

    Exit code 0: all of it was done. 1: something was refused, failed or not understood.
    """
    from agentd.cli.client import find  # noqa: PLC0415

    daemon = find(state_dir)
    body = {"text": " ".join(text), "conversation": conversation, "area": area}
    if in_json:
        answer = daemon.ask("POST", "/api/say", body)
        show.as_json(answer)
        sys.exit(_code(answer["receipts"], broken=False))
    sys.exit(_aloud(daemon, body))


def _aloud(daemon: Daemon, body: dict[str, Any]) -> int:
    """Print the answer as it comes and return the exit code."""
    receipts: list[dict[str, Any]] = []
    broken = finished = False
    at_line_start = True
    for name, data in daemon.listen("/api/say", body):
        if name == "text":
            click.echo(data["text"], nl=False)
            at_line_start = data["text"].endswith("\n")
        elif not at_line_start:
            click.echo()
            at_line_start = True
        if name == "receipt":
            receipts.append(data)
            if data["tool"] != READS:  # a question's answer is the sentence alone
                show.receipt(data, told=True)
        elif name == "error":
            broken = True
            click.echo(data["message"], err=True)
        finished = finished or name == "done"
    if any(needs_yes(row) for row in receipts):
        # A key that is no admin's sees no tokens; its next "yes" will do.
        with contextlib.suppress(AgentdError):
            show.waiting(daemon.ask("GET", "/api/confirmations")["confirmations"])
    return _code(receipts, broken=broken or not finished)


def _code(receipts: list[dict[str, Any]], *, broken: bool) -> int:
    good = receipts and all(row["status"] in show.GOOD for row in receipts)
    return 0 if good and not broken else 1


def needs_yes(receipt: dict[str, Any]) -> bool:
    """Return whether a receipt says that the call waits for a person's yes."""
    refusal = receipt["refusal"]
    return bool(refusal) and refusal["reason"] == "needs_confirmation"
