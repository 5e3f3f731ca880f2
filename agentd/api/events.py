"""Everything that happens, as server-sent events: `event:` is the type, `data:` its JSON."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.sse import format_sse_event

from agentd.api.auth import ReadKey
from agentd.api.encode import plain
from agentd.api.feed import KEEP_ALIVE, EventStream, Feed, Feeds
from agentd.api.house import TheHouse
from agentd.events import Bus, CommandFinished, ConfirmationWanted, Event

router = APIRouter()


@router.get("/api/events")
async def events(request: Request, house: TheHouse, grant: ReadKey) -> Response:
    """Stream every event from now on. A client that reads too slowly loses the oldest."""
    feeds: Feeds = request.app.state.feeds
    feed = feeds.open(_published(house.bus))
    return EventStream(feed, _encoded(feed, house.settings.http.keep_alive_s))


async def _published(bus: Bus) -> AsyncIterator[Event]:
    with bus.subscribe() as stream:
        async for event in stream:
            yield event


async def _encoded(feed: Feed[Event], silence_s: float) -> AsyncIterator[bytes]:
    yield KEEP_ALIVE
    async with contextlib.aclosing(feed.items(silence_s)) as stream:
        async for event in stream:
            yield KEEP_ALIVE if event is None else _encode(event)


def _encode(event: Event) -> bytes:
    row = plain(event)
    if isinstance(event, CommandFinished):
        row["receipt"] = plain(event.receipt.json())
    if isinstance(event, ConfirmationWanted):
        # Who may only look must not be able to say yes: the token stays with /api/confirmations.
        del row["token"], row["expires"]
    data = json.dumps(row, ensure_ascii=False)
    return format_sse_event(event=type(event).__name__, data_str=data)
