"""How a home's lists are called and spoken of: the sentences of `lists.toml`, names and entries."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from agentd.brains.language import CJK, fold
from agentd.brains.words import any_of
from agentd.model import Device
from agentd.toml_file import Table, validate

_ENTRY: Final = r"(?P<entry>\S.{0,200}?)"
_ARTICLE: Final = re.compile(
    r"^(?:some|the|a few|a bit of|more)\s+|^(?:一些|一点儿?|点儿?|些)", re.I
)
_OWNER: Final = re.compile(r"^(?:my|our|the|your|a|我们?家?的?|家里的?|咱们?的?)\s*", re.I)
_INSIDE: Final = r"(?:的?(?:里面|里头|里|上面|上|中)(?:边|去)?)?"
_AND: Final = re.compile(r"\s+and\s+|\s*(?:和|跟|还有|以及)\s*", re.I)
_COMMA: Final = re.compile(r"\s*[,，、;；]\s*(?:and\s+|和)?", re.I)
_LONGEST_ENTRY: Final = 3
"""Words on either side of an "and" between two things."""


_ORDER: Final = re.compile(
    r"^(?:please )?(?:add|put|remove|turn|switch|set|dim|open|close|lock|unlock|play|pause|drive"
    r"|stop|make|tell|show|is|are|what|how|which|who|why|can|could|do|does|did|go|move|start|if|when"
    r"|then|in|on|at|for|that|this|it)\b|^(?:打开|关|开|把|将|播放|调|前进|后退|停|请|帮|什么|怎么|如果)|[?？吗]",
    re.I,
)
_MOST_WORDS: Final = 6


class _Words(Table):
    en: tuple[str, ...]
    zh: tuple[str, ...]


class _Purposes(Table):
    shopping: tuple[str, ...]
    tasks: tuple[str, ...]


class _Pairs(Table):
    together: tuple[str, ...]


class _File(Table):
    add: tuple[str, ...]
    remove: tuple[str, ...]
    clear: tuple[str, ...]
    ask: tuple[str, ...]
    buying: tuple[str, ...]
    doing: tuple[str, ...]
    words: _Words
    purposes: _Purposes
    pairs: _Pairs


@cache
def _file() -> _File:
    text = files("agentd.brains").joinpath("sentences/lists.toml").read_text(encoding="utf-8")
    return validate(tomllib.loads(text), _File, lambda place: f"lists.toml: {place}")


def names(device: Device) -> tuple[str, ...]:
    """Return everything a list is called."""
    return device.name, *device.aliases


def bare(name: str) -> frozenset[str]:
    """Return the words of a list's name without "my" and "list"; Chinese ones by character."""
    plain = re.sub(r"['’]", "", _OWNER.sub("", fold(name)))
    kept = re.sub(rf"\b(?:{'|'.join(_file().words.en)})\b", " ", plain)
    for each in ("清单", "列表", "单子", "名单", "单"):
        kept = kept.replace(each, " ")
    return frozenset(re.findall(rf"[{CJK}]|[^\W_{CJK}]+", kept))


def purpose(name: str) -> str:
    """Return what a list of this name is for: `shopping`, `tasks`, or "" where it does not say."""
    said = fold(name)
    known = _file().purposes.model_dump()
    return next((each for each, words in known.items() if re.search(any_of(words), said)), "")


def purposes(device: Device) -> set[str]:
    """Return what a list is for by any of its names; {""} where none says it."""
    told = {purpose(name) for name in names(device)}
    return told - {""} or {""}


def entries(said: str, *, several: bool) -> list[str]:
    """Return the things that are noted: a list of them is cut at its commas, and at an "and"."""
    parts = [each for each in _COMMA.split(said) if each.strip()]
    if several:
        parts = [each for part in parts for each in _parted(part)]
    return list(dict.fromkeys(_ARTICLE.sub("", each.strip(" .。")).strip() for each in parts))


def further(said: str, device: Device) -> list[str]:
    """Return what else is noted on the list that was just spoken of; nothing for an order."""
    if _ORDER.search(said) or len(said.split()) > _MOST_WORDS:
        return []
    return entries(said, several=purpose(device.name) != "tasks")


def _parted(part: str) -> list[str]:
    sides = _AND.split(part)
    short = all(0 < len(each.split()) <= _LONGEST_ENTRY for each in sides)
    return sides if short and fold(part) not in _file().pairs.together else [part]


def forms(lists: Sequence[Device]) -> Mapping[str, Sequence[re.Pattern[str]]]:
    """Return the sentences of `lists.toml`, with what the lists of this home are called."""
    words, called = _file().words, {fold(name) for each in lists for name in names(each)}
    own = any_of({re.sub(r"['’]", "", name) for name in called} | called)
    nouns = rf"(?:[\w'’-]+\s+){{0,3}}?(?:{'|'.join(words.en)})\b"
    english = rf"(?:(?:my|our|the|your|a)\s+)?{nouns}"
    chinese = rf"(?:我们?家?的?|家里的?|咱们?的?)?[{CJK}]{{0,4}}?(?:{'|'.join(words.zh)})"
    own = rf"(?:(?:my|our|the|your)\s+)?(?:{own})(?:\s+list)?"
    said = rf"(?P<list>{own}|{english}|{chinese}){_INSIDE}"
    asked = rf"(?P<list>{own}|(?:my|our|the|your)\s+{nouns}|{chinese})"
    tables = _file().model_dump(include={"add", "remove", "clear", "ask", "buying", "doing"})
    found = {name: [_compiled(line, said) for line in lines] for name, lines in tables.items()}
    word = any_of({*called, *words.en, *words.zh})
    return {**found, "named": [re.compile(asked, re.I)], "word": [re.compile(word, re.I)]}


def _compiled(line: str, said: str) -> re.Pattern[str]:
    return re.compile(line.replace("{entry}", _ENTRY).replace("{list}", said), re.I)
