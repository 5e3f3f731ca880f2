"""A model that proposes the same motion again and again goes as far as it likes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from agentd.brains.grounds.asked import MOTION, Asked
from agentd.brains.grounds.patterns import patterns
from agentd.brains.quantity import parse_number
from agentd.model import Call

_NAMED: Final = {"two": 2, "three": 3, "four": 4, "square": 4}


def too_often(calls: Sequence[Call], asked: Asked, mine: str) -> list[bool]:
    """Return for each of `calls` whether the words ask for it less often than it is proposed."""
    times = _times(mine)
    more: list[bool] = []
    for at, call in enumerate(calls):
        before = sum(each == call for each in calls[:at])
        more.append(call.tool in MOTION and before >= asked.times(call) * times)
    return more


def _times(mine: str) -> int:
    """Return how often all is to be done: "twice", 三次; 1 when nothing is said."""
    found = patterns().parts["twice"].search(mine)
    if found is None:
        return 1
    name, said = next((name, said) for name, said in found.groupdict().items() if said)
    return _NAMED.get(name) or int(parse_number(said) or 1)
