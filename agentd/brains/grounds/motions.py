"""Whether an order is for just this motion: that way, and that far.

Each function returns None, or a key of `replies.py` for what does not fit.
"""

from __future__ import annotations

import re
from typing import Any, Final

from agentd.brains.grounds.amounts import fits, quantities
from agentd.brains.grounds.orders import Order
from agentd.brains.grounds.patterns import patterns
from agentd.brains.phrases import EVIDENCE
from agentd.model import Call, Device, State

_HALF_TURN: Final = 180.0
_COUNTER: Final = re.compile(r"\b(counter|anti)[ -]clock", re.IGNORECASE)


def unfit(call: Call, device: Device, order: Order, state: State) -> str | None:
    """Return what in `order` speaks against `call`, a drive, a turn or a servo's motion."""
    if call.tool == "drive":
        return _drive(call.arguments.get("distance_m"), order)
    if call.tool == "turn":
        return _turn(call.arguments.get("angle_deg"), order)
    return _servo(call, device, order, state)


def _drive(distance: Any, order: Order) -> str | None:
    said = [each.value for each in quantities(order.counted) if each.unit == "m"]
    forward = bool(patterns().ways["forward"].search(order.said))
    back = bool(EVIDENCE["backward"].search(order.said)) or any(each < 0 for each in said)
    if (forward and back) or (any(_sides(order.said)) and not (forward or back)):
        return "way"
    if not said:
        return "far"
    if not _is_number(distance) or not fits(abs(distance), map(abs, said)):
        return "amount"
    return None if back == (distance < 0) else "way"


def _turn(angle: Any, order: Order) -> str | None:
    said = [each.value for each in quantities(order.counted) if each.unit in ("deg", "")]
    left, right = _sides(order.said)
    if not said and patterns().parts["around"].search(order.said):
        said = [_HALF_TURN]
    if left and right:
        return "way"
    if not said:
        return "turn"
    if not _is_number(angle) or not fits(abs(angle), map(abs, said)):
        return "amount"
    if not (left or right):
        return None if angle % _HALF_TURN == 0 else "side"
    return None if left == (angle > 0) and min(said) > 0 else "way"


def _sides(said: str) -> tuple[bool, bool]:
    """Return whether left and whether right was said."""
    text = _COUNTER.sub("counterclock", said)
    return bool(EVIDENCE["turn_left"].search(text)), bool(EVIDENCE["turn_right"].search(text))


def _servo(call: Call, device: Device, order: Order, state: State) -> str | None:
    if "open" in call.arguments:
        way, other = ("let_go", "grab") if call.arguments["open"] is True else ("grab", "let_go")
        if not says(order.said, way, other):
            return "way"
    if "angle_deg" not in call.arguments:
        return None if "open" in call.arguments else "angle"
    return _angle(call.arguments["angle_deg"], device, order, state)


def _angle(angle: Any, device: Device, order: Order, state: State) -> str | None:
    said = [each.value for each in quantities(order.counted) if each.unit in ("deg", "")]
    grips = any(patterns().ways[way].search(order.said) for way in ("let_go", "grab"))
    if not said:
        return None if grips and _is_gripper(device) else "angle"
    if patterns().parts["by"].search(order.said):
        now = state.get("angle_deg")
        if isinstance(now, bool) or not isinstance(now, int | float):
            return "angle"
        said = [now + each * sign for each in said for sign in (1, -1)]
    return None if _is_number(angle) and fits(angle, said) else "amount"


def _is_gripper(device: Device) -> bool:
    """Return whether only an angle can open and close `device`: it is a gripper by its name."""
    names = " ".join((device.name, *device.aliases))
    return "open" not in device.arguments and bool(patterns().parts["gripper"].search(names))


def says(said: str, way: str, other: str) -> bool:
    """Return whether `said` says `way`, and says it before it says the `other` way."""
    wanted, opposite = (patterns().ways[each].search(said) for each in (way, other))
    return wanted is not None and (opposite is None or wanted.start() <= opposite.start())


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
