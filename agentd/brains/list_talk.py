"""What one piece of a sentence says about a list: what is wanted, and what is left to be noted."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from agentd.brains.language import CJK
from agentd.brains.list_words import is_thing, list_file, purpose, wanted
from agentd.brains.phrases import FORBIDDEN, HYPOTHETICAL, REPORTED

_UNMEANT: Final = (
    HYPOTHETICAL,
    REPORTED,
    re.compile(
        r"^(?:don.?t|do not|never|no need|leave|keep)\b"
        r"|^先?(?:别|不要[删加写动]|不必|没必要|不用(?=把|往|加|写|放))"
        r"|\b(?:why|do you think|worth|how (?:do|does|can|to))\b|为什么|怎么|你觉得|有用",
        re.IGNORECASE,
    ),
)
_TOLD: Final = (
    FORBIDDEN,
    re.compile(
        r"\b(?:i|we|he|she|they) (?:already |just |once )?(?:added|put|wrote|crossed|removed|had"
        r"|lost|found|forgot|saw|made)\b|\b(?:was|were|yesterday|always|used to)\b"
        r"|^(?:我|他|她)们?.{0,4}(?:已经|刚|昨天|早就)|昨[天晚]|[加写记]过|丢了|忘在|留着|说.{0,8}[会要把]"
        r"|以前|从前|本来|算了",
        re.IGNORECASE,
    ),
)
"""What was, or shall not be: a question about it is one all the same."""
_REASON: Final = re.compile(
    r"^(?:for|before|because|since|so that|so|as|while|in case)\b.*$", re.IGNORECASE
)
_WHEN: Final = re.compile(r"(?:for|before|by) (?!(?:me|us)\b)\w", re.IGNORECASE)
_OFF: Final = re.compile(
    r"\s+(?:off|out|away|as (?:done|complete|completed|finished|bought))$", re.IGNORECASE
)
_MOST_WORDS: Final = 7
_ROUNDS: Final = 12


@dataclass(frozen=True, slots=True)
class Piece:
    """`what` is wanted of the list `called`: add, remove, clear or read; "" where nothing is.

    `entry` is what this piece says is noted.
    """

    what: str = ""
    called: str = ""
    entry: str = ""
    every: bool = False
    follows: bool = False
    """Whether `entry` stands behind the list's name."""
    bounded: bool = False
    """Whether a word in front of `entry` says where it begins."""
    asks: bool = False
    """Whether there is a verb at all, or a colon behind the list."""


def piece_of(text: str, named: re.Match[str], *, led: bool, asks: bool) -> Piece:
    """Return what `text` says of the list `named` in it.

    `led` is a piece that an order leads to, or the last one; `asks` says that it is a question,
    politeness aside.
    """
    chinese = bool(named["zh"])
    called = (named["zh"] or named["en"]).strip()
    left, right = text[: named.start()].strip(), text[named.end() :].strip()
    if purpose(called) == "tasks" and _WHEN.match(right):
        left, right = f"{left} {right}", ""  # "call mum ... for Friday" is when to do it
    right = _REASON.sub("", right)
    what = _wanted(text, f"{left} {right}".strip(), left, asks=asks)
    unmeant = _UNMEANT if what == "read" else (*_UNMEANT, *_TOLD)
    if any(each.search(text) for each in unmeant):
        return Piece()
    if what in ("clear", "read"):
        return Piece(what, called, every=bool(wanted()["every"].search(text)))
    before, leads = trimmed(left, what, chinese=chinese)
    behind, follows = trimmed(right, what, chinese=chinese)
    held = named[0].strip() != called or chinese or not leads
    of_it = what == "add" and named[0].endswith("的")
    if (before and behind) or of_it or not held:
        return Piece()  # nothing is left out; and what is about a list is not put on it
    entry, verb = before or behind, leads or follows
    bounded = bool(re.search("[把将]", left)) if chinese else leads
    if what == "remove":
        found = Piece(what, called, entry, follows=bool(behind), bounded=bounded, asks=True)
        return found if verb or is_thing(entry) else Piece()
    if verb or right[:1] in (":", "："):
        return Piece(what, called, entry, follows=bool(behind), bounded=bounded, asks=True)
    return _unled(
        text, Piece(what, called, entry, follows=bool(behind)), named, at_end=led and bool(before)
    )


def _unled(text: str, piece: Piece, named: re.Match[str], *, at_end: bool) -> Piece:
    """Return what a piece without a verb in front says: "milk for the shopping list"."""
    entry = piece.entry
    plain = bool(entry) and is_thing(entry) and len(entry.split()) <= _MOST_WORDS
    around = text[: named.start()] + text[named.end() :]
    if wanted()["adds"].search(around) and (plain or not entry):
        return replace(piece, asks=True)
    if plain and at_end and named[0].strip() != piece.called:
        return piece
    return Piece() if entry else Piece("names", piece.called)


def _wanted(text: str, around: str, left: str, *, asks: bool) -> str:
    known = wanted()
    plain = re.sub(list_file().edges.tail + "$", "", around, flags=re.IGNORECASE).strip()
    whole = known["whole"].search(around) and known["remove"].search(text)
    if known["clear"].search(plain) or whole:
        return "clear"
    if known["remove"].search(text) and not asks:
        return "remove"
    verb = re.match(list_file().verbs.add + r"(?=\s|$)", left, re.IGNORECASE)
    return "read" if asks or (known["read"].search(text) and not verb) else "add"


def trimmed(text: str, what: str, *, chinese: bool) -> tuple[str, bool]:
    """Return `text` without what says nothing at its edges, and whether it begins with the verb."""
    lead, tail = _edges(chinese)
    verb, leads = _verb(what, chinese), False
    for _ in range(_ROUNDS):
        before = text
        if not leads and (found := verb.match(text)):
            text, leads = text[found.end() :].strip(), True
        if chinese and (ends := _verb_end(what).search(text)):
            text, leads = text[: ends.start()].strip(), True
        text = tail.sub("", lead.sub("", text, count=1).strip(), count=1).strip()
        if text == before:
            break
    if what == "remove":
        text = _OFF.sub("", text)
    return text, leads


@cache
def _edges(chinese: bool) -> tuple[re.Pattern[str], re.Pattern[str]]:
    known = list_file().edges
    lead, tail = (known.lead_zh, known.tail_zh) if chinese else (known.lead, known.tail)
    return re.compile(f"^(?:{lead})", re.IGNORECASE), re.compile(f"(?:{tail})$", re.IGNORECASE)


@cache
def _verb(what: str, chinese: bool) -> re.Pattern[str]:
    known = list_file().verbs
    forms = {"add": known.add, "remove": known.remove}
    forms_zh = {"add": known.add_zh, "remove": known.remove_zh}
    form = forms_zh.get(what, "(?!)") if chinese else forms.get(what, "(?!)") + r"(?=\s|$)"
    return re.compile(form, re.IGNORECASE)


@cache
def _verb_end(what: str) -> re.Pattern[str]:
    known = list_file().verbs
    form = known.remove_zh if what == "remove" else known.add_zh
    return re.compile(rf"(?<=[{CJK}a-z])(?:{form})$|^(?:{form})$", re.IGNORECASE)
