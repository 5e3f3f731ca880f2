"""From the spans of a tagged clause to a reading: a verb of ours with its values and names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from agentd.brains.changes import parse_change
from agentd.brains.language import CJK, detect_language
from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.naming import names
from agentd.brains.phrases import (
    BY_HALF,
    CLOSED_BY,
    CLOSING,
    CONNECTOR,
    COUNTED,
    DIMMING,
    EVERYWHERE,
    EVIDENCE,
    FELT,
    FUSED,
    HERE,
    OF_THE_WAY,
    REACHED,
    STOPPING,
    VERB_FIRST,
)
from agentd.brains.places import placed
from agentd.brains.quantity import parse_quantity
from agentd.brains.reading import Reading
from agentd.brains.tagger import Span, Tagged
from agentd.brains.words import aspect_words, choice, conditions, thing_words, tokenise

_EITHER: Final = {
    "on": "on_or_open",
    "open": "on_or_open",
    "off": "off_or_close",
    "close": "off_or_close",
}
"""打开 and 关 say both, of a lock as well."""
_LEVELLED: Final = frozenset(
    {"on", "open", "close", "dim", "brighten", "louder", "quieter", "more", "less"}
)
_LEVELLED_TEMPERATURE: Final = frozenset({"warmer", "cooler"})


BETWEEN_ROOMS: Final = "\n"
"""Between several rooms in a reading's slot: what is said is done in each."""


_MINUS: Final = re.compile(r"(?:(?<!\w)[-−–]|(?:\bminus\s|负|零下)\s*)$")
"""Right before its number; a dash with a space behind it is no minus."""
_CHINESE: Final = re.compile(f"[{CJK}]")
_LONGEST_REST: Final = 3
"""So many characters of a unit may be missing from a mark."""
_SWITCHING: Final = frozenset({"on", "off", "open", "close", "lock", "unlock", "mute"})


def reading_of(clause: Tagged, bare: str) -> Reading:
    """Return what `clause` asks for. Raises `NotUnderstood` where what it needs is missing."""
    clause = placed(_without_connectors(clause))
    verb = _verb(clause)
    slots = {slot: clause.all(slot)[0] for slot in ("media", "speed", "state") if clause.all(slot)}
    if verb == "play" and "media" not in slots:
        raise NotUnderstood(Why.VALUE, clause.words)
    if len(clause.all("media")) > 1 or len(clause.all("speed")) > 1:
        raise NotUnderstood(Why.VALUE, clause.words)
    if len(set(clause.all("state"))) > 1:
        del slots["state"]  # "Is the door locked and the window closed?": tell both.
    slots |= _named(clause)
    if (
        verb == "ask_is"
        and "state" not in slots
        and clause.words.rstrip("了吗没呢?？ ").endswith("锁")
    ):
        slots["state"] = "锁"  # 前门锁了吗: the last character may be of the name and the state.
    elif verb == "ask_is" and "state" not in slots:
        said = _without(clause.words.casefold(), [span.words for span in clause.spans])
        slots["state"] = said if conditions(said) else ""
    slots["about"] = " ".join(clause.all("about"))
    if verb == "set" and not slots["about"]:
        slots["about"] = _meant_to_set(clause)
    if verb == "set" and _is_share_closed(clause):
        slots["closed"] = clause.words
    values = tuple(
        value
        for span in clause.spans
        if span.slot == "value"
        for value in _apart(_whole(span, clause.words))
    )
    if not values and verb in _LEVELLED:
        values = tuple(BY_HALF.findall(clause.words)[:1])
    return Reading(verb, bare, {name: said for name, said in slots.items() if said}, values)


def _is_share_closed(clause: Tagged) -> bool:
    """Return whether a value says how far something is closed: "close it 20 %", "20 % closed"."""
    if CLOSED_BY.search(clause.words):
        return True
    values = [span for span in clause.spans if span.slot == "value"]
    reached = any(REACHED.search(clause.words[: span.start]) for span in values)
    share = any(parse_quantity(span.words) is not None for span in values) and not reached
    return bool(CLOSING.search(clause.words)) and (share or bool(OF_THE_WAY.search(clause.words)))


def _whole(span: Span, words: str) -> str:
    """Return a value with the rest of its unit, where only a part was marked: 四十厘 of 厘米.

    A minus in front belongs to it.
    """
    minus = _MINUS.search(words[: span.start])
    if minus:
        value = _whole(span, " " * span.start + words[span.start :])
        return f"-{value}" if value[:1].isdigit() else f"minus {value}"
    if not _is_amount(span.words):
        for end in range(span.end + 1, min(len(words), span.end + _LONGEST_REST) + 1):
            if _is_amount(words[span.start : end]):
                return words[span.start : end]
        for end in range(span.end - 1, max(span.start, span.end - _LONGEST_REST), -1):
            shorter = parse_quantity(words[span.start : end])
            if shorter and shorter.unit and _CHINESE.match(words[end]):
                return words[span.start : end]  # 三分之一透: the next word was marked along.
    return span.words


def _apart(said: str) -> list[str]:
    """Return the values in `said`: 制热二十二度 is a mode and a temperature."""
    for end in range(2, len(said) - 1 if _CHINESE.match(said) else 0):
        if choice("mode", said[:end]) and parse_quantity(said[end:].lstrip(" 到的")) is not None:
            return [said[:end], said[end:].lstrip(" 到的")]
    return [said]


def _is_amount(said: str) -> bool:
    return parse_quantity(said) is not None or parse_change(said) is not None


def _meant_to_set(clause: Tagged) -> str:
    """Return the aspect that the verb itself says: "dim it to 20", "heat to 22"."""
    if DIMMING.search(clause.words):
        return "brightness"
    rest = _without(clause.words, [span.words for span in clause.spans])
    return "temperature" if FELT["temperature"].search(rest) else ""


def _named(clause: Tagged) -> dict[str, str]:
    """Return target and room, without what only says "here" or "everywhere"."""
    targets, rooms = names(clause)
    chinese = detect_language(clause.words) == "zh"
    target = ("和" if chinese else " and ").join(targets)
    room = BETWEEN_ROOMS.join(rooms)
    if chinese:
        bare = COUNTED.sub("", VERB_FIRST.sub("", target))
        many = bare != target and clause.verb.startswith("ask")
        target = f"所有{bare}" if many and bare else bare
    if chinese and not target:
        target = "".join(FUSED.findall(clause.words)[-1:])
    if not chinese and not target and not room and clause.verb in _SWITCHING:
        target = "".join(thing_words(clause.words)[-1:])  # "Turn off the music."
        if target and clause.words.casefold().startswith(target):
            target = ""  # "Water the plants": the verb is no name.
    if target.casefold() == clause.words.split(" ")[0].casefold() == clause.verb:
        target = ""  # "Lock and load": the verb is no name.
    found = {}
    if EVERYWHERE.search(room) or EVERYWHERE.search(target):
        room = EVERYWHERE.sub("", room).strip()
        target = f"all {EVERYWHERE.sub(' ', target)}".strip()
        found["everywhere"] = "everywhere"
    if HERE.search(room) or HERE.search(target) or (room and not tokenise(room).concepts):
        room = HERE.sub(" ", room).strip() if tokenise(room).concepts else ""
        found["here"] = "here"
        target = " ".join(HERE.sub(" ", target).split())
    return found | {"target": target, "room": room}


def is_connector(said: str) -> bool:
    """Return whether `said` only joins clauses ("then", 之后)."""
    return bool(CONNECTOR.fullmatch(said.strip()))


def _without_connectors(clause: Tagged) -> Tagged:
    """Return `clause` without spans that are only a "then"."""
    kept = tuple(span for span in clause.spans if not is_connector(span.words))
    return replace(clause, spans=kept)


def _verb(clause: Tagged) -> str:
    verb = clause.verb
    if verb in ("none", "other"):
        raise NotUnderstood(Why.WORDS, clause.words)
    values = [span for span in clause.spans if span.slot == "value"]
    reached = any(REACHED.search(clause.words[: span.start]) for span in values)
    step = _felt_way(clause) or _step(clause, values)
    if step:
        return step
    if values and (
        verb in ("on", "open", "close") or (verb in _LEVELLED | _LEVELLED_TEMPERATURE and reached)
    ):
        return "set"
    if verb == "ask" and clause.all("state"):
        return "ask_is"
    if verb == "mute" and not EVIDENCE["mute"].search(clause.words):
        verb = "off"  # 关掉电视 is more than silence.
    if verb in ("dock", "close", "off") and STOPPING.search(clause.words):
        return "stop"
    if detect_language(clause.words) == "zh":
        # 打开 and 关 are said of doors as of locks; only 锁 is of locks alone.
        loose = {} if "锁" in clause.words else {"unlock": "on_or_open", "lock": "off_or_close"}
        return (_EITHER | loose).get(verb, verb)
    return verb


_WARMTH: Final = re.compile(r"\b(?:(?P<warm>warmer|hotter)|cooler|colder)\b")


def _felt_way(clause: Tagged) -> str:
    """Return which way the warmth of a room goes: "a degree and a half warmer"."""
    felt = _WARMTH.search(clause.words) if clause.verb in ("more", "less") else None
    if felt is None or clause.all("target") or clause.all("about"):
        return ""
    return "warmer" if felt["warm"] else "cooler"


_STEPS_OF_COVERS: Final = {"open": "more", "close": "less"}
_STEP: Final = re.compile(
    r"(?:\bby|\banother|\bfurther|再|又)(?:打开|关上|[开关拉])?\s*$", re.IGNORECASE
)


_AGAIN: Final = re.compile(r"再(?:(?P<more>打开|拉开|开)|(?:关上?|拉上|放下))\s*$")
"""Before an amount that is added to what is: 再打开20%."""
_A_BIT: Final = re.compile(
    r"\ba (?:little )?bit\b|\ba little\b|\bslightly\b|[开关拉升降][上下起高低]?(?:一点|一些|点儿?$)"
)


def _step(clause: Tagged, values: list[Span]) -> str:
    """Return whether something is to be `more` or `less` open, by so much or by a bit: 关一点."""
    before = clause.words[: values[0].start] if values else clause.words
    again = _AGAIN.search(before) if values else None
    if again:
        return "more" if again["more"] else "less"
    by = parse_change(values[0].words) if values else None
    little = by is not None and not by.said if values else bool(_A_BIT.search(before))
    is_step = little or bool(values and _STEP.search(before))
    return _STEPS_OF_COVERS.get(clause.verb, "") if is_step else ""


def asks_for(reading: Reading, *named: str) -> str:
    """Return what a question asks about, beside what it names: "how warm is it", 几度."""
    if not reading.asks:
        return ""
    about = reading.slots.get("about", "").casefold()
    if reading.verb == "ask_is":
        degrees = _DEGREES.search(reading.words) and not reading.slots.get("target")
        felt = "temperature" if degrees else ""  # "Has the study reached 20 degrees?"
        return aspect_words(about) or _in_language(felt, reading.words)
    felt = _felt(about) or aspect_words(about) or _felt(_without(reading.words.casefold(), named))
    return _in_language(felt, reading.words)


def _in_language(felt: str, words: str) -> str:
    return _IN_CHINESE.get(felt, felt) if detect_language(words) == "zh" else felt


_DEGREES: Final = re.compile(r"\d (?:degrees|°)|\b(?:above|below|over|under) \d|[\d十]度")
_IN_CHINESE: Final = {
    "temperature": "温度",
    "brightness": "亮度",
    "volume": "音量",
    "humidity": "湿度",
    "battery": "电量",
}
"""A name in one language is best asked for in it."""


def _felt(said: str) -> str:
    return next((name for name, words in FELT.items() if words.search(said)), "")


def _without(words: str, named: Iterable[str]) -> str:
    for each in named:
        words = words.replace(each.casefold(), " ") if each else words
    return words
