"""The brain that needs nothing but this machine: a small trained tagger, words and the registry.

It understands a sentence completely or not at all. It is deterministic, and it has no way to
do anything but propose.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from agentd.brains import Propose, Say, Thought, Turn, Unsure, delays
from agentd.brains.clauses import split, spoken
from agentd.brains.clock import told
from agentd.brains.corrections import corrected
from agentd.brains.gazetteer import Gazetteer
from agentd.brains.language import (
    language_of,
    normalise,
)
from agentd.brains.lists import NotePad
from agentd.brains.manners import only_asks
from agentd.brains.misunderstanding import NotUnderstood, Why, explain
from agentd.brains.own_words import OwnWords
from agentd.brains.pauses import with_pauses, without_reason
from agentd.brains.reader import Reader
from agentd.brains.rewording import plain
from agentd.brains.senses import sensed
from agentd.brains.sentence_checks import (
    as_said,
    check,
    check_sense,
    is_harmless,
    is_remark,
    label,
)
from agentd.brains.spelling import Spelling
from agentd.brains.stop_words import stop_call
from agentd.brains.tagger import Tagger, Tagging
from agentd.brains.targets import Home
from agentd.brains.timers import ring, started
from agentd.brains.titles import untitled
from agentd.model import Call, Device, Kind

MAX_CHARACTERS: Final = 300
SURELY_AN_ORDER: Final = 0.9
"""How sure it must be that an order is one when its time hid that."""
FAR_TOO_LONG: Final = 4_000
"""So much of a speech is looked through for a stop, and no more."""
MAX_CLAUSES: Final = 12
DECIMAL_COMMA: Final = re.compile(
    r"(?<=\d),(?=\d{1,2}(?:\s*(?:%|°|deg|percent|cm|m\b|度|米|厘米)|\W*$))"
)
"""22,5 is said for 22.5 in half of the world."""
QUOTED: Final = re.compile(r"\"[^\"]*\"|“[^”]*”|「[^」]*」|『[^』]*』|«[^»]*»")


class OfflineBrain:
    """Understands English and Chinese with no network and no large model."""

    name = "offline"
    remote = False
    sees = False

    def __init__(self, tagger: Tagger | None = None, own: OwnWords | None = None) -> None:
        """Read with `tagger`, by default the one that comes with the package.

        `own` are the owner's words, which go before it. Raises `BrainError` when the tagger is
        missing or damaged.
        """
        self._tagger = tagger or Tagger()
        self._own = own or OwnWords()
        self._devices: tuple[Device, ...] = ()
        self._home, self._names, self._lists = Home(()), Gazetteer(()), NotePad(())
        self._spelling = Spelling((), self._tagger.knows)
        # One thread: a queue of long sentences must not take every core of a small board.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="offline-brain")

    async def warm_up(self) -> None:
        """Read the word list and run the model once, so that the first sentence is quick."""
        await asyncio.get_running_loop().run_in_executor(self._worker, self._tagger.tag, "hello")

    async def think(self, turn: Turn) -> AsyncGenerator[Thought, None]:
        """Yield one proposal a device in the order said, or a single `Unsure`."""
        stop = stop_call(turn.words)
        if stop is not None:
            yield Propose(stop)
            return
        if answer := told(turn.words, language_of(turn.words, turn.asker.language)):
            yield Say(answer)
            return
        loop = asyncio.get_running_loop()
        try:
            calls = await loop.run_in_executor(self._worker, self._understand, turn)
        except NotUnderstood as problem:
            language = language_of(turn.words, turn.asker.language)
            choices = tuple(device.id for device in problem.devices)
            yield Unsure(explain(problem, turn.devices, language), choices, problem.part)
            return
        for call in calls:
            yield Propose(call)

    async def close(self) -> None:
        """Let go of the worker thread."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _understand(self, turn: Turn) -> list[Call]:
        words = DECIMAL_COMMA.sub(".", normalise(turn.words[:FAR_TOO_LONG]))
        self._know(turn.devices)
        try:
            if max(len(turn.words), len(words)) > MAX_CHARACTERS:
                raise NotUnderstood(Why.LONG, words[:MAX_CHARACTERS])
            if noted := self._lists.unquoted(words):
                return [as_said(call, turn.words) for call in noted]
            titled = untitled(words, self._home)
            check(turn, titled.words, untitled(turn.words, self._home).words)
            found = self._own.calls(words, turn.devices) or self._noted(turn, words)
            found = found or self._timed(turn, words)
            calls = found or titled.restored(self._heard(turn, titled.words))
            if calls is None:
                raise NotUnderstood(Why.QUOTED, words)
            return [as_said(call, turn.words) for call in calls]
        except NotUnderstood:
            # "Whoa, stop, you will hit the wall!": a stop is never lost in other words.
            if any(stop_call(clause.text) for clause in spoken(split(QUOTED.sub(",", words)))):
                return [Call("stop")]
            raise

    def _noted(self, turn: Turn, words: str) -> list[Call]:
        """Return the calls of a sentence about a list, with those of what else it says."""
        noted = self._lists.read(words)
        if noted is None:
            return []
        before, behind = (
            (self._noted(turn, each) or self._beside(turn, each)) if each else []
            for each in (noted.before, noted.behind)
        )
        return [*before, *noted.calls, *behind]

    def _timed(self, turn: Turn, words: str) -> list[Call]:
        """Return the call that rings for a timer that `words` start, with those of the rest."""
        talk = started(words, turn.devices, self._home)
        if talk is None:
            return []
        others = [call for each in talk.rest for call in self._beside(turn, each)]
        return [ring(talk, turn.devices, self._home, turn.asker.area), *others]

    def _beside(self, turn: Turn, words: str) -> list[Call]:
        """Read what is said beside a list; a remark ("we are having guests") asks for nothing."""
        try:
            return self._heard(turn, words)
        except NotUnderstood:
            if not is_remark(words, self._tagger.tag(words, self._names)):
                raise
            return []

    def _heard(self, turn: Turn, said: str) -> list[Call]:
        """Read `said`, and where that is nothing, with the pauses that nobody wrote."""
        words = self._own.said(said, turn.devices)
        try:
            return self._read(turn, words)
        except NotUnderstood as problem:
            if problem.why not in _HIDDEN:
                raise
            told, paused = problem, with_pauses(words)
            for again in (paused, without_reason(paused, self._home.spoken_of)):
                found = self._tried(turn, again) if again not in ("", words) else []
                if isinstance(found, NotUnderstood):
                    told = max(told, found, key=lambda each: each.why)
                elif found and all(is_harmless(call, self._home) for call in found):
                    return found
            raise told from None

    def _tried(self, turn: Turn, words: str) -> list[Call] | NotUnderstood:
        """Return what `words` ask for, or why they are not understood."""
        try:
            return self._read(turn, words)
        except NotUnderstood as problem:
            return problem

    def _read(self, turn: Turn, words: str) -> list[Call]:
        words = self._spelling.right(plain(words))
        words = corrected(words, lambda said: self._tagger.tag(said, self._names), self._home)
        tagging = self._tagger.tag(words, self._names)
        if len(tagging.clauses) > MAX_CLAUSES:
            raise NotUnderstood(Why.LONG, words)
        when = None
        if tagging.kind == "none" and (said := label(words, self._home)):
            words = said
            tagging = self._tagger.tag(words, self._names)
        if tagging.kind == "none":
            tagging, when = self._without_time(tagging, words)
        if tagging.kind == "none":
            check_sense(tagging, words, self._home)
        asks = tagging.kind == "question" or only_asks(words)
        reader = Reader(self._home, turn.states, turn.asker.area, when)
        if not asks:
            return reader.read(tagging, words, asks=False)
        return _answered(reader, tagging, words, turn)

    def _without_time(self, tagging: Tagging, words: str) -> tuple[Tagging, delays.When | None]:
        """Read an order for later without its time, where that is surely one: "in two hours"."""
        bare, when = delays.read(words)
        again = self._tagger.tag(bare, self._names) if when else tagging
        surely = again.kind == "command" and again.sure > SURELY_AN_ORDER
        return (again, when) if surely else (tagging, None)

    def _know(self, devices: Sequence[Device]) -> None:
        """Index the home anew when the registry changed."""
        if tuple(devices) == self._devices:
            return
        self._devices = tuple(devices)
        self._lists = NotePad(devices)
        things = [each for each in devices if each.kind not in (Kind.TODO, Kind.TIMER)]
        self._home, self._names = Home(things), Gazetteer(things)
        self._spelling = Spelling(things, self._tagger.knows)


def _answered(reader: Reader, tagging: Tagging, words: str, turn: Turn) -> list[Call]:
    """Return what a question reads; what only a sensor can know is asked of nothing else."""
    asking = [clause for clause in tagging.clauses if clause.verb != "none"]
    told = sensed(words, turn.devices) if len(asking) < 2 else []
    try:
        found = reader.read(tagging, words, asks=True)
    except NotUnderstood:
        if told:
            return told
        raise
    same = [call.arguments for call in told] == [call.arguments for call in found]
    return told or found if same or not any(call.expect for call in found) else found


_HIDDEN: Final = frozenset({Why.WORDS, Why.TARGET, Why.VALUE})
"""What an unwritten pause may hide; whoever is asked "which one?" is not guessed for."""
