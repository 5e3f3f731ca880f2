"""Which kind of device is meant when none is named: "dim the bedroom", "next track", 调到26度."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from agentd.brains.deeds import is_motion
from agentd.brains.quantity import parse_quantity
from agentd.brains.reading import Reading
from agentd.brains.words import choice
from agentd.model import Kind

_BY_VERB: Final[Mapping[str, tuple[Kind, ...]]] = {
    **dict.fromkeys(
        ("play", "resume", "pause", "next", "previous", "mute", "unmute", "louder", "quieter"),
        (Kind.MEDIA,),
    ),
    **dict.fromkeys(("warmer", "cooler"), (Kind.CLIMATE,)),
    **dict.fromkeys(
        ("on", "off", "toggle", "dim", "brighten", "on_or_open", "off_or_close"), (Kind.LIGHT,)
    ),
    **dict.fromkeys(("clean", "dock", "locate"), (Kind.VACUUM,)),
    **dict.fromkeys(("lock", "unlock"), (Kind.LOCK,)),
    **dict.fromkeys(("open", "close"), (Kind.COVER, Kind.VALVE)),
}
_BY_ASPECT: Final[Mapping[str, tuple[Kind, ...]]] = {
    "brightness_pct": (Kind.LIGHT,),
    "color_temp_k": (Kind.LIGHT,),
    "volume_pct": (Kind.MEDIA,),
    "temperature_c": (Kind.CLIMATE,),
    "speed_pct": (Kind.FAN,),
    "position_pct": (Kind.COVER,),
    "level_pct": (Kind.OUTPUT,),
    "angle_deg": (Kind.SERVO,),
}


def implied_kinds(reading: Reading) -> tuple[Kind, ...]:
    """Return the kinds of which a device may be meant, none when the words leave it open."""
    if is_motion(reading.verb):
        return (Kind.DRIVE,)
    if reading.asks:
        return (*Kind,) if not reading.aspects else (Kind.SENSOR, *_BY_ASPECT[reading.aspects[0]])
    if reading.aspects:
        return _BY_ASPECT[reading.aspects[0]]
    if reading.verb == "set":
        return _of_value(reading)
    return _BY_VERB.get(reading.verb, ())


def _of_value(reading: Reading) -> tuple[Kind, ...]:
    said = reading.values[0] if reading.values else ""
    quantity = parse_quantity(said)
    if quantity is not None:
        by_unit = {"C": Kind.CLIMATE, "deg": Kind.CLIMATE, "K": Kind.LIGHT, "%": Kind.LIGHT}
        kind = by_unit.get(quantity.unit)
        # A bare number for a room is a temperature or a brightness; nobody can tell.
        return (kind,) if kind else ()
    if choice("mode", said) and not choice("color_temp_k", said):
        return (Kind.CLIMATE,)
    return (Kind.LIGHT,)
