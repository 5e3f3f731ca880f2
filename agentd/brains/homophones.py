"""Puts right a name that was typed, or heard, with another character that sounds alike: 除房灯.

Chinese is typed by its sound, so that this is the usual slip. `sentences/pinyin.txt` holds the
characters in daily use by their sound without tones; the recipe is `training/pinyin.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Final

from agentd.brains.language import CJK, simplified
from agentd.model import Device

_CHINESE: Final = re.compile(f"[{CJK}]{{2,}}")
_ALIKE: Final = (
    ("zh", "z"),
    ("ch", "c"),
    ("sh", "s"),
    ("ing", "in"),
    ("eng", "en"),
)
"""Sounds that half of the speakers, and of the keyboards, do not tell apart."""


class Homophones:
    """The Chinese names of these devices and of their rooms."""

    def __init__(self, devices: Iterable[Device]) -> None:
        names = {n for each in devices for n in (each.name, each.area, each.floor, *each.aliases)}
        names = {simplified(name) for name in names}
        self._names = sorted(name for name in names if _CHINESE.fullmatch(name))

    def right(self, sentence: str) -> str:
        """Return `sentence` with what can only be one name, by its sound, spelt as that name."""
        if not _CHINESE.search(sentence):
            return sentence
        slips: dict[str, set[str]] = {}
        said_chars = set(sentence)
        for name in self._names:
            if name not in sentence and not said_chars.isdisjoint(name):
                for said in _heard(name, sentence):
                    slips.setdefault(said, set()).add(name)
        for said, meant in sorted(slips.items(), key=lambda each: -len(each[0])):
            if len(meant) == 1 and not any(said in name for name in self._names):
                sentence = sentence.replace(said, meant.pop())
        return sentence


def _heard(name: str, sentence: str) -> Iterator[str]:
    """Yield what in `sentence` sounds like `name`, with one character of three another at most."""
    size = len(name)
    for at in range(len(sentence) - size + 1):
        said = sentence[at : at + size]
        other = [pair for pair in zip(name, said, strict=True) if pair[0] != pair[1]]
        if 0 < len(other) <= max(1, size // 3) and all(_sound_alike(*pair) for pair in other):
            yield said


def _sound_alike(one: str, two: str) -> bool:
    return bool(_sounds().get(one, frozenset()) & _sounds().get(two, frozenset()))


@cache
def _sounds() -> dict[str, frozenset[str]]:
    table = files("agentd.brains").joinpath("sentences/pinyin.txt").read_text(encoding="utf-8")
    found: dict[str, set[str]] = {}
    for line in table.splitlines():
        sound, _, chars = line.partition(" ")
        for finer, coarser in _ALIKE:
            sound = sound.replace(finer, coarser)
        for char in chars:
            found.setdefault(char, set()).add(sound)
    return {char: frozenset(sounds) for char, sounds in found.items()}
