"""The pieces of sentences about timers (`sentences/timers.toml`), and the name of one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from agentd.brains.language import CJK
from agentd.brains.words import either
from agentd.toml_file import Table, validate

MARK: Final = "¤"
"""Stands where a duration stood."""
_MOST: Final = 3
"""Words of a name."""


class _Name(Table):
    stop: str
    behind: str
    ends_zh: str
    given_zh: tuple[str, ...]


class _File(Table):
    noun: tuple[str, ...]
    every: tuple[str, ...]
    idle: tuple[str, ...]
    sound: tuple[str, ...]
    unwanted: tuple[str, ...]
    told: tuple[str, ...]
    order: tuple[str, ...]
    thing: tuple[str, ...]
    wanted: dict[str, tuple[str, ...]]
    name: _Name


@dataclass(frozen=True, slots=True)
class TimerWords:
    """The file, compiled: each name with one pattern for any of its lines."""

    noun: re.Pattern[str]
    every: re.Pattern[str]
    idle: re.Pattern[str]
    sound: re.Pattern[str]
    unwanted: re.Pattern[str]
    told: re.Pattern[str]
    order: re.Pattern[str]
    thing: re.Pattern[str]
    wanted: Mapping[str, re.Pattern[str]]
    no_name: frozenset[str]
    behind: re.Pattern[str]
    ends_zh: re.Pattern[str]
    given_zh: Sequence[re.Pattern[str]]


@cache
def timer_words() -> TimerWords:
    """Return the pieces that ship with the package."""
    text = files("agentd.brains").joinpath("sentences/timers.toml").read_text(encoding="utf-8")
    data = validate(tomllib.loads(text), _File, lambda place: f"timers.toml: {place}")
    return TimerWords(
        either(data.noun),
        either(data.every),
        either(data.idle),
        either(data.sound),
        either(data.unwanted),
        either(data.told),
        either(data.order),
        either(data.thing),
        {name: either(lines) for name, lines in data.wanted.items()},
        frozenset(data.name.stop.split()),
        re.compile(data.name.behind),
        re.compile(data.name.ends_zh),
        [re.compile(each) for each in data.name.given_zh],
    )


def name_of(marked: str, rest: Sequence[str]) -> str:
    """Return what the timer in `marked` is called, or the room it stands in; `rest` may tell it."""
    noun = list(timer_words().noun.finditer(marked))[-1]
    if re.search(f"[{CJK}]", noun[0]):
        return _chinese(marked[: noun.start()], (marked, *rest))
    return _before(marked[: noun.start()]) or _behind(marked[noun.end() :])


def _before(text: str) -> str:
    found: list[str] = []
    for word in reversed(re.findall(rf"[\w'-]+|{MARK}|,", text)):
        ends = word == "," or word in timer_words().no_name or word.endswith(("'s", "n't"))
        if ends or len(found) == _MOST:
            break
        found.insert(0, word)
    return " ".join(found)


def _behind(text: str) -> str:
    for match in timer_words().behind.finditer(text):
        found: list[str] = []
        for word in match["name"].split():
            if word in timer_words().no_name:
                break
            found.append(word)
        if found:
            return " ".join(found)
    return ""


def _chinese(before: str, said: Sequence[str]) -> str:
    for text in said:
        for form in timer_words().given_zh:
            if given := form.search(text):
                return given["n"]
    near = re.sub(r"(?:的|那个|这个)+$", "", before)
    last = timer_words().ends_zh.split(near)[-1].strip()
    return last if re.fullmatch(rf"[{CJK}a-z]{{1,8}}", last) else ""
