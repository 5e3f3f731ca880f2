"""One command from words to deeds.

The brain proposes; the toolbox acts; the reply is made from the receipts. Calls that move a
robot run one after the other and the rest is skipped when one fails; calls to the home run side
by side, and their receipts are told in the order they were asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from agentd import trace
from agentd.agent import reply
from agentd.agent.batches import MOVING, batches, fell_short
from agentd.agent.follow_ups import Follow, Situation, resolve
from agentd.agent.heard import Heard, Notes, Proposed, Voice
from agentd.agent.housekeeping import title_for
from agentd.agent.memory import Memory, Question
from agentd.agent.no_tools import apart, tools_off
from agentd.agent.schedule_words import wish
from agentd.agent.scheduled import scheduled
from agentd.agent.shaped import NO_MODEL, UnshapedError, shaped
from agentd.agent.short_words import NO, NO_READER, SAME, YES, bare
from agentd.agent.timer_words import timer_wish
from agentd.agent.truth import Truth
from agentd.agent.waiting import waiting
from agentd.agent.words import join, phrase
from agentd.brains import Answered, Brain, Cut, Decline, Propose, Say, Thought, Turn, Unsure
from agentd.brains.delays import overlooked, timed
from agentd.brains.offline import OfflineBrain
from agentd.brains.stop_words import stop_call
from agentd.brains.wishes import NO_WISHES, Wishes
from agentd.errors import BrainError
from agentd.guests import NO_GUESTS, Deeds, Guests, GuestTurn, UncalledError
from agentd.guests.brain import GuestBrains
from agentd.model import Asker, Call, Receipt
from agentd.schedule import Schedule
from agentd.state import States
from agentd.tools import Toolbox
from agentd.usage import Meter

_Way = Callable[[str, Asker, Sequence[Mapping[str, Any]], Notes], AsyncIterator[Heard]]


class Agent:
    """Hears words and answers with deeds and sentences."""

    def __init__(
        self,
        *,
        brain: Brain,
        toolbox: Toolbox,
        states: States,
        schedule: Schedule,
        meter: Meter | None = None,
        guest_brain: GuestBrains | None = None,
    ) -> None:
        self._schedule = schedule
        self._guest_brain = guest_brain
        self._deeds = Deeds()
        self.memory = Memory()
        self._brain = brain
        self._toolbox = toolbox
        self._states = states
        self._meter = meter

    def can_call(self, guests: Guests) -> bool:
        """Return whether there is a brain that makes the calls which `guests` demand."""
        return not guests.demands or self._brain_for(guests) is not None

    async def hear(
        self,
        words: str,
        asker: Asker,
        messages: Sequence[Mapping[str, Any]] = (),
        guests: Guests = NO_GUESTS,
        wishes: Wishes = NO_WISHES,
    ) -> AsyncIterator[Heard]:
        """Yield the answer in pieces. Closing the iterator cancels what still runs.

        `guests` are tools of the client's own; calls of them come back in the last pieces.
        With a call of them demanded `UncalledError` is raised when none comes of it. `wishes` are
        about a model's words; with a shape in them nothing is done but a stop, and `UnshapedError`
        or `BrainError` is raised when no JSON comes of it. Raises `SpentError` first of all when
        the asker's budget is used up; a stop is never refused.
        """
        notes = Notes(self.memory.recall(asker), asker.trace, guests=guests, wishes=wishes)
        with trace.under(asker.trace):
            async with contextlib.aclosing(self._told(words, asker, messages, notes)) as pieces:
                if self._meter is None:
                    async for piece in pieces:
                        yield piece
                    return
                free = not guests.continues and stop_call(words) is not None
                sitting = self._meter.open(words, asker, messages, free=free)
                try:
                    async for piece in pieces:
                        sitting.hear(piece.text, piece.brain)
                        yield piece
                finally:
                    sitting.understood_s = notes.understood_s
                    self._meter.close(sitting)

    async def _told(
        self, words: str, asker: Asker, messages: Sequence[Mapping[str, Any]], notes: Notes
    ) -> AsyncGenerator[Heard, None]:
        """Answer, and remember what was done; a title is made without thinking."""
        title, guests = title_for(words, asker.language, messages), notes.guests
        if title is not None and notes.wishes.shape is None and not guests.demands:
            yield Heard(title, brain="agent")
            return
        if guests.tools and not guests.continues:
            self._deeds.begin(asker, messages)
        try:
            async for piece in self._way(notes)(words, asker, messages, notes):
                if piece.receipt is not None:
                    notes.receipts.append(piece.receipt)
                yield piece
        except BrainError as error:
            if not guests.demands:
                raise
            raise UncalledError(str(error), hint=error.hint) from error
        finally:
            self.memory.note(asker, notes.receipts, notes.question, notes.asked_in)
            if guests:
                self._deeds.told(asker, messages, notes.receipts)

    def _way(self, notes: Notes) -> _Way:
        """Return how a turn is answered."""
        if notes.wishes.shape is not None:
            return self._shaped
        if notes.guests.continues:
            return self._resume
        if notes.guests.choice is None:
            return self._answer
        # Which calls there shall be is settled: beside them nothing is done by rule.
        return lambda words, *more: self._think((words,), *more)

    async def _resume(
        self, words: str, asker: Asker, messages: Sequence[Mapping[str, Any]], notes: Notes
    ) -> AsyncIterator[Heard]:
        """Go on with words that were heard before: only what a tool brought is new.

        What the turn asked the person for still waits for their next message.
        """
        notes.asked_in = notes.talk.asked_in
        async for piece in self._think((words,), asker, messages, notes):
            yield piece
        if any(each.asker.trace == asker.trace for each in self._toolbox.pending()):
            notes.asked_in = asker.trace

    async def _answer(
        self, words: str, asker: Asker, messages: Sequence[Mapping[str, Any]], notes: Notes
    ) -> AsyncIterator[Heard]:
        pending = waiting(self._toolbox.pending(), asker, notes.talk)
        devices = self._toolbox.devices(asker)
        wanted = wish(words) or timer_wish(words, devices)
        said = bare(words)
        if not said:
            yield Heard(phrase(asker.language, "empty"), brain="agent")
        elif pending and (said in NO or (wanted and wanted.kind == "that")):
            notes.asked_in = notes.talk.asked_in  # of two that wait, the other still does
            self._toolbox.decline(pending.token)
            yield Heard(phrase(asker.language, "not_confirmed"), brain="agent")
        elif pending and said in YES:
            notes.asked_in = notes.talk.asked_in
            receipt = await self._toolbox.confirm(pending.token, asker)
            yield Heard(reply.sentence_in(asker.language, receipt), receipt, "agent")
        elif wanted is not None:
            async for piece in scheduled(self._schedule, wanted, asker, notes.talk, devices):
                yield piece
        else:
            here = Situation(notes.talk, devices, self._states.seen_by(asker))
            found = resolve(words, here)
            sentences = found.sentences if found else (words,)
            if found is not None and not sentences:
                async for piece in self._follow(found, asker, notes):
                    yield piece
                return
            async for piece in self._think(sentences, asker, messages, notes):
                yield piece

    async def _shaped(
        self, words: str, asker: Asker, messages: Sequence[Mapping[str, Any]], notes: Notes
    ) -> AsyncIterator[Heard]:
        """Let a model write the JSON that is wanted; a stop is a stop all the same."""
        shape = notes.wishes.shape
        stop = None if notes.guests.continues else stop_call(words)
        if stop is not None:
            async for piece in self._act([stop], asker):
                yield replace(piece, brain=OfflineBrain.name, refused=True)
            return
        brain = self._brain_for(notes.guests)
        if brain is None or shape is None:
            raise UnshapedError(NO_MODEL)
        began = time.monotonic()
        try:
            turn = self._turn(words, asker, messages, notes)
            yield await shaped(brain.think(turn), shape, asker.language)
        finally:
            notes.understood_s = time.monotonic() - began

    async def _follow(self, found: Follow, asker: Asker, notes: Notes) -> AsyncIterator[Heard]:
        """Carry out what leans on the turn before: again for another, a step on, or back."""
        language = asker.language
        yield Heard(brain="agent")
        if found.choices:
            names = [device.name for device in found.choices]
            ids = tuple(device.id for device in found.choices)
            notes.question = Question(*SAME[language], ids)
            yield Heard(phrase(language, "which_other", names=join(language, names)))
        for stuck in found.stuck:
            key = "no_undo_motion" if stuck.tool in MOVING else "no_undo"
            yield Heard(phrase(language, key, name=stuck.device_name) + "\n")
        undone = bool(found.calls or found.stuck)
        for entry_id in found.cancel:
            receipt = await self._schedule.cancel(entry_id, asker)
            if receipt.refusal is None:  # else it has run, or was cancelled before
                undone = True
                yield Heard(reply.sentence_in(language, receipt) + "\n", receipt)
        if found.undoes and not undone:
            yield Heard(phrase(language, "nothing_to_undo"))
        async for piece in self._act(list(found.calls), asker):
            yield piece

    async def _think(
        self,
        sentences: Sequence[str],
        asker: Asker,
        messages: Sequence[Mapping[str, Any]],
        notes: Notes,
    ) -> AsyncIterator[Heard]:
        """Ask the brain; of several sentences all are understood, or nothing is done."""
        truth, proposed = Truth(asker.language, asker.words), Proposed()
        async for piece in self._ponder(sentences, asker, messages, notes, truth, proposed):
            yield piece
        if proposed.unsure:
            return
        calls = proposed.ours
        if notes.guests.continues:
            calls = self._deeds.fresh(asker, messages, calls)
        if notes.guests.choice == "none":
            calls, off = apart(calls)
            for call in off:
                receipt = self._toolbox.decline_call(call, asker, tools_off(asker.language))
                yield Heard(reply.sentence_in(asker.language, receipt) + "\n", receipt)
        self._deeds.note(asker, messages, calls)
        when = overlooked(asker.words, calls) if calls else None
        if when is not None and len(calls) > 1 and not when.first:
            yield Heard(phrase(asker.language, "time_unclear"))
            if notes.guests.demands:
                yield Heard(calls=tuple(proposed.theirs))
            return
        earlier = self._deeds.earlier(asker, messages)
        async for piece in self._act_in_truth(timed(calls, when), asker, truth, earlier):
            yield piece
        if proposed.theirs:
            yield Heard(calls=tuple(proposed.theirs))

    async def _ponder(
        self,
        sentences: Sequence[str],
        asker: Asker,
        messages: Sequence[Mapping[str, Any]],
        notes: Notes,
        truth: Truth,
        proposed: Proposed,
    ) -> AsyncIterator[Heard]:
        """Yield what is said at once, and fill `proposed`; a brain that fails proposes nothing."""
        brain = self._brain_for(notes.guests)
        if brain is None:
            yield Heard(NO_READER[asker.language], brain="agent")
            return
        began, known = time.monotonic(), False
        try:
            for words in sentences:
                turn = self._turn(words, asker, messages, notes)
                async for thought in brain.think(turn):
                    if isinstance(thought, Propose):
                        proposed.add(thought.call)
                    elif piece := self._heard(thought, words, asker, truth, notes):
                        known = known or bool(piece.brain)
                        yield piece
                    if isinstance(thought, Unsure):
                        proposed.unsure = True
                        return
        except BrainError as error:
            if notes.guests.demands:
                raise
            proposed.clear()
            truth.drop()
            told = phrase(asker.language, "brain_failed", note=error.line())
            yield Heard(told, brain="" if known else "agent")
        finally:
            notes.understood_s = time.monotonic() - began

    def _brain_for(self, guests: Guests) -> Brain | None:
        """Return who thinks about a turn with `guests`; None: nobody here can."""
        if guests and self._guest_brain is not None and self._guest_brain.can(guests):
            return self._guest_brain
        return None if guests.continues or guests.demands else self._brain

    def _heard(
        self, thought: Thought, words: str, asker: Asker, truth: Truth, notes: Notes
    ) -> Heard | None:
        """Return what the person hears of a thought at once, if anything."""
        match thought:
            case Answered(brain):
                return Heard(brain=brain)
            case Say(text):
                ready = truth.hear(text)
                return Heard(ready, voice=Voice.MODEL) if ready else None
            case Cut():
                return Heard(cut=True)
            case Unsure(message, choices, part):
                truth.drop()
                notes.question = Question(words, part, choices) if choices else None
                return Heard(message)
            case Decline(call, refusal):
                truth.drop()
                receipt = self._toolbox.decline_call(call, asker, refusal)
                return Heard(reply.sentence_in(asker.language, receipt) + "\n", receipt)
        return None

    async def _act_in_truth(
        self, calls: list[Call], asker: Asker, truth: Truth, earlier: Sequence[Receipt]
    ) -> AsyncIterator[Heard]:
        """Carry out the calls; what the model said beside them is told only as far as it is so.

        `earlier` is what was done in the same turn before a client's tools were asked.
        """
        if rest := truth.rest(calls):
            yield Heard(rest, voice=Voice.MODEL)
        receipts: list[Receipt] = []
        async for piece in self._act(calls, asker):
            receipts += [piece.receipt] if piece.receipt else []
            yield piece
        if correction := truth.correction([*earlier, *receipts]):
            yield Heard(correction, voice=Voice.CORRECTION)

    def _turn(
        self, words: str, asker: Asker, messages: Sequence[Mapping[str, Any]], notes: Notes
    ) -> Turn:
        turn = Turn(
            words=words,
            asker=asker,
            messages=messages,
            devices=self._toolbox.devices(asker),
            states=self._states.seen_by(asker),
            tools=() if notes.guests.choice == "none" else self._toolbox.openai_tools(asker),
            wishes=notes.wishes,
        )
        if not notes.guests:
            return turn
        named = {each.name: getattr(turn, each.name) for each in fields(turn)}
        return GuestTurn(**named, guests=notes.guests)

    async def _act(self, calls: list[Call], asker: Asker) -> AsyncIterator[Heard]:
        broken = False
        for batch in batches(calls):
            moving = batch[0].tool in MOVING
            if moving and broken:
                why = phrase(asker.language, "skip_why")
                for call in batch:
                    skipped = self._toolbox.skip(call, asker, why)
                    yield Heard(reply.sentence_in(asker.language, skipped) + "\n", skipped)
                continue
            together = len(batch) > 1 and all(call.expect for call in batch)
            receipts = []
            async for receipt in self._side_by_side(batch, asker):
                receipts.append(receipt)
                broken = broken or (moving and fell_short(receipt))
                told = "" if together else reply.sentence_in(asker.language, receipt) + "\n"
                yield Heard(told, receipt)
            if together:
                yield Heard(reply.which(asker.language, receipts) + "\n")

    async def _side_by_side(self, batch: list[Call], asker: Asker) -> AsyncIterator[Receipt]:
        tasks = [asyncio.create_task(self._schedule.run(call, asker)) for call in batch]
        try:
            for task in tasks:
                yield await task
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
