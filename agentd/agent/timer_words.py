"""Sentences about a timer that runs: how long is left, hold it, let it run on, add five minutes."""

from __future__ import annotations

import re
from typing import Final

from agentd.agent.schedule_words import Wish
from agentd.brains.delays import parse_duration
from agentd.brains.language import fold
from agentd.brains.manners import Manners

_EN: Final = (
    r"(?:the |my |our |a )?(?:(?P<name>\S.{0,40}?) )?(?:timers?|countdown)"
    r"(?: (?:for|of|on|in|called|named) (?:the |my )?(?P<for>.{1,40}?))?"
)
_ZH: Final = r"(?:我的?)?(?P<name>.{0,16}?)的?(?:计时器|定时器|倒计时|计时|定时)"
_TIME: Final = r"(?P<time>.{1,40}?)"
_FORMS: Final = {
    "cancel": (
        rf"(?:stop|end|quit|kill) {_EN}",
        rf"(?:停止|停掉|关闭|关掉|结束|取消|删除){_ZH}",
        rf"把{_ZH}(?:停止|停掉|停了|关闭|关掉|关了|取消|删除)(?:掉|了)?",
    ),
    "hold": (
        rf"(?:pause|hold|suspend) {_EN}",
        rf"(?:暂停|先停一下){_ZH}",
        rf"把?{_ZH}(?:暂停|先停一下)",
    ),
    "resume": (
        rf"(?:resume|continue|unpause|restart) {_EN}",
        rf"(?:恢复|继续){_ZH}",
        rf"(?:把|让)?{_ZH}(?:恢复|继续)",
    ),
    "later": (
        rf"(?:add|put) {_TIME} (?:more )?(?:to|on|onto) {_EN}",
        rf"(?:increase|extend|lengthen|prolong) {_EN} by {_TIME}",
        rf"(?:give|make) {_EN} {_TIME} (?:more|longer)",
        rf"(?:把|将|给)?{_ZH}(?:再)?(?:增加|延长|加长|加上|多加|加){_TIME}",
        rf"(?:增加|延长|加){_TIME}(?:到|给){_ZH}",
    ),
    "sooner": (
        rf"(?:remove|take|subtract|knock|cut) {_TIME} (?:from|off|off of|away from) {_EN}",
        rf"(?:decrease|shorten|reduce) {_EN} by {_TIME}",
        rf"(?:make) {_EN} {_TIME} (?:less|shorter)",
        rf"(?:把|将|给)?{_ZH}(?:减少|缩短|减去|减掉|减|少){_TIME}",
    ),
    "status": (
        rf"how (?:long|much time|much longer|many minutes)(?: is| are| do i have| does it have)?"
        rf"(?: there)?(?: left| remaining)? (?:on|for|of|until|before|does) {_EN}"
        r"(?: (?:is|has|have) (?:up|done|over|left|to go)| rings?| goes off| ends?)?",
        rf"(?:how much )?time (?:left|remaining) (?:on|for|of) {_EN}",
        rf"(?:what(?: i|')s the |what is left on |check )?(?:status of )?{_EN}(?: status)?",
        rf"when (?:does|will|is) {_EN} (?:ring|go off|end|done|over|up|finish)",
        rf"{_ZH}(?:的)?(?:状态|还剩多少时间|还剩多久|剩多少时间|剩多久|还有多久|还有多长时间|还要多久"
        r"|剩余时间|剩下多少时间|还剩几分钟|到点了吗|好了吗|什么时候响|几点响)",
        rf"(?:查看|看看|看一下|查一下){_ZH}(?:状态)?",
    ),
}
_COMPILED: Final = {
    kind: tuple(re.compile(form) for form in forms) for kind, forms in _FORMS.items()
}
_EVERY: Final = frozenset({"all", "all the", "all my", "every", "所有", "全部", "所有的"})
_ASKED: Final = re.compile(r"\b(?:status|left|remaining|check|when|how|what)\b|[一-鿿]")
"""A timer's name alone asks nothing."""


def timer_wish(words: str) -> Wish | None:
    """Return what `words` want of a timer that runs, None when they are about something else."""
    said = fold(words).strip(" .!?。！？")
    if len(said) > 100:
        return None
    for language in ("zh", "en"):
        bare = Manners(language).strip(said).words
        for kind, forms in _COMPILED.items():
            for form in forms:
                found = form.fullmatch(bare)
                made = _wish(kind, found.groupdict(), bare) if found else None
                if made is not None:
                    return made
    return None


def _wish(kind: str, groups: dict[str, str | None], said: str) -> Wish | None:
    name = (groups["name"] or groups.get("for") or "").strip()
    if name in _EVERY:
        return Wish("all", what=kind) if "time" not in groups else None
    if kind == "status":
        return Wish("list", name, what="status") if _ASKED.search(said) else None
    if "time" not in groups:
        return Wish("name" if name else "that", name, what=kind)
    by_s = parse_duration(groups["time"] or "")
    if by_s is None:
        return None
    by_s = by_s if kind == "later" else -by_s
    return Wish("name" if name else "that", name, what="shift", by_s=by_s)
