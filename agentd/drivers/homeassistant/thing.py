"""One entity as it is now, and the wait for its own word on what it was asked."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping

from agentd.drivers import Host
from agentd.drivers.homeassistant.availability import Availability
from agentd.drivers.homeassistant.entity import Entity
from agentd.errors import LinkError
from agentd.model import Device, Outcome, State, Status, Value

LARGEST_REPORT = 256 * 1024
GRACE_S = 0.5
"""How long a device that already is what was asked may take to say so again."""

Verdict = Callable[[State], str | None]


class Thing:
    """An entity with its device, its last reports since the broker was reached, and who waits."""

    def __init__(
        self, entity: Entity, availability: Availability, device: Device, host: Host
    ) -> None:
        self.entity = entity
        self.device = device
        self.state: dict[str, Value] = {}
        self.reports = 0
        self.commanded_at = float("-inf")
        self._availability = availability
        self._host = host
        self._connected = False
        self._live = False
        self._told: bool | None = None
        self._wakers: set[asyncio.Event] = set()
        self._fading: asyncio.TimerHandle | None = None

    @property
    def topics(self) -> tuple[str, ...]:
        """All topics it is heard on."""
        return tuple({*self.entity.topics, *self._availability.topics})

    @property
    def _vouched(self) -> bool:
        """Whether a living device stands behind the state: a retained report outlives it."""
        return self._live or bool(self._availability.topics)

    @property
    def available(self) -> bool:
        """Whether the broker is connected and the device says that it is there."""
        return self._connected and self._availability.available

    def connection(self, connected: bool) -> None:
        """The broker was reached or lost; what was known before a loss no longer counts."""
        self._connected = connected
        if not connected:
            self._live = False
            self.close()
            self.state.clear()
            self._availability.forget()
        self._tell()

    def hear(self, topic: str, payload: bytes, retained: bool) -> None:
        """Take a message on one of the topics."""
        if len(payload) > LARGEST_REPORT:
            return
        text = payload.decode("utf-8", "replace")
        if topic in self._availability.topics:
            self._availability.hear(topic, text)
            self._tell()
        state = self.entity.decode(topic, text)
        if state:
            self.state |= state
            self.reports += 1
            self._live = self._live or not retained
            self._host.report(self.device.id, state)
            self._fade_later(state)
            self._wake()

    def close(self) -> None:
        """Let go of what would happen later."""
        if self._fading is not None:
            self._fading.cancel()
            self._fading = None

    def missing(self) -> str:
        """Return why it cannot be commanded now, or ""."""
        if self.available:
            return ""
        if not self._connected:
            return f"{self.device.name} cannot be reached: the MQTT broker is not connected."
        return f"{self.device.name} is offline by its own word."

    async def settle(self, verdict: Verdict, seen: int, timeout_s: float) -> str | None:
        """Wait until `verdict` likes a report newer than number `seen`; None when time is up.

        A state that is liked already stands after a short grace: not every device repeats itself.
        Raises `LinkError` when the device or the broker goes away meanwhile.
        """
        loop = asyncio.get_running_loop()
        start = loop.time()
        wake = asyncio.Event()
        self._wakers.add(wake)
        try:
            while self.available:
                word, now = verdict(self.state), loop.time()
                if word is not None and (self.reports > seen or now >= start + GRACE_S):
                    return word
                end = start + (timeout_s if word is None else min(GRACE_S, timeout_s))
                if now >= end:
                    return word
                wake.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout_at(end):
                        await wake.wait()
            raise LinkError(f"{self.device.name} went offline before it reported.")
        finally:
            self._wakers.discard(wake)

    def outcome(
        self,
        asked: Mapping[str, Value],
        word: str | None,
        before: State,
        seen: int,
        timeout_s: float,
    ) -> Outcome:
        """Return the outcome of a command that `settle` answered with `word`."""
        state = dict(self.state)
        silent = sorted(set(self.entity.expected(asked)) - self.entity.reported)
        if word is None:
            word = self.entity.under_way(asked, before, state) or None
        if word is None:
            return Outcome(Status.FAILED, state, self._complaint(asked, state, before, timeout_s))
        if self.reports == seen and not self._vouched:
            return Outcome(Status.UNVERIFIED, state, "only the broker remembers it so")
        if silent:
            return Outcome(Status.UNVERIFIED, state, f"it does not report {', '.join(silent)}")
        return Outcome(Status.DONE, state, word)

    def _complaint(
        self, asked: Mapping[str, Value], state: State, before: State, timeout_s: float
    ) -> str:
        shown = {name: state[name] for name in self.entity.expected(asked) if name in state}
        words = ", ".join(f"{name} {_shown(value)}" for name, value in shown.items())
        if state == before:
            last = f"; last known: {words}" if words else ""
            return f"no report within {timeout_s:g} s{last}"
        return f"after {timeout_s:g} s it reports {words}" if words else "it reports other things"

    def _fade_later(self, state: State) -> None:
        """Many motion sensors say that somebody came and never that nobody is there."""
        self.close()
        if self.entity.off_delay_s and state.get("on"):
            loop = asyncio.get_running_loop()
            self._fading = loop.call_later(self.entity.off_delay_s, self._fade)

    def _fade(self) -> None:
        self._fading = None
        self.state |= {"value": False, "on": False}
        self._host.report(self.device.id, {"value": False, "on": False})

    def _tell(self) -> None:
        if self._told is not self.available:
            self._told = self.available
            self._host.report(self.device.id, {"available": self.available})
            self._wake()

    def _wake(self) -> None:
        for waker in self._wakers:
            waker.set()


def _shown(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
