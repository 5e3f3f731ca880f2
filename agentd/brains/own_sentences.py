"""Example sentences of the owner's own: what a sentence must be like to be one.

A sentence matches as a whole, after politeness, articles, marks and case are taken off both. A
slot `{number}` takes a number in digits or words, with its unit if one is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from agentd.brains.clauses import split, spoken
from agentd.brains.delays import read as read_time
from agentd.brains.language import CJK, detect_language, fold, normalise
from agentd.brains.manners import Manners
from agentd.brains.quantity import UNITS, parse_quantity
from agentd.brains.stop_words import stop_call
from agentd.model import SLOT

Numbers = Mapping[str, str]
"""What was said for each slot."""

MOST_SLOTS: Final = 3
_SLOT_NAME: Final = re.compile(r"number\d?")
_STAND_IN: Final = 770_000_001
_ARTICLE: Final = re.compile(r"\b(?:a|an|the) (?!hundred\b|half\b|quarter\b|third\b|couple\b)")
_MARK: Final = re.compile(r"(?<!\d)\.|\.(?!\d)|(?<!\w)-(?!\d)|(?<=\w)-|[^\w\s.%°'/-]")
_BESIDE_CHINESE: Final = re.compile(rf" (?=[{CJK}])|(?<=[{CJK}]) ")
_UNIT: Final = re.compile(
    rf"(?:{'|'.join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))})(?![a-z])"
)


class ExampleError(ValueError):
    """An example that cannot be used; `key` is the one at fault, `say` or `do`."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence in the form in which it is compared, and whether it only asks."""

    words: str
    asks: bool


def sentence(text: str) -> Sentence:
    """Return `text` without politeness, articles, marks and case."""
    manners = Manners(detect_language(text))
    said = manners.strip(normalise(text))
    bare = manners.strip(_unmarked(said.words)).words  # "please, cosy time": the comma hid it
    return Sentence(_BESIDE_CHINESE.sub("", _ARTICLE.sub("", _unmarked(bare))), said.asks)


def _unmarked(words: str) -> str:
    return " ".join(_MARK.sub(" ", fold(words)).split())


def _stops(clause: str) -> bool:
    polite = Manners(detect_language(clause)).strip(clause).words
    return bool(stop_call(clause) or stop_call(polite))


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a sentence must be like; two with the same `key` match the same sentences."""

    key: str
    slots: tuple[str, ...]
    asks: bool
    form: re.Pattern[str]

    @classmethod
    def of(cls, say: str) -> Pattern:
        """Return the pattern of `say`. Raises `ExampleError` saying what to write instead."""
        slots = _slots_of(say)
        filled = say
        for at, slot in enumerate(slots):
            filled = filled.replace(f"{{{slot}}}", str(_STAND_IN + at))
        made = sentence(filled)
        literals = re.split("|".join(str(_STAND_IN + at) for at in range(MOST_SLOTS)), made.words)
        _check(say, filled, made.words, literals)
        form = "(.{1,40}?)".join(re.escape(each) for each in literals)
        return cls("{}".join(literals), slots, made.asks, re.compile(form))

    def match(self, said: Sentence) -> Numbers | None:
        """Return what `said` has in the slots, or None when it is another sentence."""
        match = self.form.fullmatch(said.words)
        if match is None or any(parse_quantity(each) is None for each in match.groups()):
            return None
        return dict(zip(self.slots, match.groups(), strict=True))


def _slots_of(say: str) -> tuple[str, ...]:
    slots = tuple(SLOT.findall(say))
    for slot in slots:
        if not _SLOT_NAME.fullmatch(slot):
            known = "the slots are {number}, {number2} and {number3}"
            raise ExampleError("say", f"there is no slot {{{slot}}}: {known}")
    if len(slots) > MOST_SLOTS or len(set(slots)) < len(slots):
        most = f"at most {MOST_SLOTS} slots, each once ({{number}}, {{number2}})"
        raise ExampleError("say", most)
    if set(SLOT.sub("", say)) & set("{}"):
        raise ExampleError("say", "a brace that belongs to no slot; a slot is written {number}")
    return slots


def _check(say: str, filled: str, words: str, literals: Sequence[str]) -> None:
    """Raise `ExampleError` where a sentence like this would mean something else already."""
    if not re.search(r"\w", "".join(literals)):
        raise ExampleError("say", "it needs words of its own")
    if any(not each.strip() for each in literals[1:-1]):
        raise ExampleError("say", "two slots need a word between them")
    if stop_call(words) or any(_stops(clause.text) for clause in spoken(split(normalise(filled)))):
        raise ExampleError("say", f'"{say}" stops what moves, always; choose other words')
    if read_time(normalise(filled))[1] is not None:
        raise ExampleError(
            "say", "leave the time out: it may be said with any example (“... in ten minutes”)"
        )
    unit = next((found for each in literals[1:] if (found := _UNIT.match(each.lstrip()))), None)
    if unit:
        raise ExampleError("say", f'leave out "{unit[0]}": a number is said with its unit')
