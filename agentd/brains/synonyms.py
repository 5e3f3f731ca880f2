"""Words of the owner's own for words that are understood anyway: "telly" for "TV"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from agentd.brains.language import CJK, fold, normalise
from agentd.brains.stop_words import EMERGENCY, STOP
from agentd.model import Device

_LETTER: Final = rf"(?-i:[^\W{CJK}])"
"""Without regard to case the ranges would be unfolded letter by letter, a third of a second."""
_LATIN: Final = re.compile(_LETTER)


class Synonyms:
    """Replaces whole words (Latin) or characters (Chinese), longest first, each place once."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = {fold(key): normalise(value) for key, value in words.items()}
        self._keys = _any_of(words)
        self._names = _any_of(())

    def know(self, devices: Iterable[Device]) -> None:
        """Leave alone what these devices are called."""
        if self._words:
            self._names = _any_of(name for each in devices for name in (each.name, *each.aliases))

    def said(self, sentence: str) -> str:
        """Return `sentence` (normalised) in words that are understood.

        What overlaps a device's own name stays as it was said.
        """
        if not self._words:
            return sentence
        kept = [match.span(1) for match in self._names.finditer(sentence)]
        pieces, done = [], 0
        at = 0
        while match := self._keys.search(sentence, at):
            start, end = match.span(1)
            at = start + 1
            plain = self._words.get(fold(match[1]))  # a regex takes a Turkish dotless i for an i
            if plain is None or any(start < last and first < end for first, last in kept):
                continue
            pieces += [sentence[done:start], plain]
            at = done = end
        return "".join((*pieces, sentence[done:]))


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Return what finds any of `words` at every place, also inside another, the longest first."""
    ordered = sorted({normalise(word) for word in words} - {""}, key=len, reverse=True)
    inner = "|".join(_whole(word) for word in ordered)
    return re.compile(f"(?=({inner}))" if inner else r"(?!)()", re.IGNORECASE)


def _whole(word: str) -> str:
    before = rf"(?<!{_LETTER})(?<!{_LETTER}')" if _LATIN.match(word[0]) else ""
    after = rf"(?!{_LETTER})" if _LATIN.match(word[-1]) else ""
    return f"{before}{re.escape(word)}{after}"


def stop_in(word: str) -> str:
    """Return the word in `word` that stops things, or nothing."""
    found = _STOPS.search(fold(word))
    return found[1] if found else ""


_STOPS: Final = _any_of(STOP | EMERGENCY)
