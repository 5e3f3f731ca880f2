"""A crowd gets in one after the other: so many in each turn of the loop, and the rest waits.

A stop passes no turnstile.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable


class Turnstile:
    """Lets `a_turn` through in each turn of the loop, in the order they came."""

    def __init__(self, a_turn: int = 1) -> None:
        self._a_turn = self._room = a_turn
        self._waiting: deque[Callable[[], None]] = deque()
        self._turning = False

    def run(self, work: Callable[[], None]) -> None:
        """Do `work` now where there is room in this turn, else in the first one that has some."""
        if not self._turning:
            self._turning = True
            asyncio.get_running_loop().call_soon(self._turn)
        if self._room and not self._waiting:
            self._room -= 1
            work()
        else:
            self._waiting.append(work)

    async def enter(self) -> None:
        """Wait until there is room."""
        mine = asyncio.get_running_loop().create_future()
        self.run(lambda: _let_in(mine))
        await mine

    def _turn(self) -> None:
        self._room = self._a_turn
        while self._room and self._waiting:
            self._room -= 1
            self._waiting.popleft()()
        self._turning = self._room < self._a_turn
        if self._turning:
            asyncio.get_running_loop().call_soon(self._turn)


def _let_in(guest: asyncio.Future[None]) -> None:
    if not guest.done():  # who hung up meanwhile is done
        guest.set_result(None)
