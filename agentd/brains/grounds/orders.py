"""The clauses of a sentence: what each says, how much, and of what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agentd.brains.clauses import Clause, split, spoken
from agentd.brains.grounds.amounts import is_amount
from agentd.brains.grounds.called import Called
from agentd.brains.grounds.meant import (
    harmless,
    is_forbidden,
    is_meant,
    polite,
    spoilt_from,
    undone,
)
from agentd.brains.grounds.patterns import patterns
from agentd.brains.phrases import SPARING

LONGEST: Final = 1000
MOST_CLAUSES: Final = 24
"""Nobody says so much at once; what is longer was pasted, and is no order."""
_AND: Final = frozenset({"and", "and also", "also", "并", "并且", "而且", "同时"})
"""Between two clauses these let one "don't" stand for both."""


@dataclass(frozen=True, slots=True)
class Order:
    """One clause of the person's own words.

    `said` is without what only looks like a direction or a negation; `counted` is the clause with
    the bare quantities behind it ("forward a metre", "and a half"). What it is about may be named
    in `things`, but not in `spared`: what the sentence leaves out ("all but not the front door").
    `meant` is whether it is to be done, and done now.
    """

    said: str
    counted: str
    things: tuple[str, ...]
    spared: tuple[str, ...]
    meant: bool


def orders(mine: str, called: Called) -> list[Order]:
    """Return every clause of the folded words `mine`, in order; none when they are too many."""
    words = patterns().parts["cut"].sub(", ", polite(mine))
    clauses = spoken(split(words)) if len(words) <= LONGEST else []
    if len(clauses) > MOST_CLAUSES:
        return []
    spoilt = spoilt_from(words, clauses)
    spared = tuple(each for each in (_spared(clause.text) for clause in clauses) if each)
    found: list[Order] = []
    forbidden = False
    for at, clause in enumerate(clauses):
        said = harmless(clause.text)
        carried = forbidden and at > 0 and clauses[at - 1].separator.strip() in _AND
        forbidden = carried or is_forbidden(said)
        meant = at < spoilt and not forbidden and is_meant(said)
        meant = meant and not undone(clauses[at + 1 :])
        things = _things(clauses, at, called)
        found.append(Order(said, _counted(clauses, at), things, spared, meant))
    return found


def _counted(clauses: Sequence[Clause], at: int) -> str:
    """Return the clause with the quantities right behind it, as they were said."""
    text = clauses[at].text
    for before, clause in zip(clauses[at:], clauses[at + 1 :], strict=False):
        if not is_amount(clause.text):
            break
        text += before.separator + clause.text
    return text


def _things(clauses: Sequence[Clause], at: int, called: Called) -> tuple[str, ...]:
    """Return the texts that may name what clause `at` is about.

    Its own; the names that share its verb ("open the curtain and the front door"); a name in front
    of it ("the front door, unlock it"), and what "it" was right before.
    """
    things = [_unspared(clauses[at].text)]
    for clause in clauses[at + 1 :]:
        if SPARING.search(clause.text) or not called.only_names(clause.text):
            break
        things.append(clause.text)
    it = bool(patterns().parts["it"].search(clauses[at].text))
    for clause in reversed(clauses[:at]):
        listed = called.only_names(clause.text)
        if not (listed or it) or is_forbidden(harmless(clause.text)):
            break
        things.append(_unspared(clause.text))
        it = it and listed
    return tuple(things)


def _unspared(text: str) -> str:
    """Return `text` up to what it leaves out."""
    return text.removesuffix(_spared(text))


def _spared(text: str) -> str:
    """Return what `text` leaves out and all behind it, "" when nothing is."""
    spared = SPARING.search(text)
    return text[spared.start() :] if spared else ""
