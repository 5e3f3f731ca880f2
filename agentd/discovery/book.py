"""What is plugged in, remembered from look to look: two looks give what came and what went."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from agentd.catalogue.identification import Heard, Identification, is_stick, same_stick
from agentd.catalogue.port import Port
from agentd.catalogue.spec import DeviceSpec
from agentd.config import Pin


@dataclass(frozen=True, slots=True)
class Sighting:
    """A port and what it is taken for. With a `spec` it may be attached; a `pin` names it."""

    port: Port
    identification: Identification

    @property
    def spec(self) -> DeviceSpec | None:
        """The family it was identified as, if any."""
        return self.identification.spec

    @property
    def pin(self) -> Pin | None:
        """The owner's pin, with the id, name and area of their choice."""
        return self.identification.pin


@dataclass(frozen=True, slots=True)
class Seen:
    """Something is plugged in. `before`: what the same device was until now, if it changed."""

    sighting: Sighting
    before: Sighting | None = None

    @property
    def attach_anew(self) -> bool:
        """Whether an attachment made before must be made again, or one can be made now at all."""
        if self.before is None:
            return True
        return _what_matters(self.before) != _what_matters(self.sighting)


@dataclass(frozen=True, slots=True)
class Gone:
    """Something was unplugged."""

    sighting: Sighting


def _what_matters(sighting: Sighting) -> tuple[object, ...]:
    port = sighting.port
    return sighting.spec, sighting.pin, port.node, port.instance, port.allowed


Change = Seen | Gone
Identify = Callable[[Port, Heard | None], Identification]


class Book:
    """Turns looks into changes.

    An AI stick leaves the bus for a moment while it takes its firmware and comes back with another
    id in the same socket: its absence is forgiven for `grace_s` seconds, so that it stays one
    device. Everything else that leaves is gone at once.
    """

    def __init__(self, identify: Identify, *, grace_s: float = 4.0) -> None:
        self._identify = identify
        self._grace_s = grace_s
        self._seen: dict[str, Sighting] = {}
        self._missing_since: dict[str, float] = {}

    @property
    def sightings(self) -> tuple[Sighting, ...]:
        """What is plugged in now."""
        return tuple(self._seen.values())

    @property
    def waiting(self) -> bool:
        """Whether a stick is missing and may still come back."""
        return bool(self._missing_since)

    def look(self, ports: Iterable[Port], now: float) -> list[Change]:
        """Compare with the last look; `now` is a monotonic time in seconds."""
        here = {port.id: port for port in ports}
        changes: list[Change] = []
        for port_id in [each for each in self._seen if each not in here]:
            changes += self._missing(port_id, now)
        for port in here.values():
            changes += self._present(port)
        return changes

    def hear(self, port: Port, heard: Heard) -> list[Change]:
        """Take in what was heard on `port`, unless something else is plugged in there by now."""
        before = self._seen.get(port.id)
        if before is None or before.port.instance != port.instance:
            return []
        return [self._note(before.port, heard, before)]

    def _missing(self, port_id: str, now: float) -> Iterator[Gone]:
        sighting = self._seen[port_id]
        since = self._missing_since.setdefault(port_id, now)
        if not is_stick(sighting.identification) or now - since >= self._grace_s:
            del self._seen[port_id], self._missing_since[port_id]
            yield Gone(sighting)

    def _present(self, port: Port) -> Iterator[Change]:
        self._missing_since.pop(port.id, None)
        before = self._seen.get(port.id)
        if before is None:
            yield self._note(port, None, None)
        elif before.port == port:
            return
        elif (before.port.instance, before.port.node) == (port.instance, port.node):
            yield self._note(port, before.identification.heard, before)
        else:
            yield from self._replaced(port, before)

    def _replaced(self, port: Port, before: Sighting) -> Iterator[Change]:
        """Something was plugged in anew: the same stick in its next state, or another thing."""
        again = same_stick(before.identification, self._identify(port, None))
        if again:
            self._seen[port.id] = Sighting(port, again)
            yield Seen(self._seen[port.id], before)
        else:
            yield Gone(before)
            yield self._note(port, None, None)

    def _note(self, port: Port, heard: Heard | None, before: Sighting | None) -> Seen:
        self._seen[port.id] = Sighting(port, self._identify(port, heard))
        return Seen(self._seen[port.id], before)
