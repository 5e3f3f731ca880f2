"""From the names in a clause to devices: by name, by room, or by what the verb can only mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from agentd.brains import delays
from agentd.brains.deeds import Deed, is_motion, runs
from agentd.brains.implied import implied_kinds
from agentd.brains.language import detect_language
from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.phrases import GRAB, LET_GO, LOUDNESS, OF_A_ROOM, ONE, OTHERS
from agentd.brains.reading import Reading
from agentd.brains.slots import BETWEEN_ROOMS, asks_for
from agentd.brains.tagger import Tagged
from agentd.brains.targets import Fits, Home
from agentd.brains.which import as_they_are, check_door, check_one, check_rest, classed, plain
from agentd.brains.words import thing_words, tokenise, word_list
from agentd.model import NOTHING, Device, Kind, State

_ALL_OF_A_ROOM: Final = frozenset({Kind.LIGHT, Kind.COVER, Kind.VALVE, Kind.SENSOR})
"""Kinds of which all in a room are meant when only the room was named."""
_SOMEWHERE: Final = frozenset(
    {"on", "off", "on_or_open", "off_or_close", "toggle", "open", "close", "lock", "unlock"}
)
"""Verbs that mean nothing without a thing or a room: "lock and load"."""


_FOR_SOMEBODY: Final = re.compile(r"\s+for (?:me|us|him|her|them|the|my|our|a|an)\b.*$")
_AND: Final = re.compile(r"\b(?:and|or)\b|[,，、和与跟]")
_TURNED_DOWN: Final = frozenset({"louder", "quieter"})
_GO_ON: Final = frozenset({"set", "more", "less"})
_OPENING: Final = frozenset({"open", "on_or_open", "unlock"})
_ENDS: Final = frozenset({"off", "off_or_close", "pause"})
"""Said of what runs; nothing else is harmed when the state of others is unknown."""


@dataclass(slots=True)
class Thread:
    """What earlier clauses leave for later ones."""

    devices: list[Device] = field(default_factory=list)
    place: str = ""
    when: delays.When | None = None
    among: str = ""
    """Where "the others" are: 楼下只留客厅灯，别的都关."""
    thing: str = ""
    """The word for a thing that was said last: "light"."""


class Finder:
    """Finds the devices of one clause after the other, said in the room `near` if known."""

    def __init__(self, home: Home, states: Mapping[str, State], near: str) -> None:
        self._home = home
        self._states = states
        self._near = near
        self.thread = Thread()

    def devices(self, reading: Reading, deed: Deed, clause: Tagged) -> list[Device]:
        """Return the devices that `reading` means. Raises `NotUnderstood`."""
        rooms = self._room(reading).split(BETWEEN_ROOMS)
        found = [
            device
            for room in rooms
            for device in self._of_room(_in_room(reading, room), deed, clause)
        ]
        once = list({device.id: device for device in found}.values())
        return as_they_are(once, clause, self._states)

    def _of_room(self, reading: Reading, deed: Deed, clause: Tagged) -> list[Device]:
        target, room = reading.slots.get("target", ""), reading.slots.get("room", "")
        target = self._spelt_out(target, clause)
        if not target and room and self.thread.thing and ONE.search(clause.words):
            target, room = f"{room} {self.thread.thing}", ""  # "The bedroom one."
        if is_it(target) and self.thread.devices and not room:
            return [each for each in self.thread.devices if deed(each) is not None]
        target = "" if is_it(target) else target  # "It should be brighter in the study."
        about = asks_for(reading, target, room)
        named = f"{target} {about}".strip()
        said = tokenise(named)
        if not said.concepts and not said.many:
            return self._implied(reading, deed, clause)
        if reading.asks:
            return classed(self._asked(target, about, room, reading, deed, clause), reading)
        if self._home.is_place(named) and not room and not said.many:
            try:
                return self._implied(_in_room(reading, named), deed, clause)
            except NotUnderstood:
                pass  # "The bedroom" may also be the name of something.
        return self._find(f"{named} {room}".strip(), reading, deed, clause)

    def _spelt_out(self, target: str, clause: Tagged) -> str:
        """Return `target` with "one" and "the others" as the things they stand for."""
        thing = self.thread.thing
        if thing and ONE.search(target) and not thing_words(target):
            return ONE.sub(thing, target)
        if others := OTHERS.search(clause.words):
            at = clause.words.find(target)
            if at < others.end() < at + len(target):
                target = clause.words[others.end() : at + len(target)]  # 剩|下的灯
            rest = OTHERS.sub(" ", target).strip()
            rest = rest or "".join(thing_words(clause.words[others.end() :])[:1])
            where = self.thread.among or ("" if rest or thing else self.thread.place)
            rest = f"{rest} {where}"
            every = "所有" if detect_language(clause.words) == "zh" else "all "
            return f"{every}{rest.strip() or thing}"
        return target

    def _asked(
        self, target: str, about: str, room: str, reading: Reading, deed: Deed, clause: Tagged
    ) -> list[Device]:
        """Return what a question is about; the aspect may be no part of any name."""
        try:
            found = self._find(f"{target} {about} {room}".strip(), reading, deed, clause)
        except NotUnderstood:
            if not target and about and self._home.is_place(room):
                raise self._unclear(room, [], clause) from None  # Nothing there can tell.
            if not (target and about):
                raise
            return self._find(f"{target} {room}".strip(), reading, deed, clause)
        if target or not _says(about, "temperature"):
            return found
        # A furnace has a temperature, too, but it is not that of the house.
        here = [d for d in found if d.kind is Kind.CLIMATE or _says(d.name, "temperature")]
        return here or found

    def _room(self, reading: Reading) -> str:
        """Return the room that was said, "here" being the speaker's."""
        if "here" not in reading.slots:
            return reading.slots.get("room", "")
        if not self._near:
            raise NotUnderstood(Why.PLACE, reading.words)
        return self._near

    def _find(self, phrase: str, reading: Reading, deed: Deed, clause: Tagged) -> list[Device]:
        near = "" if "everywhere" in reading.slots else self.thread.place or self._near
        try:
            found = self._home.find(phrase, _able(deed), asking=reading.asks, near=near)
            if reading.verb in _OPENING:
                check_door(phrase, found, self._home)
            check_one(phrase, found, clause)
            locks = [each for each in found if each.kind is Kind.LOCK]
            return locks if locks and reading.asks and "state" in reading.slots else found
        except NotUnderstood as problem:
            if problem.why is Why.UNABLE and reading.asks:
                return self._home.find(phrase, lambda _: True, asking=True, near=near)
            whose = _FOR_SOMEBODY.search(phrase)
            if whose and problem.why is not Why.AMBIGUOUS:
                return self._find(phrase[: whose.start()], reading, deed, clause)
            whole = problem.part.strip() == phrase.strip()
            likely = self._running(problem.devices, reading) if whole else None
            if likely is not None:
                return [likely]
            part = _said(clause) or problem.part
            raise NotUnderstood(problem.why, part, problem.names, problem.devices) from None

    def _implied(self, reading: Reading, deed: Deed, clause: Tagged) -> list[Device]:
        """Return the devices of a verb without a target: in the room said, or the one there is."""
        place = reading.slots.get("room", "")
        check_rest(clause, self._home)
        kinds = implied_kinds(reading)
        if not kinds and reading.verb in _GO_ON:  # "Kitchen light to 70, study to 30."
            kinds = tuple({each.kind for each in self.thread.devices})
        if grips := self._grippers(reading, deed):
            return grips
        before = [each for each in self.thread.devices if each.kind in kinds and deed(each)]
        if reading.asks and self.thread.devices and not place and not reading.aspects:
            return self.thread.devices  # "Lock the front door: is it locked now?"
        if before and not place and not reading.asks and not is_motion(reading.verb):
            return before
        alike = self._alike(reading, deed, place, clause)
        if alike:
            return alike
        found = self._candidates(reading, deed, kinds, place)
        if reading.verb in _TURNED_DOWN and not LOUDNESS.search(clause.words):
            raise self._unclear(place, found, clause)  # "Turn it down": the heat, or the light?
        sure = reading.asks or bool(place or self._near)
        if len(found) == 1 or (found and sure and (reading.asks or _all_meant(found))):
            return found
        likely = self._running(found, reading) or plain(found)
        if likely is not None:
            return [likely]
        raise self._unclear(place, found, clause)

    def _grippers(self, reading: Reading, deed: Deed) -> list[Device]:
        """Return the one gripper, where the verb is of grippers only and nothing else is named."""
        said = {"open": LET_GO, "on_or_open": LET_GO, "close": GRAB, "off_or_close": GRAB}
        words = said.get(reading.verb)
        if words is None or not words.search(reading.words):
            return []
        found = self._home.inside("", lambda d: d.kind is Kind.SERVO and "open" in d.arguments)
        return [each for each in found if deed(each)] if len(found) == 1 else []

    def _alike(self, reading: Reading, deed: Deed, place: str, clause: Tagged) -> list[Device]:
        """Return what of the same kind as before is there: 客厅窗帘拉上，卧室的拉开."""
        kinds = {each.kind for each in self.thread.devices}
        if not place or reading.asks or len(kinds) != 1 or not OF_A_ROOM.search(clause.words):
            return []
        return self._home.inside(place, lambda d: d.kind in kinds and deed(d) is not None)

    def _candidates(
        self, reading: Reading, deed: Deed, kinds: Sequence[Kind], place: str
    ) -> list[Device]:
        def fits(device: Device) -> bool:
            return device.kind in kinds and deed(device) is not None

        near = place or self.thread.place or self._near
        near = "" if "everywhere" in reading.slots else near
        if reading.verb in _SOMEWHERE and not near:
            return []
        found = self._home.inside(near, fits)
        if not found and not place and reading.verb not in _SOMEWHERE:
            found = self._home.inside("", fits)
        if reading.asks:
            return found
        if reading.verb == "resume" and not near:
            found = [each for each in found if self._paused(each)]
        return [each for each in found if each.kind is found[0].kind]

    def _paused(self, device: Device) -> bool:
        """Return whether it is known to be on hold: "continue" may be said of anything."""
        return self._states.get(device.id, NOTHING).get("playing") is False

    def _unclear(self, place: str, found: list[Device], clause: Tagged) -> NotUnderstood:
        if found:
            names = [device.name for device in found][:6]
            return NotUnderstood(Why.AMBIGUOUS, place or clause.words, names, found)
        there = [device.name for device in self._home.inside(place, lambda _: True)]
        if place and there:
            return NotUnderstood(Why.UNABLE, place, there[:3])
        return NotUnderstood(Why.TARGET if place else Why.WORDS, place or clause.words)

    def _running(self, devices: Sequence[Device], reading: Reading) -> Device | None:
        """Return the one device that is on or playing when all others are known not to be."""
        known = [(d, runs(reading, d, self._states.get(d.id, NOTHING))) for d in devices]
        running = [device for device, does in known if does]
        settled = all(does is not None for _, does in known) or reading.verb in _ENDS
        return running[0] if settled and len(running) == 1 else None


def is_it(target: str) -> bool:
    """Return whether `target` only points back: "it", 它."""
    return target.strip().casefold() in word_list().phrases.it


def _in_room(reading: Reading, room: str) -> Reading:
    target = "" if reading.slots.get("target") == room else reading.slots.get("target", "")
    return replace(reading, slots={**reading.slots, "room": room, "target": target})


def _able(deed: Deed) -> Fits:
    return lambda device: deed(device) is not None


def _all_meant(found: Sequence[Device]) -> bool:
    return found[0].kind in _ALL_OF_A_ROOM


def _says(name: str, concept: str) -> bool:
    return concept in tokenise(name).concepts


def _said(clause: Tagged) -> str:
    """Return the words of the sentence from the first of its target and room to the last."""
    spans = [each for each in clause.spans if each.slot in ("target", "room")]
    return clause.words[spans[0].start : spans[-1].end] if spans else ""
