"""What is ready is served at once, unless it was said that it can wait.

Of the sockets that can wait only so many are served in one turn of the loop as keep it near
`TURN_S`, first come, first served. What is not read waits in the kernel, and its sender slows
down (tcp(7)).
"""

from __future__ import annotations

import contextlib
import selectors
import time
from collections import ChainMap, deque
from collections.abc import Callable, Mapping
from selectors import SelectorKey
from typing import Any, Final

TURN_S: Final = 0.002
"""What one turn shall take at most, in seconds."""
MOST: Final = 64
"""Streams that are served in one turn where each costs next to nothing."""

Ready = list[tuple[SelectorKey, int]]


class PatientSelector(selectors.BaseSelector):
    """Two selectors, one within the other: what is urgent, and what can wait."""

    def __init__(self, between: Callable[[float], None] = lambda waited_s: None) -> None:
        """`between` is called after each turn with how long the one before it was waited for."""
        self._between = between
        self._urgent, self._patient = selectors.EpollSelector(), selectors.EpollSelector()
        self._inner = self._urgent.register(self._patient, selectors.EVENT_READ)
        self._can_wait: set[int] = set()
        self._waiting: deque[int] = deque()
        self._events: dict[int, int] = {}
        self._share, self._returned, self._waited_s = 8, 0.0, 0.0

    def let_wait(self, fd: int) -> None:
        """Serve `fd`, now and when it is registered again, after what is urgent."""
        self._can_wait.add(fd)
        self._move(fd, self._urgent, self._patient)

    def hurry(self, fd: int) -> None:
        """Serve `fd` at once again. Safe to call for one that never waited."""
        self._can_wait.discard(fd)
        self._move(fd, self._patient, self._urgent)

    def register(self, fileobj: Any, events: int, data: Any = None) -> SelectorKey:
        """As `selectors.BaseSelector`."""
        fd = fileobj if isinstance(fileobj, int) else fileobj.fileno()
        chosen = self._patient if fd in self._can_wait else self._urgent
        return chosen.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> SelectorKey:
        """As `selectors.BaseSelector`."""
        return self._holder(fileobj).unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> SelectorKey:
        """As `selectors.BaseSelector`."""
        return self._holder(fileobj).modify(fileobj, events, data)

    def select(self, timeout: float | None = None) -> Ready:
        """Return what is urgent and ready, and as much of the rest as has room in a turn."""
        self._between(self._waited_s)
        self._weigh()
        asked = time.perf_counter()
        found = self._urgent.select(0 if self._waiting else timeout)
        ready = [each for each in found if each[0] is not self._inner]
        if len(ready) < len(found) and not self._waiting:
            self._events = {key.fd: mask for key, mask in self._patient.select(0)}
            self._waiting.extend(self._events)
        ready += self._next()
        self._returned = time.perf_counter()
        self._waited_s = self._returned - asked
        return ready

    def close(self) -> None:
        """As `selectors.BaseSelector`."""
        self._urgent.close()
        self._patient.close()

    def get_key(self, fileobj: Any) -> SelectorKey:
        """As `selectors.BaseSelector`."""
        return self._holder(fileobj).get_key(fileobj)

    def get_map(self) -> Mapping[Any, SelectorKey]:
        """As `selectors.BaseSelector`."""
        return ChainMap(self._urgent.get_map(), self._patient.get_map())  # type: ignore[arg-type]

    def _weigh(self) -> None:
        """Let fewer in when the turn that ends now took too long, and one more when it did not."""
        if time.perf_counter() - self._returned > TURN_S:
            self._share = max(1, self._share // 2)
        else:
            self._share = min(MOST, self._share + 1)

    def _next(self) -> Ready:
        known, ready = self._patient.get_map(), Ready()
        while self._waiting and len(ready) < self._share:
            fd = self._waiting.popleft()
            # It may have been closed, or moved, since it was found ready.
            with contextlib.suppress(KeyError):
                key = known[fd]
                ready.append((key, self._events[fd] & key.events))
        return ready

    def _holder(self, fileobj: Any) -> selectors.EpollSelector:
        return self._patient if fileobj in self._patient.get_map() else self._urgent

    def _move(self, fd: int, here: selectors.EpollSelector, there: selectors.EpollSelector) -> None:
        if fd in here.get_map():
            key = here.unregister(fd)
            there.register(key.fileobj, key.events, key.data)
