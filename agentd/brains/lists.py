"""Shopping and to-do lists: "add milk to the shopping list", 把牛奶加到购物清单.

What is noted may be any words at all, so a list's sentence is known by its form alone: whole, or
as clauses of their own beside other orders ("... and turn on the kitchen light").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agentd.brains.clauses import MAX_CLAUSES, Clause, split
from agentd.brains.language import detect_language
from agentd.brains.list_words import bare, entries, forms, names, purpose, purposes
from agentd.brains.manners import Manners
from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.phrases import HYPOTHETICAL
from agentd.model import Call, Device, Kind

_TOOL: Final = "change_list"
_ANOTHER: Final = re.compile(
    r"(?:\band(?: then)?|\bthen|[,;])\s+(?:add|put|remove|turn|switch|set|dim|open|close|lock"
    r"|unlock|play|pause|drive)\b|(?:然后|接着|并且?|同时|再|[，,])(?:把|将|打开|关|播放|调)",
    re.I,
)
"""Behind it a second order begins; what is noted holds none."""


@dataclass(frozen=True, slots=True)
class Noted:
    """The calls of a sentence's clauses about lists, and what was said before and behind them."""

    before: str
    calls: tuple[Call, ...]
    behind: str


class NotePad:
    """The lists of one home."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._lists = [device for device in devices if device.kind is Kind.TODO]
        self._forms = forms(self._lists) if self._lists else {}

    def read(self, words: str) -> Noted | None:
        """Return what `words` want of a list, None where they are about none.

        Raises `NotUnderstood` where it is not plain which one is meant, or none is called so.
        """
        if not self._lists:
            return None
        clauses = split(words)
        in_part = len(clauses) <= MAX_CLAUSES and self._forms["word"][0].search(words)
        fewest = 1 if in_part else len(clauses)
        for size in range(len(clauses), fewest - 1, -1):
            for start in range(len(clauses) - size + 1):
                part = clauses[start : start + size]
                calls = self._calls(_joined(part))
                if calls:
                    before, behind = clauses[:start], clauses[start + size :]
                    return Noted(_joined(before), tuple(calls), _joined(behind))
        return None

    def _calls(self, sentence: str) -> list[Call]:
        said = Manners(detect_language(sentence)).strip(sentence)
        if not said.asks:
            for name in ("clear", "add", "remove"):
                for form in self._forms[name]:
                    match = form.fullmatch(said.words)
                    if match and not _ANOTHER.search(match.groupdict().get("entry", "")):
                        return self._changes(name, match)
        supposed = HYPOTHETICAL.search(sentence)
        return [] if supposed else self._looks(said.words, asks=said.asks)

    def _changes(self, name: str, match: re.Match[str]) -> list[Call]:
        device = self._find(match["list"])
        if name == "clear":
            return [Call(_TOOL, {"device": device.id, "clear": True})]
        noted = entries(match["entry"], several=purpose(device.name) != "tasks")
        return [Call(_TOOL, {"device": device.id, name: each}) for each in noted]

    def _looks(self, words: str, *, asks: bool) -> list[Call]:
        for wanted, name in (("shopping", "buying"), ("tasks", "doing")):
            if any(form.fullmatch(words) for form in self._forms[name]):
                meant = self._of(wanted)
                return [_look(meant[0])] if len(meant) == 1 else []
        read = next((m for form in self._forms["ask"] if (m := form.fullmatch(words))), None)
        named = read or (self._forms["named"][0].search(words) if asks else None)
        return [_look(each) for each in self._meant(named["list"])] if named else []

    def _find(self, called: str) -> Device:
        """Return the list that is `called` so. Raises `NotUnderstood`."""
        found = self._meant(called)
        if len(found) == 1:
            return found[0]
        why = Why.AMBIGUOUS if found else Why.TARGET
        near = found or self._lists
        raise NotUnderstood(why, called.strip(), [each.name for each in near][:6], found)

    def _meant(self, called: str) -> list[Device]:
        """Return every list that may be meant by `called`."""
        said = bare(called)
        named = [each for each in self._lists if any(said <= bare(n) for n in names(each))]
        exact = [each for each in named if any(said == bare(n) for n in names(each))]
        return exact or named or self._of(purpose(called))

    def _of(self, wanted: str) -> list[Device]:
        """Return the lists for that purpose, else those that are not known to be for another."""
        if not wanted:
            return []
        told = [each for each in self._lists if wanted in purposes(each)]
        return told or [each for each in self._lists if "" in purposes(each)]


def _look(device: Device) -> Call:
    return Call("get_state", {"device": device.id})


def _joined(clauses: Sequence[Clause]) -> str:
    said = "".join(each.text + each.separator for each in clauses)
    return said.removesuffix(clauses[-1].separator).strip() if clauses else ""
