"""A sentence as the tagger sees it: pieces, each with numbers for its spelling.

A piece is a word, a number, one Chinese character or one mark. Its numbers are hashes of the word,
of three letters at a time, or of a character and its neighbours, so that a slip of the finger or a
name never heard before still looks like something. The training makes its pieces here as well.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from agentd.brains.language import CJK

BUCKETS: Final = 10_240
"""Rows of the model's first table; row 0 stands for nothing."""
SPELLINGS: Final = 12
"""Numbers a piece has at most."""
_PIECE: Final = re.compile(rf"\d+(?:\.\d+)?|[{CJK}]|[^\W\d_{CJK}]+(?:'[^\W\d_{CJK}]+)?|[^\w\s]")
_CHINESE: Final = re.compile(f"[{CJK}]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece and where it stands in the sentence."""

    text: str
    start: int
    end: int


def pieces(sentence: str) -> list[Piece]:
    """Return the pieces of `sentence`, folded to lower case, in order."""
    return [
        Piece(match.group().lower(), match.start(), match.end())
        for match in _PIECE.finditer(sentence)
    ]


def spellings(words: Sequence[Piece]) -> list[list[int]]:
    """Return the numbers of each piece, at most `SPELLINGS`, none of them 0."""
    around = ["", *(word.text for word in words), ""]
    return [
        list(_spelt(around[at], around[at + 1], around[at + 2])[:SPELLINGS])
        for at in range(len(words))
    ]


@lru_cache(maxsize=20_000)
def _spelt(before: str, word: str, after: str) -> tuple[int, ...]:
    if _CHINESE.match(word):
        return (number(f"c:{word}"), number(f"l:{before}{word}"), number(f"r:{word}{after}"))
    return _alone(word)


@lru_cache(maxsize=20_000)
def _alone(word: str) -> tuple[int, ...]:
    if word[0].isdigit():
        whole, point, _ = word.partition(".")
        shape = (number("#"), number(f"#{min(len(whole), 5)}{point}"))
        return (*shape, number(f"w:{word}")) if len(word) < 4 else shape
    fenced = f"^{word}$"
    thirds = dict.fromkeys(fenced[at : at + 3] for at in range(len(fenced) - 2))
    return (number(f"w:{word}"), *(number(f"3:{third}") for third in thirds))


def number(spelling: str) -> int:
    """Return the table row of one spelling."""
    return zlib.crc32(spelling.encode()) % (BUCKETS - 1) + 1
