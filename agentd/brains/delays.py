"""When and for how long: "in ten minutes", "for half an hour", "at 7 pm", 十分钟后, 开灯十分钟.

`read` takes the time off a clause and returns the rest, which is then understood without it. A
phrase that is no time stays in the words. `spell` says a duration back; reading that gives the
same duration.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from agentd.brains.clauses import split
from agentd.brains.language import fold, normalise
from agentd.brains.quantity import parse_number
from agentd.model import Call

_SECONDS: Final = {
    **dict.fromkeys(("second", "sec", "s", "秒", "秒钟"), 1.0),
    **dict.fromkeys(("minute", "min", "分", "分钟"), 60.0),
    **dict.fromkeys(("hour", "hr", "h", "小时", "钟头"), 3600.0),
    **dict.fromkeys(("day", "天"), 86400.0),
    "刻钟": 900.0,
}
_PARTS: Final = {
    **dict.fromkeys(("a", "an", "one"), 1.0),
    **dict.fromkeys(("half a", "half an"), 0.5),
    **dict.fromkeys(("a quarter of an", "quarter of an", "a quarter"), 0.25),
    **dict.fromkeys(("three quarters of an",), 0.75),
    **dict.fromkeys(("a couple of", "a couple"), 2.0),
}
_EN_PIECE = re.compile(
    r"(?:(?:,|and)\s+|,\s*)?(?P<number>[a-z0-9][a-z0-9 .-]*?)[\s-]*"
    r"\b(?P<unit>second|sec|s|minute|min|hour|hr|h|day)s?\b(?P<half> and a half)?\s*"
)
_HALF = re.compile(r"\b1/2\b")
_EN_GLUED = re.compile(r"(?<=\d)(?=[hms])|(?<=[hs])(?=\d)")
_EN_SHORT = re.compile(r"(?<=h)(\d+)m(?:in)?\b")
_ZH_NUMBER: Final = r"[零〇一二两三四五六七八九十百\d.]+"
_ZH_PIECE = re.compile(
    rf"(?P<number>半|{_ZH_NUMBER})(?P<more>个半|个)?"
    r"(?P<unit>小时|钟头|刻钟|分钟|分|秒钟|秒|天)(?P<half>半)?"
)
LENGTH_ZH: Final = rf"(?:(?:半|{_ZH_NUMBER})(?:个半|个)?(?:小时|钟头|刻钟|分钟|分|秒钟|秒|天)半?)+"
_ZH_AFTER = re.compile(
    rf"(?:再?[过等]\s*({LENGTH_ZH})(?:之后|以后|后)?|({LENGTH_ZH})\s*(?:之后|以后|过后|后))"
    r"[\s,，]*(?:再|就|and )?\s*"
)
_ZH_FOR = re.compile(rf"[\s,，]*(?:持续|维持|保持)?\s*({LENGTH_ZH})(?:的时间|时间)?$")
_LEAD = re.compile(r"(in|after|wait for|wait|for)\s+(?:about\s+|the next\s+)?", re.IGNORECASE)
_TAIL = re.compile(r"\s+(in|after|for)\s+(?:about\s+|the next\s+)?(?=\S)", re.IGNORECASE)
_JOINT = re.compile(r"^(?:[\s,，]|and then\b|then\b|and\b)+", re.IGNORECASE)
_WORDS: Final = 8
_LONGEST: Final = 120
_READ: Final = 1000
_AT_ONCE: Final = frozenset({"get_state", "stop", "emergency_stop"})
_Worth = Callable[[re.Match[str]], float | None]

_CLOCK_EN = re.compile(
    r"(?:^|\s)(?P<tomorrow>tomorrow\s+)?(?P<how>at|until|till)\s+"
    r"(?:(?P<name>noon|midnight)|(?P<past>half past\s+)?(?P<hour>\d{1,2}|[a-z]{3,6})"
    r"(?:[:.](?P<minute>\d\d))?\s*(?P<clock>o'?\s?clock\s*)?"
    r"(?P<half>a\.?m\.?|p\.?m\.?|in the (?:morning|afternoon|evening)|at night|tonight)?)"
    r"(?P<after>\s+tomorrow)?(?=$|[\s,])",
    re.IGNORECASE,
)
_CLOCK_ZH = re.compile(
    r"(?P<until>直到)?(?:(?P<day>今天|明天)(?:的)?)?(?P<part>凌晨|早上|上午|中午|下午|晚上|今晚|明早|明晚)?(?:的)?"
    rf"(?P<hour>{_ZH_NUMBER})[点时:](?![零〇一二两三四五六七八九\d]+(?:度|米|%))"
    rf"(?:(?P<half>半)|(?P<quarter>一刻)|(?P<minute>{_ZH_NUMBER})分?)?(?:钟|整)?(?:的时候|时)?"
)
_ZH_CLOCK_END: Final = re.compile(r"(?:钟|整|时|的时候)$")
_FROM_NOW = re.compile(r"\s+(?:from now(?: on)?|later)\b[\s.!,]*", re.IGNORECASE)
_LATE_PARTS: Final = frozenset({"下午", "晚上", "今晚", "明晚"})


@dataclass(frozen=True, slots=True)
class When:
    """Seconds until it begins, and until it ends again; `first` when said before the command."""

    after_s: float = 0.0
    for_s: float = 0.0
    first: bool = False


def read(clause: str, now: datetime | None = None) -> tuple[str, When | None]:
    """Return `clause` without its times, and them; `now` is the time on the wall (local).

    In more than 120 characters no time is looked for.
    """
    when: When | None = None
    if len(clause) > _LONGEST:
        return clause, None
    for take in (_take_from_now, _take_clock, _take_chinese, _take_lead, _take_tail, _take_tail):
        rest, found = take(clause, now or datetime.now())
        if found is not None and rest.strip():
            when = _both(when, found)
            clause = rest.strip()
    return clause, when


def timed(calls: Sequence[Call], when: When | None) -> list[Call]:
    """Return `calls` with the time of their clause."""
    if when is None:
        return list(calls)
    return [replace(call, after_s=when.after_s, for_s=when.for_s) for call in calls]


def overlooked(words: str, calls: Sequence[Call]) -> When | None:
    """Return the time that `words` name when no call has one; a model may not know of it."""
    if any(call.after_s or call.for_s or call.tool in _AT_ONCE for call in calls):
        return None
    said = normalise(words)[:_READ]
    found = read(said)[1]
    for clause in split(said):
        found = found or read(clause.text.strip())[1]
    return found


def parse_duration(phrase: str) -> float | None:
    """Return the seconds that the whole of `phrase` is, or None."""
    text = re.sub(r"^(?:about|around)\s+", "", fold(phrase).strip())
    if not text or len(text) > 60:
        return None
    short = _EN_SHORT.sub(r" \1 min", _HALF.sub("half", text))
    return _sum(_ZH_PIECE, text, _chinese) or _sum(_EN_PIECE, _EN_GLUED.sub(" ", short), _english)


def spell(seconds: float, language: str) -> str:
    """Return whole `seconds` as a duration in words (`en`, `zh`)."""
    left = round(seconds)
    parts: list[str] = []
    for name, zh, size in (("hour", "小时", 3600), ("minute", "分钟", 60), ("second", "秒", 1)):
        count, left = divmod(left, size)
        if count or (size == 1 and not parts):
            plural = "" if count == 1 else "s"
            parts.append(f"{count}{zh}" if language == "zh" else f"{count} {name}{plural}")
    return ("" if language == "zh" else " ").join(parts)


def _both(first: When | None, second: When) -> When:
    if first is None:
        return second
    after, lasts = first.after_s + second.after_s, first.for_s + second.for_s
    return When(after, lasts, first.first or second.first)


def _sum(pattern: re.Pattern[str], text: str, worth: _Worth) -> float | None:
    total, position = 0.0, 0
    while position < len(text):
        match = pattern.match(text, position)
        value = worth(match) if match else None
        if match is None or value is None:
            return None
        total += value
        position = match.end()
    return total or None


def _english(match: re.Match[str]) -> float | None:
    said = match["number"].strip()
    number = _PARTS[said] if said in _PARTS else parse_number(said)
    if number is None or number < 0:
        return None
    return (number + (0.5 if match["half"] else 0.0)) * _SECONDS[match["unit"]]


def _chinese(match: re.Match[str]) -> float | None:
    number = 0.5 if match["number"] == "半" else parse_number(match["number"])
    if number is None:
        return None
    half = 0.5 if match["more"] == "个半" or match["half"] else 0.0
    return (number + half) * _SECONDS[match["unit"]]


def _take_chinese(clause: str, now: datetime) -> tuple[str, When | None]:
    after = _ZH_AFTER.search(clause)
    wait = parse_duration(after[1] or after[2]) if after else None
    rest = clause
    if after and wait is not None:
        rest = clause[: after.start()] + clause[after.end() :]
    lasting = _ZH_FOR.search(rest)
    length = parse_duration(lasting[1]) if lasting else None
    if lasting and length is not None:
        rest = rest[: lasting.start()]
    if wait is None and length is None:
        return clause, None
    first = after is not None and not clause[: after.start()].strip()
    return rest, When(wait or 0.0, length or 0.0, first)


def _take_from_now(clause: str, now: datetime) -> tuple[str, When | None]:
    """Read "ten minutes from now" and "an hour later", in front or at the end."""
    mark = _FROM_NOW.search(clause)
    if mark is None:
        return clause, None
    words = list(re.finditer(r"[^\s,]+", clause[: mark.start()]))[-_WORDS:]
    for word in words:
        length = parse_duration(clause[word.start() : mark.start()])
        if length is not None:
            before, behind = clause[: word.start()], clause[mark.end() :]
            first = not before.strip()
            return (_JOINT.sub("", behind) if first else before + behind), When(length, 0.0, first)
    return clause, None


def _take_lead(clause: str, now: datetime) -> tuple[str, When | None]:
    lead = _LEAD.match(clause)
    if lead is None:
        return clause, None
    words = list(re.finditer(r"[^\s,，]+", clause[lead.end() :]))[:_WORDS]
    for word in reversed(words):
        end = lead.end() + word.end()
        length = parse_duration(clause[lead.end() : end])
        if length is not None:
            return _JOINT.sub("", clause[end:]), _when(lead[1], length, first=True)
    return clause, None


def _take_tail(clause: str, now: datetime) -> tuple[str, When | None]:
    for tail in _TAIL.finditer(clause):
        length = parse_duration(clause[tail.end() :].rstrip(" .!?"))
        if length is not None:
            return clause[: tail.start()], _when(tail[1], length, first=False)
    return clause, None


def _when(word: str, length: float, *, first: bool) -> When:
    lasts = fold(word) == "for"
    return When(0.0 if lasts else length, length if lasts else 0.0, first)


def _take_clock(clause: str, now: datetime) -> tuple[str, When | None]:
    match = _CLOCK_EN.search(clause)
    at = _english_clock(match) if match else None
    until = match is not None and fold(match["how"]) != "at"
    tomorrow = match is not None and bool(match["tomorrow"] or match["after"])
    if at is None:
        match = _CLOCK_ZH.search(clause)
        at = _chinese_clock(match) if match else None
        until = match is not None and bool(match["until"])
        tomorrow = match is not None and (
            match["day"] == "明天" or (match["part"] or "")[:1] == "明"
        )
    if match is None or at is None:
        return clause, None
    before, behind = clause[: match.start()], clause[match.end() :]
    first = not before.strip()
    rest = _JOINT.sub("", behind) if first else before + behind
    seconds = _seconds_to(at, now, tomorrow=tomorrow)
    return rest, When(0.0 if until else seconds, seconds if until else 0.0, first)


def _english_clock(match: re.Match[str]) -> tuple[int, int, bool] | None:
    """Return hour, minute, and whether either half of the day may be meant."""
    if match["name"]:
        return (12 if fold(match["name"]) == "noon" else 0, 0, False)
    said = parse_number(match["hour"])
    if said is None or (match["past"] and match["minute"]):
        return None
    hour, minute = int(said), 30 if match["past"] else int(match["minute"] or 0)
    half = fold(match["half"] or "")
    if not (half or match["minute"] or match["past"] or match["clock"]):
        return None  # "set the thermostat at 21" is no time.
    late = half.startswith(("p", "in the a", "in the e", "at night", "tonight"))
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if late else 0)
    either = not half and 1 <= hour <= 12
    return (hour, minute, either) if hour < 24 and minute < 60 else None


def _chinese_clock(match: re.Match[str]) -> tuple[int, int, bool] | None:
    hour, minute = parse_number(match["hour"]), parse_number(match["minute"] or "0")
    if hour is None or minute is None or hour > 24 or minute >= 60:
        return None
    part = match["part"]
    plain = not (part or match["day"] or match["half"] or match["quarter"] or match["minute"])
    if plain and not _ZH_CLOCK_END.search(match[0]) and match["hour"] in ("一", "1"):
        return None  # 亮一点 is no time.
    if hour < 12 and (part in _LATE_PARTS or (part == "中午" and hour < 3)):
        hour += 12
    minute = 30 if match["half"] else 15 if match["quarter"] else minute
    return int(hour) % 24, int(minute), part is None and 1 <= hour <= 12


def _seconds_to(at: tuple[int, int, bool], now: datetime, *, tomorrow: bool) -> float:
    """Return how long it is to the next time that the clock shows `at`."""
    hour, minute, either = at
    if either and not tomorrow:
        other = (hour + 12) % 24
        return min(
            _seconds_to((each, minute, False), now, tomorrow=False) for each in (hour % 24, other)
        )
    then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if tomorrow or then <= now:
        then += timedelta(days=1)
    return (then - now).total_seconds()
