"""Shopping and to-do lists: "add milk to the shopping list", 把牛奶加到购物清单.

What is noted may be any words at all, so a list's sentence is known by its form alone: whole, or
as clauses of their own beside other orders ("... and turn on the kitchen light"). What "it" is
stands just before: "we are out of milk, put it on the list".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agentd.brains.clauses import MAX_CLAUSES, Clause, split
from agentd.brains.language import detect_language
from agentd.brains.list_words import (
    bare,
    entries,
    forms,
    is_entry,
    is_thing,
    names,
    purpose,
    purposes,
)
from agentd.brains.manners import Manners
from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.phrases import FORBIDDEN, HYPOTHETICAL, REPORTED
from agentd.model import Call, Device, Kind

_TOOL: Final = "change_list"
_ANOTHER: Final = re.compile(
    r"(?:\band(?: then)?|\bthen|[,;])\s+(?:add|put|remove|turn|switch|set|dim|open|close|lock"
    r"|unlock|play|pause|drive)\b|(?:然后|接着|并且?|同时|再|[，,])(?:把|将|打开|关|播放|调)",
    re.I,
)
"""Behind it a second order begins; what is noted holds none."""
_SAID_BEFORE: Final = frozenset(
    {
        "",
        "it",
        "them",
        "that",
        "those",
        "this",
        "these",
        "one",
        "some",
        "它",
        "它们",
        "这个",
        "那个",
    }
)
_BEFORE: Final = {"add": "missing", "remove": "had"}
_QUOTES: Final = re.compile(r"[\"“”「」『』]")
_NOT: Final = re.compile(r"^(?:don.?t|do not|never|no need)\b|^(?:别|不要|不用|不必)", re.I)
_ASIDE: Final = re.compile(
    r"^(?:(?:hey|oh|okay|ok|right|well|um+|uh+|so|and|also)\b[,.… ]*"
    r"|(?:哎呀|哎|哦|嗯+|呃|对了|啊)[，,…。 ]*)+|[吧哈哦呀啊啦嘛]+$",
    re.I,
)
_FIRST: Final = 3
"""So many of the clauses before may say what "it" is."""


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
                before, behind = clauses[:start], clauses[start + size :]
                part = clauses[start : start + size]
                calls, used = self._calls(_joined(part), before)
                if calls:
                    rest = before[: len(before) - used]
                    return Noted(_joined(rest), tuple(calls), _joined(behind))
        return None

    def unquoted(self, words: str) -> list[Call]:
        """Return the calls of a sentence that is whole about a list and quotes what is noted."""
        plain = _QUOTES.sub("", words)
        quotes = self._lists and plain != words and not _QUOTES.match(words)
        noted = self.read(plain) if quotes else None
        return list(noted.calls) if noted and not (noted.before or noted.behind) else []

    def _calls(self, sentence: str, before: Sequence[Clause]) -> tuple[list[Call], int]:
        """Return the calls, and how many clauses `before` say what is noted."""
        said = Manners(detect_language(sentence)).strip(_ASIDE.sub("", sentence))
        if any(each.search(said.words) for each in (REPORTED, FORBIDDEN, _NOT)):
            return [], 0
        if not said.asks:
            for name in ("clear", "ask", "remove", "add"):
                for form in self._forms[name]:
                    match = form.fullmatch(said.words)
                    found = self._of_match(name, match, before) if match else None
                    if found is not None:
                        return found
        if HYPOTHETICAL.search(sentence):
            return [], 0
        return self._looks(said.words, asks=said.asks), 0

    def _of_match(
        self, name: str, match: re.Match[str], before: Sequence[Clause]
    ) -> tuple[list[Call], int] | None:
        groups = match.groupdict()
        if name == "clear":
            return [Call(_TOOL, {"device": self._find(groups["list"]).id, "clear": True})], 0
        if name == "ask":
            called = "" if groups.get("all") else groups["list"]
            return [_look(each) for each in self._meant(called)], 0
        entry, used = (groups.get("entry") or groups.get("thing") or "").strip(), 0
        if groups.get("thing") and not is_thing(entry):
            return None
        if entry.casefold() in _SAID_BEFORE:
            entry, used = self._said_before(before, _BEFORE[name])
        if not entry or not is_entry(entry) or _ANOTHER.search(entry):
            return None
        device = self._find(groups["list"])
        noted = entries(entry, several=purpose(device.name) != "tasks")
        return [Call(_TOOL, {"device": device.id, name: each}) for each in noted], used

    def _said_before(self, before: Sequence[Clause], name: str) -> tuple[str, int]:
        """Return what the clauses just before say is missing, or is had, and how many those are."""
        for count in range(1, min(len(before), _FIRST) + 1):
            said = _joined(before[-count:])
            for form in self._forms[name]:
                if match := form.fullmatch(said):
                    return match["entry"].strip(), count
        return "", 0

    def _looks(self, words: str, *, asks: bool) -> list[Call]:
        for wanted, name in (("shopping", "buying"), ("tasks", "doing")):
            if any(form.fullmatch(words) for form in self._forms[name]):
                meant = self._of(wanted)
                return [_look(meant[0])] if len(meant) == 1 else []
        asks = asks or bool(self._forms["asking"][0].search(words))
        named = self._forms["named"][0].search(words) if asks else None
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
        if not said and purpose(called):
            return self._of(purpose(called))
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
