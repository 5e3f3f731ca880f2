"""From a verb to the call it means for one device, or None where that device cannot do it.

Everything here is a pure function of the device, its state and what was said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from agentd.brains.changes import Change, parse_change
from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.quantity import Quantity, parse_quantity
from agentd.brains.words import choice, conditions
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
STEPS: Final = {
    "brightness_pct": 30,
    "volume_pct": 10,
    "temperature_c": 1,
    "speed_pct": 20,
    "level_pct": 20,
    "position_pct": 20,
    "color_temp_k": 500,
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
    "dim": (-1, ("brightness_pct",)),
    "brighten": (1, ("brightness_pct",)),
    "more": (1, _ANY_LEVEL),
    "less": (-1, _ANY_LEVEL),
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
_ASPECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "brightness_pct": ("bright", "dim", "light level", "luminos", "intens", "亮", "暗", "光"),
    "volume_pct": ("volume", "sound", "loud", "quiet", "bass", "音", "声"),
    "temperature_c": ("temp", "heat", "warm", "cool", "hot", "cold", "degree", "温", "热", "冷"),
    "speed_pct": ("speed", "fast", "slow", "air", "风", "速", "档"),
    "position_pct": ("position", "open", "clos", "height", "flow", "开", "位置", "流量"),
    "level_pct": ("level", "power", "output", "功率", "输出"),
    "color_temp_k": ("color temp", "colour temp", "white balance", "warmth", "色温"),
}
"""What an aspect is called, by the argument that it is; `color_temp_k` is looked for first."""

Deed = Callable[[Device], Call | None]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one clause asks for: a verb of ours, and the words that fill its slots."""

    verb: str
    words: str
    slots: Mapping[str, str] = field(default_factory=dict)
    values: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """True when it only reads."""
        return self.verb.startswith("ask")

    @property
    def aspects(self) -> tuple[str, ...]:
        """The arguments that the words for an aspect mean, empty when none was said."""
        said = self.slots.get("about", "").casefold()
        return tuple(
            name
            for name in ("color_temp_k", *(each for each in _ASPECTS if each != "color_temp_k"))
            if any(word in said for word in _ASPECTS[name])
        )


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
            return lambda device: _ask(device, said)
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
                return _change(device, name, not state[name])
        return None

    def _step(self, reading: Reading) -> Deed:
        sign, names = _STEPPED[reading.verb]
        if reading.aspects:
            names = tuple(each for each in reading.aspects if each in STEPS) or names
        change = parse_change(reading.values[0]) if reading.values else Change()
        if change is None:
            raise NotUnderstood(Why.VALUE, reading.values[0])
        return lambda device: self._step_call(device, sign, names, change)

    def _step_call(
        self, device: Device, sign: int, names: tuple[str, ...], change: Change
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
        wanted = change.of(now, sign, STEPS[name])
        if name == "brightness_pct" and sign < 0:
            wanted = min(now, max(wanted, 1 if change.said else DIM_FLOOR))
        return _change(device, name, _within(device, name, wanted))


_DIMMING: Final = (-1, "brightness_pct")


def is_motion(verb: str) -> bool:
    """Return whether `verb` sets a robot moving on wheels."""
    return verb in _MOTIONS or verb == "turn_around"


def _ask(device: Device, said: list[tuple[str, str]]) -> Call | None:
    """Ask for the state; `said` is the yes of a yes/no question. None where it makes no sense."""
    call = Call("get_state", {"device": device.id})
    if not said:
        return call
    for name, value in said:
        wanted = expected(device, name, value)
        if wanted:
            return Call("get_state", {"device": device.id}, wanted)
    return None


_OPENINGS: Final = frozenset({"door", "window", "opening", "garage_door", "garage"})


def expected(device: Device, name: str, value: str) -> State:
    """Return the state in which `device` is what was asked, empty where that makes no sense."""
    truth = {"true": True, "false": False}.get(value, value)
    if device.kind is Kind.SENSOR:
        return _sensed(device, name, truth)
    if device.kind is Kind.VACUUM and name in ("on", "running"):
        return {"task": "start"} if truth else {"moving": ""}
    if name in ("on", "open"):
        name = next((each for each in (name, "on", "open") if each in device.arguments), "")
    return {name: truth} if name in device.arguments else NOTHING


def _sensed(device: Device, name: str, truth: Value) -> State:
    """Return what a binary sensor says when it is so: a lock that is "on" is unlocked."""
    if not device.id.startswith("binary_sensor."):
        return NOTHING
    if name == "locked" and device.device_class == "lock":
        return {"on": not truth}
    here = {device.device_class}
    classes = {"open": _OPENINGS, "on": here, "detected": here}.get(name, {name})
    return {"on": truth} if device.device_class in classes else NOTHING


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
    """Return the call with every value that was said; each must be one for that device."""
    for said in reading.values:
        if parse_quantity(said) is None and not any(choice(name, said) for name in _CHOICES):
            raise NotUnderstood(Why.VALUE, said)
    if not reading.values:
        raise NotUnderstood(Why.VALUE, reading.words)
    return lambda device: _set_all(device, reading)


_CHOICES: Final = ("color", "mode", "color_temp_k", "level")


def _set_all(device: Device, reading: Reading) -> Call | None:
    found: dict[str, Value] = {}
    for said in reading.values:
        one = _value(device, said, reading.aspects)
        if one is None:
            return None
        found |= one
    tool = TOOLS.get(device.kind)
    return Call(tool, {"device": device.id, **found}) if tool else None


def _value(device: Device, said: str, aspects: tuple[str, ...]) -> dict[str, Value] | None:
    """Return the argument that `said` is for `device`, of the aspects named if any was."""
    quantity = parse_quantity(said)
    level = choice("level", said)
    if quantity is None and level is not None:
        quantity = Quantity(float(level), "%")
    if quantity is not None:
        names = [each for each in _takers(quantity.unit) if each in device.arguments]
        named = [each for each in names if each in aspects] if aspects else names
        if not named and aspects and set(aspects) & set(device.arguments):
            return None
        name = next(iter(named or names), None)
        return {name: _whole(device, name, quantity.value)} if name else None
    return _chosen(device, said)


def _chosen(device: Device, said: str) -> dict[str, Value] | None:
    for name in ("color", "mode"):
        option = choice(name, said)
        if option and _accepts(device, name, option):
            return {name: option}
    kelvin = choice("color_temp_k", said)
    if kelvin and "color_temp_k" in device.arguments:
        return {"color_temp_k": _within(device, "color_temp_k", float(kelvin))}
    return None


def _accepts(device: Device, name: str, option: str) -> bool:
    span = device.arguments.get(name)
    return span is not None and option in getattr(span, "options", (option,))


def _takers(unit: str) -> tuple[str, ...]:
    """Return the arguments that take a number in `unit`, the likeliest first."""
    return {
        "%": LEVELS,
        "": (*LEVELS, "temperature_c", "angle_deg"),
        "deg": ("angle_deg", "temperature_c"),
        "C": ("temperature_c",),
        "K": ("color_temp_k",),
    }.get(unit, ())


def _motion(reading: Reading) -> Deed:
    tool, name, unit, sign = _MOTIONS[reading.verb]
    said = reading.values[0] if reading.values else reading.words
    size = parse_quantity(said) if reading.values else Quantity(0)
    if size is None:
        raise NotUnderstood(Why.VALUE, said)
    if size.unit == "%" and unit == "deg":
        size = Quantity(size.value * 3.6, unit)  # "A quarter to the left" is that of a turn.
    if size.unit != unit or size.value <= 0:
        raise NotUnderstood(Why.AMOUNT, said)
    arguments = {name: sign * size.value}
    if "speed" in reading.slots:
        arguments["speed_mps"] = _number(reading.slots["speed"], ("m/s",)).value
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
