"""The gate against false calls: what a tagged sentence must be before anything is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from agentd.brains.deeds import is_motion
from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.phrases import CORRECTED, DIRECTIONS, DOUBTED, HYPOTHETICAL, NEGATED, POLITE_IF
from agentd.brains.reading import Reading
from agentd.brains.tagger import Tagged, Tagging
from agentd.brains.targets import Home
from agentd.model import Call

SURE: Final = 0.55
"""For what is asked, and for what is soon put right again."""
SURER: Final = 0.75
"""For what opens, unlocks or needs a yes, where a person may be in the way."""
SUREST: Final = 0.85
"""For what drives or moves an arm."""

_MOVING: Final = frozenset({"drive", "turn", "set_servo"})
_OPENING: Final = ({"open": True}, {"locked": False}, {"task": "start"})
_NOT_IS_RIGHT: Final = frozenset(
    {
        *("off", "close", "stop", "pause", "mute", "dim", "less", "quieter", "cooler", "warmer"),
        *("louder", "brighten", "more", "keep", "lock", "dock", "ask", "ask_is", "none"),
    }
)
"""Verbs that a negation may ask for: "I don't need the light any more", "not so loud"."""


def admit(tagging: Tagging, words: str, *, asks: bool) -> None:
    """Raise `NotUnderstood` unless the sentence is surely meant, and meant now."""
    doing = [each for each in tagging.clauses if each.verb != "none"]
    unclear = tagging.kind == "none" or tagging.sure < SURE or not doing
    unclear |= bool(HYPOTHETICAL.search(POLITE_IF.sub("", words))) and not asks
    unclear |= bool(CORRECTED.search(words)) and not asks
    for clause in doing:
        unclear |= is_motion(clause.verb) and not _is_said(clause)
        unclear |= clause.sure < (SURE if clause.verb != "stop" else 0.5)
        unclear |= asks and not clause.verb.startswith("ask")
        spares = bool(clause.all("except"))
        unclear |= (
            bool(NEGATED.search(clause.words)) and clause.verb not in _NOT_IS_RIGHT and not spares
        )
    if unclear:
        raise NotUnderstood(Why.WORDS, words)


def _is_said(clause: Tagged) -> bool:
    """Return whether the words themselves say to move, and that way."""
    way = DIRECTIONS.get(clause.verb)
    return not DOUBTED.search(clause.words) and (way is None or bool(way.search(clause.words)))


def needs(reading: Reading, calls: Sequence[Call], home: Home) -> float:
    """Return how sure the tagger must have been of the clause that became `calls`."""
    if is_motion(reading.verb):
        return SUREST
    least = SURE
    for call in calls:
        device = home.get(str(call.arguments["device"])) if "device" in call.arguments else None
        if device is None or call.tool in ("get_state", "stop"):
            continue
        if call.tool in _MOVING or device.moves:
            least = max(least, SUREST)
        elif device.confirm or any(call.arguments.items() >= each.items() for each in _OPENING):
            least = max(least, SURER)
    return least
