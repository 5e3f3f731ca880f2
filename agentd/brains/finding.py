"""From the names in a clause to devices: by name, by room, or by what the verb can only mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from agentd.brains import delays
from agentd.brains.deeds import Deed, is_motion, runs
from agentd.brains.implied import implied_kinds
from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.reading import Reading
from agentd.brains.slots import BETWEEN_ROOMS, asks_for
from agentd.brains.tagger import Tagged
from agentd.brains.targets import Fits, Home
from agentd.brains.words import tokenise, word_list
from agentd.model import NOTHING, Device, Kind, State

_ALL_OF_A_ROOM: Final = frozenset({Kind.LIGHT, Kind.COVER, Kind.VALVE, Kind.SENSOR})
"""Kinds of which all in a room are meant when only the room was named."""
_SOMEWHERE: Final = frozenset(
    {"on", "off", "on_or_open", "off_or_close", "toggle", "open", "close", "lock", "unlock"}
)
"""Verbs that mean nothing without a thing or a room: "lock and load"."""


_ENDS: Final = frozenset({"off", "off_or_close", "pause"})
"""Said of what runs; nothing else is harmed when the state of others is unknown."""


@dataclass(slots=True)
class Thread:
    """What earlier clauses leave for later ones."""

    devices: list[Device] = field(default_factory=list)
    place: str = ""
    when: delays.When | None = None


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
        return list({device.id: device for device in found}.values())

    def _of_room(self, reading: Reading, deed: Deed, clause: Tagged) -> list[Device]:
        target, room = reading.slots.get("target", ""), reading.slots.get("room", "")
        if is_it(target) and self.thread.devices and not room:
            return [each for each in self.thread.devices if deed(each) is not None]
        target = "" if is_it(target) else target  # "It should be brighter in the study."
        about = asks_for(reading, target, room)
        named = f"{target} {about}".strip()
        said = tokenise(named)
        if not said.concepts and not said.many:
            return self._implied(reading, deed, clause)
        if reading.asks:
            return self._asked(target, about, room, reading, deed, clause)
        if self._home.is_place(named) and not room and not said.many:
            try:
                return self._implied(_in_room(reading, named), deed, clause)
            except NotUnderstood:
                pass  # "The bedroom" may also be the name of something.
        return self._find(f"{named} {room}".strip(), reading, deed, clause)

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
        near = self.thread.place or self._near
        try:
            found = self._home.find(phrase, _able(deed), asking=reading.asks, near=near)
            locks = [each for each in found if each.kind is Kind.LOCK]
            return locks if locks and reading.asks and "state" in reading.slots else found
        except NotUnderstood as problem:
            if problem.why is Why.UNABLE and reading.asks:
                return self._home.find(phrase, lambda _: True, asking=True, near=near)
            whole = problem.part.strip() == phrase.strip()
            likely = self._running(problem.devices, reading) if whole else None
            if likely is not None:
                return [likely]
            part = _said(clause) or problem.part
            raise NotUnderstood(problem.why, part, problem.names, problem.devices) from None

    def _implied(self, reading: Reading, deed: Deed, clause: Tagged) -> list[Device]:
        """Return the devices of a verb without a target: in the room said, or the one there is."""
        place = reading.slots.get("room", "")
        kinds = implied_kinds(reading)
        before = [each for each in self.thread.devices if each.kind in kinds and deed(each)]
        if before and not place and not reading.asks and not is_motion(reading.verb):
            return before
        found = self._candidates(reading, deed, kinds, place)
        sure = reading.asks or bool(place or self._near)
        if len(found) == 1 or (found and sure and (reading.asks or _all_meant(found))):
            return found
        likely = self._running(found, reading) or _plain(found)
        if likely is not None:
            return [likely]
        raise self._unclear(place, found, clause)

    def _candidates(
        self, reading: Reading, deed: Deed, kinds: Sequence[Kind], place: str
    ) -> list[Device]:
        def fits(device: Device) -> bool:
            return device.kind in kinds and deed(device) is not None

        near = place or self.thread.place or self._near
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


def _plain(found: Sequence[Device]) -> Device | None:
    """Return the one that is simply called what it is: "Thermostat" before "Office thermostat"."""
    plain = [each for each in found if len(tokenise(each.name).concepts) == 1]
    return plain[0] if len(plain) == 1 else None


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
