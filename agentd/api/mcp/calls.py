"""One `tools/call`: its progress, a person's yes where it needs one, and its result."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Mapping
from typing import Any, Final

from agentd.api.mcp import tools, yes
from agentd.api.mcp.flights import Flights
from agentd.api.mcp.visit import Visit
from agentd.api.mcp.wire import (
    INVALID_PARAMS,
    Id,
    Message,
    RpcError,
    notification,
    response,
    table,
    text,
)
from agentd.errors import RefusedError
from agentd.model import Asker, Call, Receipt
from agentd.store import Scope
from agentd.tools.specs import BY_NAME

PROGRESS_S: Final = 0.5
"""How often a client that wants to know hears that a call is still under way."""
FOR_EVERY_KEY: Final = "emergency_stop"

Sending = AsyncGenerator[dict[str, Any], None]


def stops(found: Any) -> bool:
    """Return whether a body only stops something, which no limit of requests delays.

    That is the emergency stop, and the end of a call that is under way.
    """
    asked = table(found)
    named = table(asked.get("params")).get("name")
    halts = asked.get("method") == "tools/call" and named == FOR_EVERY_KEY
    return halts or asked.get("method") == "notifications/cancelled"


async def call(visit: Visit, asked: Message, flights: Flights) -> Sending:
    """Yield what is sent on the way, and last the response.

    Raises `RpcError` for an unknown tool or parameters that are none. Closing the iterator cuts
    the call short, which stops a motion.
    """
    assert asked.id is not None
    wanted, who = _wanted(asked.params), visit.asker()
    if not (visit.grant.allows(Scope.TOOLS_CALL) or wanted.tool == FOR_EVERY_KEY):
        line = f'The key "{visit.grant.who}" lacks the scope {Scope.TOOLS_CALL.value}.'
        yield response(asked.id, tools.refused(line))
        return
    if visit.per_request and isinstance(asked.params.get("requestState"), str):
        yield response(asked.id, await _after_answer(visit, asked.params, wanted))
        return
    async with _at_work(visit.house.schedule.run(wanted, who)) as work:
        async with contextlib.aclosing(_progress(work, asked, visit)) as news:
            async for each in news:
                yield each
        receipt = await work
    async with contextlib.aclosing(_answers(visit, asked.id, receipt, who, flights)) as answers:
        async for each in answers:
            yield each


async def _answers(
    visit: Visit, number: Id, receipt: Receipt, who: Asker, flights: Flights
) -> Sending:
    """Yield the response; before it, or in its place, the question to the person if there is one.

    Up to 2025-11-25 the question is a request of ours on this stream and its answer comes as a
    message of its own; from 2026-07-28 on the call itself comes again with the answer.
    """
    pending = yes.waiting(visit.house.toolbox, who) if yes.wanted(receipt) else None
    if pending is None or not visit.can_ask():
        yield response(number, _told(receipt, who))
    elif visit.per_request:
        yield response(number, yes.input_required(pending))
    else:
        with (
            yes.dropped_unless_answered(visit.house.toolbox, pending),
            flights.question(visit.grant.who) as (question, answer),
        ):
            yield yes.request(question, pending)
            said = await yes.answered(answer, pending)
        yield response(number, await _settle(visit, said, pending.token, receipt))


def _wanted(params: Mapping[str, Any]) -> Call:
    name, arguments = text(params, "name"), params.get("arguments")
    if name not in BY_NAME:
        raise RpcError(INVALID_PARAMS, f'Unknown tool "{name}"; tools/list has all.')
    if arguments is not None and not isinstance(arguments, dict):
        raise RpcError(INVALID_PARAMS, '"arguments" must be an object.')
    return Call(name, arguments or {})


@contextlib.asynccontextmanager
async def _at_work(work: Coroutine[Any, Any, Receipt]) -> AsyncIterator[asyncio.Task[Receipt]]:
    """Run `work` beside, and cut it short when the context ends first."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _progress(work: asyncio.Task[Receipt], asked: Message, visit: Visit) -> Sending:
    """Yield a notification now and then until the work ends, if the client wants them."""
    token = asked.meta.get("progressToken")
    if not visit.streams or isinstance(token, bool) or not isinstance(token, str | int):
        return
    began = time.monotonic()
    while not (await asyncio.wait({work}, timeout=PROGRESS_S))[0]:
        seconds = round(time.monotonic() - began, 2)
        line = f"{asked.params['name']}: under way for {seconds:.1f} s"
        told = {"progressToken": token, "progress": seconds, "message": line}
        yield notification("notifications/progress", told)


def _told(receipt: Receipt, who: Asker) -> dict[str, Any]:
    if yes.wanted(receipt):
        return tools.result(receipt, who.language, yes.how(receipt))
    return tools.result(receipt, who.language)


async def _after_answer(visit: Visit, params: Mapping[str, Any], wanted: Call) -> dict[str, Any]:
    """Return the result of a call that comes again with what the person answered."""
    toolbox, who = visit.house.toolbox, visit.asker()
    pending = yes.found(toolbox, str(params["requestState"]), who, wanted)
    if pending is None:
        return tools.refused(yes.LOST)
    said = yes.answer_in(params.get("inputResponses"))
    return await _settle(visit, said, pending.token, None)


async def _settle(
    visit: Visit, said: bool | None, token: str, receipt: Receipt | None
) -> dict[str, Any]:
    """Run or drop what waited; without an answer it stays until it expires."""
    toolbox, who = visit.house.toolbox, visit.asker()
    try:
        if said:
            return tools.result(await toolbox.confirm(token, who), who.language)
        if said is False:
            toolbox.decline(token)
            return tools.refused(yes.DECLINED)
    except RefusedError:
        return tools.refused(yes.LOST)
    return tools.refused(yes.LOST) if receipt is None else _told(receipt, who)
