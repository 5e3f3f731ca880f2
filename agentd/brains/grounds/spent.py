"""What an order that needs no grounds may be spent on: one for the lamp is none for the heating.

A model chooses freely only where the person left it open.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agentd.brains.grounds.called import Called
from agentd.brains.grounds.orders import Order
from agentd.brains.grounds.patterns import patterns
from agentd.model import Device

_FREE: Final = frozenset({"light", "media_player", "fan", "todo", "timer"})
"""Kinds that a model may choose where nothing says what is wanted: none of them heats."""
_WORD: Final = re.compile(r"\w")


def is_spent_elsewhere(device: Device, orders: Sequence[Order], called: Called, mine: str) -> bool:
    """Return whether the words `mine` leave no room for `device`.

    They do not where every order is about something here and none about `device`; or where they
    name nothing here, and such a device cannot help what they tell of ("it is cold"), or is none
    that may be chosen freely.
    """
    meant = [each for each in orders if each.meant and _WORD.search(each.said)]
    if any(patterns().parts["everything"].search(each.said) for each in meant):
        return False
    spoken = [called.spoken_of(each.things) for each in meant]
    if not any(spoken):
        told_of = called.spoken_of([mine])  # "I left the heater on" is about the heater
        return device.id not in told_of and _is_no_help(device, mine)
    return all(each and device.id not in each for each in spoken)


def _is_no_help(device: Device, mine: str) -> bool:
    """Return whether a `device` of this kind neither helps what is told nor is free to choose."""
    wants = patterns().wants.items()
    told = [kinds.split() for kinds, want in wants if want.search(mine)]
    return not any(device.kind.value in kinds for kinds in told or (_FREE,))
