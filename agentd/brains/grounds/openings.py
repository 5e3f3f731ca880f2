"""Whether an order is to open or to close, to lock or to unlock, as a call would.

Each function returns what `replies.py` says about what does not fit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from agentd.brains.grounds.amounts import fits, quantities
from agentd.brains.grounds.called import Called
from agentd.brains.grounds.motions import says
from agentd.brains.grounds.orders import Order
from agentd.brains.grounds.patterns import patterns
from agentd.brains.language import detect_language
from agentd.brains.manners import Manners
from agentd.model import Call, Device

TOOLS: Final = frozenset({"set_lock", "set_cover", "set_valve"})
_WAYS: Final = {
    ("locked", False): ("unlock", "lock"),
    ("locked", True): ("lock", "unlock"),
    ("open", True): ("open", "close"),
    ("open", False): ("close", "open"),
}
_ENDS: Final[dict[float, tuple[str, str]]] = {100: ("open", "close"), 0: ("close", "open")}
_HALFWAY: Final = re.compile(r"\bhalf[ -]?way\b", re.IGNORECASE)
_WHOLE: Final = 100.0


def ways(call: Call) -> list[tuple[str, str]]:
    """Return which ways `call` goes, each with the opposite one."""
    arguments = call.arguments
    flags = [(name, arguments[name]) for name in ("locked", "open") if name in arguments]
    return [_WAYS[flag] for flag in flags if isinstance(flag[1], bool)]


def unfit(call: Call, order: Order) -> str | None:
    """Return what in `order` speaks against opening or closing as `call` would, or None."""
    wanted = ways(call)
    if not all(says(order.said, way, other) for way, other in wanted):
        return "way"
    if "position_pct" in call.arguments:
        return _position(call.arguments["position_pct"], order)
    if not wanted:
        return "tool"
    return "part" if any(0 < each < _WHOLE for each in _percents(order)) else None


def _position(position: Any, order: Order) -> str | None:
    said = _percents(order, "%", "")
    if not said:
        ends = _ENDS.get(position) if isinstance(position, int | float) else None
        return None if ends and says(order.said, *ends) else "position"
    if patterns().parts["closed"].search(order.counted):
        said = [_WHOLE - each for each in said]  # "30 % closed" is 70 % open.
    return None if isinstance(position, int | float) and fits(position, said) else "amount"


def _percents(order: Order, *units: str) -> list[float]:
    """Return the numbers in `order` that have one of `units`; of percent when none is given."""
    counted = _HALFWAY.sub("half ", order.counted)
    return [each.value for each in quantities(counted) if each.unit in (units or ("%",))]


def opposes(call: Call, device: Device, asked: Sequence[Order], called: Called) -> bool:
    """Return whether the words order the opposite of what `call` would do to `device`."""
    return any(
        not any(patterns().ways[way].search(each.said) for each in asked)
        and any(_commands(other, each) and called.names(device, each.things) for each in asked)
        for way, other in ways(call)
    )


def forbids(call: Call, device: Device, asked: Sequence[Order], called: Called) -> bool:
    """Return whether the words say that `device` goes as `call` would, but never as an order."""
    saying = [
        each.meant
        for way, other in ways(call)
        for each in asked
        if says(each.said, way, other) and called.names(device, each.things)
    ]
    return bool(saying) and not any(saying)


def _commands(way: str, order: Order) -> bool:
    """Return whether `order` begins with a verb for `way`, politeness aside."""
    bare = Manners(detect_language(order.said)).strip(order.said).words.removeprefix("把")
    return order.meant and bool(patterns().ways[way].match(bare))
