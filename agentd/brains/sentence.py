"""Reads one sentence: clause by clause, each understood completely, or the whole is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agentd.brains import delays
from agentd.brains.clauses import Clause, join, split, spoken
from agentd.brains.deeds import Deed, Deeds, is_motion, runs
from agentd.brains.grammar import Reading
from agentd.brains.manners import Manners
from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.stop_words import stop_call
from agentd.brains.targets import Home
from agentd.brains.understanding import Language
from agentd.brains.words import word_list
from agentd.model import NOTHING, Call, Device, Kind, State

WIDEST = 3
LONGEST = 120
"""Characters of a clause that are matched at all: nobody names a device at greater length."""
_IMPLIED = {
    **dict.fromkeys(
        ("play", "resume", "pause", "next", "previous", "mute", "unmute", "louder", "quieter"),
        Kind.MEDIA,
    ),
    "warmer": Kind.CLIMATE,
    "cooler": Kind.CLIMATE,
}


class Reader:
    """Understands one sentence said in `language` about `home`."""

    def __init__(self, language: Language, home: Home, states: Mapping[str, State]) -> None:
        self._language = language
        self._home = home
        self._states = states
        self._deeds = Deeds(states)
        self._last: Reading | None = None
        self._last_devices: list[Device] = []
        self._when: delays.When | None = None

    def read(self, sentence: str) -> list[Call]:
        """Return the calls in order. Raises `NotUnderstood` naming the first unclear part."""
        said = Manners(self._language.code).strip(sentence)
        clauses = spoken(split(said.words))
        if not clauses:
            raise NotUnderstood(Why.WORDS, sentence)
        calls: list[Call] = []
        start = 0
        while start < len(clauses):
            width, found = self._read_at(clauses[start : start + WIDEST], said.asks)
            calls += found
            start += width
        return calls

    def _read_at(self, clauses: Sequence[Clause], asks: bool) -> tuple[int, list[Call]]:
        """Read as many of `clauses` as belong together; return how many, and their calls."""
        problem = NotUnderstood(Why.WORDS, clauses[0].text.strip())
        for width in range(len(clauses), 0, -1):
            try:
                words = join(clauses[:width], self._language.conjunction)
                return width, self._timed_clause(words, asks, alone=width == 1)
            except NotUnderstood as unclear:
                if unclear.why is Why.AMBIGUOUS or (width == 1 and unclear.why > problem.why):
                    problem = unclear
        bare, when = delays.read(clauses[0].text.strip())
        carried = self._carry_over(bare)
        if carried is None:
            raise problem
        return 1, delays.timed(carried, when or self._when)

    def _timed_clause(self, words: str, asks: bool, *, alone: bool) -> list[Call]:
        """Take the time off; said before a command, it holds for the commands behind it too."""
        bare, when = delays.read(words)
        calls = self._clause(bare, asks, alone=alone)
        if when is not None and when.first:
            self._when = when
        return delays.timed(calls, when or self._when)

    def _clause(self, words: str, asks: bool, *, alone: bool) -> list[Call]:
        stop = stop_call(words)
        if stop is not None:
            return [stop]
        said = Manners(self._language.code).strip(words)
        problem = NotUnderstood(Why.WORDS, words)
        if len(words) > LONGEST:
            raise problem
        asking = asks or said.asks
        for reading in self._readings(said.words, asking, alone):
            try:
                return self.carry_out(reading)
            except NotUnderstood as unclear:
                # A room without a player must not make its name part of the music.
                if unclear.why is Why.AMBIGUOUS or _is_unable_to_play(reading, unclear):
                    raise
                problem = max(problem, unclear, key=lambda each: each.why)
        if alone and problem.why in (Why.WORDS, Why.TARGET, Why.VALUE):
            for reading in self._language.home_readings(said.words, self._home, asking):
                return self.carry_out(reading)
        raise problem

    def _readings(self, words: str, asking: bool, alone: bool) -> list[Reading]:
        """Return the readings worth trying: commands first, and none for a question."""
        readings = self._language.grammar.readings(words)
        questions = [reading for reading in readings if reading.asks]
        if asking:
            return questions
        commands = [each for each in readings if not each.asks]
        # Free text would swallow the next clause whole.
        return [each for each in commands if alone or "media" not in each.slots] + questions

    def carry_out(self, reading: Reading) -> list[Call]:
        """Return the calls for one reading. Raises `NotUnderstood` when the home has none."""
        deed = self._deed(reading)
        devices = self._devices(reading, deed)
        calls = [call for device in devices if (call := deed(device)) is not None]
        if not calls:
            raise NotUnderstood(Why.UNABLE, reading.words, [device.name for device in devices])
        self._last, self._last_devices = reading, devices
        return calls

    def _deed(self, reading: Reading) -> Deed:
        """Return what to do; a value is only worth complaining about for a known target."""
        try:
            return self._deeds.deed(reading)
        except NotUnderstood:
            target = reading.slots.get("target", "").strip()
            if target and target not in word_list().phrases.it:
                self._home.find(target, lambda _: True, asking=True)
            raise

    def _carry_over(self, words: str) -> list[Call] | None:
        """Apply the last verb to another target: "turn on the light and the fan"."""
        if self._last is None or is_motion(self._last.verb) or not self._last.slots.get("target"):
            return None
        slots = {**self._last.slots, "target": words.strip()}
        try:
            return self.carry_out(Reading(self._last.verb, words, slots))
        except NotUnderstood as unclear:
            if unclear.why is Why.AMBIGUOUS:
                raise
            return None

    def _devices(self, reading: Reading, deed: Deed) -> list[Device]:
        if reading.device_ids:
            return [self._home.get(device_id) for device_id in reading.device_ids]
        target = reading.slots.get("target", "").strip()
        if target in word_list().phrases.it and self._last_devices:
            return [each for each in self._last_devices if deed(each) is not None]
        target = " ".join((target, *(reading.slots.get(each, "") for each in ("room", "about"))))
        target = target.strip()
        if not target:
            return [self._implied(reading, deed)]
        return self._find(target, reading, deed)

    def _find(self, target: str, reading: Reading, deed: Deed) -> list[Device]:
        try:
            return self._home.find(target, lambda d: deed(d) is not None, asking=reading.asks)
        except NotUnderstood as problem:
            likely = self._running(problem.devices, reading)
            if likely is None:
                raise
            return [likely]

    def _implied(self, reading: Reading, deed: Deed) -> Device:
        """Return the one device that a verb without a target can only mean."""
        kind = Kind.DRIVE if is_motion(reading.verb) else _IMPLIED.get(reading.verb)
        found = [d for d in self._home.devices if d.kind is kind and deed(d) is not None]
        if len(found) == 1:
            return found[0]
        if kind is Kind.MEDIA and found:
            likely = self._running(found, reading) or self._nearby(found)
            if likely is not None:
                return likely
        why = Why.AMBIGUOUS if found else Why.WORDS
        raise NotUnderstood(why, reading.words, [device.name for device in found])

    def _running(self, devices: Sequence[Device], reading: Reading) -> Device | None:
        """Return the one device that is on or playing when all others are known not to be."""
        known = [(d, runs(reading, d, self._states.get(d.id, NOTHING))) for d in devices]
        running = [device for device, does in known if does]
        settled = all(does is not None for _, does in known)
        return running[0] if settled and len(running) == 1 else None

    def _nearby(self, devices: Sequence[Device]) -> Device | None:
        """Return the one device in the room that the sentence was just about."""
        rooms = {device.area for device in self._last_devices if device.area}
        nearby = [device for device in devices if device.area in rooms]
        return nearby[0] if len(nearby) == 1 else None


def _is_unable_to_play(reading: Reading, problem: NotUnderstood) -> bool:
    return reading.verb == "play" and problem.why is Why.UNABLE
