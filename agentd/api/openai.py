"""The door for everything that speaks OpenAI's chat completions."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from agentd.agent import Heard
from agentd.api.asking import asker, json_object
from agentd.api.auth import ChatKey
from agentd.api.chat import DONE, MODEL, Answer, read
from agentd.api.encode import plain
from agentd.api.errors import INSIDE, ApiError
from agentd.api.feed import KEEP_ALIVE, EventStream, Feed, Feeds, unless_gone
from agentd.api.house import House, TheHouse
from agentd.errors import AgentdError

log = logging.getLogger(__name__)
router = APIRouter()

FIRST_PIECE_S = 0.5
"""How long a stream waits for its first piece, so that an early failure is still an HTTP error
and the brain's name can be a header."""
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
    """Carry out the last user message; any model name gets the default brain."""
    body = await json_object(request, wrong=400)
    ask = read(body, house.settings.http.max_words)
    who = asker(grant, "openai", house.settings, words=ask.words)
    answer = Answer(ask, who.trace)
    feeds: Feeds = request.app.state.feeds
    feed = feeds.open(house.agent.hear(ask.words, who, ask.messages))
    try:
        work = _begin(answer, feed, house) if ask.stream else _whole(answer, feed)
        return await unless_gone(request, work)
    except BaseException:
        feed.stop()
        raise


async def _whole(answer: Answer, feed: Feed[Heard]) -> Response:
    async for piece in feed.items():
        if piece is not None:
            _take(answer, piece)
    return JSONResponse(answer.whole(), headers=_headers(answer))


async def _begin(answer: Answer, feed: Feed[Heard], house: House) -> Response:
    first = await feed.first(FIRST_PIECE_S)
    if first is not None:
        answer.brain = first.brain
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
    yield answer.chunk({}, "stop")
    if answer.ask.include_usage:
        yield answer.usage_chunk()
    yield DONE


def _take(answer: Answer, piece: Heard) -> str:
    """Add a piece to the answer and return its text."""
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
