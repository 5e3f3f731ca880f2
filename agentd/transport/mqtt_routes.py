"""Which handler hears which MQTT topic, and what the broker has yet to be told about it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

log = logging.getLogger(__name__)

Handler = Callable[[str, bytes, bool], None]
"""Called on the event loop with topic, payload and the retained flag. It must be quick."""


def matches(topic_filter: str, topic: str) -> bool:
    """Return whether `topic` falls under `topic_filter` (MQTT 3.1.1, section 4.7)."""
    wanted, levels = topic_filter.split("/"), topic.split("/")
    if levels[0].startswith("$") and wanted[0] in ("#", "+"):
        return False
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(levels) or level not in ("+", levels[index]):
            return False
    return len(wanted) == len(levels)


class Routes:
    """Handlers by topic filter, kept across connections.

    A message goes to every handler with a matching filter. Filters that overlap may hear a
    message more than once (the broker decides, MQTT 3.1.1 section 3.3.5).
    """

    def __init__(self) -> None:
        self._exact: dict[str, list[Handler]] = {}
        self._wild: dict[str, list[Handler]] = {}
        self._fresh: dict[str, None] = {}
        self._stale: dict[str, None] = {}
        self._work = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def add(self, topic_filter: str, handler: Handler) -> None:
        """Route `topic_filter` to `handler` too; retained messages are asked for again."""
        self._table(topic_filter).setdefault(topic_filter, []).append(handler)
        self._stale.pop(topic_filter, None)
        self._fresh[topic_filter] = None
        self._changed()

    def remove(self, topic_filter: str, handler: Handler) -> None:
        """Forget one route; the last one out unsubscribes."""
        table = self._table(topic_filter)
        handlers = table.get(topic_filter, [])
        if handler in handlers:
            handlers.remove(handler)
        if topic_filter in table and not handlers:
            del table[topic_filter]
            self._fresh.pop(topic_filter, None)
            self._stale[topic_filter] = None
            self._changed()

    def renew(self) -> None:
        """A new connection knows nothing yet: every filter is to be subscribed."""
        self._stale.clear()
        self._fresh = dict.fromkeys([*self._wild, *self._exact])
        self._changed()

    def dispatch(self, topic: str, payload: bytes, retained: bool) -> None:
        """Call the handlers of `topic`; one that raises is logged and harms nobody."""
        handlers = list(self._exact.get(topic, ()))
        for topic_filter, more in self._wild.items():
            if matches(topic_filter, topic):
                handlers += more
        for handler in handlers:
            try:
                handler(topic, payload, retained)
            except Exception:  # whoever listens must not end the connection for all others
                log.exception("a handler of MQTT topic %r failed", topic[:200])

    async def work(self, most: int) -> tuple[list[str], list[str]]:
        """Wait for, and take, at most `most` filters to subscribe and all to unsubscribe."""
        await self._work.wait()
        fresh = list(self._fresh)[:most]
        for topic_filter in fresh:
            del self._fresh[topic_filter]
        stale = list(self._stale)
        self._stale.clear()
        if not self._fresh:
            self._work.clear()
        return fresh, stale

    def rest(self) -> None:
        """Note that the broker has acknowledged what `work` handed out."""
        if not self._work.is_set():
            self._idle.set()

    async def settled(self) -> None:
        """Wait until the broker has acknowledged every route."""
        await self._idle.wait()

    def _table(self, topic_filter: str) -> dict[str, list[Handler]]:
        return self._wild if "+" in topic_filter or "#" in topic_filter else self._exact

    def _changed(self) -> None:
        if self._fresh or self._stale:
            self._idle.clear()
            self._work.set()
