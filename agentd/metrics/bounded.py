"""Label values that cannot grow without end: whoever invents names does not fill a disk."""

from __future__ import annotations

from typing import Final

OTHER: Final = "other"


class Bounded:
    """The first `most` names keep theirs for as long as the daemon runs; the rest is `other`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[str] = set()

    def __call__(self, name: str) -> str:
        """Return the label for `name`."""
        if name not in self._known:
            if len(self._known) >= self._most:
                return OTHER
            self._known.add(name)
        return name
