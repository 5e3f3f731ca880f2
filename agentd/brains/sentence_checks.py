"""What the offline brain makes sure of before and after it reads a sentence."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from agentd.brains import Turn
from agentd.brains.grounds import own_words
from agentd.brains.language import fold, raised, simplified, tidy
from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.phrases import FORBIDDEN, HYPOTHETICAL, REPORTED
from agentd.brains.quantity import parse_quantity
from agentd.brains.settings import is_value
from agentd.brains.tagger import Tagging
from agentd.brains.targets import Home
from agentd.brains.timer_words import timer_words
from agentd.brains.words import word_list
from agentd.model import Call, Kind

QUOTES: Final = frozenset('"“”「」『』«»')
_HARMLESS: Final = frozenset({Kind.LIGHT, Kind.SWITCH, Kind.FAN, Kind.CLIMATE, Kind.MEDIA})


_UNMEANT: Final = (HYPOTHETICAL, REPORTED, FORBIDDEN)
"""Beside such words an order may not be meant."""
_FREE: Final = frozenset({"media", "add", "remove"})
"""Arguments that are a person's own words."""
_SETTING: Final = re.compile(
    r"^\W*(?:(?:please|can you|could you)\s+)*(?:set|turn|make|put|change)\b|[调设换改][到成为]"
)


def is_harmless(call: Call, home: Home) -> bool:
    """Return whether `call` neither moves, opens nor unlocks anything, nor waits for a yes.

    For the rest a pause that was guessed is not sure enough.
    """
    device = home.get(str(call.arguments["device"])) if "device" in call.arguments else None
    return device is not None and device.kind in _HARMLESS and not device.confirm


def check(turn: Turn, words: str, given: str) -> None:
    """Raise `NotUnderstood` for what is no sentence of one person to this house.

    `given` are the `words` as they came; a title is left out of both.
    """
    if QUOTES & set(words) or own_words(given) != fold(given):
        raise NotUnderstood(Why.QUOTED, words)
    if fold(words).strip(" ?!.") in word_list().phrases.help:
        raise NotUnderstood(Why.HELP, words)
    if figure := raised(turn.words):
        raise NotUnderstood(Why.VALUE, figure)


def check_sense(tagging: Tagging, words: str, home: Home) -> None:
    """Raise `NotUnderstood` for a thing or a value that there is not: "set the lamp to banana"."""
    if not _SETTING.search(words) or len(tagging.clauses) != 1:
        return
    (clause,) = tagging.clauses
    named, values = " ".join(clause.all("target")), clause.all("value")
    if named and values and not home.knows(named):
        raise NotUnderstood(Why.TARGET, named)
    for said in values if named else ():
        if not is_value(said) and parse_quantity(said) is None:
            raise NotUnderstood(Why.VALUE, said)


def as_said(call: Call, words: str) -> Call:
    """Return `call` with what is played or noted in the characters it was said in: 鄧麗君."""
    said, arguments = tidy(words), dict(call.arguments)
    for name in _FREE & arguments.keys():
        text = str(arguments[name])
        at = simplified(said).find(text)
        if at >= 0:
            arguments[name] = said[at : at + len(text)]
    return replace(call, arguments=arguments)


def label(words: str, home: Home) -> str:
    """Return the order in a place or a thing here with a value behind it: "bedroom red"."""
    named, _, value = words.strip(" .!").rpartition(" ")
    is_one = is_value(value) or (value.endswith("%") and parse_quantity(value) is not None)
    known = is_one and (home.is_place(named) or home.knows(named))
    return f"set {named} to {value}" if known else ""


def is_remark(words: str, tagging: Tagging) -> bool:
    """Return whether `words` beside an order only tell something: "we are having guests"."""
    if tagging.kind != "none" or timer_words().order.search(words.casefold()):
        return False
    return not any(each.search(words) for each in _UNMEANT)
