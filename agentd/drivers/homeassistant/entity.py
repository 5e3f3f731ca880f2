"""What all components share: how an announced entity is spoken to and how it answers."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from agentd.drivers.homeassistant import naming
from agentd.drivers.homeassistant.config import EntityConfig
from agentd.drivers.homeassistant.template import Template
from agentd.model import Argument, Device, Kind, State, Value

Message = tuple[str, str]
Read = Callable[[str], State]

UNKNOWN = ("None", "unknown", "")
"""Payloads that say that the device does not know (Home Assistant's PAYLOAD_NONE)."""


class Entity(ABC):
    """One announced entity. Holds no connection and no state: payloads in, payloads out.

    Subclasses read their options in `__init__` and raise `DiscoveryError` for what they cannot
    use. `reported` are the arguments whose outcome the entity says itself; `tolerance` is how far
    a report may be from what is expected: devices round, and motors stop a little late.
    `off_delay_s` is after how many seconds an `on` is over without a word; 0 is never.
    """

    kind: ClassVar[Kind]
    moves: ClassVar[bool] = False

    def __init__(self, config: EntityConfig) -> None:
        self.config = config
        self.options = config.options
        self.arguments: dict[str, Argument] = {}
        self.confirm: set[tuple[str, Value]] = set()
        self.reported: set[str] = set()
        self.tolerance: dict[str, float] = {}
        self.off_delay_s = 0.0
        self._readers: dict[str, list[tuple[Template, Read]]] = {}

    @property
    def topics(self) -> tuple[str, ...]:
        """The state topics to hear."""
        return tuple(self._readers)

    def device(self, device_id: str, aliases: tuple[str, ...] = ()) -> Device:
        """Return the device this entity is, seen from a person."""
        return Device(
            id=device_id,
            name=naming.full_name(self.config),
            kind=self.kind,
            area=naming.area(self.config),
            device_class=naming.clean(self.options.text("device_class")),
            aliases=aliases,
            arguments=self.arguments,
            confirm=frozenset(self.confirm),
            moves=self.moves,
            reports=bool(self.reported),
            via="mqtt",
        )

    def decode(self, topic: str, payload: str) -> State:
        """Return what a message on one of the `topics` says; nothing when it makes no sense."""
        state: dict[str, Value] = {}
        for template, read in self._readers.get(topic, ()):
            text = template.render(payload)
            if text is not None and text not in UNKNOWN:
                state |= read(text)
        return state

    @abstractmethod
    def encode(self, asked: Mapping[str, Value]) -> list[Message]:
        """Return the messages that ask for this, in the order to publish them."""

    def stop(self) -> list[Message]:
        """Return the messages that stop a movement; none for what does not move."""
        return []

    def expected(self, asked: Mapping[str, Value]) -> State:
        """Return the state that means that it happened, on the device's own nearest step."""
        return asked

    def verdict(self, asked: Mapping[str, Value], state: State) -> str | None:
        """Return None while `state` is not what was asked, else what to add to "done"."""
        wanted = self.expected(asked)
        met = all(
            self._close(name, value, state.get(name))
            for name, value in wanted.items()
            if name in self.reported
        )
        return "" if met else None

    def under_way(self, asked: Mapping[str, Value], before: State, now: State) -> str:
        """Return what it is visibly still doing about it when time is up; "" for nothing."""
        return ""

    def _close(self, name: str, wanted: Value, found: Value) -> bool:
        if isinstance(wanted, bool) or isinstance(found, bool):
            return wanted is found
        if isinstance(wanted, int | float) and isinstance(found, int | float):
            return abs(wanted - found) <= self.tolerance.get(name, 0.0) + 1e-6
        return wanted == found

    def _hear(
        self, topic: str, template: Template, read: Read, reports: Iterable[str] = ()
    ) -> None:
        """Read `topic`, when there is one, through `template` with `read`."""
        if topic:
            self._readers.setdefault(topic, []).append((template, read))
            if not self.options.flag("optimistic"):
                self.reported.update(reports)

    def _command(self, key: str, value: str, **names: str) -> str:
        """Return `value` in the form of the command template `key`, which may use `names`."""
        text = self.options.template(key, *names).render(value, names)
        return value if text is None else text


class Words:
    """Two or more payloads and what each of them means."""

    def __init__(self, name: str, meanings: Mapping[str, Value]) -> None:
        self._name = name
        self._meanings = meanings

    def __call__(self, text: str) -> State:
        """Return the meaning of `text` under the attribute's name; nothing if unknown."""
        return {self._name: self._meanings[text]} if text in self._meanings else {}


def number(text: str) -> float | None:
    """Return the finite number that `text` is, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e12 else None


def table(text: str) -> dict[str, Any] | None:
    """Return the JSON object that `text` is, or None."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None
