"""The door of `agentd say`: one sentence in, text and receipts out, as events or in one piece."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from fastapi.sse import format_sse_event

from agentd.agent import Heard
from agentd.api.asking import asker, json_object, text_field
from agentd.api.auth import ChatKey
from agentd.api.encode import plain
from agentd.api.feed import KEEP_ALIVE, EventStream, Feed, Feeds, unless_gone
from agentd.api.house import House, TheHouse
from agentd.api.watch import BRAIN_HEADER
from agentd.errors import INSIDE, AgentdError

log = logging.getLogger(__name__)
router = APIRouter()

FIRST_PIECE_S = 0.5
"""As long as the other door waits for a first piece."""


@router.post("/api/say")
async def say(request: Request, house: TheHouse, grant: ChatKey) -> Response:
    """Hear `{"text": ..., "conversation": ..., "area": the room that the person is in}`.

    With `Accept: text/event-stream` the answer comes as events `brain`, `text`, `receipt`,
    `error` and a last `done` with the trace; otherwise as `{"text", "brain", "receipts", "trace"}`.
    """
    body = await json_object(request)
    words = text_field(body, "text", longest=house.settings.http.max_words)
    conversation = text_field(body, "conversation", longest=200, needed=False)
    area = text_field(body, "area", longest=100, needed=False)
    who = asker(grant, "http", house.settings, words=words, conversation=conversation, area=area)
    feeds: Feeds = request.app.state.feeds
    feed = feeds.open(house.agent.hear(words, who), grant.who)
    try:
        if "text/event-stream" in request.headers.get("accept", ""):
            return await unless_gone(request, _begin(feed, who.trace, house))
        whole = await unless_gone(request, _whole(feed))
        return JSONResponse(whole | {"trace": who.trace}, headers=_headers(whole["brain"]))
    except BaseException:
        feed.stop()
        raise


async def _whole(feed: Feed[Heard]) -> dict[str, Any]:
    brain, text, receipts = "", "", []
    async for piece in feed.items():
        if piece is not None:
            brain, text = piece.brain or brain, text + piece.text
            if piece.receipt is not None:
                receipts.append(plain(piece.receipt.json()))
    return {"text": text, "brain": brain, "receipts": receipts}


async def _begin(feed: Feed[Heard], trace: str, house: House) -> Response:
    """Return the stream, once its first piece is there: it may name the brain, or fail."""
    first = await feed.first(FIRST_PIECE_S)
    events = _events(feed, trace, house.settings.http.keep_alive_s)
    return EventStream(feed, events, _headers(first.brain if first else ""))


def _headers(brain: str) -> dict[str, str]:
    return {BRAIN_HEADER: brain} if brain else {}


async def _events(feed: Feed[Heard], trace: str, silence_s: float) -> AsyncIterator[bytes]:
    try:
        async with contextlib.aclosing(feed.items(silence_s)) as pieces:
            async for piece in pieces:
                yield KEEP_ALIVE if piece is None else _piece(piece)
    except AgentdError as error:
        yield _event("error", {"message": error.line()})
    except Exception:
        log.exception("an answer broke off")
        yield _event("error", {"message": INSIDE})
    yield _event("done", {"trace": trace})


def _piece(piece: Heard) -> bytes:
    events = b""
    if piece.brain:
        events += _event("brain", {"brain": piece.brain})
    if piece.text:
        events += _event("text", {"text": piece.text})
    if piece.receipt is not None:
        events += _event("receipt", plain(piece.receipt.json()))
    return events


def _event(name: str, data: dict[str, Any]) -> bytes:
    return format_sse_event(event=name, data_str=json.dumps(data, ensure_ascii=False))
