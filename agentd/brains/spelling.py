"""Puts right a slip of the finger, when only one word of this home is meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable

from agentd.brains.language import fold
from agentd.brains.words import word_list
from agentd.model import Device

SHORTEST = 4
LIKENESS = 0.79
_WORD = re.compile(r"[A-Za-z]+")


class Spelling:
    """The words that the names and rooms of these devices are made of, and those for things.

    `is_word` says of a word whether it is one of the language: such a word stays as it is.
    """

    def __init__(self, devices: Iterable[Device], is_word: Callable[[str], bool]) -> None:
        names = [n for each in devices for n in (each.name, each.area, each.floor, *each.aliases)]
        home = {word for name in names for word in _WORD.findall(fold(name))}
        listed = word_list()
        tables = (*listed.rooms.values(), *listed.things.values(), *listed.many.values())
        things = {part for words in tables for word in words for part in _WORD.findall(word)}
        self._known = home | things
        self._targets = sorted(word for word in self._known if len(word) >= SHORTEST)
        self._is_word = is_word

    def right(self, sentence: str) -> str:
        """Return `sentence` with each unknown word replaced by the one word that is like it."""
        return _WORD.sub(lambda match: self._word(match.group()), sentence)

    def _word(self, word: str) -> str:
        low = word.casefold()
        if len(low) < SHORTEST or low in self._known or self._is_word(low):
            return word
        like = difflib.get_close_matches(low, self._targets, n=3, cutoff=LIKENESS)
        # The same letters in another order are one slip, whatever else is near.
        twins = [each for each in like if sorted(each) == sorted(low)]
        stems = {each.rstrip("s") for each in twins or like}
        return str((twins or like)[0]) if len(stems) == 1 else word
