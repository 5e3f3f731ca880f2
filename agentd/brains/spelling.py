"""Puts right a slip of the finger in a name, when only one word of this home is meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from agentd.brains.language import fold
from agentd.brains.words import word_list
from agentd.model import Device

SHORTEST = 5
LIKENESS = 0.8
_WORD = re.compile(r"[a-z]+")


class Spelling:
    """The words that the names and rooms of these devices are made of."""

    def __init__(self, devices: Iterable[Device]) -> None:
        names = [n for each in devices for n in (each.name, each.area, *each.aliases)]
        self._home = sorted({word for name in names for word in _WORD.findall(fold(name))})
        listed = word_list()
        tables = (*listed.rooms.values(), *listed.things.values(), *listed.many.values())
        phrases = (*listed.phrases.filler, *listed.phrases.all, *listed.phrases.conjunction)
        known = (word for words in (*tables, phrases) for word in words)
        self._known = {part for word in known for part in _WORD.findall(word)} | set(self._home)

    def right(self, phrase: str) -> str:
        """Return `phrase` with each unknown word replaced by the one word that is like it."""
        return _WORD.sub(lambda match: self._word(match.group()), fold(phrase))

    def _word(self, word: str) -> str:
        if len(word) < SHORTEST or word in self._known:
            return word
        # A known word of the language counts as well: "lihgt" is no name, yet surely "light".
        like = difflib.get_close_matches(word, sorted(self._known), n=2, cutoff=LIKENESS)
        return like[0] if len(like) == 1 else word
