"""What a sentence says about a timer: start one, or something about one that runs.

People say it in any order ("the eggs need six minutes, put a timer on"), so no form is asked for:
there is a timer in it, perhaps a time and a name beside it, and words that tell what is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agentd.brains.delays import LENGTH_ZH, parse_duration
from agentd.brains.language import fold
from agentd.brains.phrases import FORBIDDEN, HYPOTHETICAL, REPORTED
from agentd.brains.timer_words import MARK, name_of, timer_words

_PIECES: Final = re.compile(
    r"[,;.!?…，。；！？、]+(?=\s|$|[^\d\s])\s*|\s+(?:and )?then\s+|然后"
    r"|\s+and (?=(?:turn|switch|dim|open|close|play|lock|unlock|add|put|start)\b)"
)
_UNMEANT: Final = (HYPOTHETICAL, REPORTED, FORBIDDEN)
_LONGEST: Final = 200
_MOST_TIMES: Final = 3
_RUNS: Final = frozenset({"hold", "resume", "cancel", "status"})
_MOVES: Final = frozenset({"later", "sooner"})


@dataclass(frozen=True, slots=True)
class TimerTalk:
    """What is wanted (`start`, `cancel`, `hold`, `resume`, `shift`, `status`), of which timer.

    `seconds` are its length, or by how much it is moved. `rest` is what else was said, perhaps
    another order.
    """

    what: str
    name: str = ""
    seconds: float = 0.0
    every: bool = False
    rest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Time:
    text: str
    seconds: float


def timer_talk(words: str) -> TimerTalk | None:
    """Return what `words` say about a timer, None where they say nothing of one, or not now."""
    known = timer_words()
    said = known.idle.sub(" ", fold(words).replace("’", "'")).strip()
    if len(said) > _LONGEST or not known.noun.search(said):
        return None
    plain = known.unwanted.sub("", said)
    if known.told.search(said) or any(each.search(plain) for each in _UNMEANT):
        return None
    pieces = [each.strip() for each in _PIECES.split(said) if each.strip()]
    pieces = [each for each in pieces if not known.sound.fullmatch(each)]
    core = ", ".join(each for each in pieces if known.noun.search(each))
    rest = [each for each in pieces if not known.noun.search(each)]
    times, marked = _times(core)
    named, times = _length_as_name(marked, times)
    timed = next((each for each in rest if not times and _times(each)[0]), None)
    if timed is not None:
        rest.remove(timed)
        times, more = _times(timed)
        marked = f"{marked}, {more}"
    return _meant(marked, named, times, tuple(rest))


def _meant(
    marked: str, named: str, times: Sequence[_Time], rest: tuple[str, ...]
) -> TimerTalk | None:
    whole = ", ".join([marked, *rest])
    found = {what: form.search(whole) for what, form in timer_words().wanted.items()}
    at = {what: match.start() for what, match in found.items() if match}
    name = named or name_of(marked, rest)
    if times and at.keys() & _MOVES:
        sign = -1 if "sooner" in at else 1
        return TimerTalk("shift", name, sign * times[0].seconds, rest=rest)
    asked = {what: place for what, place in at.items() if what in _RUNS}
    if times and not asked and not timer_words().thing.search(marked):
        return TimerTalk("start", name, times[0].seconds, rest=rest)
    if times or not asked:
        return None
    every = bool(timer_words().every.search(marked)) and not name
    return TimerTalk(min(asked, key=lambda what: asked[what]), name, every=every, rest=rest)


def _times(text: str) -> tuple[list[_Time], str]:
    """Return the durations in `text`, and `text` with a mark in the place of each."""
    found: list[_Time] = []
    while len(found) < _MOST_TIMES and (each := _chinese(text) or _english(text)):
        start, end, seconds = each
        found.append(_Time(text[start:end], seconds))
        text = f"{text[:start]}{MARK}{text[end:]}"
    return found, text


def _chinese(text: str) -> tuple[int, int, float] | None:
    for match in re.finditer(LENGTH_ZH, text):
        seconds = parse_duration(match[0])
        if seconds:
            return match.start(), match.end(), seconds
    return None


def _english(text: str) -> tuple[int, int, float] | None:
    """Return the first duration, as long as it gets: "two hours fifteen" too."""
    tokens = list(re.finditer(r"[^\s,]+", text))
    for start in range(len(tokens)):
        for end in range(min(len(tokens), start + 8), start, -1):
            span = text[tokens[start].start() : tokens[end - 1].end()]
            seconds = _worth(span)
            if seconds:
                return tokens[start].start(), tokens[end - 1].end(), seconds
    return None


def _worth(span: str) -> float | None:
    """Return the seconds of a whole span; "two hours fifteen" has its minutes unsaid."""
    if "," in span or MARK in span:
        return None
    plain = re.sub(r"^half (?=hour|minute)", "half an ", span.replace("-", " ").strip(" '\""))
    plain = plain.replace("hour and a quarter", "hour and 15 minutes")
    if re.search(r"\b(?:hours?|min\w*) (?!and\b)[\w ]+$", plain):
        smaller = "minutes" if re.search(r"\bhours?\b", plain) else "seconds"
        return parse_duration(plain) or parse_duration(f"{plain} {smaller}")
    return parse_duration(plain)


def _length_as_name(marked: str, times: list[_Time]) -> tuple[str, list[_Time]]:
    """Return the length that a timer goes by ("the 10 minute timer"), and the other times."""
    beside = re.search(rf"{MARK}(?:的|那个|这个|\s)*(?:{timer_words().noun.pattern})", marked)
    place = beside or re.search(rf"(?:timer|countdown) (?:for|of) {MARK}", marked)
    wanted = {what for what, form in timer_words().wanted.items() if form.search(marked)}
    if place is None or not wanted or (len(times) == 1 and wanted & _MOVES):
        return "", times
    number = marked[: place.end()].count(MARK) - 1
    return times[number].text, [each for at, each in enumerate(times) if at != number]
