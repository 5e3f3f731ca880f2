"""Has what every question begins with read before the first one: again when the home changes.

The beginning depends on the devices alone. A home that starts, or a plug that is pulled, changes
many of them in a moment, so it is read once nothing has changed for a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from agentd.brains import Turn
from agentd.brains.router import Router
from agentd.events import Bus, DeviceAttached, DeviceDetached, Event

QUIET_S: Final = 2.0
"""How long the registry has to stay as it is."""


async def keep_ahead(
    router: Router, bus: Bus, turn: Callable[[], Turn], *, quiet_s: float = QUIET_S
) -> None:
    """Have `turn()` read ahead whenever the registry has settled, until cancelled.

    What is being read is given up when the registry changes. Returns at once when no brain
    has a use for it.
    """
    if not router.reads_ahead:
        return
    changed = asyncio.Event()

    def note(event: Event) -> None:
        if isinstance(event, DeviceAttached | DeviceDetached):
            changed.set()

    bus.listen(note)
    while True:
        await _settled(changed, quiet_s)
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(router.read_ahead(turn()))
            await changed.wait()
            reading.cancel()


async def _settled(changed: asyncio.Event, quiet_s: float) -> None:
    """Wait until nothing has changed for `quiet_s` seconds."""
    while True:
        changed.clear()
        try:
            async with asyncio.timeout(quiet_s):
                await changed.wait()
        except TimeoutError:
            return
