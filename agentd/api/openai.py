"""The door for everything that speaks OpenAI's chat completions."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import EventSourceResponse, JSONResponse, Response

from agentd.agent import Heard
from agentd.api import relayed
from agentd.api.asking import asker, json_object
from agentd.api.auth import ChatKey
from agentd.api.chat import DONE, MODEL, Answer, Ask, read
from agentd.api.encode import plain
from agentd.api.errors import INSIDE, ApiError
from agentd.api.feed import (
    KEEP_ALIVE,
    STREAM_HEADERS,
    EventStream,
    Feed,
    Feeds,
    GoneError,
    unless_gone,
)
from agentd.api.guest_tools import call_of
from agentd.api.house import House, TheHouse
from agentd.api.once import NAME_HEADER, Once, key_of
from agentd.api.watch import BRAIN_HEADER, TRACE_HEADER
from agentd.errors import AgentdError
from agentd.guests.relay import Relay

log = logging.getLogger(__name__)
router = APIRouter()

FIRST_PIECE_S = 0.5
"""How long a stream waits for its first piece, so that an early failure is still an HTTP error
and the brain's name can be a header."""
CUT = {
    "en": "The connection broke and this was cut short. Say it again if you still want it.",
    "zh": "连接中断，操作已被打断。如果仍然需要，请再说一次。",
}
CONTEXT_TOKENS = 8192
STARTED = int(time.time())


@router.get("/v1/models")
async def models(request: Request, house: TheHouse, grant: ChatKey) -> dict[str, Any]:
    """List agentd, and the models of other servers that can be talked to through it."""
    relay: Relay = request.app.state.relay
    return {"object": "list", "data": [_model(house), *map(relayed.model, relay.upstreams)]}


@router.get("/v1/models/{model}")
async def model(model: str, request: Request, house: TheHouse, grant: ChatKey) -> dict[str, Any]:
    """Describe one model."""
    relay: Relay = request.app.state.relay
    other = relay.find(model)
    if model == MODEL:
        return _model(house)
    if other is not None:
        return relayed.model(other)
    known = ", ".join([MODEL, *(each.name for each in relay.upstreams)])
    raise ApiError(404, f'There is no model "{model}"; here are: {known}.', code="model_not_found")


def _model(house: House) -> dict[str, Any]:
    """Return agentd as a model, with the extra keys without which LobeChat disables tools."""
    return {
        "id": MODEL,
        "object": "model",
        "created": STARTED,
        "owned_by": "agentd",
        "displayName": f"agentd ({house.settings.daemon.node})",
        "description": "Carries out what you say, on the devices of this machine.",
        "contextWindowTokens": CONTEXT_TOKENS,
        "functionCall": True,
        "enabled": True,
        "type": "chat",
    }


@router.post("/v1/chat/completions")
async def chat(request: Request, house: TheHouse, grant: ChatKey) -> Response:
    """Carry out the last user message; an unknown model name gets the default brain.

    The name of another server's model gets that model, which has none of our tools. A client's
    retry or reconnect gets the first answer again; nothing moves a second time.
    """
    body = await json_object(request, wrong=400)
    relay: Relay = request.app.state.relay
    other = None if body.get("model") == MODEL else relay.find(body.get("model"))
    if other is not None:
        who = asker(grant, "openai", house.settings)
        return await relayed.answer(request, house, relay, other, body, who)
    ask = read(body, house.settings.http.max_words)
    once: Once = request.app.state.once
    key = key_of(grant.who, body, request.headers.get(NAME_HEADER, ""))
    earlier = once.repeated(request, key)
    if earlier is not None and not ask.stream:
        await unless_gone(request, earlier.over.wait())
        earlier = once.repeated(request, key)
    if earlier is not None:
        return _again(earlier, ask, house)
    who = asker(
        grant,
        "openai",
        house.settings,
        words=ask.words,
        conversation=ask.conversation(),
        area=ask.area,
    )
    answer = ask.answer(who)
    feeds: Feeds = request.app.state.feeds
    feed = feeds.open(house.agent.hear(ask.words, who, ask.messages, ask.guests), grant.who)
    once.remember(key, answer)
    try:
        work = _begin(answer, feed, house) if ask.stream else _whole(answer, feed)
        return await unless_gone(request, work)
    except BaseException as error:
        feed.stop()
        answer.end()
        if not answer.begun and not isinstance(error, GoneError | asyncio.CancelledError):
            once.forget(key)
        raise


def _again(earlier: Answer, ask: Ask, house: House) -> Response:
    """Return an earlier answer once more, whatever became of it; a stream waits for its end."""
    if not ask.stream:
        repeat = _repeat(earlier, ask)
        return JSONResponse(repeat.whole(), headers=_headers(repeat))
    events = _events_again(earlier, ask, house.settings.http.keep_alive_s)
    headers = {**STREAM_HEADERS, **_headers(replace(earlier, replayed=True))}
    return EventSourceResponse(events, headers=headers)


def _repeat(earlier: Answer, ask: Ask) -> Answer:
    cut = CUT[earlier.language]
    text = earlier.text if earlier.complete else f"{earlier.text}\n{cut}".lstrip()
    return replace(earlier, include_usage=ask.include_usage, text=text, replayed=True)


async def _events_again(earlier: Answer, ask: Ask, silence_s: float) -> AsyncIterator[bytes]:
    frame = replace(earlier, include_usage=ask.include_usage)
    yield frame.chunk({"role": "assistant", "content": ""})
    told = 0
    while not earlier.over.is_set():
        grown = earlier.grown
        if text := earlier.text[told:]:
            told += len(text)
            yield frame.chunk({"content": text})
        try:
            async with asyncio.timeout(silence_s):
                await grown.wait()
        except TimeoutError:
            yield KEEP_ALIVE
    repeat = _repeat(earlier, ask)
    if text := repeat.text[told:]:
        yield repeat.chunk({"content": text})
    for event in (*repeat.call_chunks(repeat.calls), *_ending(repeat)):
        yield event


async def _whole(answer: Answer, feed: Feed[Heard]) -> Response:
    async for piece in feed.items():
        if piece is not None:
            _take(answer, piece)
    answer.complete = True
    answer.end()
    return JSONResponse(answer.whole(), headers=_headers(answer))


async def _begin(answer: Answer, feed: Feed[Heard], house: House) -> Response:
    first = await feed.first(FIRST_PIECE_S)
    if first is not None:
        answer.brain = first.brain
    answer.begun = True
    events = _events(answer, feed, house.settings.http.keep_alive_s)
    return EventStream(feed, events, _headers(answer), answer.end)


async def _events(answer: Answer, feed: Feed[Heard], silence_s: float) -> AsyncIterator[bytes]:
    yield answer.chunk({"role": "assistant", "content": ""})
    try:
        async with contextlib.aclosing(feed.items(silence_s)) as pieces:
            async for piece in pieces:
                if piece is None:
                    yield KEEP_ALIVE
                    continue
                if text := _take(answer, piece):
                    yield answer.chunk({"content": text})
                for event in answer.call_chunks([call_of(each) for each in piece.calls]):
                    yield event
    except Exception as error:
        # Clients cut the connection at an error event once the stream began: say it instead.
        yield answer.chunk({"content": _said(answer, error)})
    answer.complete = True
    answer.end()
    for event in _ending(answer):
        yield event


def _ending(answer: Answer) -> list[bytes]:
    usage = [answer.usage_chunk()] if answer.include_usage else []
    return [answer.chunk({}, answer.finish), *usage, DONE]


def _take(answer: Answer, piece: Heard) -> str:
    """Add a piece to the answer and return its text."""
    answer.begun = True
    answer.brain = piece.brain or answer.brain
    answer.add(piece.text)
    answer.calls += [call_of(each) for each in piece.calls]
    if piece.receipt is not None:
        answer.receipts.append(plain(piece.receipt.json()))
    return piece.text


def _said(answer: Answer, error: Exception) -> str:
    """Return the failure as a line of the answer."""
    foreseen = isinstance(error, AgentdError)
    log.error("an answer broke off: %s", error, exc_info=None if foreseen else error)
    line = error.line() if isinstance(error, AgentdError) else INSIDE
    text = f"\n{line}" if answer.text else line
    answer.add(text)
    return text


def _headers(answer: Answer) -> dict[str, str]:
    headers = {TRACE_HEADER: answer.trace}
    if answer.replayed:
        headers["x-agentd-replayed"] = "true"
    return headers | ({BRAIN_HEADER: answer.brain} if answer.brain else {})
