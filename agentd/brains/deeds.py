"""From a verb to the call it means for one device, or None where that device cannot do it.

Everything here is a pure function of the device, its state and what was said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from agentd.brains.changes import Change, parse_change
from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.phrases import A_BIT, GREATLY, SLIGHTLY, WARMER_WHITE
from agentd.brains.quantity import Quantity, parse_quantity
from agentd.brains.questions import ask
from agentd.brains.reading import Reading
from agentd.brains.settings import change, checked, set_all, within
from agentd.brains.words import conditions
from agentd.model import NOTHING, Call, Choice, Device, Kind, State, Value

STEPS: Final = {
    "brightness_pct": 30,
    "volume_pct": 10,
    "temperature_c": 1,
    "speed_pct": 20,
    "level_pct": 20,
    "position_pct": 20,
    "color_temp_k": 500,
    "angle_deg": 10,
}
DIM_FLOOR: Final = 10
DIM_UNKNOWN: Final = 30

_ON: Final = (("on", True), ("mode", "auto"), ("task", "start"))
_OFF: Final = (("on", False), ("mode", "off"), ("task", "dock"))
_OPEN: Final = (("open", True),)
_CLOSE: Final = (("open", False),)
_SETTINGS: Final[dict[str, tuple[tuple[str, Value], ...]]] = {
    "on": _ON,
    "off": _OFF,
    "open": _OPEN,
    "close": _CLOSE,
    "on_or_open": (*_ON, *_OPEN, ("locked", False)),
    "off_or_close": (*_OFF, *_CLOSE, ("locked", True)),
    "lock": (("locked", True),),
    "unlock": (("locked", False),),
    "resume": (("playing", True), ("task", "start")),
    "pause": (("playing", False), ("task", "pause")),
    "next": (("skip", "next"),),
    "previous": (("skip", "previous"),),
    "mute": (("muted", True),),
    "unmute": (("muted", False),),
    "clean": (("task", "start"),),
    "dock": (("task", "dock"),),
    "locate": (("task", "locate"),),
}
_SETTINGS_OF: Final[Mapping[Kind, Mapping[str, tuple[tuple[str, Value], ...]]]] = {
    Kind.VALVE: {"on": _OPEN, "off": _CLOSE}
}
"""What a verb sets on one kind of device, where it is not what it sets on others."""
_STARTS: Final = frozenset({"on", "on_or_open"})
_ANY_LEVEL: Final = tuple(STEPS)
_STEPPED: Final[dict[str, tuple[int, tuple[str, ...]]]] = {
    "dim": (-1, ("brightness_pct", "level_pct")),
    "brighten": (1, ("brightness_pct", "level_pct")),
    "more": (1, _ANY_LEVEL),
    "less": (-1, _ANY_LEVEL),
    "louder": (1, ("volume_pct",)),
    "quieter": (-1, ("volume_pct",)),
    "warmer": (1, ("temperature_c", "color_temp_k")),
    "cooler": (-1, ("temperature_c", "color_temp_k")),
}
_MOTIONS: Final[dict[str, tuple[str, str, str, int]]] = {
    "forward": ("drive", "distance_m", "m", 1),
    "backward": ("drive", "distance_m", "m", -1),
    "turn_left": ("turn", "angle_deg", "deg", 1),
    "turn_right": ("turn", "angle_deg", "deg", -1),
}
_TURNED: Final = re.compile(
    r"(?:half|quarters?|third|fifth|\d/\d) (?:of )?(?:an? )?(?:turn|circle|rotation)|圈|周",
    re.IGNORECASE,
)
"""Part of a turn; without that word "half" says nothing."""
_SIDE: Final = re.compile(r"\s*(?:to|on) the (?:left|right)$|^(?:left|right)\s+", re.IGNORECASE)
Deed = Callable[[Device], Call | None]


@dataclass(frozen=True, slots=True)
class Deeds:
    """What verbs mean, given the states devices are in now."""

    states: Mapping[str, State]

    def deed(self, reading: Reading) -> Deed:
        """Return the function from a device to the call, for one reading.

        Raises `NotUnderstood` when the value that was said is none.
        """
        verb = reading.verb
        if reading.asks:
            said = conditions(reading.slots.get("state", ""))
            return lambda device: ask(device, said)
        if verb in _STEPPED:
            return self._step(reading)
        if verb == "toggle":
            return self._toggle
        make = _MAKERS.get(verb)
        return make(reading) if make else lambda device: _settle(device, verb)

    def _toggle(self, device: Device) -> Call | None:
        state = self.states.get(device.id, NOTHING)
        for name in ("on", "open"):
            if name in device.arguments and isinstance(state.get(name), bool):
                return change(device, name, not state[name])
        return None

    def _step(self, reading: Reading) -> Deed:
        sign, names = _STEPPED[reading.verb]
        if reading.aspects:
            names = tuple(each for each in reading.aspects if each in STEPS) or names
        by = parse_change(reading.values[0]) if reading.values else _unsaid_step(reading.words)
        if by is None:
            raise NotUnderstood(Why.VALUE, reading.values[0])
        tint = WARMER_WHITE.search(reading.words)
        whiter = (-1 if tint["warm"] else 1) if tint else sign  # Warm white is of fewer kelvin.
        return lambda device: self._step_call(device, sign, names, by, whiter)

    def _step_call(
        self, device: Device, sign: int, names: tuple[str, ...], by: Change, whiter: int
    ) -> Call | None:
        able = (name for name in names if name in device.arguments)
        name = next((each for each in able if by.fits(each)), None)
        if name is None:
            return None
        sign = whiter if name == "color_temp_k" else sign
        state = self.states.get(device.id, NOTHING)
        now = state.get(name)
        if name == "brightness_pct" and state.get("on") is False:
            now = None
        if isinstance(now, bool) or not isinstance(now, int | float):
            return change(device, name, DIM_UNKNOWN) if (sign, name) == _DIMMING else None
        bit = by.little and name == "brightness_pct"
        wanted = by.of(now, sign, STEPS[name] / 2 if bit else STEPS[name])
        if name == "brightness_pct" and sign < 0:
            wanted = min(now, max(wanted, 1 if by.said else DIM_FLOOR))
        return change(device, name, within(device, name, wanted))


def _unsaid_step(words: str) -> Change:
    """Return how much is meant where no amount was marked."""
    if SLIGHTLY.search(words):
        return Change(0.5)
    return Change(2.0) if GREATLY.search(words) else Change(little=bool(A_BIT.search(words)))


_DIMMING: Final = (-1, "brightness_pct")


def is_motion(verb: str) -> bool:
    """Return whether `verb` sets a robot moving on wheels."""
    return verb in _MOTIONS or verb == "turn_around"


def _settle(device: Device, verb: str) -> Call | None:
    if device.kind in (Kind.SCENE, Kind.BUTTON):
        return Call("activate", {"device": device.id}) if verb in _STARTS else None
    settings = _SETTINGS_OF.get(device.kind, {}).get(verb) or _SETTINGS.get(verb, ())
    for name, value in settings:
        call = change(device, name, value)
        if call is not None and _has_task(device, name, value):
            return call
    return None


def _has_task(device: Device, name: str, value: Value) -> bool:
    """Return whether a robot can be given this task; true for whatever is no task."""
    tasks = device.arguments.get("task") if name == "task" else None
    return not isinstance(tasks, Choice) or value in tasks.options


def _set(reading: Reading) -> Deed:
    checked(reading)
    return lambda device: set_all(device, reading)


def _motion(reading: Reading) -> Deed:
    tool, name, unit, sign = _MOTIONS[reading.verb]
    said = reading.values[0] if reading.values else reading.words
    if len(reading.values) > 1:
        raise NotUnderstood(Why.WORDS, reading.words)  # "Left 15, right 30" is two moves.
    said = _SIDE.sub("", said)
    size = parse_quantity(said) if reading.values else Quantity(0)
    if size is None:
        raise NotUnderstood(Why.VALUE, said)
    if size.unit == "%" and unit == "deg" and _TURNED.search(reading.words):
        size = Quantity(size.value * 3.6, unit)  # "A quarter to the left" is that of a turn.
    if not size.unit and unit == "deg":
        size = Quantity(size.value, unit)  # Nothing but degrees is said so: "right 90".
    if size.unit != unit or size.value <= 0:
        raise NotUnderstood(Why.AMOUNT, said)
    arguments = {name: sign * size.value}
    if "speed" in reading.slots:
        speed = _number(reading.slots["speed"], (f"{unit}/s",))
        arguments["speed_mps" if unit == "m" else "speed_dps"] = speed.value
    return lambda device: _drive_call(device, tool, arguments)


def _drive_call(device: Device, tool: str, arguments: Mapping[str, Any]) -> Call | None:
    if device.kind is not Kind.DRIVE or not set(arguments) <= set(device.arguments):
        return None
    return Call(tool, {"device": device.id, **arguments})


def _turn_around(reading: Reading) -> Deed:
    return lambda device: _drive_call(device, "turn", {"angle_deg": 180.0})


def _play(reading: Reading) -> Deed:
    media = reading.slots["media"].strip()
    return lambda device: change(device, "media", media)


def _stop(reading: Reading) -> Deed:
    return _stop_call


_STOPPABLE: Final = frozenset({Kind.DRIVE, Kind.SERVO, Kind.COVER, Kind.VALVE, Kind.VACUUM})


def _stop_call(device: Device) -> Call | None:
    if device.kind is Kind.MEDIA:
        return change(device, "playing", False)
    moving = device.moves or device.kind in _STOPPABLE
    return Call("stop", {"device": device.id}) if moving else None


_MAKERS: Final[dict[str, Callable[[Reading], Deed]]] = {
    **dict.fromkeys(_MOTIONS, _motion),
    "turn_around": _turn_around,
    "set": _set,
    "play": _play,
    "stop": _stop,
}


_AT_SPEED: Final = re.compile(
    r"^(?:at |with |a |top |maximum |的?速度)*(?:speed )?(?:of )?|的?速度$"
)


def _number(said: str, units: tuple[str, ...]) -> Quantity:
    quantity = parse_quantity(_AT_SPEED.sub("", said))
    if quantity is None or quantity.unit not in units:
        raise NotUnderstood(Why.VALUE, said)
    return quantity


def runs(reading: Reading, device: Device, state: State) -> bool | None:
    """Return whether `device` is on or playing, None when unknown or when it does not matter.

    "Turn off the light", "dim it", "louder" are said of the one that is on.
    """
    if device.kind is Kind.MEDIA:
        value = state.get("playing")
    else:
        value = state.get("on") if reading.verb in _SAID_OF_RUNNING else None
    return value if isinstance(value, bool) else None


_SAID_OF_RUNNING: Final = frozenset({"off", "off_or_close", "dim", "brighten"})
