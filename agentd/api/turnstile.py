"""Chats begin one after the other: of a crowd that asks at once, one in each turn of the loop.

Reading a request, checking it and asking the brains takes a few milliseconds of the one thread
that also has to hear a stop, which passes no turnstile.
"""

from __future__ import annotations

import asyncio
from collections import deque


class Turnstile:
    """Lets one through in each turn of the loop, in the order they came."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._turning = False

    async def enter(self) -> None:
        """Wait for the next free turn: the very next one where nobody else waits."""
        loop = asyncio.get_running_loop()
        mine = loop.create_future()
        self._waiting.append(mine)
        if not self._turning:
            self._turning = True
            loop.call_soon(self._turn, loop)
        await mine

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting:
            first = self._waiting.popleft()
            if not first.done():  # who hung up meanwhile is done
                first.set_result(None)
                break
        self._turning = bool(self._waiting)
        if self._turning:
            loop.call_soon(self._turn, loop)
