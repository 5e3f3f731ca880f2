"""Which of the devices that were found are meant, or that nobody can tell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.phrases import AS_IT_IS, THAT_ONE
from agentd.brains.reading import Reading
from agentd.brains.tagger import Tagged
from agentd.brains.targets import Home
from agentd.brains.words import conditions, tokenise
from agentd.model import NOTHING, Device, Kind, State

_ABOUT_WHAT: Final = re.compile(
    r"\b(?:on|of|against|with|under) (?:the|my|our|his|her|their|your) "
    r"(?P<what>(?!house|home|flat|whole|way|right|left|spot|other|double|side|same|current)\w+)"
)
_AND: Final = re.compile(r"\b(?:and|or)\b|[,，、和与跟]")
_TWO: Final = re.compile(r"\bboth\b|两[个盏台扇把幅]|俩|兩[個盞臺台扇]", re.IGNORECASE)
_WAYS_IN: Final = frozenset({Kind.COVER, Kind.LOCK})
"""What people call a door, whichever of the two it is."""


def as_they_are(found: list[Device], clause: Tagged, states: Mapping[str, State]) -> list[Device]:
    """Return those that are as the words say: "the lights that are on", 开着的灯."""
    said = AS_IT_IS.search(clause.words)
    if said is None or clause.verb.startswith("ask"):
        return found
    wanted = conditions((said["en"] or said["zh"]).replace("没关", "开着"))
    alike = [
        each
        for each in found
        if any(_reads(states.get(each.id, NOTHING).get(n)) == v for n, v in wanted)
    ]
    if not alike:
        raise NotUnderstood(Why.TARGET, said[0].strip())
    return alike


def check_door(phrase: str, found: Sequence[Device], home: Home) -> None:
    """Raise `NotUnderstood` where "the door" may be a locked one as well as the garage's."""
    said = tokenise(phrase)
    if said.many or {"door", "gate"}.isdisjoint(said.concepts):
        return
    ways = home.find(phrase, lambda each: each.kind in _WAYS_IN, asking=True)
    if len(ways) > len(found):
        names = [device.name for device in ways][:6]
        raise NotUnderstood(Why.AMBIGUOUS, phrase.strip(), names, ways)


def check_one(phrase: str, found: Sequence[Device], clause: Tagged) -> None:
    """Raise `NotUnderstood` where one thing was said and several are meant.

    Nobody wants two scenes at once, says 那盏 of two lamps, or "both" of three.
    """
    if len(found) < 2 or clause.verb.startswith("ask"):
        return
    scenes = {each.kind for each in found} <= {Kind.SCENE, Kind.BUTTON}
    rooms = len({each.area for each in found}) > 1
    one = rooms and bool(THAT_ONE.search(clause.words))
    two = len(found) > 2 and bool(_TWO.search(clause.words)) and not _AND.search(phrase)
    if two or ((scenes or one) and not (tokenise(phrase).many or _AND.search(phrase))):
        names = [device.name for device in found][:6]
        raise NotUnderstood(Why.AMBIGUOUS, phrase.strip(), names, found)


def check_rest(clause: Tagged, home: Home) -> None:
    """Raise `NotUnderstood` where a verb alone is about what nobody has: "on the rivals"."""
    about = _ABOUT_WHAT.search(clause.words)
    named = any(each.slot in ("target", "room") for each in clause.spans)
    if about and not named and not home.knows(about["what"]):
        raise NotUnderstood(Why.TARGET, about["what"])


def plain(found: Sequence[Device]) -> Device | None:
    """Return the one that is simply called what it is: "Thermostat" before "Office thermostat"."""
    plain = [each for each in found if len(tokenise(each.name).concepts) == 1]
    return plain[0] if len(plain) == 1 else None


def classed(found: list[Device], reading: Reading) -> list[Device]:
    """Return those that are sensors of just what is asked, where there are any."""
    asked = {name for name, _ in conditions(reading.slots.get("state", ""))}
    return [each for each in found if each.device_class in asked] or found


def _reads(value: object) -> str:
    return str(value).lower()
