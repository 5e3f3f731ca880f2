"""Home Assistant entities as our devices and states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from agentd.model import Argument, Choice, Device, Flag, Kind, Number, Text, Value

Json = Mapping[str, Any]
PERCENT: Final = Number(0, 100, "%", whole=True)
COLORS: Final = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "orange": (255, 165, 0),
    "purple": (128, 0, 128),
    "pink": (255, 192, 203),
    "cyan": (0, 255, 255),
    "white": (255, 255, 255),
    "warm white": (255, 215, 0),
}
KINDS: Final = {
    "light": Kind.LIGHT,
    "switch": Kind.SWITCH,
    "cover": Kind.COVER,
    "valve": Kind.VALVE,
    "vacuum": Kind.VACUUM,
    "lawn_mower": Kind.VACUUM,
    "climate": Kind.CLIMATE,
    "fan": Kind.FAN,
    "lock": Kind.LOCK,
    "media_player": Kind.MEDIA,
    "scene": Kind.SCENE,
    "script": Kind.SCENE,
    "button": Kind.BUTTON,
    "sensor": Kind.SENSOR,
    "binary_sensor": Kind.SENSOR,
    "todo": Kind.TODO,
}
"""Domains we have a kind of device for; every other one (water heater ...) is lacking."""

ARGUMENTS: Final[Mapping[Kind, Mapping[str, Argument]]] = {
    Kind.LIGHT: {"on": Flag(), "brightness_pct": PERCENT},
    Kind.SWITCH: {"on": Flag()},
    Kind.COVER: {"open": Flag(), "position_pct": PERCENT},
    Kind.VALVE: {"open": Flag(), "position_pct": PERCENT},
    Kind.VACUUM: {"task": Choice(("start", "pause", "stop", "dock", "locate"))},
    Kind.CLIMATE: {
        "mode": Choice(("off", "heat", "cool", "auto")),
        "temperature_c": Number(0, 100, "°C"),
    },
    Kind.FAN: {"on": Flag(), "speed_pct": PERCENT},
    Kind.LOCK: {"locked": Flag()},
    Kind.MEDIA: {
        "on": Flag(),
        "playing": Flag(),
        "volume_pct": PERCENT,
        "muted": Flag(),
        "skip": Choice(("next", "previous")),
        "media": Text(),
    },
    Kind.TODO: {"add": Text(), "remove": Text(), "clear": Flag()},
}
COLORED: Final[Mapping[str, Argument]] = {
    "color": Choice(tuple(COLORS)),
    "color_temp_k": Number(2000, 6500, "K"),
}
_TASK_FEATURES: Final = {
    "start": ".START",
    "pause": ".PAUSE",
    "stop": ".STOP",
    "dock": ".RETURN_HOME",
    "locate": ".LOCATE",
}
_COLOR_MODES: Final = frozenset({"rgb", "rgbw", "rgbww", "hs", "xy"})


def device(entity: Json, area: str, floor: str) -> Device | None:
    """Return the entity as a device, None when we have no such kind."""
    kind = KINDS.get(str(entity["id"]).partition(".")[0])
    if kind is None:
        return None
    attributes = entity.get("attributes") or {}
    accepts = dict(ARGUMENTS.get(kind, {}))
    if kind is Kind.LIGHT and _COLOR_MODES & set(attributes.get("supported_color_modes", ())):
        accepts |= COLORED
    features = " ".join(attributes.get("supported_features", ()))
    if kind in (Kind.COVER, Kind.VALVE) and features and "SET_POSITION" not in features:
        del accepts["position_pct"]
    if kind is Kind.VACUUM and features:
        able = tuple(task for task, feature in _TASK_FEATURES.items() if feature in features)
        accepts["task"] = Choice(able)
    return Device(
        id=entity["id"],
        name=str(entity["name"]).replace("[']", "'"),
        kind=kind,
        area=area,
        floor=floor,
        device_class=str(attributes.get("device_class", "")).rpartition(".")[2].lower(),
        arguments=accepts,
    )


def state(kind: Kind, said: object, attributes: Json) -> dict[str, Value]:
    """Return Home Assistant's `said` state and attributes in our words."""
    value = said.get("out") if isinstance(said, Mapping) else said
    found: dict[str, Value] = {}
    if kind is Kind.TODO:
        return {"entries": int(str(value or 0))}
    if kind is Kind.SENSOR:
        found |= _sensor_state(attributes.get("native_value", value))
    elif value is not None:
        found |= _plain_state(kind, value)
    for name, number in attributes.items():
        if isinstance(number, list) and name in ("rgb_color", "rgbw_color"):
            if any(number):
                found["color"] = _nearest_color(number)
        elif name in _NUMBERS and number is not None:
            ours, factor = _NUMBERS[name]
            found[ours] = _number(float(number) * factor, ours)
    if kind is Kind.VALVE and "open" not in found and "position_pct" in found:
        found["open"] = found["position_pct"] != 0
    return {name: each for name, each in found.items() if _belongs(kind, name)}


def _sensor_state(value: object) -> dict[str, Value]:
    if value in ("on", "off", True, False):
        return {"value": value in ("on", True), "on": value in ("on", True)}
    return {} if value is None else {"value": str(value)}


def _plain_state(kind: Kind, value: object) -> dict[str, Value]:
    on = value in (True, "on", "playing", "paused", "idle")
    match kind:
        case Kind.COVER | Kind.VALVE:
            return {
                "open": value in (True, "open"),
                "position_pct": 100 * (value in (True, "open")),
            }
        case Kind.VACUUM:
            task = next((task for task, does in ACTIVITIES.items() if value in does), "")
            return {"task": task, "activity": str(value)}
        case Kind.LOCK:
            return {"locked": value == "locked"}
        case Kind.CLIMATE:
            return {"mode": str(value)}
        case Kind.MEDIA:
            return {"on": on, "playing": value == "playing"}
        case Kind.LIGHT | Kind.SWITCH | Kind.FAN:
            return {"on": on}
    return {}


ACTIVITIES: Final = {
    "start": ("cleaning", "mowing"),
    "pause": ("paused",),
    "stop": ("idle",),
    "dock": ("returning", "docked"),
}
"""What a vacuum that was given a task says that it does."""
_NUMBERS: Final = {
    "brightness": ("brightness_pct", 100 / 255),
    "current_position": ("position_pct", 1.0),
    "current_valve_position": ("position_pct", 1.0),
    "position": ("position_pct", 1.0),
    "percentage": ("speed_pct", 1.0),
    "volume_level": ("volume_pct", 100.0),
    "current_temperature": ("current_temperature_c", 1.0),
    "target_temperature": ("temperature_c", 1.0),
    "temperature": ("temperature_c", 1.0),
}
_EXTRA: Final = {
    Kind.LIGHT: {"color"},
    Kind.CLIMATE: {"current_temperature_c"},
    Kind.VACUUM: {"activity"},
    Kind.SENSOR: {"value", "on"},
}


def _belongs(kind: Kind, name: str) -> bool:
    return name in ARGUMENTS.get(kind, {}) or name in _EXTRA.get(kind, ())


def _number(value: float, name: str) -> Value:
    # The fixtures write a volume of 50 where Home Assistant means a half.
    value = value / 100 if name == "volume_pct" and value > 100 else value
    return round(value) if name.endswith("_pct") else value


def _nearest_color(rgb: list[int]) -> str:
    def distance(name: str) -> int:
        return sum((one - other) ** 2 for one, other in zip(COLORS[name], rgb, strict=False))

    return min(COLORS, key=distance)
