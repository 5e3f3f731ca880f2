"""Leaves a server alone that keeps failing, so that nobody waits for it with every sentence.

After `FAILURES` failures in a row the breaker is open for `PAUSE_S`; then it is half open: one
attempt goes through, and decides. An attempt that is given up by the asker decides nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final

from agentd.errors import BrainError

FAILURES: Final = 3
PAUSE_S: Final = 30.0


class Position(StrEnum):
    """Where a breaker stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """One server's breaker. `on_change` is told each new position and the reason."""

    def __init__(
        self,
        name: str,
        on_change: Callable[[Position, str], None] = lambda position, reason: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._on_change = on_change
        self._clock = clock
        self._failed = 0
        self._until = 0.0
        self.position = Position.CLOSED
        self._probing = False

    @contextmanager
    def attempt(self) -> Iterator[Callable[[], None]]:
        """Bound one attempt; what is yielded is called when the server has proved itself.

        Raises `BrainError` at once while the breaker is open. A `BrainError` from inside counts
        as a failure, unless the server proved itself before.
        """
        self._enter()
        proved = False

        def prove() -> None:
            nonlocal proved
            proved = True
            self._succeeded()

        try:
            yield prove
        except BrainError as error:
            if not proved:
                self._count(str(error))
            raise
        finally:
            self._probing = False

    def _enter(self) -> None:
        if self.position is Position.CLOSED:
            return
        left = self._until - self._clock()
        if left > 0 or self._probing:
            why = f"is left alone for {max(left, 0):.0f} s after {self._failed} failures"
            raise BrainError(f"The upstream server {self._name} {why}.")
        self._probing = True
        self._move(Position.HALF_OPEN, "one sentence is tried")

    def _succeeded(self) -> None:
        self._failed = 0
        if self.position is not Position.CLOSED:
            self._move(Position.CLOSED, "")

    def _count(self, reason: str) -> None:
        self._failed += 1
        if self.position is Position.HALF_OPEN or self._failed >= FAILURES:
            self._until = self._clock() + PAUSE_S
            self._move(Position.OPEN, reason)

    def _move(self, position: Position, reason: str) -> None:
        self.position = position
        self._on_change(position, reason)
