"""One sentence's orders, and which of them asks for a call that moves something or takes a risk."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Final

from agentd.brains import Turn
from agentd.brains.grounds import motions, openings
from agentd.brains.grounds.called import Called
from agentd.brains.grounds.orders import Order, orders
from agentd.brains.grounds.patterns import patterns
from agentd.brains.grounds.spent import is_spent_elsewhere
from agentd.brains.words import tokenise
from agentd.model import NOTHING, Call, Device

MOTION: Final = frozenset({"drive", "turn", "set_servo"})
"""Tools that need grounds on every device. The others need them only where the device moves or
asks for a yes."""
_NEAR: Final = ("tool", "unmeant", "name", "side", "way", "amount", "position", "part", "angle")
"""What an order lacks, from what is least like the call to what is most."""


class Asked:
    """What one turn's own words, folded, ask for."""

    def __init__(self, mine: str, turn: Turn) -> None:
        self._mine = mine
        self._turn = turn

    @cached_property
    def _called(self) -> Called:
        return Called(self._turn.devices)

    @cached_property
    def _orders(self) -> list[Order]:
        return orders(self._mine, self._called)

    def against(self, call: Call, device: Device) -> str | None:
        """Return a key of `replies.py` for what the nearest order lacks, None where one is it."""
        lacks = [self._lacks(call, device, order) for order in self._orders]
        if not lacks:
            return "tool"
        return None if None in lacks else max(filter(None, lacks), key=_nearness)

    def opposes(self, call: Call, device: Device) -> str | None:
        """Return what speaks against a `call` without risk, or None.

        It needs no grounds. But where every order is about something here, one must be about
        `device`, and where a want is told, it must be of a kind that helps; what opens or closes
        must not be ordered the other way, nor forbidden.
        """
        if is_spent_elsewhere(device, self._orders, self._called, self._mine):
            return "name"
        if call.tool not in openings.TOOLS:
            return None
        if openings.opposes(call, device, self._orders, self._called):
            return "way"
        forbidden = openings.forbids(call, device, self._orders, self._called)
        return "unmeant" if forbidden else None

    def times(self, call: Call) -> int:
        """Return how many orders ask for `call`."""
        device = next(each for each in self._turn.devices if each.id == call.arguments["device"])
        return sum(self._lacks(call, device, order) is None for order in self._orders)

    def _lacks(self, call: Call, device: Device, order: Order) -> str | None:
        """Return what `order` lacks to be grounds for `call`, or None."""
        wanted = patterns().tools.get(call.tool, patterns().tools["risky"])
        opens = call.tool in openings.TOOLS
        owned = call.tool == "set_servo" and device.via != "mqtt"
        named = self._called.names(device, order.things)
        named = named and not self._called.names(device, order.spared)
        if not opens and not wanted.search(order.said) and not (owned and named):
            return "tool"
        if not order.meant:
            return "unmeant"
        if call.tool in MOTION:
            if _is_of_another(order.said, device):
                return "tool"
            if not named and not self._is_alone(call, device):
                return "name"
            return motions.unfit(call, device, order, self._turn.states.get(device.id, NOTHING))
        return (openings.unfit(call, order) if opens else None) or (None if named else "name")

    def _is_alone(self, call: Call, device: Device) -> bool:
        """Return whether nothing but `device` can do `call`, so that it need not be named."""
        able = [each for each in self._turn.devices if _can(each, call, device)]
        return able == [device]


def is_risky(call: Call, device: Device) -> bool:
    """Return whether `call` moves or unlocks `device`, or may need a yes there."""
    if call.tool == "stop":
        return False
    if call.tool == "set_lock" and call.arguments.get("locked") is not True:
        return True
    waits = any(pair in device.confirm for pair in _plain(call))
    return device.moves or waits or (bool(device.confirm) and "position_pct" in call.arguments)


def _nearness(lack: str) -> int:
    return _NEAR.index(lack) if lack in _NEAR else len(_NEAR)


def _can(other: Device, call: Call, device: Device) -> bool:
    """Return whether `other` could do `call` as well as `device`."""
    needed = set(call.arguments) - {"device"}
    return other.kind is device.kind and needed <= set(other.arguments)


def _is_of_another(said: str, device: Device) -> bool:
    """Return whether the clause moves something else: "move the sofa back 50 cm"."""
    names = {each for name in (device.name, *device.aliases) for each in tokenise(name).concepts}
    return any(
        not names & set(tokenise(thing).concepts) and not _is_robot(thing) for thing in _moved(said)
    )


def _moved(said: str) -> Iterable[str]:
    for found in patterns().parts["object"].finditer(said):
        yield found["en"] or found["zh"]


def _is_robot(thing: str) -> bool:
    return bool(patterns().parts["robots"].search(thing))


def _plain(call: Call) -> list[tuple[str, Any]]:
    """Return the arguments whose values can be compared; a list or an object is refused later."""
    return [
        (name, value)
        for name, value in call.arguments.items()
        if isinstance(value, bool | int | float | str)
    ]
