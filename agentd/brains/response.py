"""The JSON events of an HTTP response to a chat completion, streamed or in one piece."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from agentd.brains.sse import MAX_STREAM_BYTES, data_lines
from agentd.errors import BrainError
from agentd.transport.http import Answer


async def events_of(response: Answer) -> AsyncGenerator[Mapping[str, Any], None]:
    """Yield the answer's JSON events; a server that does not stream sends just one."""
    if response.content_type.startswith("application/json"):
        yield json_object(await bounded(response, MAX_STREAM_BYTES), strict=True)
        return
    async with aclosing(response.pieces()) as pieces:
        async for line in data_lines(pieces):
            yield json_object(line.encode(), strict=True)


async def bounded(response: Answer, limit: int) -> bytes:
    """Return the first `limit` bytes of a body."""
    body = bytearray()
    async with aclosing(response.pieces()) as pieces:
        async for chunk in pieces:
            body += chunk
            if len(body) > limit:
                break
    return bytes(body[:limit])


def json_object(body: bytes, *, strict: bool = False) -> Mapping[str, Any]:
    """Return the object in `body`. Anything else is empty, or a `BrainError` when `strict`."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict):
        return value
    if strict:
        raise BrainError("The upstream server sent something that is not a chat completion.")
    return {}


def message_of(event: Mapping[str, Any]) -> str:
    """Return the text of an error, as OpenAI or a simpler server writes it; may be empty."""
    error = event.get("error", event)
    message = error.get("message") if isinstance(error, Mapping) else error
    return message if isinstance(message, str) else ""


def says_something(choice: Mapping[str, Any]) -> bool:
    """Return whether a choice holds a word, a piece of a call or of reasoning."""
    delta = choice.get("delta") or choice.get("message")
    told = delta if isinstance(delta, Mapping) else {}
    return any(value for name, value in told.items() if name != "role")
