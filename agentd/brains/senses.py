"""Questions about what a binary sensor reports: "any smoke in the kitchen?", 漏水了吗.

They are answered from the sensors of that class alone: the named one, those of the room, or all of
them when nothing else was said.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from agentd.brains.language import fold
from agentd.brains.words import any_of, tokenise
from agentd.model import Call, Device
from agentd.toml_file import Table, validate

_SENSOR: Final = frozenset({"sensor", "detector", "alarm", "detection", "binary"})
_SENSOR_ZH: Final = re.compile("传感器?|感测器?|感应器|探测器|报警器?|警报器?|检测器")
_ASKING: Final = re.compile(
    r"\b(?:is|are|was|were|isn't|aren't|there|any|anything|anywhere|some|something|somewhere|the|a|an"
    r"|in|at|of|on|has|have|hasn't|been|being|do|does|did|don't|my|our|it|detected|detect|sensed|sense"
    r"|going|off|now|right|currently|still|house|home|please|which|sensors?|detectors?|alarms?)\b"
    r"|有没有|是不是|是否|在不在|有没|没有|任何|什么|东西|地方|哪里|哪儿|哪个|检测到?|感应到?"
    r"|处于|状态|正在|目前|现在|家里|屋里|[有是在被了吗呢吧啊的里还已]|\W"
)
"""What a question is made of, beside what it is about."""


_ANOTHER: Final = re.compile(
    r"(?:\b(?:and|or|but)|[,;?])\s+(?:is|are|was|were|do|does|did|has|have|how|what|which|who)\b"
    r"|吗.*吗|[?？]\s*[^\s?？]"
)
"""A second question; half of an answer is none."""


class _Words(Table):
    noun: tuple[str, ...]
    yes: tuple[str, ...]
    no: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sense:
    said: re.Pattern[str]
    no: re.Pattern[str]
    concepts: frozenset[str]


def sensed(words: str, devices: Sequence[Device]) -> list[Call]:
    """Return what must be read to answer `words`; nothing where they ask for no such thing."""
    text = _SENSOR_ZH.sub("", fold(words))
    if _ANOTHER.search(text):
        return []
    found: list[tuple[int, list[Call]]] = []
    for name, sense in _senses().items():
        alike = [each for each in devices if _is_of(each, name)]
        longest = max((match[0] for match in sense.said.finditer(text)), key=len, default="")
        if alike and longest:
            meant = _meant(text, sense, alike)
            wanted = {"on": not sense.no.search(text)}
            calls = [Call("get_state", {"device": each.id}, wanted) for each in meant]
            found += [(len(longest), calls)] if calls else []
    return max(found, key=lambda each: each[0])[1] if found else []


def _is_of(device: Device, name: str) -> bool:
    return device.id.startswith("binary_sensor.") and device.device_class == name


def _meant(text: str, sense: _Sense, alike: Sequence[Device]) -> list[Device]:
    said = frozenset(tokenise(text).concepts)
    rests = {each.id: _concepts(each.name) - sense.concepts - _SENSOR for each in alike}
    named = [each for each in alike if rests[each.id] and rests[each.id] <= said]
    there = [each for each in alike if each.area and _concepts(each.area) <= said]
    if named or there:
        return [each for each in named if each in there] or named or there
    return [] if _ASKING.sub("", sense.said.sub("", text)) else list(alike)


@lru_cache(maxsize=1024)
def _concepts(name: str) -> frozenset[str]:
    return frozenset(tokenise(_SENSOR_ZH.sub("", fold(name))).concepts)


@cache
def _senses() -> dict[str, _Sense]:
    text = files("agentd.brains").joinpath("sentences/senses.toml").read_text(encoding="utf-8")
    found = {}
    for name, table in tomllib.loads(text).items():
        words = validate(table, _Words, lambda place: f"senses.toml: {place}")
        said = (*words.noun, *words.yes, *words.no)
        concepts = frozenset(each for word in said for each in tokenise(word).concepts)
        no = any_of(words.no) if words.no else "(?!)"
        found[name] = _Sense(re.compile(any_of(said)), re.compile(no), concepts)
    return found
