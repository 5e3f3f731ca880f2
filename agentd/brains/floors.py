"""Which floors are upstairs and which is downstairs, by what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from agentd.brains.words import tokenise
from agentd.model import Device

_HEIGHTS: Final = {
    "basement": -1,
    "ground_floor": 0,
    "first_floor": 1,
    "second_floor": 2,
    "third_floor": 3,
    "attic": 4,
}


def floor_levels(devices: Sequence[Device]) -> dict[str, str]:
    """Return which floors are "downstairs" (a `ground_floor`) and "upstairs", by their names.

    A first floor is up where there is a ground floor, and down where there is none.
    """
    heights: dict[str, int] = {}
    for floor in {device.floor for device in devices if device.floor}:
        known = [_HEIGHTS[each] for each in tokenise(floor).concepts if each in _HEIGHTS]
        if known:
            heights[floor] = known[0]
    lived_in = sorted({height for height in heights.values() if height >= 0})
    if len(lived_in) < 2:
        return {}
    return {
        floor: "ground_floor" if height == lived_in[0] else "upstairs"
        for floor, height in heights.items()
        if height >= 0
    }
