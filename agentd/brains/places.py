"""Places in a clause that were marked in part or not at all: none is left out unseen.

"Turn off the lights in the attic" must never become all lights, because the attic was overlooked.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Final

from agentd.brains.phrases import EVERYWHERE, HERE
from agentd.brains.tagger import Span, Tagged
from agentd.brains.words import any_of, word_list

_IN_HERE: Final = re.compile(
    r"\bin (?P<place>here|this (?:room|space|area|place))\b", re.IGNORECASE
)
_LEVELS: Final = ("downstairs", "upstairs")
"""Words that say where, with nothing in front of them."""
_ALL_OF: Final = re.compile(r"(?P<place>全屋|家里|全家|屋子?里)(?=所有|全部|每)")
_NAMING: Final = frozenset({"target", "room"})
_NO_PLACE: Final = frozenset(
    {"none", "play", "stop", "forward", "backward", "turn_left", "turn_right", "turn_around"}
)
"""Verbs that mean the same wherever it is said: titles, and robots on wheels."""


def placed(clause: Tagged) -> Tagged:
    """Return `clause` with "all the rooms" marked whole, and with a place nobody marked."""
    spans = list(clause.spans)
    for place in (EVERYWHERE, HERE):
        for said in place.finditer(clause.words):
            cut = [each for each in spans if each.slot == "room" and _touches(each, said)]
            if cut:
                spans = [each for each in spans if each not in cut]
                spans.append(Span("room", said[0], said.start()))
    if clause.verb not in _NO_PLACE and not any(each.slot in _NAMING for each in spans):
        # Nothing was marked at all; what is meant is found behind the "all".
        spans += [
            Span("room", said["place"], said.start()) for said in _ALL_OF.finditer(clause.words)
        ]
    if clause.verb not in _NO_PLACE:
        for pattern in (_IN_HERE, *_known()):
            spans += [
                Span("room", said["place"], said.start("place"))
                for said in pattern.finditer(clause.words)
                if not any(_overlaps(each, said) for each in spans)
            ]
    return replace(clause, spans=tuple(sorted(spans, key=lambda span: span.start)))


def _touches(span: Span, said: re.Match[str]) -> bool:
    return span.start < said.end() and said.start() <= span.end + 1


def _overlaps(span: Span, said: re.Match[str]) -> bool:
    return span.start < said.end("place") and said.start("place") < span.end


@cache
def _known() -> tuple[re.Pattern[str], ...]:
    """Return what finds a word for a room or floor where it can only say a place."""
    spelt = [word for words in word_list().rooms.values() for word in words]
    latin = any_of(word for word in spelt if word.isascii())
    others = any_of((*(word for word in spelt if not word.isascii()), *_LEVELS))
    before = r"\b(?:in|on|at|inside|from) (?:(?:the|my|our) )?"
    return (
        re.compile(rf"{before}(?P<place>{latin})", re.IGNORECASE),
        re.compile(rf"(?P<place>{others})", re.IGNORECASE),
    )
