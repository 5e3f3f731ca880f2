"""Garbage is looked for between the turns, a little each time.

CPython looks when many more objects were made than let go. Hundreds of chats make and let go all
the time, so it looks seldom, and then for 5 to 15 ms in the middle of a turn. Looking at what the
last few turns made takes a fiftieth of that.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Final

YOUNG_TURNS: Final = 8
MIDDLE_TURNS: Final = 16
"""After so many turns what they made is looked through, and what survived that."""
QUIET_S: Final = 1.0
FULL_EVERY_S: Final = 600.0
"""Everything is looked through in a quiet moment, at most so often ..."""
FULL_TURNS: Final = 1_000_000
"""... or after so many turns without one: a quarter of an hour of hundreds of chats."""


class Sweeper:
    """Instead of CPython's own automatic collection, from `start` on."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = False
        self._turns = 0
        self._full = (0, 0.0)

    def start(self) -> None:
        """Take over. What was made so far stays as long as the daemon, and is never looked at."""
        gc.freeze()
        gc.disable()
        self._started, self._full = True, (0, self._clock())

    def stop(self) -> None:
        """Give it back."""
        if self._started:
            gc.unfreeze()
            gc.enable()
        self._started = False

    def sweep(self, waited_s: float) -> None:
        """Look a little; `waited_s` is how long the loop had nothing to do before this turn."""
        if not self._started:
            return
        self._turns += 1
        if self._is_time_for_all(waited_s):
            gc.collect()
            self._full = (self._turns, self._clock())
        elif self._turns % MIDDLE_TURNS == 0:
            gc.collect(1)
        elif self._turns % YOUNG_TURNS == 0:
            gc.collect(0)

    def _is_time_for_all(self, waited_s: float) -> bool:
        turn, at = self._full
        quiet = waited_s > QUIET_S and self._clock() - at > FULL_EVERY_S
        return quiet or self._turns - turn > FULL_TURNS
