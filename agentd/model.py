"""The nouns everything else is about: devices, arguments, calls, actions, receipts.

All are frozen values. Units are part of the argument's name: `distance_m`, `angle_deg`,
`speed_mps`, `brightness_pct`, `temperature_c`. State attributes carry the same names as the
arguments that set them, so "did it happen?" is a comparison of two mappings.
"""

from __future__ import annotations

import fnmatch
import math
import re
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from agentd import trace as tracing
from agentd.errors import Reason, Refusal, refuse

Value = bool | int | float | str | None
State = Mapping[str, Value]
Schema = dict[str, Any]
NOTHING: Mapping[str, Any] = MappingProxyType({})
SLOT = re.compile(r"\{(\w*)\}")
"""A place in an example sentence, `{number}`, and in what it stands for."""


class Kind(StrEnum):
    """What a device is, seen from the person who speaks to it."""

    LIGHT = "light"
    SWITCH = "switch"
    COVER = "cover"
    CLIMATE = "climate"
    VALVE = "valve"
    VACUUM = "vacuum"
    FAN = "fan"
    LOCK = "lock"
    MEDIA = "media_player"
    SCENE = "scene"
    BUTTON = "button"
    TODO = "todo"
    TIMER = "timer"
    DRIVE = "drive"
    SERVO = "servo"
    OUTPUT = "output"
    SENSOR = "sensor"


@dataclass(frozen=True, slots=True)
class Number:
    """An argument between `low` and `high`, both included, in `unit`."""

    low: float
    high: float
    unit: str = ""
    whole: bool = False

    def schema(self) -> Schema:
        """Return the JSON Schema of this argument."""
        kind = "integer" if self.whole else "number"
        return {"type": kind, "minimum": self.low, "maximum": self.high, "description": self.unit}

    def check(self, name: str, value: object) -> None:
        """Raise `RefusedError` (bad_argument, out_of_range) unless `value` fits."""
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or (isinstance(value, float) and not math.isfinite(value))
        ):
            raise refuse(
                Reason.BAD_ARGUMENT,
                f"{name} must be a number ({self}), not {value!r}.",
                value=value,
                accepted=str(self),
            )
        if self.whole and value != int(value):
            raise refuse(
                Reason.BAD_ARGUMENT,
                f"{name} must be a whole number ({self}).",
                value=value,
                accepted=str(self),
            )
        if not self.low <= value <= self.high:
            raise refuse(
                Reason.OUT_OF_RANGE,
                f"{name} {_figure(value)} is out of range: {self}.",
                value=value if abs(value) <= sys.float_info.max else _figure(value),
                accepted=str(self),
            )

    def merge(self, other: Argument) -> Argument:
        """Return the argument that accepts what either accepts."""
        if not isinstance(other, Number):
            return self
        return Number(
            min(self.low, other.low),
            max(self.high, other.high),
            self.unit,
            self.whole and other.whole,
        )

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g} {self.unit}".strip()


def _figure(value: float) -> str:
    """Return `value` for a person; a whole number may be too large to be a float."""
    return f"{value:g}" if abs(value) <= sys.float_info.max else f"{Decimal(value):.0e}"


@dataclass(frozen=True, slots=True)
class Choice:
    """An argument that is one of a few words."""

    options: tuple[str, ...]

    def schema(self) -> Schema:
        """Return the JSON Schema of this argument."""
        return {"type": "string", "enum": list(self.options)}

    def check(self, name: str, value: object) -> None:
        """Raise `RefusedError` (bad_argument) unless `value` is one of the options."""
        if value not in self.options:
            raise refuse(
                Reason.BAD_ARGUMENT,
                f"{name} must be one of {self}, not {value!r}.",
                value=value,
                accepted=str(self),
            )

    def merge(self, other: Argument) -> Argument:
        """Return the argument that accepts what either accepts."""
        if not isinstance(other, Choice):
            return self
        return Choice(tuple(dict.fromkeys(self.options + other.options)))

    def __str__(self) -> str:
        return ", ".join(self.options)


@dataclass(frozen=True, slots=True)
class Flag:
    """An argument that is true or false."""

    def schema(self) -> Schema:
        """Return the JSON Schema of this argument."""
        return {"type": "boolean"}

    def check(self, name: str, value: object) -> None:
        """Raise `RefusedError` (bad_argument) unless `value` is a bool."""
        if not isinstance(value, bool):
            raise refuse(
                Reason.BAD_ARGUMENT,
                f"{name} must be true or false, not {value!r}.",
                value=value,
                accepted=str(self),
            )

    def merge(self, other: Argument) -> Argument:
        """Return the argument that accepts what either accepts."""
        return self

    def __str__(self) -> str:
        return "true or false"


@dataclass(frozen=True, slots=True)
class Text:
    """An argument that is free text of at most `longest` characters."""

    longest: int = 200

    def schema(self) -> Schema:
        """Return the JSON Schema of this argument."""
        return {"type": "string", "maxLength": self.longest}

    def check(self, name: str, value: object) -> None:
        """Raise `RefusedError` (bad_argument) unless `value` is a short enough string."""
        if not isinstance(value, str) or len(value) > self.longest:
            raise refuse(
                Reason.BAD_ARGUMENT,
                f"{name} must be {self}.",
                value=repr(value)[:80],
                accepted=str(self),
            )

    def merge(self, other: Argument) -> Argument:
        """Return the argument that accepts what either accepts."""
        return self

    def __str__(self) -> str:
        return f"text of at most {self.longest} characters"


Argument = Number | Choice | Flag | Text


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence for one device and the arguments it stands for, those of the device's own tool.

    A `{number}` in `say` may be a value in `set`. For a drive, `distance_m` means the tool
    `drive` and `angle_deg` the tool `turn`; a scene or button is set by nothing.
    """

    say: str
    set: Mapping[str, Value] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Something a person can name and a tool can address.

    `id` is stable and unique (`light.kitchen`, `rover`). `arguments` are all it accepts, with
    this device's own limits. `confirm` lists `(argument, value)` pairs that wait for a human's
    yes. `moves` marks what the e-stop must re-arm. `reports` is False when the device never says
    what it did, so that a receipt can at best be `unverified`. `device_class` is Home Assistant's
    word for what it measures or is ("battery", "motion", "garage"), empty when nobody said.
    `examples` come from the owner's device file or the driver, never from what a device announces.
    """

    id: str
    name: str
    kind: Kind
    area: str = ""
    floor: str = ""
    device_class: str = ""
    aliases: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    arguments: Mapping[str, Argument] = field(default_factory=lambda: NOTHING)
    confirm: frozenset[tuple[str, Value]] = frozenset()
    moves: bool = False
    reports: bool = True
    via: str = ""

    def called(self, language: str) -> str:
        """Return what it is called in `language`: for `zh` the first Chinese alias, if any."""
        chinese = (each for each in self.aliases if any("\u4e00" <= c <= "\u9fff" for c in each))
        return next(chinese, self.name) if language == "zh" else self.name


def touches(devices: tuple[str, ...] | None, device_id: str) -> bool:
    """Return whether an allow list holds `device_id`; `*` in it stands for anything, None for all.

    Nothing else is special: a bracket or a question mark in an id means itself.
    """
    if devices is None:
        return True
    plain = (each.replace("[", "[[]").replace("?", "[?]") for each in devices)
    return any(fnmatch.fnmatchcase(device_id, each) for each in plain)


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call as a brain or a door asks for it: not yet checked."""

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    expect: State = field(default_factory=lambda: NOTHING)
    """For a yes/no question: the state that makes the answer "yes"."""
    after_s: float = 0.0
    """Seconds from now until it shall begin; 0 is now."""
    for_s: float = 0.0
    """Seconds until the earlier state comes back; 0 is never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, through which door, in which words and language (`en`, `zh`)."""

    who: str
    door: str
    words: str = ""
    language: str = "en"
    area: str = ""
    """Where the person speaks, when the door knows it: what "here" and "the light" mean."""
    conversation: str = ""
    trace: str = field(default_factory=tracing.current_or_new)
    """The same from the door to the wire: in logs, events, receipts, the audit and headers."""
    key: str = ""
    """The public id of the key that opened the door, empty where there was none."""
    devices: tuple[str, ...] | None = None
    """The only devices this one may touch, as ids or as in `light.*`; None: every device."""

    def may_touch(self, device_id: str) -> bool:
        """Return whether a command to `device_id`, or a look at it, is this one's to ask for."""
        return touches(self.devices, device_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A checked call on its way to one device's driver."""

    tool: str
    device_id: str
    arguments: Mapping[str, Value]


class Status(StrEnum):
    """How a command ended."""

    DONE = "done"
    """The device acknowledged it, or reports the state that was asked for."""
    UNVERIFIED = "unverified"
    """It was sent; the device does not say whether it happened."""
    REFUSED = "refused"
    """The gate said no; nothing was sent."""
    ACCEPTED = "accepted"
    """It will be tried at the time in `Receipt.due`; nothing was sent yet."""
    FAILED = "failed"
    """It was sent, and did not happen or was cut short."""


WENT_WELL: Final = frozenset({Status.DONE, Status.UNVERIFIED, Status.ACCEPTED})
"""What a door tells its client as a success."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a driver knows after an action: `state` is what the device itself reported."""

    status: Status
    state: State = field(default_factory=lambda: NOTHING)
    message: str = ""
    scheduled: str = ""
    due: float = 0.0
    """As in `Receipt`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What really happened to one call."""

    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    tool: str
    device_id: str
    device_name: str
    arguments: Mapping[str, Any]
    status: Status
    state: State = field(default_factory=lambda: NOTHING)
    message: str = ""
    refusal: Refusal | None = None
    expect: State = field(default_factory=lambda: NOTHING)
    started: float = field(default_factory=time.time)
    took_s: float = 0.0
    trace: str = ""
    stages: Mapping[str, float] = field(default_factory=lambda: NOTHING)
    """How long each stage took, in seconds (`agentd.trace.Span`); not part of the JSON."""
    before: State = field(default_factory=lambda: NOTHING)
    """What the device said it was before the call; not part of the JSON."""
    scheduled: str = ""
    """The id of the scheduled call that this one made, empty if none."""
    due: float = 0.0
    """When that happens, in seconds since the epoch: the call itself when it was `accepted`, the
    return of the earlier state when it was done."""

    def json(self) -> dict[str, Any]:
        """Return the receipt as plain JSON values, the same at every door."""
        refusal = self.refusal
        return {
            "id": self.id,
            "tool": self.tool,
            "device": self.device_id,
            "arguments": dict(self.arguments),
            "status": self.status.value,
            "state": dict(self.state),
            "message": self.message,
            "refusal": refusal
            and {
                "reason": refusal.reason.value,
                "value": refusal.value,
                "accepted": refusal.accepted,
            },
            "started": round(self.started, 3),
            "took_s": round(self.took_s, 4),
            "trace": self.trace,
            "scheduled": self.scheduled,
            "due": round(self.due, 3),
        }
