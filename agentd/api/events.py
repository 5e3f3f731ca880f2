"""Everything that happens, as server-sent events: `event:` is the type, `data:` its JSON."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.sse import format_sse_event

from agentd.api.asking import stranger
from agentd.api.auth import ReadKey
from agentd.api.encode import plain
from agentd.api.errors import ApiError
from agentd.api.feed import KEEP_ALIVE, EventStream, Feed, Feeds
from agentd.api.house import House, TheHouse
from agentd.events import (
    ArmedChanged,
    Bus,
    CommandFinished,
    CommandStarted,
    ConfirmationWanted,
    DeviceAttached,
    DeviceDetached,
    EStopLatched,
    EStopReset,
    Event,
    KeyChanged,
    PartChanged,
    SentenceAnswered,
    StateReported,
)
from agentd.model import touches
from agentd.store import Grant, Scope

router = APIRouter()


@router.get("/api/events")
async def events(request: Request, house: TheHouse, grant: ReadKey) -> Response:
    """Stream every event from now on. A client that reads too slowly loses the oldest.

    The stream ends with the key's right to it, or after `http.stream_timeout_s`.
    """
    feeds: Feeds = request.app.state.feeds
    feed = feeds.open(_published(house.bus, grant), grant.who)
    return EventStream(feed, _encoded(feed, house, grant))


async def _published(bus: Bus, grant: Grant) -> AsyncIterator[Event]:
    with bus.subscribe() as stream:
        async for event in stream:
            if _may_see(grant, event):
                yield _seen_by(grant, event)


async def _encoded(feed: Feed[Event], house: House, grant: Grant) -> AsyncIterator[bytes]:
    yield KEEP_ALIVE
    with contextlib.suppress(ApiError):  # its time is over; the client connects anew
        async with contextlib.aclosing(feed.items(house.settings.http.keep_alive_s)) as stream:
            async for event in stream:
                if not house.keys.still_opens(grant):
                    return
                yield KEEP_ALIVE if event is None else _encode(event)


def _may_see(grant: Grant, event: Event) -> bool:
    """Return whether a key may know of `event`: its devices' and its own, and no other key's."""
    if isinstance(event, KeyChanged):
        return grant.allows(Scope.ADMIN)
    if grant.devices is None or isinstance(event, EStopLatched | EStopReset | PartChanged):
        return True
    if isinstance(event, SentenceAnswered):
        return event.asker.who == grant.who
    if isinstance(event, CommandStarted | CommandFinished | ConfirmationWanted):
        return event.asker.who == grant.who or touches(grant.devices, _device(event))
    return touches(grant.devices, _device(event))


def _seen_by(grant: Grant, event: Event) -> Event:
    """Return `event` as a key may know it: what others said, and who they are, stays theirs."""
    if grant.devices is None:
        return event
    match event:
        case EStopLatched(by=by) if by != grant.who:
            return replace(event, reason="", trace="")
        case EStopReset(by=by) | ArmedChanged(by=by) if by != grant.who:
            return replace(event, trace="")
        case CommandFinished(asker=asker, receipt=receipt) if asker.who != grant.who:
            return replace(event, asker=stranger(asker), receipt=replace(receipt, trace=""))
        case CommandStarted(asker=asker) | ConfirmationWanted(asker=asker):
            return event if asker.who == grant.who else replace(event, asker=stranger(asker))
    return event


def _device(event: Event) -> str:
    """Return the id of the device that `event` is about; empty when it is about none."""
    match event:
        case DeviceAttached(device=device):
            return device.id
        case DeviceDetached() | StateReported() | ArmedChanged():
            return event.device_id
        case CommandFinished(receipt=receipt):
            return receipt.device_id
        case CommandStarted(call=call) | ConfirmationWanted(call=call):
            return str(call.arguments.get("device", ""))
    return ""


def _encode(event: Event) -> bytes:
    row = plain(event)
    if isinstance(event, CommandFinished):
        row["receipt"] = plain(event.receipt.json())
    if isinstance(event, ConfirmationWanted):
        # Who may only look must not be able to say yes: the token stays with /api/confirmations.
        del row["token"], row["expires"]
    data = json.dumps(row, ensure_ascii=False)
    return format_sse_event(event=type(event).__name__, data_str=data)
