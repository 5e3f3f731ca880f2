"""The gate against false calls: what a tagged sentence must be before anything is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from agentd.brains.deeds import is_motion
from agentd.brains.language import detect_language
from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.phrases import (
    ALONE,
    AT_ONCE,
    BEGINNING,
    BOTH_WAYS,
    CORRECTED,
    DOUBTED,
    EVIDENCE,
    FIGURATIVE,
    FORBIDDEN,
    GOING_ON,
    GRAB,
    HAS_BEEN,
    HYPOTHETICAL,
    JOINT_WAYS,
    LEANING,
    LET_GO,
    MUSIC,
    NEGATED,
    NO_DEED,
    OFF_AND_ON,
    ORDERED,
    PARTIAL,
    PAST,
    POLITE_IF,
    REPORTED,
    SPARING,
    STOPPING,
    TO_AND_FRO,
    TO_OTHERS,
    UNSAID,
)
from agentd.brains.reading import Reading
from agentd.brains.tagger import Tagged, Tagging
from agentd.brains.targets import Home
from agentd.brains.words import tokenise
from agentd.model import Call

SURE: Final = 0.62
"""For what is asked, and for what is soon put right again."""
SURE_TO_STOP: Final = 0.4
"""Standing still harms nobody."""
MEANT: Final = 0.6
"""How sure it must be that anything is asked for at all."""
MEANT_TO_MOVE: Final = 0.95
SURER: Final = 0.75
"""For what opens, unlocks or needs a yes, where a person may be in the way."""
SUREST: Final = 0.8
"""For what drives or moves an arm."""

_STEPS_AND_ON: Final = frozenset(
    {"on", "more", "less", "louder", "quieter", "brighten", "dim", "warmer", "cooler"}
)
NEVER: Final = 2.0
"""More than anything can be."""

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
    moves = any(is_motion(each.verb) for each in doing)
    unclear = tagging.kind == "none" or not doing
    unclear |= tagging.sure < (MEANT_TO_MOVE if moves else MEANT)
    unclear |= bool(HYPOTHETICAL.search(POLITE_IF.sub("", words))) and not asks
    unclear |= bool(LEANING.search(words) or FIGURATIVE.search(words))
    unclear |= bool(CORRECTED.search(words) or REPORTED.search(words)) and not asks
    for clause in doing:
        unclear |= not _is_said(clause) or (not asks and _is_told(clause))
        stops = clause.verb == "stop" or bool(STOPPING.search(clause.words))
        unclear |= clause.sure < (SURE_TO_STOP if stops else SURE)
        unclear |= asks and not clause.verb.startswith("ask")
        spares = bool(clause.all("except"))
        unclear |= (
            bool(NEGATED.search(clause.words)) and clause.verb not in _NOT_IS_RIGHT and not spares
        )
    unclear |= moves and any(_lost(each) for each in tagging.clauses)
    unclear |= bool(PARTIAL.search(words) or OFF_AND_ON.search(words)) and not asks
    unclear |= bool(SPARING.search(words)) and not (asks or _spares(tagging))
    if unclear:
        raise NotUnderstood(Why.WORDS, words)


def _lost(clause: Tagged) -> bool:
    """Return whether a clause that is taken for a remark may be a move: none is left out."""
    ways = (
        *(EVIDENCE[way] for way in ("turn_left", "turn_right", "backward")),
        GRAB,
        LET_GO,
    )
    said = bool(clause.all("value")) or any(each.search(clause.words) for each in ways)
    return clause.verb == "none" and said


def _spares(tagging: Tagging) -> bool:
    """Return whether something was found that is to be left as it is."""
    return any(each.verb == "keep" or each.all("except") for each in tagging.clauses)


def _is_said(clause: Tagged) -> bool:
    """Return whether the words themselves say to do that, and to move that way."""
    if is_motion(clause.verb) and (DOUBTED.search(clause.words) or _two_ways(clause)):
        return False
    if clause.verb == "stop" and GOING_ON.search(clause.words):
        return False
    if clause.verb in _STEPS_AND_ON and UNSAID.search(clause.words):
        return False
    said = clause.words.strip(" .!,").casefold()
    if said.isascii() and " " not in said and not clause.spans and said not in ALONE:
        return False
    needed = EVIDENCE.get(clause.verb)
    is_music = clause.verb == "play" and bool(MUSIC.search(clause.words))
    return needed is None or is_music or bool(needed.search(clause.words))


def _two_ways(clause: Tagged) -> bool:
    """Return whether one clause says two ways at once: moves that were not told apart."""
    words = AT_ONCE.sub("", clause.words)
    sides = [bool(EVIDENCE[way].search(words)) for way in ("turn_left", "turn_right")]
    if not clause.verb.startswith("turn"):
        return any(sides) or all(way.search(words) for way in TO_AND_FRO)
    return all(sides)


def _is_told(clause: Tagged) -> bool:
    """Return whether `clause` tells of something done, or forbids it."""
    spares = clause.verb == "keep" or bool(clause.all("except"))
    if FORBIDDEN.search(clause.words) and not spares:
        return True
    if NO_DEED.search(clause.words) or _has_two_deeds(clause):
        return True
    return bool(PAST.search(clause.words)) and clause.verb not in ("keep", "stop")


def _has_two_deeds(clause: Tagged) -> bool:
    """Return whether two things are to go two ways in one clause: 把前门打开后门锁上."""
    return len(clause.all("target")) > 1 and all(way.search(clause.words) for way in BOTH_WAYS)


def _has_been(words: str) -> bool:
    """Return whether Chinese words may as well tell that something moved: 夹爪松开了."""
    return bool(HAS_BEEN.search(words)) and not ORDERED.search(words)


def needs(reading: Reading, calls: Sequence[Call], home: Home, words: str) -> float:
    """Return how sure the tagger must have been of the clause that became `calls`.

    `words` are the whole sentence: what moves or opens is not done for somebody else's sake.
    """
    least = _needs(reading, calls, home)
    return NEVER if least > SURE and TO_OTHERS.search(words) else least


def _is_begun(reading: Reading) -> bool:
    """Return whether a scene or button is ordered, not only spoken of: 起床模式这名字真难听."""
    rest = reading.words.casefold()
    if detect_language(rest) != "zh":
        return True
    for said in (reading.slots.get("target", ""), reading.slots.get("room", "")):
        rest = rest.replace(said.casefold(), " ", 1)
    return bool(BEGINNING.search(rest)) or not tokenise(rest).concepts


def _needs(reading: Reading, calls: Sequence[Call], home: Home) -> float:
    if is_motion(reading.verb):
        return SUREST
    if all(call.tool == "stop" for call in calls):
        return SURE_TO_STOP
    least = SURE
    for call in calls:
        device = home.get(str(call.arguments["device"])) if "device" in call.arguments else None
        if call.tool == "activate" and not _is_begun(reading):
            return NEVER
        if device is None or call.tool in ("get_state", "stop"):
            continue
        if call.tool in _MOVING or device.moves:
            way = JOINT_WAYS.get(reading.verb)
            unsaid = way is not None and not way.search(reading.words)
            least = max(least, NEVER if unsaid or _has_been(reading.words) else SUREST)
        elif device.confirm or any(call.arguments.items() >= each.items() for each in _OPENING):
            least = max(least, SURER)
    return least
