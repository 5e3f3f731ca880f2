"""Watching what is plugged in: an event from udev says "look again", and a look says what changed.

The looks, not the events, are the truth: an event that is lost, doubled or late changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

from agentd.catalogue import Catalogue
from agentd.catalogue.match import identify
from agentd.config import Discovery
from agentd.discovery.book import Book, Change, Seen, Sighting
from agentd.discovery.hotplug import UDEV_CONTROL, fingerprint, udev_events
from agentd.discovery.inquiry import Inquiry
from agentd.discovery.scan import Look, scan

log = logging.getLogger(__name__)
QUIET_S = 0.2
LATE_S = 1.0
"""libusb learns of a device on a thread of its own, so one more look follows each event."""


class Watch:
    """Calls back with each change: first everything that is there, then what comes and goes."""

    def __init__(
        self,
        settings: Discovery,
        catalogue: Catalogue,
        *,
        inquiry: Inquiry | None = None,
        look: Callable[[tuple[str, ...]], Look] = scan,
        udev_control: Path = UDEV_CONTROL,
    ) -> None:
        self._settings = settings
        self._pinned = tuple(pin.path for pin in settings.pins)
        self._book = Book(
            lambda port, heard: identify(port, catalogue, settings.pins, heard),
        )
        self._inquiry = inquiry or Inquiry()
        self._look = look
        self._udev_control = udev_control
        self._stirred = asyncio.Event()
        self._late_look = False
        self._asking: dict[str, asyncio.Task[None]] = {}
        self.problem = ""
        """Why less may be seen than is there; empty when all is well."""

    @property
    def sightings(self) -> tuple[Sighting, ...]:
        """What is plugged in now."""
        return self._book.sightings

    async def run(self, on_change: Callable[[Change], None]) -> None:
        """Watch until cancelled. `on_change` is called on the event loop and must not raise."""
        async with asyncio.TaskGroup() as group:
            with udev_events(self._stirred.set, self._udev_control) as live:
                while True:
                    pinned = fingerprint(self._pinned)
                    await self._take_a_look(on_change, group)
                    await self._until_stirred(live, pinned)

    async def _take_a_look(
        self, on_change: Callable[[Change], None], group: asyncio.TaskGroup
    ) -> None:
        seen = await asyncio.to_thread(self._look, self._pinned)
        if seen.problem and seen.problem != self.problem:
            log.warning("not all USB devices can be seen: %s", seen.problem)
        self.problem = seen.problem
        for change in self._book.look(seen.ports, time.monotonic()):
            on_change(change)
            self._find_out(change, on_change, group)

    def _find_out(
        self, change: Change, on_change: Callable[[Change], None], group: asyncio.TaskGroup
    ) -> None:
        """Start asking the line what it speaks where the owner allows it; stop when it is gone."""
        if isinstance(change, Seen) and not change.attach_anew:
            return
        port = change.sighting.port
        asked = self._asking.pop(port.id, None)
        if asked:
            asked.cancel()
        probes = change.sighting.identification.probes
        if isinstance(change, Seen) and self._settings.auto_probe and probes and port.allowed:
            asking = self._ask(change.sighting, on_change)
            self._asking[port.id] = group.create_task(asking, name=f"ask {port.node}")

    async def _ask(self, sighting: Sighting, on_change: Callable[[Change], None]) -> None:
        heard = await self._inquiry.ask(sighting.port, sighting.identification.probes)
        if heard:
            for change in self._book.hear(sighting.port, heard):
                on_change(change)

    async def _until_stirred(self, live: bool, pinned: tuple[str, ...]) -> None:
        """Return when another look is worth taking; `pinned`: what the last one found there."""
        while True:
            try:
                async with asyncio.timeout(self._patience(live)):
                    await self._stirred.wait()
            except TimeoutError:
                due = self._late_look or self._book.waiting or not live
                if due or fingerprint(self._pinned) != pinned:
                    self._late_look = False
                    return
            else:
                await self._settle()
                return

    def _patience(self, live: bool) -> float | None:
        if self._late_look or self._book.waiting:
            return LATE_S
        return self._settings.poll_s if self._pinned or not live else None

    async def _settle(self) -> None:
        """Let a burst of events pass: a board brings half a dozen."""
        for _ in range(5):
            self._stirred.clear()
            await asyncio.sleep(QUIET_S)
            if not self._stirred.is_set():
                break
        self._late_look = True
