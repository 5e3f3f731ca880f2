"""A token bucket: a steady rate with a little room for bursts."""

from __future__ import annotations

import time
from collections.abc import Callable

BURST_SHARE = 6


class Bucket:
    """Allows `per_minute` calls a minute, and at most a sixth of them at once (at least 10)."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_minute / 60
        self._size = float(min(per_minute, max(10, per_minute // BURST_SHARE)))
        self._tokens = self._size
        self._clock = clock
        self._last = clock()

    def take(self) -> float:
        """Take one token; return 0.0, or how many seconds until there is one."""
        now = self._clock()
        self._tokens = min(self._size, self._tokens + (now - self._last) * self._rate)
        self._last = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._rate
