"""Which of the two languages a sentence is in, and the one form in which words are compared."""

from __future__ import annotations

import re
import unicodedata

CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_CHINESE = re.compile(f"[{CJK}]")
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Cn"}


def detect_language(text: str) -> str:
    """Return `zh` when `text` holds a Chinese character, else `en`.

    One character is enough: a Chinese sentence may name a device in English, while an English
    sentence seldom names one in Chinese.
    """
    return "zh" if _CHINESE.search(text) else "en"


def language_of(text: str, wanted: str = "auto") -> str:
    """Return the language to answer `text` in: what is `wanted`, unless that is `auto`."""
    return wanted if wanted in ("en", "zh") else detect_language(text)


def normalise(text: str) -> str:
    """Return `text` in NFKC form (full width to half width), without invisible characters.

    Runs of white space become one space. Case stays; compare with `fold`.
    """
    text = unicodedata.normalize("NFKC", text).replace("\u2019", "'")
    shown = (" " if char.isspace() or _is_control(char) else char for char in text)
    return " ".join("".join(shown).split())


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


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in _INVISIBLE
