"""The one stream back up: typed events, published by whoever knows, read by whoever cares.

Publishing never waits and never fails because of a slow reader: each reader has a bounded
queue, and when it is full its oldest event is dropped and counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field

from agentd.model import Asker, Call, Device, Receipt, State

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened `at` a time (seconds since the epoch)."""

    at: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAttached(Event):
    """A device can be addressed from now on."""

    device: Device


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDetached(Event):
    """A device is gone."""

    device_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StateReported(Event):
    """A device said what it is now; only the attributes it spoke about."""

    device_id: str
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandStarted(Event):
    """A call passed the door and is on its way to the gate."""

    call: Call
    asker: Asker


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandFinished(Event):
    """A call has its receipt."""

    receipt: Receipt
    asker: Asker


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceAnswered(Event):
    """A sentence has its whole answer; tokens are estimates, times in seconds.

    `brain` is empty when it broke off before any was known. `understood_s` is how long the
    brains took to make calls of it, 0 when none was asked.
    """

    asker: Asker
    brain: str
    asked_tokens: int
    answered_tokens: int
    understood_s: float
    took_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EStopLatched(Event):
    """Everything was stopped; nothing moves until a person resets it."""

    by: str
    reason: str
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EStopReset(Event):
    """A person released the latch."""

    by: str
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmedChanged(Event):
    """A moving device must be re-armed (False) or was (True)."""

    device_id: str
    armed: bool
    by: str
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationWanted(Event):
    """A risky call waits for a human's yes."""

    token: str
    call: Call
    asker: Asker
    prompt: str
    expires: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChanged(Event):
    """A key was made, rotated or revoked (`deed`); `key` is its public id, `by` who did it."""

    deed: str
    key: str
    name: str
    by: str
    detail: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortSeen(Event):
    """Something plugged in was seen, changed or identified; `what` is its JSON description."""

    port: str
    what: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PortGone(Event):
    """Something was unplugged."""

    port: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartChanged(Event):
    """A part of the daemon is `ready`, `degraded` or `stopped`."""

    part: str
    state: str
    reason: str = ""


class Bus:
    """Hands each event to every listener at once and to every subscriber's queue."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Event], None]] = []
        self._queues: list[asyncio.Queue[Event]] = []
        self.dropped = 0

    @property
    def waiting(self) -> int:
        """How many events the slowest reader has before it."""
        return max((queue.qsize() for queue in self._queues), default=0)

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Call `listener` in line with each event. It must be quick and must not raise."""
        self._listeners.append(listener)

    def publish(self, event: Event) -> None:
        """Give `event` to everyone. Never waits."""
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:  # one broken reader must not stop a command
                log.exception("an event listener failed on %s", type(event).__name__)
        for queue in self._queues:
            if queue.full():
                queue.get_nowait()
                self.dropped += 1
            queue.put_nowait(event)

    @contextlib.contextmanager
    def subscribe(self, size: int = 256) -> Iterator[AsyncIterator[Event]]:
        """Yield an endless iterator over the events published while the context is open."""
        queue: asyncio.Queue[Event] = asyncio.Queue(size)
        self._queues.append(queue)
        try:
            yield _drain(queue)
        finally:
            self._queues.remove(queue)


async def _drain(queue: asyncio.Queue[Event]) -> AsyncIterator[Event]:
    while True:
        yield await queue.get()
