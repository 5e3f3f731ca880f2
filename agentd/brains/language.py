"""Which of the two languages a sentence is in, and the one form in which words are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from functools import cache
from importlib.resources import files
from typing import Final

CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_CHINESE = re.compile(f"[{CJK}]")
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Cn"}
MOST_KNOWN: Final = 4096
"""Characters that a table remembers; whoever sends all of Unicode fills no memory."""


def detect_language(text: str) -> str:
    """Return `zh` when `text` holds a Chinese character, else `en`.

    One character is enough: a Chinese sentence may name a device in English, while an English
    sentence seldom names one in Chinese.
    """
    return "zh" if _CHINESE.search(text) else "en"


class ByCategory(dict[int, str]):
    """A table for `str.translate`: `instead` for every character of some Unicode categories.

    It fills as it is used: a character is looked at once, and not again in every sentence.
    """

    def __init__(self, categories: Container[str], instead: str) -> None:
        super().__init__()
        self._categories, self._instead = categories, instead

    def __missing__(self, code: int) -> str:
        char = chr(code)
        put = self._instead if unicodedata.category(char) in self._categories else char
        if len(self) < MOST_KNOWN:
            self[code] = put
        return put


_SHOWN: Final = ByCategory(_INVISIBLE, " ")


def language_of(text: str, wanted: str = "auto") -> str:
    """Return the language to answer `text` in: what is `wanted`, unless that is `auto`."""
    return wanted if wanted in ("en", "zh") else detect_language(text)


def tidy(text: str) -> str:
    """Return `text` in NFKC form (full width to half width), without invisible characters.

    Runs of white space become one space.
    """
    text = unicodedata.normalize("NFKC", text).replace("\u2019", "'")
    return " ".join(text.translate(_SHOWN).split())


def simplified(text: str) -> str:
    """Return `text` with simplified Chinese characters, each where its traditional one was."""
    return text.translate(_simplified()) if _CHINESE.search(text) else text


@cache
def _simplified() -> dict[int, int]:
    table = files("agentd.brains").joinpath("sentences/traditional.txt").read_text(encoding="utf-8")
    return str.maketrans(*table.split())


def normalise(text: str) -> str:
    """Return `text` tidied, and in simplified characters. Case stays; compare with `fold`."""
    return simplified(tidy(text))


def raised(text: str) -> str:
    """Return the word of `text` in which a digit stands raised, lowered or circled; "" for none.

    NFKC makes 12 of 1² and of 1②: nobody said that. After a letter (CO₂) it belongs to a name.
    """
    for word in text.split():
        for before, char, after in zip(f" {word}", word, f"{word[1:]} ", strict=False):
            apart = unicodedata.decomposition(char).startswith(("<super>", "<sub>"))
            beside = before.isdecimal() or after.isdecimal() or (apart and not before.isalpha())
            if beside and unicodedata.category(char) == "No":
                return word
    return ""


def fold(text: str) -> str:
    """Return the form in which two texts are the same words."""
    return normalise(text).casefold()
