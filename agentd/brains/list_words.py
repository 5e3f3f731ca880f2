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

_PARTS: Final = {
    "entry": r"(?P<entry>\S.{0,200}?)",
    # Words in front of a list, with no verb to tell what they are.
    "thing": r"(?P<thing>[^。.!！?？;；]{1,60}?)",
    "amount": r"(?P<thing>(?:\d+|an?|some|more|another|two|three|four|five|six|ten|half|one)\s"
    r"[^。.!！?？;；]{1,60}?)",
    "puts": r"(?:添加|增加|登记|补充|加|添|写|记|放|列|存|留|填)",
    "drops": r"(?:给我)?(?:删除|删掉|删了|删去|删|划掉|划去|划了|划|去掉|去除|移除|移走|拿掉|拿走"
    r"|拿下来|勾掉|勾选|勾了|清除|标记为?完成|标为?完成|打勾)",
    "gap": r"[，,、\s嗯呃啊哦]*(?:帮我|给我|替我|麻烦|请|你|再|也|多|要|得|把它|都)*",
}
_ARTICLE: Final = re.compile(
    r"^(?:both|some|the|a few|a bit of|more|and|also)\s+"
    r"|^(?:一些|一点儿?|点儿?|些|还有|再来|和|还要)",
    re.I,
)
_OWNER: Final = re.compile(r"^(?:my|our|the|your|a|我们?家?的?|家里的?|咱们?的?)\s*", re.I)
_INSIDE: Final = r"(?:的?(?:里面|里头|里|上面|上|中)(?:边|去)?)?"
_AND: Final = re.compile(r"\s+and\s+|\s*(?:和|跟|还有|以及)\s*", re.I)
_COMMA: Final = re.compile(r"\s*[,，、;；]\s*(?:and\s+|和)?", re.I)
_COUNTED: Final = re.compile(r"(?:[两二三四五几]|这|以下)+(?:件事情?|样东西|个东西|项|点)?")
"""两件事 in front of the two says nothing itself."""
_LONGEST_ENTRY: Final = 6
"""Words on either side of an "and" between two things."""


_FILLER: Final = re.compile(r"(?:赶紧|赶快|快|顺便|就|那|麻烦|请|帮忙|里面|上面|上|里|中)+")
_SENTENCE: Final = re.compile(
    r"\b(?:i|we|you|he|she|they|it|who|what|is|are|was|were|be|has|had|will|would|can|not|don.?t"
    r"|said|says|so|because|if|when|put|look|forgot|there)\b|['’](?:s|re|ve|m|ll) "
    r"|了(?:$|[，,])|[我你他她它您]|不[要是会能用想在]|没|[说会吗呢吧把将别怕]|什么|怎么|如果",
    re.I,
)
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
    asking: tuple[str, ...]
    missing: tuple[str, ...]
    had: tuple[str, ...]
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
    parts = [each for each in _COMMA.split(said) if each.strip() and not _COUNTED.fullmatch(each)]
    if several:
        parts = [each for part in parts for each in _parted(part)]
    return list(dict.fromkeys(_ARTICLE.sub("", each.strip(" .。")).strip() for each in parts))


def is_entry(said: str) -> bool:
    """Return whether `said` is more than the words around an entry."""
    return not _FILLER.fullmatch(said)


def is_thing(said: str) -> bool:
    """Return whether words with no verb in front may be things: none says what somebody does."""
    return not _SENTENCE.search(said)


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
    before = rf"(?:(?![到进入在往把将从给加写记])[{CJK}]){{0,4}}?"
    chinese = rf"(?:我们?家?的?|家里的?|咱们?的?)?{before}(?:{'|'.join(words.zh)})"
    own = rf"(?:(?:my|our|the|your)\s+)?(?:{own})(?:\s+list)?"
    said = rf"(?P<list>{own}|{english}|{chinese}){_INSIDE}"
    asked = rf"(?P<list>{own}|(?:my|our|the|your)\s+{nouns}|{chinese})"
    tables = _file().model_dump(exclude={"words", "purposes", "pairs", "asking"})
    found = {name: [_compiled(line, said) for line in lines] for name, lines in tables.items()}
    found["asking"] = [re.compile("|".join(_file().asking), re.I)]
    word = any_of({*called, *words.en, *words.zh})
    return {**found, "named": [re.compile(asked, re.I)], "word": [re.compile(word, re.I)]}


def _compiled(line: str, said: str) -> re.Pattern[str]:
    for name, form in (*_PARTS.items(), ("list", said)):
        line = line.replace(f"{{{name}}}", form)
    return re.compile(line, re.I)
