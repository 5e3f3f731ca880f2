"""A model's own text on its way to the person: it never says that something was done.

What was done is told from receipts. A model that means to act says little before it calls, so
its first words wait; once it talks on, whole sentences pass as they come. From the first sentence
that claims a deed everything waits for the end: with calls it is dropped, because the receipts
tell; without, it is told together with its correction.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from agentd.agent.words import phrase
from agentd.brains.language import ByCategory
from agentd.brains.manners import only_asks
from agentd.model import Call, Receipt, Status
from agentd.toml_file import Table, validate

PREFACE_CHARACTERS: Final = 160
"""So much of an answer waits, in case a call comes and makes it superfluous."""
LONGEST_SENTENCE: Final = 240
OVERLAP: Final = 60
_READS: Final = frozenset({"get_state"})
_HAPPENED: Final = frozenset({Status.DONE, Status.UNVERIFIED, Status.ACCEPTED})
_END: Final = re.compile(r"[。！？!?\n]+|\.+(?=\s)")
_APOSTROPHES: Final = {ord("'"): None, 0x2019: None}
_SEEN: Final = ByCategory(("Cf", "So", "Sk"), "")
_FORMATTING: Final = re.compile(r"[*_`#>~\[\]()]")


class _Cuts(Table):
    clauses: str


class _Claims(Table):
    always: tuple[str, ...]
    claims: tuple[str, ...]
    states: tuple[str, ...]
    excused: tuple[str, ...]
    cuts: _Cuts


@dataclass(frozen=True, slots=True)
class _Compiled:
    always: re.Pattern[str]
    claims: re.Pattern[str]
    states: re.Pattern[str]
    excused: re.Pattern[str]
    clauses: re.Pattern[str]


@cache
def _patterns() -> _Compiled:
    text = files("agentd.agent").joinpath("claims.toml").read_text(encoding="utf-8")
    data = validate(tomllib.loads(text), _Claims, lambda place: f"claims.toml: {place}")
    groups = (data.always, data.claims, data.states, data.excused, (data.cuts.clauses,))
    return _Compiled(*(re.compile("|".join(group)) for group in groups))


def claims_a_deed(sentence: str, *, asked: bool = False) -> bool:
    """Return whether `sentence` says that something was done, is being done or will be.

    After a question (`asked`) a plain "the light is on" is an answer and no claim.
    """
    patterns = _patterns()
    plain = _plain(sentence)
    if patterns.always.search(plain):
        return True
    if plain.endswith(("?", "？")):
        return False
    for clause in patterns.clauses.split(plain):
        told = clause.strip()
        claimed = patterns.claims.search(told) or (not asked and patterns.states.search(told))
        if claimed and not patterns.excused.search(told):
            return True
    return False


def _plain(sentence: str) -> str:
    """Return `sentence` folded, without formatting and what cannot be seen."""
    text = unicodedata.normalize("NFKC", sentence).translate(_APOSTROPHES)
    return " ".join(_FORMATTING.sub("", text.translate(_SEEN)).casefold().split())


class Truth:
    """The text of one answer."""

    def __init__(self, language: str, words: str) -> None:
        self._language = language
        self._asked = only_asks(words)
        self._buffer = ""
        self._before = ""
        self._held = ""
        self._heard = 0
        self._claimed = False
        self._told = False

    def hear(self, text: str) -> str:
        """Take in a piece of the model's text; return what may be said now."""
        self._heard += len(text)
        self._buffer += text
        start = 0
        for end in [found.end() for found in _END.finditer(self._buffer)]:
            self._take(self._buffer[start:end])
            start = end
        self._buffer = self._buffer[start:]
        while len(self._buffer) > LONGEST_SENTENCE:
            end = self._buffer.rfind(" ", 1, LONGEST_SENTENCE) + 1 or LONGEST_SENTENCE
            self._take(self._buffer[:end])
            self._buffer = self._buffer[end:]
        return self._release() if self._heard > PREFACE_CHARACTERS else ""

    def rest(self, calls: Sequence[Call]) -> str:
        """Return what is still to be said before `calls` are run; changes speak for themselves."""
        self._take(self._buffer)
        self._buffer = ""
        if any(call.tool not in _READS for call in calls):
            self.drop()
        told, self._held = self._held, ""
        self._told = self._claimed and bool(told)
        return f"{told}\n" if told and calls and not told.endswith("\n") else told

    def drop(self) -> None:
        """Forget what was not said yet."""
        self._buffer = self._held = ""
        self._claimed = False

    def correction(self, receipts: Sequence[Receipt]) -> str:
        """Return the sentence that sets a claim right; empty when there is nothing to correct."""
        acted = [each for each in receipts if each.tool not in _READS]
        if not self._told or any(each.status in _HAPPENED for each in acted):
            return ""
        return "\n" + phrase(self._language, "correction")

    def _take(self, sentence: str) -> None:
        self._held += sentence
        if not self._before and sentence.isspace():
            return  # the line's end after a full stop
        # What was cut for its length is judged together with the end of what went before.
        whole = self._before + sentence
        self._claimed = self._claimed or claims_a_deed(whole, asked=self._asked)
        self._before = "" if _END.search(sentence) else whole[-OVERLAP:]

    def _release(self) -> str:
        """Return the sentences that are complete, unless one of them claims a deed."""
        if self._claimed:
            return ""
        ready, self._held = self._held, ""
        return ready
