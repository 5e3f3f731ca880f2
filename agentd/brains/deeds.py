"""From a verb to the call it means for one device, or None where that device cannot do it.

Everything here is a pure function of the device, its state and the value that was said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from agentd.brains.grammar import Reading
from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.quantity import Quantity, parse_quantity
from agentd.brains.words import choice
from agentd.model import NOTHING, Call, Choice, Device, Kind, Number, State, Value

TOOLS: Final[dict[Kind, str]] = {
    Kind.LIGHT: "set_light",
    Kind.SWITCH: "set_switch",
    Kind.COVER: "set_cover",
    Kind.VALVE: "set_valve",
    Kind.VACUUM: "set_vacuum",
    Kind.CLIMATE: "set_climate",
    Kind.FAN: "set_fan",
    Kind.LOCK: "set_lock",
    Kind.MEDIA: "set_media",
    Kind.SERVO: "set_servo",
    Kind.OUTPUT: "set_output",
    Kind.SCENE: "activate",
    Kind.BUTTON: "activate",
}
LEVELS: Final = ("brightness_pct", "position_pct", "speed_pct", "volume_pct", "level_pct")
STEPS: Final = {"brightness_pct": 30, "volume_pct": 10, "temperature_c": 1, "speed_pct": 20}
DIM_FLOOR: Final = 10
DIM_UNKNOWN: Final = 30

_ON: Final = (("on", True), ("mode", "auto"))
_OFF: Final = (("on", False), ("mode", "off"))
_OPEN: Final = (("open", True),)
_CLOSE: Final = (("open", False),)
_SETTINGS: Final[dict[str, tuple[tuple[str, Value], ...]]] = {
    "on": _ON,
    "off": _OFF,
    "open": _OPEN,
    "close": _CLOSE,
    "on_or_open": _ON + _OPEN,
    "off_or_close": _OFF + _CLOSE,
    "lock": (("locked", True),),
    "unlock": (("locked", False),),
    "resume": (("playing", True),),
    "pause": (("playing", False),),
    "next": (("skip", "next"),),
    "previous": (("skip", "previous"),),
    "mute": (("muted", True),),
    "unmute": (("muted", False),),
    "clean": (("task", "start"),),
    "dock": (("task", "dock"),),
    "locate": (("task", "locate"),),
}
_SETTINGS_OF: Final[Mapping[Kind, Mapping[str, tuple[tuple[str, Value], ...]]]] = {
    Kind.VALVE: {"on": _OPEN, "off": _CLOSE},
    Kind.VACUUM: {
        **dict.fromkeys(("on", "on_or_open", "resume"), (("task", "start"),)),
        **dict.fromkeys(("off", "off_or_close"), (("task", "dock"),)),
        "pause": (("task", "pause"),),
    },
}
"""What a verb sets on one kind of device, where it is not what it sets on others."""
_STARTS: Final = frozenset({"on", "on_or_open"})
_STEPPED: Final[dict[str, tuple[int, tuple[str, ...]]]] = {
    "dim": (-1, ("brightness_pct",)),
    "brighten": (1, ("brightness_pct",)),
    "more": (1, tuple(STEPS)),
    "less": (-1, tuple(STEPS)),
    "more_by": (1, tuple(STEPS)),
    "less_by": (-1, tuple(STEPS)),
    "louder": (1, ("volume_pct",)),
    "quieter": (-1, ("volume_pct",)),
    "warmer": (1, ("temperature_c",)),
    "cooler": (-1, ("temperature_c",)),
}
_MOTIONS: Final[dict[str, tuple[str, str, str, int]]] = {
    "forward": ("drive", "distance_m", "m", 1),
    "backward": ("drive", "distance_m", "m", -1),
    "turn_left": ("turn", "angle_deg", "deg", 1),
    "turn_right": ("turn", "angle_deg", "deg", -1),
}

Deed = Callable[[Device], Call | None]


@dataclass(frozen=True, slots=True)
class Deeds:
    """What verbs mean, given the states devices are in now."""

    states: Mapping[str, State]

    def deed(self, reading: Reading) -> Deed:
        """Return the function from a device to the call, for one reading.

        Raises `NotUnderstood` when the value that was said is none.
        """
        verb, slots = reading.verb, reading.slots
        if reading.asks:
            return lambda device: _ask(device, slots.get("state", ""))
        if verb in _STEPPED:
            return self._step(verb, slots)
        make = _MAKERS.get(verb)
        return make(reading) if make else lambda device: _settle(device, verb)

    def _step(self, verb: str, slots: Mapping[str, str]) -> Deed:
        sign, names = _STEPPED[verb]
        by = _number(slots["value"], ("%", "", "C", "deg")).value if "value" in slots else None
        return lambda device: self._step_call(device, sign, names, by)

    def _step_call(
        self, device: Device, sign: int, names: tuple[str, ...], by: float | None
    ) -> Call | None:
        name = next((name for name in names if name in device.arguments), None)
        if name is None:
            return None
        state = self.states.get(device.id, NOTHING)
        now = state.get(name)
        if name == "brightness_pct" and state.get("on") is False:
            now = None
        if isinstance(now, bool) or not isinstance(now, int | float):
            return _change(device, name, DIM_UNKNOWN) if (sign, name) == _DIMMING else None
        wanted = now + sign * (STEPS[name] if by is None else by)
        if name == "brightness_pct" and sign < 0:
            wanted = min(now, max(wanted, DIM_FLOOR if by is None else 1))
        return _change(device, name, _within(device, name, wanted))


_DIMMING: Final = (-1, "brightness_pct")


def is_motion(verb: str) -> bool:
    """Return whether `verb` sets a robot moving on wheels."""
    return verb in _MOTIONS or verb == "turn_around"


def _ask(device: Device, state: str) -> Call:
    """Ask for the state; `state` is the yes of a yes/no question, as "on=true"."""
    name, _, wanted = state.partition("=")
    return Call("get_state", {"device": device.id}, _expected(device, name, wanted == "true"))


def _expected(device: Device, name: str, yes: bool) -> State:
    """Return what `device` reports when the answer is yes; nothing when it cannot say."""
    if device.id.startswith("binary_sensor."):
        return _sensed(device, name, yes)
    if device.kind is Kind.VACUUM and name == "on":
        return {"task": "start"} if yes else {"moving": ""}
    if name in ("on", "open"):
        name = next((each for each in (name, "on", "open") if each in device.arguments), "")
    return {name: yes} if name in device.arguments else NOTHING


def _sensed(device: Device, name: str, yes: bool) -> State:
    """Return what a binary sensor says when it is so: a lock that is "on" is unlocked."""
    if name == "locked" and device.device_class == "lock":
        return {"on": not yes}
    return {"on": yes} if name in ("on", "open") else NOTHING


def _settle(device: Device, verb: str) -> Call | None:
    if device.kind in (Kind.SCENE, Kind.BUTTON):
        return Call("activate", {"device": device.id}) if verb in _STARTS else None
    settings = _SETTINGS_OF.get(device.kind, {}).get(verb) or _SETTINGS.get(verb, ())
    for name, value in settings:
        call = _change(device, name, value)
        if call is not None and _has_task(device, name, value):
            return call
    return None


def _has_task(device: Device, name: str, value: Value) -> bool:
    """Return whether a robot can be given this task; true for whatever is no task."""
    tasks = device.arguments.get("task") if name == "task" else None
    return not isinstance(tasks, Choice) or value in tasks.options


def _set(reading: Reading) -> Deed:
    said = reading.slots["value"]
    quantity = parse_quantity(said)
    if quantity is not None:
        bare = "bare" in reading.slots
        return lambda device: _set_number(device, quantity, bare=bare)
    choices = {name: choice(name, said) for name in ("color", "mode")}
    if not any(choices.values()):
        raise NotUnderstood(Why.VALUE, said)
    return lambda device: _set_choice(device, choices)


def _set_choice(device: Device, choices: Mapping[str, str | None]) -> Call | None:
    found = (_change(device, name, word) for name, word in choices.items() if word)
    return next((call for call in found if call is not None), None)


def _set_number(device: Device, said: Quantity, *, bare: bool) -> Call | None:
    if bare and device.kind is Kind.SERVO:
        return None
    levels = tuple(name for name in LEVELS if name in device.arguments)
    names: dict[str, tuple[str, ...]] = {
        "%": levels,
        "": (*levels, "temperature_c", "angle_deg"),
        "deg": ("angle_deg", "temperature_c"),
        "C": ("temperature_c",),
        "K": ("color_temp_k",),
    }
    for name in names.get(said.unit, ()):
        if name in device.arguments:
            return _change(device, name, _whole(device, name, said.value))
    return None


def _motion(reading: Reading) -> Deed:
    tool, name, unit, sign = _MOTIONS[reading.verb]
    slots = reading.slots
    said = slots.get("value", reading.words)
    size = parse_quantity(said) if "value" in slots else Quantity(0)
    if size is None:
        raise NotUnderstood(Why.VALUE, said)
    if size.unit != unit or size.value <= 0:
        raise NotUnderstood(Why.AMOUNT, said)
    arguments = {name: sign * size.value}
    if "speed" in slots:
        arguments["speed_mps"] = _number(slots["speed"], ("m/s",)).value
    return lambda device: _drive_call(device, tool, arguments)


def _drive_call(device: Device, tool: str, arguments: Mapping[str, Any]) -> Call | None:
    if device.kind is not Kind.DRIVE or not set(arguments) <= set(device.arguments):
        return None
    return Call(tool, {"device": device.id, **arguments})


def _turn_around(reading: Reading) -> Deed:
    return lambda device: _drive_call(device, "turn", {"angle_deg": 180.0})


def _play(reading: Reading) -> Deed:
    media = reading.slots["media"].strip()
    return lambda device: _change(device, "media", media)


def _stop(reading: Reading) -> Deed:
    return _stop_call


_STOPPABLE: Final = frozenset({Kind.DRIVE, Kind.SERVO, Kind.COVER, Kind.VALVE, Kind.VACUUM})


def _stop_call(device: Device) -> Call | None:
    if device.kind is Kind.MEDIA:
        return _change(device, "playing", False)
    moving = device.moves or device.kind in _STOPPABLE
    return Call("stop", {"device": device.id}) if moving else None


_MAKERS: Final[dict[str, Callable[[Reading], Deed]]] = {
    **dict.fromkeys(_MOTIONS, _motion),
    "turn_around": _turn_around,
    "set": _set,
    "play": _play,
    "stop": _stop,
}


def _change(device: Device, name: str, value: Value) -> Call | None:
    tool = TOOLS.get(device.kind)
    if tool is None or name not in device.arguments:
        return None
    return Call(tool, {"device": device.id, name: value})


def _number(said: str, units: tuple[str, ...]) -> Quantity:
    quantity = parse_quantity(said)
    if quantity is None or quantity.unit not in units:
        raise NotUnderstood(Why.VALUE, said)
    return quantity


def _within(device: Device, name: str, value: float) -> float:
    """Keep a relative change inside the device's own range: "dimmer" is never out of range."""
    span = device.arguments[name]
    if isinstance(span, Number):
        value = min(max(value, span.low), span.high)
    return _whole(device, name, value)


def _whole(device: Device, name: str, value: float) -> float:
    """Return an int where the device takes whole numbers only ("a third" is 33 %)."""
    span = device.arguments[name]
    if isinstance(span, Number) and span.whole:
        return round(value)
    return int(value) if value == int(value) else value


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
