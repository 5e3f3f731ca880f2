"""Sentences about what is scheduled: list it, cancel that, cancel the timer for the lamp."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agentd.brains.delays import parse_duration
from agentd.brains.language import fold
from agentd.brains.misunderstanding import NotUnderstood
from agentd.brains.targets import Home
from agentd.model import Device
from agentd.store import Scheduled

_THING: Final = r"(?:timers?|schedules?|scheduled (?:commands?|things?|tasks?|calls?)|scheduled)"
_LIST = (
    re.compile(
        rf"(?:what|which|list|show|tell|are there|do i have|is there|any)\b.{{0,40}}\b{_THING}"
        r"(?: (?:is|are) (?:there|set|running|on))?(?: now)?"
    ),
    re.compile(
        r"(?:现在|都)?(?:有|查看|列出|显示|看看?)?.{0,8}?(?:定时器?|定时任务|计划任务|预约)(?:任务)?(?:了)?(?:有|都有|是)?(?:哪些|什么|列表|吗|几个)"
    ),
    re.compile(
        r"(?:现在|目前)?(?:都)?(?:有|查看|列出|显示|看看)(?:哪些|什么|一下|所有)?(?:的)?(?:定时器?|定时任务|计划任务|预约)(?:任务)?"
    ),
)
_CANCEL_EN = re.compile(
    rf"(?:cancel|delete|remove|clear|forget) (?P<all>all |every )?(?:of )?(?:the |my )?"
    r"(?!.*\b(?:from|off)\b)"  # "remove 5 minutes from the timer"
    rf"(?:(?P<name>.+?) )?{_THING}(?: (?:for|of|on|in) (?:the |my )?(?P<for>.+))?"
)
_CANCEL_ZH = re.compile(
    r"(?:取消|删除|清除)(?P<all>所有|全部)?(?:的)?(?P<name>.*?)(?:的)?"
    r"(?:定时器|定时任务|定时|计划任务|计划|预约)(?:吧)?"
)
_CANCEL_ZH_BA = re.compile(
    r"把(?P<all>所有|全部)?(?:的)?(?P<name>.*?)(?:的)?(?:定时器|定时任务|定时)(?:取消|删除|清除)(?:掉|了)?"
)
_CANCEL_ID = re.compile(r"(?:cancel|取消)\s*(?P<id>[0-9a-f]{6})")
_THAT: Final = frozenset(
    {
        *("cancel that", "cancel it", "cancel this", "cancel the last one", "cancel that one"),
        *("取消它", "取消那个", "取消这个", "取消刚才的", "取消刚才那个", "取消"),
        "cancel",
    }
)
_EVERYTHING: Final = frozenset(
    {"cancel everything", "cancel everything scheduled", "cancel all", "全部取消", "都取消"}
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted: `list`, `that`, `all`, `id` or `name` with the words that name it.

    `what` shall be done with it: `cancel`, `hold`, `resume`, or `shift` by `by_s` seconds; `status`
    is a look at it.
    """

    kind: str
    name: str = ""
    what: str = "cancel"
    by_s: float = 0.0


def wish(words: str) -> Wish | None:
    """Return what `words` want of the schedule, None when they are about something else."""
    said = fold(words).strip(" .!?。！？").removeprefix("please ").removesuffix(" please")
    said = re.sub(r"^(?:请|请帮我|帮我)", "", said)
    if len(said) > 100:
        return None
    if said in _THAT:
        return Wish("that")
    if said in _EVERYTHING:
        return Wish("all")
    if known := _CANCEL_ID.fullmatch(said):
        return Wish("id", known["id"])
    found = (
        _CANCEL_EN.fullmatch(said) or _CANCEL_ZH.fullmatch(said) or _CANCEL_ZH_BA.fullmatch(said)
    )
    if found is None:
        return Wish("list") if any(each.fullmatch(said) for each in _LIST) else None
    groups = found.groupdict()
    name = (groups["name"] or groups.get("for") or "").strip()
    every = bool(groups["all"]) or said.endswith(("timers", "schedules"))
    return Wish("name", name) if name else Wish("all" if every else "that")


def chosen(
    said: Wish, entries: Sequence[Scheduled], devices: Sequence[Device], last: Sequence[str]
) -> list[Scheduled]:
    """Return the entries that are meant: none when nothing fits, several when all of them are.

    `last` are the ids that this conversation made most recently; "that" is those, or the only
    one there is.
    """
    if said.what in ("hold", "resume"):
        # What is held already, or runs, is not meant.
        entries = [each for each in entries if bool(each.left_s) == (said.what == "resume")]
    if said.kind == "id":
        return [each for each in entries if each.id == said.name]
    if said.kind == "that":
        mine = [each for each in entries if each.id in last]
        return mine or (list(entries) if len(entries) == 1 else [])
    if said.name:
        ids = {str(each.call.arguments.get("device", "")) for each in entries}
        named = _of(_meant(said.name, [each for each in devices if each.id in ids]), entries)
        return named or [each for each in entries if _goes_by(each, said.name)]
    return list(entries)


def _goes_by(entry: Scheduled, name: str) -> bool:
    """Return whether a timer is called so, stands in that room or was set for that long."""
    arguments = entry.call.arguments
    known = (fold(str(arguments.get(each, ""))) for each in ("called", "room"))
    return fold(name) in known or parse_duration(name) == arguments.get("length_s", 0.0)


def _meant(name: str, devices: Sequence[Device]) -> set[str]:
    try:
        return {device.id for device in Home(devices).find(name, lambda _: True, asking=True)}
    except NotUnderstood:
        return set()


def _of(ids: set[str], entries: Sequence[Scheduled]) -> list[Scheduled]:
    return [each for each in entries if each.call.arguments.get("device") in ids]
