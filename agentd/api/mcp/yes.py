"""A person's yes by way of the client: elicitation, or the words that say where to give it.

https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation. The question goes to
the client's person, never through the model: the answer is a message of the client's own, bound
to the key that asked and to the exact call that waits. The token of the confirmation stays here.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from agentd.api.mcp.wire import table
from agentd.errors import Reason, RefusedError
from agentd.model import Asker, Call, Receipt
from agentd.safety.confirmation import Pending
from agentd.tools import Toolbox

LOST: Final = "Nothing waits for that yes any more: it was used up, or came too late. Ask again."
DECLINED: Final = "A person said no; nothing was done."
KEY: Final = "yes"


def wanted(receipt: Receipt) -> bool:
    """Return whether the call waits for a person's yes."""
    return receipt.refusal is not None and receipt.refusal.reason is Reason.NEEDS_CONFIRMATION


def how(receipt: Receipt) -> str:
    """Return what to tell the person when the client cannot ask."""
    assert receipt.refusal is not None
    return (
        f"{receipt.refusal.message} It waits for {receipt.refusal.accepted}, and only a person can "
        "say it, not you: with `agentd confirm` on the machine that runs agentd, or where the "
        "house's confirmations are shown. Tell the person; calling again asks again."
    )


def waiting(toolbox: Toolbox, who: Asker) -> Pending | None:
    """Return what waits for a yes since this very call."""
    return next((each for each in toolbox.pending() if each.asker.trace == who.trace), None)


def found(toolbox: Toolbox, state: str, who: Asker, call: Call) -> Pending | None:
    """Return what waits under `state`, if it is this asker's and exactly this call."""
    for each in toolbox.pending():
        same = (each.action.tool, {"device": each.action.device_id, **each.action.arguments})
        mine = (each.asker.who, each.asker.door) == (who.who, who.door)
        if mine and each.asker.trace == state and same == (call.tool, dict(call.arguments)):
            return each
    return None


def question(pending: Pending) -> dict[str, Any]:
    """Return the parameters of an elicitation."""
    field = {
        "type": "boolean",
        "title": "Yes, do it",
        "description": pending.prompt,
        # A client that fills a form in by its defaults has asked nobody.
        "default": False,
    }
    schema = {"type": "object", "properties": {KEY: field}, "required": [KEY]}
    return {"mode": "form", "message": pending.prompt, "requestedSchema": schema}


def request(number: str, pending: Pending) -> dict[str, Any]:
    """Return the question as a request to the client (up to 2025-11-25)."""
    params = question(pending)
    return {"jsonrpc": "2.0", "id": number, "method": "elicitation/create", "params": params}


def input_required(pending: Pending) -> dict[str, Any]:
    """Return the question as the result of the call, which then comes again (2026-07-28)."""
    asks = {KEY: {"method": "elicitation/create", "params": question(pending)}}
    return {
        "resultType": "input_required",
        "inputRequests": asks,
        "requestState": pending.asker.trace,
    }


def answer_in(responses: Any) -> bool | None:
    """Return the answer that a repeated call brings."""
    return meant(table(table(responses).get(KEY)))


def meant(answer: Mapping[str, Any]) -> bool | None:
    """Return yes or no; None when the person gave no answer."""
    if answer.get("action") == "accept":
        return table(answer.get("content")).get(KEY) is True
    return False if answer.get("action") == "decline" else None


async def answered(answer: asyncio.Future[Mapping[str, Any]], pending: Pending) -> bool | None:
    """Wait for the answer as long as the call waits for it."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, pending.expires - time.monotonic())):
            return meant(await answer)
    return None


@contextlib.contextmanager
def dropped_unless_answered(toolbox: Toolbox, pending: Pending) -> Iterator[None]:
    """Take the call back when the client cancels it or goes away before its person answered."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(RefusedError):
            toolbox.decline(pending.token)
        raise
