"""From a tagged sentence to calls: every clause understood completely, or the whole is not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from agentd.brains import delays
from agentd.brains.admission import admit, needs
from agentd.brains.deeds import Deed, Deeds
from agentd.brains.finding import Finder, is_it
from agentd.brains.mending import mended
from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.naming import divided, excepted, names, without_one
from agentd.brains.phrases import DATED, NOW, OTHERS, REVERSED, THE_OTHER
from agentd.brains.reading import Reading
from agentd.brains.slots import is_connector, reading_of
from agentd.brains.stop_words import stop_call
from agentd.brains.tagger import Tagged, Tagging
from agentd.brains.targets import Home
from agentd.brains.words import thing_words, tokenise
from agentd.model import NOTHING, Call, Device, State, Value


class Reader:
    """Understands one sentence about `home`, said in the room `near` if that is known."""

    def __init__(
        self,
        home: Home,
        states: Mapping[str, State],
        near: str = "",
        when: delays.When | None = None,
    ) -> None:
        """`when` is the time of the whole sentence, where it was taken off before."""
        self._home = home
        self._states = dict(states)
        self._deeds = Deeds(self._states)
        self._finder = Finder(home, self._states, near)
        self._finder.thread.when = when

    def read(self, tagging: Tagging, words: str, *, asks: bool) -> list[Call]:
        """Return the calls in order. Raises `NotUnderstood` naming the first unclear part."""
        admit(tagging, words, asks=asks)
        calls: list[Call] = []
        spared: list[str] = []
        whole = mended(tagging.clauses)
        for clause in _in_order([part for each in whole for part in divided(each)], words):
            spared += excepted(clause)
            if len(whole) > 1 and _only_spares(clause):
                continue
            if clause.verb == "keep":
                targets, rooms = names(clause)
                named = [without_one(each) for each in (*targets, *rooms)]
                spared += [each for each in named if each] or [clause.words]
                if targets and rooms and clause.spans[0].slot == "room":
                    self._finder.thread.among = spared.pop()
            elif clause.verb == "none":
                self._finder.thread.place = (
                    " ".join(clause.all("room")) or self._finder.thread.place
                )
            else:
                calls += self._clause(clause, words)
        kept = self._without(_once(calls, words), spared, words)
        if _contradict(kept):
            raise NotUnderstood(Why.VALUE, words)
        if not kept:
            raise NotUnderstood(Why.WORDS, words)
        return kept

    def _clause(self, clause: Tagged, words: str) -> list[Call]:
        stop = stop_call(clause.words)
        if stop is not None:
            return [stop]
        bare, when = delays.read(clause.words.strip())
        said_when = [each for each in clause.all("when") if not is_connector(each)]
        if when is None and said_when:
            raise NotUnderstood(Why.VALUE, said_when[0])
        another = delays.read(bare)[1] if when else None
        if clause.verb != "play" and (another or DATED.search(clause.words)):
            raise NotUnderstood(Why.WORDS, clause.words)
        reading = reading_of(clause, bare)
        calls = self._carry_out(reading, clause)
        if clause.sure < needs(reading, calls, self._home, words):
            raise NotUnderstood(Why.WORDS, clause.words)
        if when is not None and when.first:
            self._finder.thread.when = when
        before = None if NOW.search(clause.words) else self._finder.thread.when
        timed = delays.timed(calls, when or before)
        self._foresee(timed)
        return timed

    def _foresee(self, calls: Sequence[Call]) -> None:
        """Let later clauses start from what these calls set: "up by 20, then down by 10"."""
        for call in calls:
            device = str(call.arguments.get("device", ""))
            if device and not call.after_s:
                now = {name: value for name, value in call.arguments.items() if name != "device"}
                self._states[device] = {**self._states.get(device, NOTHING), **now}

    def _carry_out(self, reading: Reading, clause: Tagged) -> list[Call]:
        if reading.verb == "stop" and not reading.slots.get("target"):
            if not reading.slots.get("room") or not self._finder.thread.devices:
                return [Call("stop")]
            reading = replace(reading, verb="off_or_close")  # 厨房风扇打开, 卧室的停掉.
        deed = self._deed(reading)
        thread = self._finder.thread
        before = {each.id for each in thread.devices}
        devices = self._finder.devices(reading, deed, clause)
        if OTHERS.search(clause.words):
            devices = [each for each in devices if each.id not in before]
            _check_other(clause, devices)
        calls = [call for device in devices if (call := deed(device)) is not None]
        if not calls:
            names = [device.name for device in devices]
            raise NotUnderstood(Why.UNABLE, clause.words, names)
        thread.devices = devices
        thread.thing = "".join(thing_words(reading.slots.get("target", ""))[-1:]) or thread.thing
        thread.place = reading.slots.get("room", "") or thread.place
        return calls

    def _deed(self, reading: Reading) -> Deed:
        """Return what to do; a value is only worth complaining about for a known target."""
        try:
            return self._deeds.deed(reading)
        except NotUnderstood:
            target = reading.slots.get("target", "")
            if target and not is_it(target):
                self._home.find(target, lambda _: True, asking=True)
            raise

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


_WHITES = frozenset({"white", "warm white"})
_STOPS = frozenset({"stop", "emergency_stop"})


def _check_other(clause: Tagged, devices: Sequence[Device]) -> None:
    """Raise `NotUnderstood` where "the other lamp" may be any of several."""
    one = THE_OTHER.search(clause.words)
    if one and len(devices) > 1 and not tokenise(one["thing"]).many:
        names = [device.name for device in devices][:6]
        raise NotUnderstood(Why.AMBIGUOUS, one[0], names, list(devices))


def _only_spares(clause: Tagged) -> bool:
    """Return whether `clause` says nothing but what is left alone: "except for the hall,"."""
    targets, rooms = names(clause)
    return bool(clause.all("except")) and not (targets or rooms or clause.all("value"))


def _in_order(clauses: list[Tagged], words: str) -> list[Tagged]:
    """Return the clauses in the order they are to be done: "before you reverse, turn left".

    Raises `NotUnderstood` where words turn the order round and more than two are in it.
    """
    if not REVERSED.search(words):
        return clauses
    doing = [each for each in clauses if each.verb != "none"]
    if len(doing) != 2:
        raise NotUnderstood(Why.WORDS, words)
    return doing[::-1]


_SKIPPED: Final = re.compile(
    r"\b(?:next|skip|forward|previous|last|back|again|twice)\b|[上下]一|跳|切|换|两次|再",
    re.IGNORECASE,
)


def _once(calls: Sequence[Call], words: str) -> list[Call]:
    """Return the calls without a stop right behind one of everything.

    Nor is there a white beside the colour temperature it is ("a warm glow, 2700 kelvin"), or one
    title more skipped than was said.
    """
    skips = len(_SKIPPED.findall(words))
    kept: list[Call] = []
    warm = {call.arguments["device"] for call in calls if "color_temp_k" in call.arguments}
    for call in calls:
        if call.arguments.get("color") in _WHITES and call.arguments["device"] in warm:
            continue
        if "skip" in call.arguments and call in kept and sum(call == k for k in kept) >= skips:
            continue
        whole = bool(kept) and kept[-1].tool in _STOPS and not kept[-1].arguments
        if not (whole and call.tool == "stop"):
            kept.append(call)
    return kept


def _contradict(calls: Sequence[Call]) -> bool:
    """Return whether one level is set to two numbers at once: "both lights to 20 % and 40 %"."""
    said: dict[tuple[str, str, float], Value] = {}
    for call in calls:
        device = str(call.arguments.get("device", ""))
        for name, value in call.arguments.items():
            counts = name.endswith("_pct") or name == "temperature_c"
            if counts and said.setdefault((device, name, call.after_s), value) != value:
                return True
    return False
