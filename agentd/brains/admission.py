"""The gate against false calls: what a tagged sentence must be before anything is made of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agentd.brains.deeds import Reading, is_motion
from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.tagger import Tagging
from agentd.brains.targets import Home
from agentd.model import Call

SURE: Final = 0.55
"""For what is asked, and for what is soon put right again."""
SURER: Final = 0.75
"""For what opens, unlocks or needs a yes, where a person may be in the way."""
SUREST: Final = 0.85
"""For what drives or moves an arm."""

_MOVING: Final = frozenset({"drive", "turn", "set_servo"})
_OPENING: Final = frozenset({"set_cover", "set_lock", "set_valve", "set_vacuum"})
_HYPOTHETICAL: Final = re.compile(
    r"\b(?:if|unless|whenever|wish|imagine|suppose|yesterday|every (?:day|morning|evening|night))\b"
    r"|如果|要是|假如|倘若|的话|昨天|每天|每晚",
    re.IGNORECASE,
)
"""Not now, or not meant: no such sentence is carried out."""
_POLITE_IF: Final = re.compile(
    r"\bif (?:you (?:don'?t mind|please|can|could|would|will|like|may|want)|possible|that'?s ok(?:ay)?"
    r"|it'?s not too much trouble)\b|如果可以|可以的话|方便的话|要是方便|如果方便",
    re.IGNORECASE,
)
_NOT: Final = re.compile(
    r"\b(?:not|never|don'?t|won'?t|didn'?t|shouldn'?t|no need)\b|别|不要|不用|不许|不必", re.I
)
_NOT_IS_RIGHT: Final = frozenset(
    [
        "off",
        "close",
        "stop",
        "pause",
        "mute",
        "dim",
        "less",
        "quieter",
        "cooler",
        "warmer",
        "louder",
        "brighten",
        "more",
        "keep",
        "lock",
        "dock",
        "ask",
        "ask_is",
        "none",
    ]
)
"""Verbs that a negation may ask for: "I don't need the light any more", "not so loud"."""


def admit(tagging: Tagging, words: str, *, asks: bool) -> None:
    """Raise `NotUnderstood` unless the sentence is surely meant, and meant now."""
    doing = [each for each in tagging.clauses if each.verb != "none"]
    unclear = tagging.kind == "none" or tagging.sure < SURE or not doing
    unclear |= bool(_HYPOTHETICAL.search(_POLITE_IF.sub("", words))) and not asks
    for clause in doing:
        unclear |= clause.sure < (SURE if clause.verb != "stop" else 0.5)
        unclear |= asks and not clause.verb.startswith("ask")
        spares = bool(clause.all("except"))
        unclear |= (
            bool(_NOT.search(clause.words)) and clause.verb not in _NOT_IS_RIGHT and not spares
        )
    if unclear:
        raise NotUnderstood(Why.WORDS, words)


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
        elif call.tool in _OPENING or device.confirm:
            least = max(least, SURER)
    return least
