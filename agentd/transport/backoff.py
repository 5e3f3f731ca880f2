"""How long to wait before trying again: exponential, capped, with full jitter."""

from __future__ import annotations

import random


class Backoff:
    """Delays for one thing that keeps failing.

    Full jitter (each delay uniform between zero and the ceiling) keeps a house full of clients
    from knocking all at once when a broker comes back: AWS Architecture Blog, "Exponential
    Backoff and Jitter".
    """

    def __init__(self, first_s: float = 0.5, cap_s: float = 30.0) -> None:
        self._first_s = first_s
        self._cap_s = cap_s
        self._ceiling_s = first_s

    def next_s(self) -> float:
        """Return the seconds to wait now; the ceiling doubles up to the cap."""
        delay_s = random.uniform(0.0, self._ceiling_s)  # noqa: S311  (no secret depends on it)
        self._ceiling_s = min(self._cap_s, self._ceiling_s * 2)
        return delay_s

    def reset(self) -> None:
        """Start again from the first ceiling: it worked."""
        self._ceiling_s = self._first_s
