"""Which floors are upstairs and which is downstairs, by what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from agentd.brains.language import detect_language
from agentd.brains.words import tokens_of_name
from agentd.model import Device

_HEIGHTS: Final = {
    "basement": -1,
    "ground_floor": 0,
    "first_floor": 1,
    "upstairs": 1,
    "second_floor": 2,
    "third_floor": 3,
    "attic": 4,
}


_COUNTED: Final = ("first_floor", "second_floor", "third_floor")


def floor_levels(devices: Sequence[Device]) -> dict[str, frozenset[str]]:
    """Return what else each floor goes by: downstairs (`ground_floor`) or upstairs.

    A first floor is up where there is a ground floor, and down where there is none. In Chinese the
    lowest floor is also the first (一楼), and the next one the second.
    """
    heights: dict[str, int] = {}
    for floor in {device.floor for device in devices if device.floor}:
        known = [_HEIGHTS[each] for each in tokens_of_name(floor).concepts if each in _HEIGHTS]
        if known:
            heights[floor] = known[0]
    lived_in = sorted({height for height in heights.values() if height >= 0})
    if len(lived_in) < 2:
        return {}
    return {
        floor: _also(floor, lived_in.index(height))
        for floor, height in heights.items()
        if height >= 0
    }


def _also(floor: str, above: int) -> frozenset[str]:
    """Return the concepts of a floor that lies so many `above` the lowest."""
    found = {"upstairs" if above else "ground_floor"}
    if detect_language(floor) == "zh":
        found |= set(_COUNTED[above : above + 1])
    return frozenset(found)
