"""Two clocks: the one on the wall, which may be set, and the one that only ever runs on."""

from __future__ import annotations

import asyncio
import contextlib
import time


class Clock:
    """The machine's clocks, in one place so that a test can hold them."""

    def wall(self) -> float:
        """Return the seconds since the epoch, as far as this machine knows."""
        return time.time()

    def steady(self) -> float:
        """Return seconds that never jump and count a suspended machine's sleep too."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    async def wait(self, event: asyncio.Event, seconds: float | None) -> None:
        """Wait for `event`, at most `seconds` (None: as long as it takes)."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
