"""Cuts a sentence into clauses at "and then", commas, 然后 and their like.

Cutting keeps every character: the clauses and the separators between them, put together again,
are the sentence. Whether two neighbours are in truth one ("the kitchen light and the fan") is for
the reader of the clauses to find out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_CLAUSES = 12

_SEPARATOR = re.compile(
    r"\s*[;；。！!\n]+\s*"
    r"|\s*\.(?=\s|$)\s*"
    r"|[\s,，、]*\b(?:and\s+then|and\s+also|and|then|also)\b[\s,，]*"
    r"|[\s,，、]*(?:然后|接着|并且|而且|同时|并|再(?!见))[\s,，、]*"
    r"|\s*[,，、]+\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of the sentence and the separator right behind it (empty at the end)."""

    text: str
    separator: str = ""


def split(sentence: str) -> list[Clause]:
    """Return the clauses of `sentence` in order; joined they are `sentence` again."""
    clauses: list[Clause] = []
    start = 0
    for match in _SEPARATOR.finditer(sentence):
        clauses.append(Clause(sentence[start : match.start()], match.group()))
        start = match.end()
    if start < len(sentence) or not clauses:
        clauses.append(Clause(sentence[start:]))
    return clauses


def spoken(clauses: list[Clause]) -> list[Clause]:
    """Return the clauses that say something; the separators around an empty one are merged."""
    kept: list[Clause] = []
    for clause in clauses:
        if clause.text.strip():
            kept.append(clause)
        elif kept:
            kept[-1] = Clause(kept[-1].text, kept[-1].separator + clause.text + clause.separator)
    return kept
