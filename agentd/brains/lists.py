"""Shopping and to-do lists: "add milk to the shopping list", 把牛奶加到购物清单.

What is noted may be any words at all, and people say it in any order: "we're out of milk, put it on
the list", "to do: book the dentist". So the piece with the list in it is looked for, what says
nothing is taken off its edges, and what is left is noted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agentd.brains.language import detect_language
from agentd.brains.list_parts import (
    Found,
    Part,
    behind_verb,
    joined,
    noted,
    parts_of,
    without_verbs,
)
from agentd.brains.list_talk import Piece, piece_of
from agentd.brains.list_words import (
    bare,
    entries,
    mention,
    names,
    purpose,
    purposes,
    said,
)
from agentd.brains.manners import Manners
from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.model import Call, Device, Kind

_TOOL: Final = "change_list"
_POLITE: Final = re.compile(
    r"(?:please )?(?:(?:would|will) you\b|(?:can|could|may) (?:i|we|you|u)\b)|可以|能不能|能",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(r"\"[^\"]*\"|“[^”]*”|「[^」]*」|『[^』]*』")
_QUOTES: Final = re.compile(r"[\"“”「」『』]")
_LONGEST: Final = 300
_MOST: Final = 24
"""Pieces that are looked at."""


@dataclass(frozen=True, slots=True)
class Noted:
    """The calls of what is said about a list, and what else was said before and behind."""

    before: str
    calls: tuple[Call, ...]
    behind: str


class NotePad:
    """The lists of one home."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._lists = [device for device in devices if device.kind is Kind.TODO]
        self._mention = mention(self._lists) if self._lists else re.compile("(?!)")

    def read(self, words: str) -> Noted | None:
        """Return what `words` want of a list, None where they are about none.

        Raises `NotUnderstood` where it is not plain which one is meant, or none is called so.
        """
        parts = parts_of(words) if self._lists and len(words) <= _LONGEST else []
        if not parts or len(parts) > _MOST:
            return None
        for at, part in enumerate(parts):
            found = self._about(parts, at) if self._mention.search(part.text) else None
            if found is not None:
                return found
        return self._unnamed(words)

    def unquoted(self, words: str) -> list[Call]:
        """Return the calls of a sentence that is whole about a list and quotes what is noted."""
        plain = _QUOTES.sub("", words)
        said = [each for each in _QUOTED.findall(words) if self._mention.search(each)]
        quotes = self._lists and plain != words and not said and not _QUOTES.match(words)
        noted = self.read(plain) if quotes else None
        return list(noted.calls) if noted and not (noted.before or noted.behind) else []

    def _about(self, parts: Sequence[Part], at: int) -> Noted | None:
        """Return what the part `at` asks of the list in it, with what its neighbours note."""
        given, before, behind = parts[at].text, parts[:at], parts[at + 1 :]
        manners = Manners(detect_language(given)).strip(given)
        named = self._mention.search(manners.words)
        if named is None:
            return None
        ends = manners.asks or parts[at].cut[:1] in ("?", "？")
        asks = ends and not (_POLITE.match(given) or _POLITE.match(manners.words))
        led = not behind or any(behind_verb(each.text) for each in before)
        piece = piece_of(manners.words, named, led=led, asks=asks)
        if piece.what in ("clear", "read"):
            return Noted(joined(before), tuple(self._whole(piece)), joined(behind))
        found = noted(piece, before, behind, chinese=bool(named["zh"]))
        calls = self._changes(piece, found) if found else ()
        if found is None or not calls:
            return None
        rest = before[: len(before) - found.before], behind[found.behind :]
        return Noted(joined(rest[0]), calls, joined(without_verbs(rest[1], piece.what)))

    def _changes(self, piece: Piece, found: Found) -> tuple[Call, ...]:
        device = self._find(piece.called)
        texts = entries(", ".join(found.texts), several=purpose(device.name) != "tasks")
        name = "remove" if piece.what == "remove" else "add"
        return tuple(Call(_TOOL, {"device": device.id, name: each}) for each in texts)

    def _whole(self, piece: Piece) -> list[Call]:
        if piece.what == "clear":
            return [Call(_TOOL, {"device": self._find(piece.called).id, "clear": True})]
        return [_look(each) for each in self._meant("" if piece.every else piece.called)]

    def _unnamed(self, words: str) -> Noted | None:
        """Read "what do we need to buy?", which names no list."""
        plain = words.strip(" ?？.。!！吗呢呀啊")
        for wanted, name in (("shopping", "buying"), ("tasks", "doing")):
            if any(form.fullmatch(plain) for form in said()[name]):
                meant = self._of(wanted)
                return Noted("", (_look(meant[0]),), "") if len(meant) == 1 else None
        return None

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
        words, wanted = bare(called), purpose(called)
        if not words and wanted:
            return self._of(wanted)
        named = [each for each in self._lists if any(words <= bare(n) for n in names(each))]
        exact = [each for each in named if any(words == bare(n) for n in names(each))]
        return exact or named or self._of(wanted)

    def _of(self, wanted: str) -> list[Device]:
        """Return the lists for that purpose, else those that are not known to be for another."""
        if not wanted:
            return []
        told = [each for each in self._lists if wanted in purposes(each)]
        return told or [each for each in self._lists if "" in purposes(each)]


def _look(device: Device) -> Call:
    return Call("get_state", {"device": device.id})
