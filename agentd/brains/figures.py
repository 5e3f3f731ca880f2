"""What each brain was asked and how it did: plain counts, and the times of its last answers."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

RING: Final = 256
"""How many of the newest times the percentiles are made of."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One brain's figures; the times, in seconds, are from the question to its last thought."""

    asked: int
    answered: int
    unsure: int
    failed: int
    p50_s: float
    p95_s: float


@dataclass(slots=True)
class Tally:
    """Counts as they happen. `asked` is ahead of the rest while a brain thinks or is given up."""

    asked: int = 0
    answered: int = 0
    unsure: int = 0
    failed: int = 0
    _took: deque[float] = field(default_factory=lambda: deque(maxlen=RING))

    def took(self, seconds: float) -> None:
        """Note how long one answer took, whatever it was."""
        self._took.append(seconds)

    def figures(self) -> Figures:
        """Return the figures as they are now."""
        times = sorted(self._took)
        return Figures(
            self.asked,
            self.answered,
            self.unsure,
            self.failed,
            _percentile(times, 0.5),
            _percentile(times, 0.95),
        )


def _percentile(times: list[float], share: float) -> float:
    """Return the nearest-rank percentile of sorted `times`; 0 when there are none."""
    return times[min(int(share * len(times)), len(times) - 1)] if times else 0.0
