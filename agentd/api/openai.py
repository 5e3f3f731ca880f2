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
from fastapi.responses import JSONResponse, Response

from agentd.agent import Heard
from agentd.api.asking import asker, json_object
from agentd.api.auth import ChatKey
from agentd.api.chat import DONE, MODEL, Answer, Ask, read
from agentd.api.encode import plain
from agentd.api.errors import INSIDE, ApiError
from agentd.api.feed import KEEP_ALIVE, EventStream, Feed, Feeds, GoneError, unless_gone
from agentd.api.house import House, TheHouse
from agentd.api.once import Once, key_of
from agentd.errors import AgentdError

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
async def models(house: TheHouse, grant: ChatKey) -> dict[str, Any]:
    """List the one model there is."""
    return {"object": "list", "data": [_model(house)]}


@router.get("/v1/models/{model}")
async def model(model: str, house: TheHouse, grant: ChatKey) -> dict[str, Any]:
    """Describe the model."""
    if model != MODEL:
        raise ApiError(404, f'There is no model "{model}"; the one here is "{MODEL}".')
    return _model(house)


def _model(house: House) -> dict[str, Any]:
    """Return the model, with the extra keys without which LobeChat disables tools."""
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
    """Carry out the last user message; any model name gets the default brain.

    A client's retry gets the first answer again; nothing moves a second time.
    """
    ask = read(await json_object(request, wrong=400), house.settings.http.max_words)
    once: Once = request.app.state.once
    key = key_of(grant.who, await request.body())
    earlier = once.repeated(request, key)
    if earlier is not None:
        return _again(earlier, ask)
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
    feed = feeds.open(house.agent.hear(ask.words, who, ask.messages))
    once.remember(key, answer)
    try:
        work = _begin(answer, feed, house) if ask.stream else _whole(answer, feed)
        return await unless_gone(request, work)
    except BaseException as error:
        feed.stop()
        if not answer.begun and not isinstance(error, GoneError | asyncio.CancelledError):
            once.forget(key)
        raise


def _again(answer: Answer, ask: Ask) -> Response:
    """Return an earlier answer once more, whatever became of it."""
    text = answer.text if answer.complete else f"{answer.text}\n{CUT[answer.language]}".lstrip()
    repeat = replace(answer, include_usage=ask.include_usage, text=text)
    headers = _headers(repeat)
    if not ask.stream:
        return JSONResponse(repeat.whole(), headers=headers)
    opening = repeat.chunk({"role": "assistant", "content": ""})
    events = (opening, repeat.chunk({"content": text}), *_ending(repeat))
    return Response(b"".join(events), headers=headers, media_type="text/event-stream")


async def _whole(answer: Answer, feed: Feed[Heard]) -> Response:
    async for piece in feed.items():
        if piece is not None:
            _take(answer, piece)
    answer.complete = True
    return JSONResponse(answer.whole(), headers=_headers(answer))


async def _begin(answer: Answer, feed: Feed[Heard], house: House) -> Response:
    first = await feed.first(FIRST_PIECE_S)
    if first is not None:
        answer.brain = first.brain
    answer.begun = True
    events = _events(answer, feed, house.settings.http.keep_alive_s)
    return EventStream(feed, events, _headers(answer))


async def _events(answer: Answer, feed: Feed[Heard], silence_s: float) -> AsyncIterator[bytes]:
    yield answer.chunk({"role": "assistant", "content": ""})
    try:
        async with contextlib.aclosing(feed.items(silence_s)) as pieces:
            async for piece in pieces:
                if piece is None:
                    yield KEEP_ALIVE
                elif text := _take(answer, piece):
                    yield answer.chunk({"content": text})
    except Exception as error:
        # Clients cut the connection at an error event once the stream began: say it instead.
        yield answer.chunk({"content": _said(answer, error)})
    answer.complete = True
    for event in _ending(answer):
        yield event


def _ending(answer: Answer) -> list[bytes]:
    usage = [answer.usage_chunk()] if answer.include_usage else []
    return [answer.chunk({}, "stop"), *usage, DONE]


def _take(answer: Answer, piece: Heard) -> str:
    """Add a piece to the answer and return its text."""
    answer.begun = True
    answer.brain = piece.brain or answer.brain
    answer.text += piece.text
    if piece.receipt is not None:
        answer.receipts.append(plain(piece.receipt.json()))
    return piece.text


def _said(answer: Answer, error: Exception) -> str:
    """Return the failure as a line of the answer."""
    foreseen = isinstance(error, AgentdError)
    log.error("an answer broke off: %s", error, exc_info=None if foreseen else error)
    line = error.line() if isinstance(error, AgentdError) else INSIDE
    text = f"\n{line}" if answer.text else line
    answer.text += text
    return text


def _headers(answer: Answer) -> dict[str, str]:
    return {"x-agentd-brain": answer.brain} if answer.brain else {}
