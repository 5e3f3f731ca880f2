"""Sentences that start a timer: "a ten minute pasta timer", 设置披萨计时器5分钟.

What shall become of a timer that runs is a matter of the schedule (`agentd.agent.timer_words`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agentd.brains.delays import LENGTH_ZH, parse_duration
from agentd.brains.language import CJK, detect_language, fold
from agentd.brains.manners import Manners
from agentd.brains.targets import Home
from agentd.model import Call, Device, Kind

_TIME: Final = "¤"
_NAME: Final = r"[^\W\d_][\w-]*(?: [^\W\d_][\w-]*){0,2}?"
_NO_NAME: Final = re.compile(
    r"\b(?:i|you|he|she|it|we|they|who|a|an|the|my|to|from|in|by|off|on|with|of|for|and|or|is|was"
    r"|not|don|never|set|start|started|pause|hold|stop|cancel|resume|continue|increase|remove|decrease"
    r"|delete|add|take|how|what|when|if|long)\b|[我你他她它别不没了过吗谁把将暂停取消]"
)
"""What is before "timer" and holds this is a sentence of another sense."""
_LEAD: Final = (
    r"(?:(?:set|start|create|make|begin|put|run|give|get|have|add|i need|i want|i'd like)"
    r"(?: me| up| off| on)? )?(?:a |an |the |another |my |new |one )*"
)
_NOUN: Final = r"(?:timer|countdown|count down)"
_SAID: Final = r"(?:for|called|named|labell?ed) (?:the |my )?"
_CALLED: Final = rf"(?: {_SAID}(?P<for>{_NAME}))?"
_LEAD_ZH: Final = (
    r"(?:设置|设定|设个|设|定个|定|开始|开启|启动|开个|创建|新建|新增|来个|来|加个|做个|要|起)?"
    r"(?:上|好)?(?:一?个)?"
)
_NOUN_ZH: Final = r"(?:计时器|定时器|倒计时|计时|定时)"
_NAME_ZH: Final = rf"(?:(?P<name>[{CJK}a-z]{{1,8}}?)的?)??"
_FORMS: Final = tuple(
    re.compile(form)
    for form in (
        rf"{_LEAD}{_TIME} (?:(?P<name>{_NAME}) )?{_NOUN}{_CALLED}",
        rf"{_LEAD}(?:(?P<name>{_NAME}) )?{_NOUN}(?: (?:for|of|to|at|lasting))? {_TIME}{_CALLED}",
        rf"{_LEAD}{_NOUN} {_SAID}(?P<name>{_NAME}) (?:for|of|with|to) {_TIME}",
        rf"{_LEAD_ZH}{_TIME}的?{_NAME_ZH}{_NOUN_ZH}",
        rf"{_LEAD_ZH}{_NAME_ZH}{_NOUN_ZH}(?:为|到|是|设为|设置为|[:：])?{_TIME}",
        rf"(?:给|为)(?P<name>[{CJK}a-z]{{1,8}}?){_NOUN_ZH}{_TIME}",
    )
)


def started(words: str, devices: Sequence[Device], home: Home, near: str) -> list[Call]:
    """Return the call that rings when the time in `words` is over; nothing where they start none.

    `near` is the room of the speaker. A timer for a thing of the home ("空调定时30分钟") is none:
    that asks for the thing to be switched.
    """
    timer = next((device for device in devices if device.kind is Kind.TIMER), None)
    said = Manners(detect_language(words)).strip(fold(words))
    length_s, bare = _without_time(said.words)
    if timer is None or said.asks or not length_s:
        return []
    found = next((match for form in _FORMS if (match := form.fullmatch(bare))), None)
    if found is None:
        return []
    groups = found.groupdict()
    name = (groups["name"] or groups.get("for") or "").strip()
    if _NO_NAME.search(name):
        return []
    in_room = bool(name) and home.is_place(name)
    if name and not in_room and home.knows(name):
        return []
    told = {"called": "" if in_room else name, "room": name if in_room else near}
    arguments = {"device": timer.id, "length_s": length_s, **{k: v for k, v in told.items() if v}}
    return [Call("ring_timer", arguments, after_s=length_s)]


def _without_time(said: str) -> tuple[float, str]:
    """Return the longest duration in `said`, in seconds, and the words with a mark in its place."""
    chinese = max(re.finditer(LENGTH_ZH, said), key=lambda match: len(match[0]), default=None)
    if chinese is not None and (length := parse_duration(chinese[0])):
        return length, f"{said[: chinese.start()]}{_TIME}{said[chinese.end() :]}"
    words = said.replace("-", " ").split()
    for size in range(min(len(words), 10), 0, -1):
        for start in range(len(words) - size + 1):
            length = parse_duration(" ".join(words[start : start + size]))
            if length:
                return length, " ".join([*words[:start], _TIME, *words[start + size :]])
    return 0.0, said
