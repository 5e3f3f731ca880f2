"""`POST /mcp`: one message in; one answer out, as JSON or, with news on the way, as events.

https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http. There
is no stream to GET and no session to DELETE: both are 405, as the specification allows.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from fastapi.sse import format_sse_event

from agentd.api.auth import StopKey, counted
from agentd.api.feed import KEEP_ALIVE, EventStream, Feed, Feeds, unless_gone
from agentd.api.house import TheHouse
from agentd.api.mcp import calls, methods
from agentd.api.mcp.flights import Flights
from agentd.api.mcp.visit import Visit, check_envelope, new_session, says_version, visit
from agentd.api.mcp.wire import (
    CANCELLED,
    INTERNAL_ERROR,
    PARSE_ERROR,
    UNSAID,
    Message,
    RpcError,
    failure,
    id_of,
    message,
    messages,
    response,
)
from agentd.errors import INSIDE, AgentdError
from agentd.json_text import parsed

log = logging.getLogger(__name__)
router = APIRouter()

CALL: Final = "tools/call"
Sent = dict[str, Any]


@router.post("/mcp")
async def mcp(request: Request, house: TheHouse, grant: StopKey) -> Response:
    """Answer a message of the Model Context Protocol; 202 to what wants no answer."""
    here, number = None, None
    try:
        found = _parse(await request.body())
        if not calls.stops(found):
            counted(request, grant)
        number = id_of(found)
        here = visit(request, house, grant, found)
        if isinstance(found, list):
            return await unless_gone(request, _batch(request, here, messages(found, here.version)))
        each = message(found)
        if each.wants_answer and (here.per_request or says_version(each)):
            check_envelope(request, each)
        return await _one(request, here, each)
    except RpcError as error:
        status = error.status(here.version if here else UNSAID)
        return JSONResponse(failure(number, error), status)


def _parse(body: bytes) -> Any:
    try:
        return parsed(body)
    except ValueError as error:
        raise RpcError(PARSE_ERROR, f"The body is not JSON: {error}.") from None


async def _one(request: Request, here: Visit, each: Message) -> Response:
    if not each.wants_answer:
        _take(request, here, each)
        return Response(status_code=202)
    if each.method == CALL:
        return await _call(request, here, each)
    assert each.id is not None
    answer = JSONResponse(response(each.id, methods.answer(here, each)))
    session = new_session(each.params) if each.method == "initialize" else ""
    if session:
        answer.headers["mcp-session-id"] = session
    return answer


def _take(request: Request, here: Visit, each: Message) -> None:
    """Take a notification, or an answer to a question of ours."""
    if not each.method:
        _flights(request).answer(here, each)
    elif each.method == "notifications/cancelled" and not here.per_request:
        _flights(request).cancel(here, each.params.get("requestId"))


async def _call(request: Request, here: Visit, each: Message) -> Response:
    feeds: Feeds = request.app.state.feeds
    flights = _flights(request)
    feed = feeds.open(_sent(here, each, flights), here.grant.who)
    flights.begin(here, each, feed)
    try:
        first = await unless_gone(request, feed.first(None))
        if first is None:
            raise RpcError(CANCELLED, "The request was cancelled.")
        if "method" not in first:
            return JSONResponse(first)
        events = _events(each, feed, here.house.settings.http.keep_alive_s)
        return EventStream(feed, events)
    except BaseException:
        feed.stop()
        raise


async def _sent(here: Visit, each: Message, flights: Flights) -> AsyncGenerator[Sent, None]:
    """Yield what goes to the client, the response last. Raises `RpcError` alone."""
    try:
        async with contextlib.aclosing(calls.call(here, each, flights)) as sent:
            async for one in sent:
                if "result" in one:
                    one["result"] = methods.stamped(here, each.method, one["result"])
                yield one
    except RpcError:
        raise
    except AgentdError as error:
        raise RpcError(INTERNAL_ERROR, error.line()) from error
    except Exception as error:
        log.exception("a tool call broke off")
        raise RpcError(INTERNAL_ERROR, INSIDE) from error


async def _events(each: Message, feed: Feed[Sent], silence_s: float) -> AsyncGenerator[bytes, None]:
    try:
        async with contextlib.aclosing(feed.items(silence_s)) as sent:
            async for one in sent:
                yield KEEP_ALIVE if one is None else _event(one)
    except RpcError as error:
        yield _event(failure(each.id, error))


def _event(sent: Sent) -> bytes:
    return format_sse_event(event="message", data_str=json.dumps(sent, ensure_ascii=False))


async def _batch(request: Request, here: Visit, batch: list[Message]) -> Response:
    """Answer a batch, in its order; nothing is sent on the way."""
    here = replace(here, streams=False, elicits=False)
    answers: list[Sent] = []
    for each in batch:
        if not each.wants_answer:
            _take(request, here, each)
            continue
        try:
            answers.append(await _answer(request, here, each))
        except RpcError as error:
            answers.append(failure(each.id, error))
    return JSONResponse(answers) if answers else Response(status_code=202)


async def _answer(request: Request, here: Visit, each: Message) -> Sent:
    assert each.id is not None
    if each.method != CALL:
        return response(each.id, methods.answer(here, each))
    async with contextlib.aclosing(_sent(here, each, _flights(request))) as sent:
        return await anext(sent)


def _flights(request: Request) -> Flights:
    flights: Flights = request.app.state.flights
    return flights
