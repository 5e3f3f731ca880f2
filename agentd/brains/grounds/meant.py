"""Whether a clause is meant: to be done, and done now.

What is forbidden, past, reported, doubted or supposed is no order, nor is what stands behind such
words or is taken back after it. Where it is not plain, it is none: an order is soon said again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from agentd.brains.clauses import Clause
from agentd.brains.grounds.patterns import patterns
from agentd.brains.phrases import (
    CORRECTED,
    DOUBTED,
    FORBIDDEN,
    HAS_BEEN,
    HYPOTHETICAL,
    NEGATED,
    ORDERED,
    PAST,
    POLITE_IF,
    REPORTED,
)

_POLITE_IF: Final = re.compile(
    rf"(?:{POLITE_IF.pattern})(?:的话)?(?=[ ]*(?:please)?[ ]*(?:$|[,，.。!！?？;；]))",
    re.IGNORECASE,
)
"""Only where it stands alone: "if you can see me" is a condition."""


def polite(words: str) -> str:
    """Return `words` without the conditions that are none: "if you don't mind, ..."."""
    return _POLITE_IF.sub(" ", words)


def harmless(text: str) -> str:
    """Return `text` without the words that look like a direction or a negation and are none."""
    return patterns().parts["harmless"].sub(" ", text)


def spoilt_from(words: str, clauses: Sequence[Clause]) -> int:
    """Return the index of the first clause that is no order because of words up to its end.

    "Tomorrow" goes for all of a sentence, but where it tells of something: "she comes tomorrow".
    """
    sentence = patterns().sentence
    alone = any(sentence["never"].search(each.text) for each in clauses)
    if alone or sentence["condition"].search(words) or CORRECTED.search(words):
        return 0
    for at, clause in enumerate(clauses):
        if _tells(clause.text):
            return at
        if patterns().clause["later"].search(clause.text):
            return at if patterns().clause["told"].search(clause.text) else 0
    return len(clauses)


def _tells(text: str) -> bool:
    sentence = patterns().sentence
    spoiling = (HYPOTHETICAL, REPORTED, sentence["reported"], sentence["hypothetical"])
    return _any(spoiling, text)


def _any(each: Iterable[re.Pattern[str]], text: str) -> bool:
    return any(pattern.search(text) for pattern in each)


def is_forbidden(said: str) -> bool:
    """Return whether the clause negates or forbids what it says."""
    return _any((NEGATED, FORBIDDEN, patterns().clause["negated"]), said)


def is_meant(said: str) -> bool:
    """Return whether the clause is no statement, and not about what was."""
    if _any((PAST, DOUBTED, patterns().clause["told"]), said):
        return False
    return not HAS_BEEN.search(said) or bool(ORDERED.search(said))


def undone(behind: Sequence[Clause]) -> bool:
    """Return whether what follows takes the order back, or makes it another's or a later one."""
    sentence = patterns().sentence
    if behind and sentence["tail"].search(behind[0].text):
        return True
    return any(sentence["taken_back"].search(each.text) for each in behind)
