"""Another server's model through this door: its answer as it is, its failures in our shape."""

from __future__ import annotations

import contextlib
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response
from fastapi.sse import format_sse_event

from agentd.api.errors import ApiError
from agentd.api.feed import KEEP_ALIVE, EventStream, Feed, Feeds, unless_gone
from agentd.api.house import House
from agentd.api.watch import BRAIN_HEADER
from agentd.config import Upstream
from agentd.errors import INSIDE, AgentdError
from agentd.guests.relay import Relay, Relayed
from agentd.model import Asker
from agentd.usage import Meter
from agentd.usage.meter import Sitting

log = logging.getLogger(__name__)

STARTED = int(time.time())
NOT_THERE = frozenset({404, 405, 501})
OUR_FAULT = frozenset({401, 403, 404})
"""What a server answers when our settings do not fit it; the client can do nothing about it."""


def model(upstream: Upstream) -> dict[str, Any]:
    """Return a server's model as `/v1/models` lists it: by the name its owner gave it here."""
    return {
        "id": upstream.name,
        "object": "model",
        "created": STARTED,
        "owned_by": "upstream",
        "displayName": f"{upstream.model or upstream.name} ({upstream.name})",
        "description": "Another server's model, without the devices of this machine.",
        "functionCall": True,
        "enabled": True,
        "type": "chat",
        **({"vision": True} if upstream.vision else {}),
    }


@dataclass(frozen=True, slots=True)
class Way:
    """One of OpenAI's APIs as it passes through."""

    path: str
    asked: Callable[[Mapping[str, Any]], list[Mapping[str, Any]]]
    """Takes the body; returns what is said in it as messages, to be counted."""
    mark: bytes
    """What every event of a stream holds that says something."""
    text: Callable[[bytes], str]
    """Takes an answer or one event of it; returns its text."""
    broken: Callable[[str, str, int], list[bytes]]
    """Takes a line, the model's name and how many events there were; returns the last events."""
    missing: str = ""
    """What to say where a server does not have it; empty: every server should."""


async def answer(
    request: Request,
    house: House,
    relay: Relay,
    upstream: Upstream,
    body: Mapping[str, Any],
    who: Asker,
    way: Way,
) -> Response:
    """Pass `body` on and the answer back; the tokens of both are booked on `who`.

    Raises `SpentError` when its budget is used up, and `ApiError` when it fails before it begins.
    """
    meter = Meter(house.bus, house.ledger)
    sitting = meter.open("", who, way.asked(body), free=False)
    sitting.hear("", f"upstream:{upstream.name}")
    with contextlib.ExitStack() as ending:
        ending.callback(meter.close, sitting)
        response = await _answer(request, house, relay, upstream, body, sitting, way)
        if isinstance(response, EventStream):
            response.at_end = ending.pop_all().close
        return response


async def _answer(
    request: Request,
    house: House,
    relay: Relay,
    upstream: Upstream,
    body: Mapping[str, Any],
    sitting: Sitting,
    way: Way,
) -> Response:
    found = await unless_gone(request, relay.answer(upstream, body, way.path))
    headers = {BRAIN_HEADER: sitting.brain}
    if found.status < 300 and found.streams:
        feeds: Feeds = request.app.state.feeds
        feed = feeds.open(found.events(), sitting.asker.who)
        events = _events(feed, house.settings.http.keep_alive_s, upstream.name, sitting, way)
        return EventStream(feed, events, headers)
    whole = await unless_gone(request, found.whole())
    if found.status >= 300:
        raise failure(found, whole, upstream, way.missing)
    sitting.hear(way.text(whole), sitting.brain)
    return Response(whole, headers=headers, media_type="application/json")


async def _events(
    feed: Feed[bytes], silence_s: float, name: str, sitting: Sitting, way: Way
) -> AsyncIterator[bytes]:
    count = 0
    try:
        async with contextlib.aclosing(feed.items(silence_s)) as pieces:
            async for piece in pieces:
                for field in (piece or b"").split(b"\n"):
                    count += field.startswith(b"data:")
                    if field.startswith(b"data:") and way.mark in field:
                        sitting.hear(way.text(field[5:]), sitting.brain)
                yield KEEP_ALIVE if piece is None else piece
    except Exception as error:
        log.error("the model %s broke off: %s", name, error)
        line = error.line() if isinstance(error, AgentdError) else INSIDE
        for event in way.broken(line, name, count):
            yield event


def _messages(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    messages = body.get("messages")
    found = messages if isinstance(messages, list) else []
    return [each for each in found if isinstance(each, Mapping)]


def _text_in(answer: bytes) -> str:
    """Return the text of an answer or of one event of it; empty for what is neither."""
    try:
        choice = json.loads(answer.decode())["choices"][0]
        return str((choice.get("delta") or choice["message"])["content"] or "")
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        return ""


def _said(line: str, name: str, count: int) -> list[bytes]:
    """Return the line as text: at an error event clients would cut the connection."""
    line = f"\n{line}"
    frame = {"id": "chatcmpl-cut", "object": "chat.completion.chunk", "model": name}
    choices: list[dict[str, Any]] = [
        {"delta": {"content": line}, "finish_reason": None},
        {"delta": {}, "finish_reason": "stop"},
    ]
    chunks = [
        {**frame, "created": int(time.time()), "choices": [{"index": 0, **choice}]}
        for choice in choices
    ]
    events = [format_sse_event(data_str=json.dumps(chunk, ensure_ascii=False)) for chunk in chunks]
    return [*events, format_sse_event(data_str="[DONE]")]


CHAT: Final = Way("/chat/completions", _messages, b'"content"', _text_in, _said)


def failure(found: Relayed, whole: bytes, upstream: Upstream, missing: str = "") -> ApiError:
    """Return a server's refusal in our words; its own are passed on where they help the client.

    `missing` is said, as a 404, where the server has nothing at the address or nothing that works.
    """
    if missing and found.status in NOT_THERE:
        message = f"The server of {upstream.name} {missing} ({found.status})."
        return ApiError(404, message, code="unsupported_endpoint")
    if found.status in OUR_FAULT:
        message = f"The server of {upstream.name} refuses agentd's settings ({found.status})."
        return ApiError(502, message, code="upstream_refused")
    try:
        told = json.loads(whole)["error"]
        message, code = str(told["message"])[:500], str(told.get("code") or "upstream_error")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        message, code = f"The server of {upstream.name} answered {found.status}.", "upstream_error"
    key = upstream.api_key.get_secret_value()
    message = message.replace(key, "***") if key else message
    return ApiError(found.status if 400 <= found.status < 600 else 502, message, code=code)
