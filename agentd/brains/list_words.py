"""The pieces of sentences about lists (`sentences/lists.toml`): names, purposes, entries."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from agentd.brains.language import CJK, fold
from agentd.brains.words import any_of, either
from agentd.model import Device
from agentd.toml_file import Table, validate

_ARTICLE: Final = re.compile(
    r"^(?:(?:both|some|the|a few|a bit of|more|and|also)\s+"
    r"|一些|一点儿?|点儿?|些|还有|再来|和|还要)",
    re.IGNORECASE,
)
_OWNER: Final = re.compile(r"^(?:my|our|the|your|a|我们?家?的?|家里的?|咱们?的?)\s*", re.IGNORECASE)
_AND: Final = re.compile(r"\s+(?:and|plus|as well as)\s+|\s*(?:和|跟|还有|以及)\s*", re.IGNORECASE)
_COMMA: Final = re.compile(r"\s*[,，、;；]\s*(?:and\s+|和)?", re.IGNORECASE)
_COUNTED: Final = re.compile(r"(?:[两二三四五几]|这|以下)+(?:件事情?|样东西|个东西|项|点)?")
"""两件事 in front of the two says nothing itself."""
_LONGEST_PART: Final = 6
"""Words on either side of an "and" between two things."""
_SENTENCE: Final = re.compile(
    r"\b(?:i|we|you|he|she|they|it|who|what|is|are|was|were|be|has|had|will|would|can|not|don.?t"
    r"|said|says|so|because|if|when|put|look|forgot|there|nobody|we.re|i.m)\b|['’](?:s|re|ve|m|ll) "
    r"|了(?:$|[，,])|[我你他她它您]|不[要是会能用想在]|没|[说会吗呢吧把将别怕]|什么|怎么|如果",
    re.IGNORECASE,
)
_ORDER: Final = re.compile(
    r"^(?:please )?(?:add|put|remove|turn|switch|set|dim|open|close|lock|unlock|play|pause|drive"
    r"|stop|make|tell|show|is|are|what|how|which|who|why|can|could|do|does|did|go|move|start|if|when"
    r"|then|in|on|at|for|that|this|it)\b|^(?:打开|关|开|把|将|播放|调|前进|后退|停|请|帮|什么|怎么|如果)|[?？吗]",
    re.IGNORECASE,
)
_MOST_WORDS: Final = 6


class _List(Table):
    en: tuple[str, ...]
    zh: tuple[str, ...]
    before: str
    before_zh: str
    inside_zh: str
    no_part: str
    no_part_zh: str


class _Edges(Table):
    lead: str
    tail: str
    lead_zh: str
    tail_zh: str


class _Verbs(Table):
    add: str
    add_zh: str
    remove: str
    remove_zh: str


class _Pairs(Table):
    together: tuple[str, ...]


class ListFile(Table):
    """The file as it is written."""

    list: _List
    edges: _Edges
    verbs: _Verbs
    wanted: dict[str, tuple[str, ...]]
    said: dict[str, tuple[str, ...]]
    purposes: dict[str, tuple[str, ...]]
    pairs: _Pairs


@cache
def list_file() -> ListFile:
    """Return the pieces that ship with the package."""
    text = files("agentd.brains").joinpath("sentences/lists.toml").read_text(encoding="utf-8")
    return validate(tomllib.loads(text), ListFile, lambda place: f"lists.toml: {place}")


@cache
def wanted() -> Mapping[str, re.Pattern[str]]:
    """Return what tells that a list is to be cleared, read, added to ..."""
    return {name: either(lines, re.IGNORECASE) for name, lines in list_file().wanted.items()}


@cache
def said() -> Mapping[str, Sequence[re.Pattern[str]]]:
    """Return whole pieces that say what is missing or had, or ask about no named list."""
    entry = r"(?P<entry>\S.{0,200}?)"
    return {
        name: [re.compile(line.replace("{entry}", entry), re.IGNORECASE) for line in lines]
        for name, lines in list_file().said.items()
    }


def mention(lists: Sequence[Device]) -> re.Pattern[str]:
    """Return what names one of `lists` in a sentence, with the words that hold it there."""
    known = list_file().list
    called = {fold(name) for each in lists for name in names(each)}
    called |= {re.sub(r"['’]", "", name) for name in called}
    own = any_of(each for each in called if each.isascii()) or "(?!)"
    own_zh = any_of(each for each in called if not each.isascii()) or "(?!)"
    nouns = "|".join(sorted(known.en, key=len, reverse=True))
    english = rf"(?:(?!{known.no_part}\b)[\w'’-]+\s+){{0,2}}?(?:{nouns})(?: of \w+)?\b"
    owner = r"(?:(?:my|our|the|your|a)\s+)"
    letters = rf"(?:(?![{known.no_part_zh}])[{CJK}]){{0,4}}?"
    chinese = rf"(?:我们?家?的?|家里的?|咱们?的?)?(?:{own_zh}|{letters}(?:{'|'.join(known.zh)}))"
    return re.compile(
        rf"{known.before}(?P<en>{owner}?(?:{own})(?:\s+list)?|{owner}{english}|(?<!\w){english})"
        rf"|{known.before_zh}(?P<zh>{chinese}){known.inside_zh}",
        re.IGNORECASE,
    )


def names(device: Device) -> tuple[str, ...]:
    """Return everything a list is called."""
    return device.name, *device.aliases


def bare(name: str) -> frozenset[str]:
    """Return the words of a list's name without "my" and "list"; Chinese ones by character."""
    plain = re.sub(r"['’]", "", _OWNER.sub("", fold(name)))
    kept = re.sub(r"\blists?\b", " ", plain)
    for each in ("清单", "列表", "单子", "名单", "单"):
        kept = kept.replace(each, " ")
    return frozenset(re.findall(rf"[{CJK}]|[^\W_{CJK}]+", kept)) - {"of"}


def purpose(name: str) -> str:
    """Return what a list of this name is for: `shopping`, `tasks`, or "" where it does not say."""
    text, known = fold(name), list_file().purposes
    return next((each for each, words in known.items() if re.search(any_of(words), text)), "")


def purposes(device: Device) -> set[str]:
    """Return what a list is for by any of its names; {""} where none says it."""
    told = {purpose(name) for name in names(device)}
    return told - {""} or {""}


def entries(text: str, *, several: bool) -> list[str]:
    """Return the things that are noted: a list of them is cut at its commas, and at an "and"."""
    parts = [each for each in _COMMA.split(text) if each.strip() and not _COUNTED.fullmatch(each)]
    if several:
        parts = [each for part in parts for each in _parted(part)]
    plain = (_ARTICLE.sub("", each.strip(" .。!！")).strip() for each in parts)
    return list(dict.fromkeys(each for each in plain if each))


def _parted(part: str) -> list[str]:
    sides = _AND.split(part)
    short = all(0 < len(each.split()) <= _LONGEST_PART for each in sides)
    return sides if short and fold(part) not in list_file().pairs.together else [part]


def is_thing(text: str) -> bool:
    """Return whether words with no verb in front may be things: none says what somebody does."""
    return not _SENTENCE.search(text)


def further(text: str, device: Device) -> list[str]:
    """Return what else is noted on the list that was just spoken of; nothing for an order."""
    if _ORDER.search(text) or len(text.split()) > _MOST_WORDS:
        return []
    return entries(text, several=purpose(device.name) != "tasks")
