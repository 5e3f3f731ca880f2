"""From a tagged sentence to calls: every clause understood completely, or the whole is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from agentd.brains import delays
from agentd.brains.admission import admit, needs
from agentd.brains.deeds import Deed, Deeds, runs
from agentd.brains.implied import implied_kinds
from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.naming import divided, excepted, names
from agentd.brains.reading import Reading
from agentd.brains.slots import asks_for, is_connector, reading_of
from agentd.brains.stop_words import stop_call
from agentd.brains.tagger import Tagged, Tagging
from agentd.brains.targets import Home
from agentd.brains.words import tokenise, word_list
from agentd.model import NOTHING, Call, Device, Kind, State

_ALL_OF_A_ROOM: Final = frozenset({Kind.LIGHT, Kind.COVER, Kind.VALVE, Kind.SENSOR})
"""Kinds of which all in a room are meant when only the room was named."""


@dataclass(slots=True)
class _Thread:
    """What earlier clauses leave for later ones."""

    reading: Reading | None = None
    devices: list[Device] = field(default_factory=list)
    place: str = ""
    when: delays.When | None = None


class Reader:
    """Understands one sentence about `home`, said in the room `near` if that is known."""

    def __init__(self, home: Home, states: Mapping[str, State], near: str = "") -> None:
        self._home = home
        self._states = states
        self._near = near
        self._deeds = Deeds(states)
        self._thread = _Thread()

    def read(self, tagging: Tagging, words: str, *, asks: bool) -> list[Call]:
        """Return the calls in order. Raises `NotUnderstood` naming the first unclear part."""
        admit(tagging, words, asks=asks)
        calls: list[Call] = []
        spared: list[str] = []
        for clause in (each for whole in tagging.clauses for each in divided(whole)):
            spared += excepted(clause)
            if clause.verb == "keep":
                targets, rooms = names(clause)
                spared += [*targets, *rooms] or [clause.words]
            elif clause.verb == "none":
                self._thread.place = " ".join(clause.all("room")) or self._thread.place
            else:
                calls += self._clause(clause, tagging.sure)
        kept = self._without(calls, spared, words)
        if not kept:
            raise NotUnderstood(Why.WORDS, words)
        return kept

    def _clause(self, clause: Tagged, sure: float) -> list[Call]:
        stop = stop_call(clause.words)
        if stop is not None:
            return [stop]
        bare, when = delays.read(clause.words.strip())
        said_when = [each for each in clause.all("when") if not is_connector(each)]
        if when is None and said_when:
            raise NotUnderstood(Why.VALUE, said_when[0])
        reading = reading_of(clause, bare)
        calls = self._carry_out(reading, clause)
        if min(clause.sure, sure) < needs(reading, calls, self._home):
            raise NotUnderstood(Why.WORDS, clause.words)
        if when is not None and when.first:
            self._thread.when = when
        return delays.timed(calls, when or self._thread.when)

    def _carry_out(self, reading: Reading, clause: Tagged) -> list[Call]:
        if reading.verb == "stop" and not reading.slots.get("target"):
            return [Call("stop")]
        deed = self._deed(reading)
        devices = self._devices(reading, deed, clause)
        calls = [call for device in devices if (call := deed(device)) is not None]
        if not calls:
            names = [device.name for device in devices]
            raise NotUnderstood(Why.UNABLE, clause.words, names)
        thread = self._thread
        thread.reading, thread.devices = reading, devices
        thread.place = reading.slots.get("room", "") or thread.place
        return calls

    def _deed(self, reading: Reading) -> Deed:
        """Return what to do; a value is only worth complaining about for a known target."""
        try:
            return self._deeds.deed(reading)
        except NotUnderstood:
            target = reading.slots.get("target", "")
            if target and not _is_it(target):
                self._home.find(target, lambda _: True, asking=True)
            raise

    def _devices(self, reading: Reading, deed: Deed, clause: Tagged) -> list[Device]:
        target, room = reading.slots.get("target", ""), self._room(reading)
        if _is_it(target) and self._thread.devices:
            return [each for each in self._thread.devices if deed(each) is not None]
        about = asks_for(reading, target, room)
        named = f"{target} {about}".strip()
        if not tokenise(named).concepts and not tokenise(named).many:
            return self._implied(reading, deed, clause)
        if reading.asks:
            return self._asked(target, about, room, reading, deed, clause)
        if self._home.is_place(named) and not room and not tokenise(named).many:
            alone = Reading(
                reading.verb,
                reading.words,
                {**reading.slots, "room": named, "target": ""},
                reading.values,
            )
            try:
                return self._implied(alone, deed, clause)
            except NotUnderstood:
                pass
        return self._find(f"{named} {room}".strip(), reading, deed, clause)

    def _asked(
        self, target: str, about: str, room: str, reading: Reading, deed: Deed, clause: Tagged
    ) -> list[Device]:
        """Return what a question is about; the aspect may be no part of any name."""
        try:
            found = self._find(f"{target} {about} {room}".strip(), reading, deed, clause)
        except NotUnderstood:
            if not (target and about):
                raise
            return self._find(f"{target} {room}".strip(), reading, deed, clause)
        if target or about != "temperature":
            return found
        return [each for each in found if each.kind is Kind.CLIMATE] or found

    def _room(self, reading: Reading) -> str:
        """Return the room that was said, "here" being the speaker's."""
        if "here" not in reading.slots:
            return reading.slots.get("room", "")
        if not self._near:
            raise NotUnderstood(Why.PLACE, reading.words)
        return self._near

    def _find(self, phrase: str, reading: Reading, deed: Deed, clause: Tagged) -> list[Device]:
        near = self._thread.place or self._near

        def fits(device: Device) -> bool:
            return deed(device) is not None

        try:
            return self._home.find(phrase, fits, asking=reading.asks, near=near)
        except NotUnderstood as problem:
            if problem.why is Why.UNABLE and reading.asks:
                return self._home.find(phrase, lambda _: True, asking=True, near=near)
            likely = self._running(problem.devices, reading)
            if likely is not None:
                return [likely]
            raise NotUnderstood(
                problem.why, _said(clause) or problem.part, problem.names, problem.devices
            ) from None

    def _implied(self, reading: Reading, deed: Deed, clause: Tagged) -> list[Device]:
        """Return the devices of a verb without a target: in the room said, or the one there is."""
        kinds = implied_kinds(reading)
        place = self._room(reading)

        def fits(device: Device) -> bool:
            return device.kind in kinds and deed(device) is not None

        found = self._home.inside(place, fits)
        if not place:
            near = self._thread.place or self._near
            found = (self._home.inside(near, fits) if near else []) or found
        found = (
            [each for each in found if each.kind is found[0].kind] if not reading.asks else found
        )
        if len(found) == 1 or (
            found and (reading.asks or (place and found[0].kind in _ALL_OF_A_ROOM))
        ):
            return found
        if found and not place and self._near and found[0].kind in _ALL_OF_A_ROOM:
            return found
        likely = self._running(found, reading)
        if likely is not None:
            return [likely]
        why = Why.AMBIGUOUS if found else Why.TARGET if place else Why.WORDS
        names = [device.name for device in found][:6]
        raise NotUnderstood(why, place or clause.words, names, found)

    def _running(self, devices: Sequence[Device], reading: Reading) -> Device | None:
        """Return the one device that is on or playing when all others are known not to be."""
        known = [(d, runs(reading, d, self._states.get(d.id, NOTHING))) for d in devices]
        running = [device for device, does in known if does]
        settled = all(does is not None for _, does in known)
        return running[0] if settled and len(running) == 1 else None

    def _without(self, calls: Sequence[Call], spared: Sequence[str], words: str) -> list[Call]:
        """Return the calls but those for a device that is to be left alone."""
        kept = list(calls)
        for phrase in spared:
            wanted = set(tokenise(phrase).concepts)
            left = [call for call in kept if not self._is_called(call, wanted)]
            if not wanted or (len(left) == len(kept) and not self._home.has(wanted)):
                raise NotUnderstood(Why.TARGET, phrase)
            kept = left
        return kept

    def _is_called(self, call: Call, wanted: set[str]) -> bool:
        device = str(call.arguments.get("device", ""))
        return bool(device) and wanted <= self._home.concepts(self._home.get(device))


def _is_it(target: str) -> bool:
    return target.strip().casefold() in word_list().phrases.it


def _said(clause: Tagged) -> str:
    """Return the words of the sentence from the first of its target and room to the last."""
    spans = [each for each in clause.spans if each.slot in ("target", "room")]
    return clause.words[spans[0].start : spans[-1].end] if spans else ""
