"""What the clock on the wall says, for who asks for the time or the day."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from agentd.brains.language import fold

_TIME: Final = re.compile(
    r"(?:what(?:'s| is) the (?:current )?time|what time is it|what time do (?:we|you) have"
    r"|(?:can you |could you )?tell me (?:the|what) time(?: it is)?|do you have the time"
    r"|got the time|the time)(?: right)?(?: now)?(?: please)?"
    r"|(?:请问|告诉我)?(?:现在)?(?:是)?(?:几点钟?了?|什么时间了?|什么时候了|时间)(?:啊|呀|呢)?"
)
_DAY: Final = re.compile(
    r"(?:what(?:'s| is) (?:the date|today's date|the day)|what (?:day|date) is it"
    r"|which day is (?:it|today)|what day is today|tell me the date)(?: today)?(?: please)?"
    r"|(?:请问|告诉我)?(?:今天|现在)(?:是)?(?:几号|几月几号|几月几日|星期几|周几|礼拜几|日期)"
    r"(?:了|啊|呀|呢)?"
)
_NOT_ALONE: Final = frozenset({"时间", "the time"})
"""Too little to be a question."""
_DAYS: Final = (*("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),)
_DAYS_ZH: Final = "一二三四五六日"
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)


def told(words: str, language: str, now: datetime | None = None) -> str:
    """Return the time or the day in `language`, "" where `words` ask for neither."""
    said = fold(words).strip(" .!?。！？")
    when = now or datetime.now()
    if said in _NOT_ALONE:
        return ""
    if _TIME.fullmatch(said):
        clock = f"{when:%H:%M}"
        return f"现在是{clock}。" if language == "zh" else f"It is {clock}."
    if not _DAY.fullmatch(said):
        return ""
    if language == "zh":
        weekday = _DAYS_ZH[when.weekday()]
        return f"今天是{when.year}年{when.month}月{when.day}日，星期{weekday}。"
    return f"It is {_DAYS[when.weekday()]}, {when.day} {_MONTHS[when.month - 1]} {when.year}."
