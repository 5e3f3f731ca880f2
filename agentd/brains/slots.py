"""From the spans of a tagged clause to a reading: a verb of ours with its values and names."""

from __future__ import annotations

import re
from typing import Final

from agentd.brains.deeds import Reading
from agentd.brains.language import detect_language
from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.tagger import Tagged
from agentd.brains.naming import names
from agentd.brains.words import any_of, aspect_words

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
_TO: Final = re.compile(r"(?:\b(?:to|at|on)|到|至|成|为|在)\s*(?:the\s+)?$", re.IGNORECASE)
"""In front of a value that is to be reached, not added: "dim it to 20"."""
_EVERYWHERE: Final = re.compile(
    r"\b(?:everywhere|all over|(?:whole|entire) (?:house|home|flat|apartment)|every room|all rooms"
    r"|(?:the|at|in the|around the) (?:house|home|flat|apartment)|at home|throughout)\b|全屋|家里|全家|整个家|每个房间|所有房间",
    re.IGNORECASE,
)
_HERE: Final = re.compile(
    r"\b(?:here|(?:this|the|my|our) (?:room|area|space|floor|place)|where i am)\b"
    r"|这里|这边|这儿|这个?房间|这间|这屋|这层|这一层|屋里|房间里|我这|此处|这个屋",
    re.IGNORECASE,
)
_FELT: Final = {
    **dict.fromkeys(
        ("warm", "hot", "cold", "cool", "heat", "warmth", "热", "冷", "暖"), "temperature"
    ),
    **dict.fromkeys(("bright", "dark", "亮"), "brightness"),
    **dict.fromkeys(("loud", "noisy", "响"), "volume"),
    **dict.fromkeys(("humid", "damp", "dry", "潮", "湿"), "humidity"),
    **dict.fromkeys(("full", "charge", "power left", "juice", "电"), "battery"),
}


def reading_of(clause: Tagged, bare: str) -> Reading:
    """Return what `clause` asks for. Raises `NotUnderstood` where what it needs is missing."""
    verb = _verb(clause)
    slots = {slot: clause.all(slot)[0] for slot in ("media", "speed", "state") if clause.all(slot)}
    if verb == "play" and "media" not in slots:
        raise NotUnderstood(Why.VALUE, clause.words)
    if len(clause.all("media")) > 1 or len(clause.all("speed")) > 1:
        raise NotUnderstood(Why.VALUE, clause.words)
    conjunction = "和" if detect_language(clause.words) == "zh" else " and "
    targets, rooms = names(clause)
    slots["target"] = conjunction.join(targets)
    slots["about"] = " ".join(clause.all("about"))
    room = " ".join(rooms)
    if _EVERYWHERE.search(room):
        room, slots["target"] = "", f"all {slots['target']}"
    if _HERE.search(room):
        room, slots["here"] = _HERE.sub(" ", room).strip(), "here"
    slots["room"] = room
    return Reading(
        verb, bare, {name: said for name, said in slots.items() if said}, tuple(clause.all("value"))
    )


def _verb(clause: Tagged) -> str:
    verb = clause.verb
    if verb in ("none", "other"):
        raise NotUnderstood(Why.WORDS, clause.words)
    values = [span for span in clause.spans if span.slot == "value"]
    reached = any(_TO.search(clause.words[: span.start]) for span in values)
    if values and (
        verb in ("on", "open", "close") or (verb in _LEVELLED | _LEVELLED_TEMPERATURE and reached)
    ):
        return "set"
    if verb == "ask" and clause.all("state"):
        return "ask_is"
    if detect_language(clause.words) == "zh":
        return _EITHER.get(verb, verb)
    return verb


def asks_for(reading: Reading) -> str:
    """Return what the words for an aspect add to the name of what is asked about."""
    said = reading.slots.get("about", "").casefold() if reading.asks else ""
    found = [name for word, name in _FELT.items() if re.search(any_of((word,)), said)]
    return found[0] if found else aspect_words(said)
