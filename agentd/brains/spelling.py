"""Puts right a slip of the finger, when only one word is meant: one of this home or of commands."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Final

from agentd.brains.homophones import Homophones
from agentd.brains.language import fold
from agentd.brains.words import word_list
from agentd.model import Device

SHORTEST: Final = 4
LIKENESS: Final = 0.79
_WORD: Final = re.compile(r"[A-Za-z]+")
_COMMANDS: Final = frozenset(
    [
        "turn",
        "switch",
        "open",
        "close",
        "lock",
        "unlock",
        "dimmer",
        "brighten",
        "brighter",
        "play",
        "pause",
        "resume",
        "mute",
        "unmute",
        "stop",
        "drive",
        "forward",
        "forwards",
        "backward",
        "backwards",
        "reverse",
        "left",
        "right",
        "degrees",
        "percent",
        "metres",
        "meters",
        "centimetres",
        "centimeters",
        "everything",
        "please",
        "lights",
        "light",
        "volume",
        "temperature",
        "brightness",
        "warmer",
        "cooler",
        "louder",
        "quieter",
        "start",
        "clean",
        "with",
        "except",
        "every",
        "upstairs",
        "downstairs",
        "locked",
        "unlocked",
        "closed",
        "turned",
        "switched",
        "running",
        "bedroom",
        "bathroom",
        "kitchen",
        "living",
        "room",
        "hall",
        "garage",
    ]
)
"""What commands are made of in any home."""
_SMALL: Final = {
    "teh": "the",
    "hte": "the",
    "adn": "and",
    "nad": "and",
    "lok": "lock",
    "trun": "turn",
}
_OF_FOR_OFF: Final = re.compile(
    r"\b(?:turn|switch|shut|put|power)(?: of(?= (?:the|my|our|all) )(?!.* (?:on|off)\b)"
    r"|(?: [^,.!;]{1,30})? of(?=[,.!;]|$))",
    re.IGNORECASE,
)
"""Something is turned off; nothing is turned of."""
_NAMED_FREELY: Final = re.compile(
    r"\b(?:play|listen|hear|watch|queue|stream|spin)\b", re.IGNORECASE
)
"""A title may be any word; it is nobody's slip."""


class Spelling:
    """The words that the names and rooms of these devices are made of, and those for things.

    `is_word` says of a word whether it is one of the language: such a word stays as it is.
    """

    def __init__(self, devices: Iterable[Device], is_word: Callable[[str], bool]) -> None:
        devices = tuple(devices)
        names = [n for each in devices for n in (each.name, each.area, each.floor, *each.aliases)]
        home = {word for name in names for word in _WORD.findall(fold(name))}
        listed = word_list()
        tables = (*listed.rooms.values(), *listed.things.values(), *listed.many.values())
        things = {part for words in tables for word in words for part in _WORD.findall(word)}
        self._home, self._known = home, home | things
        self._targets = sorted(word for word in self._known if len(word) >= SHORTEST)
        self._together = dict(pair for name in names for pair in _written_together(fold(name)))
        self._is_word = is_word
        self._homophones = Homophones(devices)

    def right(self, sentence: str) -> str:
        """Return `sentence` with each unknown word replaced by the one word that is like it."""
        free = bool(_NAMED_FREELY.search(sentence))
        righted = _WORD.sub(lambda match: self._word(match.group(), free=free), sentence)
        righted = _OF_FOR_OFF.sub(lambda match: f"{match[0][:-2]}off", righted)
        return self._homophones.right(righted)

    def _word(self, word: str, *, free: bool) -> str:
        low = word.casefold()
        if low in self._together:
            return self._together[low]
        if low in _SMALL and low not in self._known:
            return _SMALL[low]
        if len(low) < SHORTEST or low in self._known or self._is_word(low):
            return word
        if free:  # "Lofi" is no loft; a device's name may still be mistyped.
            return self._slip(low, self._home) or word
        return self._slip(low, self._known | _COMMANDS) or self._alike(low) or word

    def _alike(self, low: str) -> str:
        like = difflib.get_close_matches(low, self._targets, n=3, cutoff=LIKENESS)
        # The same letters in another order are one slip, whatever else is near.
        twins = [each for each in like if sorted(each) == sorted(low)]
        stems = {each.rstrip("s") for each in twins or like}
        return str((twins or like)[0]) if len(stems) == 1 else ""

    def _slip(self, low: str, known: Iterable[str]) -> str:
        """Return the one word that is a slip away; of several, the one that ends alike."""
        like = {each for each in known if len(each) >= SHORTEST and is_slip(low, each)}
        like = {each for each in like if each[-1] == low[-1]} or like
        return like.pop() if len(like) == 1 else ""


def is_slip(said: str, meant: str) -> bool:
    """Return whether one slip of the finger makes `said` of `meant`.

    A letter too many, too few, another one, or two that changed places.
    """
    start = 0
    while start < min(len(said), len(meant)) and said[start] == meant[start]:
        start += 1
    rest, other = said[start:], meant[start:]
    if len(rest) == len(other):
        swapped = rest[:2] == other[1::-1] and rest[2:] == other[2:]
        return bool(rest) and (rest[1:] == other[1:] or swapped)
    longer, shorter = (rest, other) if len(rest) > len(other) else (other, rest)
    return longer[1:] == shorter


def _written_together(name: str) -> list[tuple[str, str]]:
    """Return the words of `name` in pairs, as one word: "livingroom"."""
    words = name.split()
    return [
        (one + two, f"{one} {two}")
        for one, two in pairwise(words)
        if one.isascii() and two.isascii() and len(one) > 2 and len(two) > 2
    ]
