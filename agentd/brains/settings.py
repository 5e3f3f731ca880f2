"""Calls that set something, and the arguments that a value may be for."""

from __future__ import annotations

import re
from typing import Final

from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.quantity import Quantity, parse_quantity
from agentd.brains.reading import Reading
from agentd.brains.words import choice
from agentd.model import Call, Device, Kind, Number, Value

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
    Kind.TODO: "change_list",
    Kind.TIMER: "ring_timer",
}
LEVELS: Final = ("brightness_pct", "position_pct", "speed_pct", "volume_pct", "level_pct")
_CHOICES: Final = ("color", "mode", "color_temp_k", "level")
"""Lists of `words.toml` that a value may be a word of."""


_OF_LIGHT: Final = re.compile(r"(?<=成)的?(?:亮度?|音量)$")
"""七成亮 is 七成."""


def change(device: Device, name: str, value: Value) -> Call | None:
    """Return the call that sets one argument, None where `device` has no such argument."""
    tool = TOOLS.get(device.kind)
    if tool is None or name not in device.arguments:
        return None
    return Call(tool, {"device": device.id, name: value})


def within(device: Device, name: str, value: float) -> float:
    """Keep a relative change inside the device's own range: "dimmer" is never out of range."""
    span = device.arguments[name]
    if isinstance(span, Number):
        value = min(max(value, span.low), span.high)
    return whole(device, name, value)


def whole(device: Device, name: str, value: float) -> float:
    """Return an int where the device takes whole numbers only ("a third" is 33 %)."""
    span = device.arguments[name]
    if isinstance(span, Number) and span.whole:
        return round(value)
    return int(value) if value == int(value) else value


def checked(reading: Reading) -> tuple[str, ...]:
    """Return the values of `reading`. Raises `NotUnderstood` for what is none."""
    for said in reading.values:
        if parse_quantity(said) is None and not is_value(said):
            raise NotUnderstood(Why.VALUE, said)
    if not reading.values:
        raise NotUnderstood(Why.VALUE, reading.words)
    return reading.values


def is_value(said: str) -> bool:
    """Return whether `said` is a word for a colour, a mode or a level."""
    return any(choice(name, said) for name in _CHOICES) or bool(
        choice("level", _OF_LIGHT.sub("", said))
    )


def set_all(device: Device, reading: Reading) -> Call | None:
    """Return the call with every value that was said; each must be one for `device`."""
    found: dict[str, Value] = {}
    for said in reading.values:
        one = _value(device, said, reading.aspects)
        if one is None:
            return None
        if found.keys() & one.keys():
            raise NotUnderstood(Why.VALUE, " ".join(reading.values))
        found |= one
    position = found.get("position_pct")
    if "closed" in reading.slots and isinstance(position, int | float):
        found["position_pct"] = whole(device, "position_pct", 100 - position)
    tool = TOOLS.get(device.kind)
    return Call(tool, {"device": device.id, **found}) if tool else None


def _value(device: Device, said: str, aspects: tuple[str, ...]) -> dict[str, Value] | None:
    """Return the argument that `said` is for `device`, of the aspects named if any was."""
    quantity = parse_quantity(said)
    level = choice("level", _OF_LIGHT.sub("", said))
    grips = device.kind is Kind.SERVO and "open" in device.arguments
    if quantity and not quantity.unit and grips and "angle_deg" not in aspects:
        return None  # "Gripper 30" may be anything; of a joint it is an angle.
    if quantity is None and level is not None:
        quantity = Quantity(float(level), "%")
    if quantity is not None:
        names = [each for each in _takers(quantity.unit) if each in device.arguments]
        if "brightness_pct" in aspects and device.kind is Kind.OUTPUT:
            aspects = ("level_pct",)  # A board's LED is as bright as its level says.
        named = [each for each in names if each in aspects] if aspects else names
        if not named and set(aspects) - {"level_pct"}:
            return None  # Brightness is not for a fan; a "level" is for all that has one.
        name = next(iter(named or names), None)
        return {name: whole(device, name, quantity.value)} if name else None
    return _chosen(device, said)


def _chosen(device: Device, said: str) -> dict[str, Value] | None:
    warmth = choice("color_temp_k", said) and "color_temp_k" in device.arguments
    for name in ("color", "mode"):
        option = choice(name, said, shades=not warmth)  # 暖白光 is no shade of white.
        if option and _accepts(device, name, option):
            return {name: option}
    kelvin = choice("color_temp_k", said)
    if kelvin and "color_temp_k" in device.arguments:
        return {"color_temp_k": within(device, "color_temp_k", float(kelvin))}
    return None


def _accepts(device: Device, name: str, option: str) -> bool:
    span = device.arguments.get(name)
    return span is not None and option in getattr(span, "options", (option,))


def _takers(unit: str) -> tuple[str, ...]:
    """Return the arguments that take a number in `unit`, the likeliest first."""
    return {
        "%": LEVELS,
        "": (*LEVELS, "temperature_c", "angle_deg", "color_temp_k"),
        "deg": ("angle_deg", "temperature_c"),
        "C": ("temperature_c",),
        "K": ("color_temp_k",),
    }.get(unit, ())
