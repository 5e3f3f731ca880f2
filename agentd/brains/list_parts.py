"""The parts of a sentence about a list, and what those beside the list's own say is noted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agentd.brains.language import CJK
from agentd.brains.list_talk import Piece, trimmed
from agentd.brains.list_words import entries, is_thing, purpose, said

_CUT: Final = re.compile(
    rf"\s*(?:[,，、;；。!！?？…\n]+|[:：](?=\s|[{CJK}])|(?<!\b[mds]r)(?<!\bmrs)(?<!\bst)[.](?=\s|$))+\s*"
    r"|\s+(?:and )?then\s+|[,，]?(?:然后|接着)"
    r"|\s+so (?=(?:add|put|get|write|take|can|could|please)\b)"
    r"|\s+and (?=(?:add|put|remove|turn|switch|set|dim|open|close|lock|unlock|play|pause|drive)\b)",
    re.IGNORECASE,
)
_PRONOUN: Final = frozenset(
    {"it", "them", "that", "those", "this", "these", "one", "some", "they", "它", "它们", "这个"}
)
_MOST_WORDS: Final = 7
_MOST_LETTERS: Final = 9
_CHINESE: Final = re.compile(f"[{CJK}]")
_NEED: Final = re.compile(r"(?:i|we)(?:.d)? (?:need|want|like)\b", re.IGNORECASE)
_BEFORE: Final = {"add": "missing", "remove": "had"}
_DONE: Final = frozenset({"done", "finished", "yes", "ok", "okay", "好", "好了", "对"})
_ADD: Final = re.compile(
    r"(?:please |and |also |can you |could you )*(?:add|put|get|write)\s+"
    r"|(?:请|帮我)*(?:把|将|加|添加)",
    re.IGNORECASE,
)
_SOUND: Final = re.compile(
    r"^(?:(?:hey|oh|ok|okay|right|well|um+|uh+|hm+|ugh)\b|嗯+|呃+|哎呀?|啊|哦|对了|劳驾|拜托|麻烦了?|好(?=[，,]|$))+[\s，,]*"
    r"|^(?:now|please|thanks|thank you|cheers|ta|dear|mate|love|(?:谢谢|多谢)[你您啦啊]*|快点儿?)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a sentence and the marks that end it."""

    text: str
    cut: str


@dataclass(frozen=True, slots=True)
class Found:
    """What is noted, and how many parts before and behind say it."""

    texts: tuple[str, ...]
    before: int = 0
    behind: int = 0


def noted(
    piece: Piece, before: Sequence[Part], behind: Sequence[Part], *, chinese: bool
) -> Found | None:
    """Return what is to be noted (or taken off), from the piece and the parts around it."""
    if not piece.what:
        return None
    empty = piece.entry.casefold() in _PRONOUN or not entries(piece.entry, several=False)
    if piece.what == "names":
        # "To-do list: fix the gate", and nothing that asks for anything.
        told = _listed((), behind, chinese=chinese) if not before else None
        return told or (_told(piece, before) if not behind else None)
    if empty:
        told = _told(piece, before)
        return told or (_listed((), behind, chinese=chinese) if piece.asks else None)
    if piece.follows and piece.what == "add":
        return _listed((piece.entry,), behind, chinese=chinese)
    if piece.bounded:
        return Found((piece.entry,))
    return _chained(piece, before)


def _chained(piece: Piece, before: Sequence[Part]) -> Found | None:
    """Return the entry with the things that stand before it: "add salt, oil and bread to ...".

    None where something before it may be one of them, and nobody can tell.
    """
    leads = any(behind_verb(part.text) for part in before)
    bare = not leads and not piece.asks  # "eggs, milk and bread for the list", and no verb at all
    texts = [piece.entry]
    for part in reversed(before):
        lead, cut = behind_verb(part.text), part.cut.strip()
        joined = cut == "、" or ((leads or bare) and cut in (",", "，"))
        if not joined or not is_thing(lead or part.text):
            break
        texts.insert(0, lead or part.text)
        if lead:
            break
    used = len(texts) - 1
    unsure = before and not used and before[-1].cut.strip() in (",", "，")
    return None if unsure and is_thing(before[-1].text) else Found(tuple(texts), used)


def behind_verb(text: str) -> str:
    """Return what stands behind the "add" or "I need" that `text` begins with; else ""."""
    match = _ADD.match(text)
    if match:
        return text[match.end() :]
    plain, leads = trimmed(text, "add", chinese=bool(_CHINESE.search(text)))
    return plain if leads or _NEED.match(text) else ""


def _told(piece: Piece, before: Sequence[Part]) -> Found | None:
    """Return what the parts before say is missing or had, or the things that they name."""
    if not before:
        return None
    if piece.what == "add" and purpose(piece.called) == "tasks" and is_thing(before[-1].text):
        return Found((before[-1].text,), before=1)  # "get the car serviced" is to be done, not got
    name = _BEFORE.get(piece.what, "missing")
    for count, part in enumerate(reversed(before[-3:]), 1):
        for form in said()[name]:
            if (match := form.fullmatch(part.text)) and _is_short(match["entry"]):
                return Found((match["entry"].strip(),), before=count)
    things = [part.text for part in before if part.text.casefold() not in _DONE]
    if things and all(_is_short(each) and is_thing(each) for each in things):
        return Found(tuple(things), before=len(before))
    return None


def _is_short(text: str) -> bool:
    """Return whether `text` is short enough for the name of a thing, so that it is no remark."""
    return len(text.split()) <= _MOST_WORDS and len(_CHINESE.findall(text)) <= _MOST_LETTERS


def _listed(first: tuple[str, ...], behind: Sequence[Part], *, chinese: bool) -> Found | None:
    """Return the things that follow the list's name."""
    texts, count = list(first), 0
    for part in behind:
        text, _ = trimmed(part.text, "add", chinese=chinese)
        if not text or (first and not is_thing(text)):
            break
        texts.append(text)
        count += 1
    return Found(tuple(texts), behind=count) if texts else None


def parts_of(words: str) -> list[Part]:
    """Cut `words` at their marks and where another order begins; sounds like "hey" are left out."""
    found, start = [], 0
    for match in _CUT.finditer(words):
        found.append(Part(_SOUND.sub("", words[start : match.start()].strip()), match[0]))
        start = match.end()
    found.append(Part(_SOUND.sub("", words[start:].strip()), ""))
    return [each for each in found if each.text]


def without_verbs(parts: Sequence[Part], what: str) -> list[Part]:
    """Return `parts` without those that only say again what is done: "..., take it off"."""
    kept = []
    for part in parts:
        rest, leads = trimmed(part.text, what, chinese=bool(_CHINESE.search(part.text)))
        if not leads or rest.casefold() not in {"", *_PRONOUN}:
            kept.append(part)
    return kept


def joined(parts: Sequence[Part]) -> str:
    """Return the words of `parts` again."""
    text = "".join(each.text + each.cut for each in parts)
    return text.removesuffix(parts[-1].cut).strip() if parts else ""
