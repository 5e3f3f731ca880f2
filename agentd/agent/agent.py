"""One command from words to deeds.

The brain proposes; the toolbox acts; the reply is made from the receipts. Calls that move a
robot run one after the other and the rest is skipped when one fails; calls to the home run side
by side, and their receipts are told in the order they were asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agentd.agent import reply
from agentd.agent.follow_ups import Follow, Situation, resolve
from agentd.agent.housekeeping import title_for
from agentd.agent.memory import Memory, Question, Talk
from agentd.agent.schedule_words import Wish, chosen, wish
from agentd.agent.truth import Truth
from agentd.agent.words import join, phrase
from agentd.brains import Answered, Brain, Decline, Propose, Say, Thought, Turn, Unsure
from agentd.brains.delays import overlooked, timed
from agentd.errors import BrainError
from agentd.model import Asker, Call, Receipt, Status
from agentd.safety.confirmation import Pending
from agentd.schedule import Schedule
from agentd.state import States
from agentd.tools import Toolbox

YES = {
    "yes",
    "yes please",
    "ok",
    "okay",
    "confirm",
    "do it",
    "是",
    "是的",
    "好",
    "好的",
    "确认",
    "可以",
}
NO = {"no", "no thanks", "cancel", "don't", "不", "不要", "取消", "不用"}
MOVING = {"drive", "turn", "set_servo"}
SAME = {"en": ("and it too", "it"), "zh": ("还有它", "它")}
"""The words, and the part of them to be named, of a question about what to do the same with."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One piece of an answer: text to show as it comes, and the receipt it tells of, if any."""

    text: str = ""
    receipt: Receipt | None = None
    brain: str = ""


@dataclass(slots=True)
class _Notes:
    """What one turn found, to be remembered at its end."""

    talk: Talk
    asked_in: str
    """The turn whose risky calls the person's next message may say yes to."""
    receipts: list[Receipt] = field(default_factory=list)
    question: Question | None = None


class Agent:
    """Hears words and answers with deeds and sentences."""

    def __init__(
        self, *, brain: Brain, toolbox: Toolbox, states: States, schedule: Schedule
    ) -> None:
        self._schedule = schedule
        self.memory = Memory()
        self._brain = brain
        self._toolbox = toolbox
        self._states = states

    async def hear(
        self, words: str, asker: Asker, messages: Sequence[Mapping[str, Any]] = ()
    ) -> AsyncIterator[Heard]:
        """Yield the answer in pieces. Closing the iterator cancels what still runs."""
        title = title_for(words, asker.language, messages)
        if title is not None:
            yield Heard(title, brain="agent")
            return
        notes = _Notes(self.memory.recall(asker), asker.trace)
        try:
            async for piece in self._answer(words, asker, messages, notes):
                if piece.receipt is not None:
                    notes.receipts.append(piece.receipt)
                yield piece
        finally:
            self.memory.note(asker, notes.receipts, notes.question, notes.asked_in)

    async def _answer(
        self, words: str, asker: Asker, messages: Sequence[Mapping[str, Any]], notes: _Notes
    ) -> AsyncIterator[Heard]:
        pending, wanted = self._waiting(asker, notes.talk), wish(words)
        said = words.strip().strip(".!。！").lower()
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
            async for piece in self._scheduled(wanted, asker, notes.talk):
                yield piece
        else:
            here = Situation(notes.talk, self._toolbox.devices(asker), self._states.seen_by(asker))
            found = resolve(words, here)
            sentences = found.sentences if found else (words,)
            if found is not None and not sentences:
                async for piece in self._follow(found, asker, notes):
                    yield piece
                return
            async for piece in self._think(sentences, asker, messages, notes):
                yield piece

    async def _scheduled(self, wanted: Wish, asker: Asker, talk: Talk) -> AsyncIterator[Heard]:
        """List what is scheduled, or cancel what is meant."""
        entries, devices = self._schedule.entries(asker), self._toolbox.devices(asker)
        last = [each.scheduled for each in talk.done if each.scheduled]
        found = entries if wanted.kind == "list" else chosen(wanted, entries, devices, last)
        if not found:
            yield Heard(reply.not_scheduled(asker.language, wanted.name, entries, devices))
        elif wanted.kind == "list":
            yield Heard(reply.agenda(asker.language, entries, devices), brain="agent")
        else:
            for entry in found:
                receipt = await self._schedule.cancel(entry.id, asker)
                yield Heard(reply.sentence_in(asker.language, receipt) + "\n", receipt, "agent")

    async def _follow(self, found: Follow, asker: Asker, notes: _Notes) -> AsyncIterator[Heard]:
        """Carry out what leans on the turn before: again for another, a step on, or back."""
        language = asker.language
        yield Heard(brain="agent")
        if found.choices:
            names = [device.name for device in found.choices]
            ids = tuple(device.id for device in found.choices)
            notes.question = Question(*SAME[language], ids)
            yield Heard(phrase(language, "which_other", names=join(language, names)))
        if found.undoes and not (found.calls or found.cancel or found.stuck):
            yield Heard(phrase(language, "nothing_to_undo"))
        for stuck in found.stuck:
            key = "no_undo_motion" if stuck.tool in MOVING else "no_undo"
            yield Heard(phrase(language, key, name=stuck.device_name) + "\n")
        for entry_id in found.cancel:
            receipt = await self._schedule.cancel(entry_id, asker)
            if receipt.refusal is None:
                yield Heard(reply.sentence_in(language, receipt) + "\n", receipt)
        async for piece in self._act(list(found.calls), asker):
            yield piece

    def _waiting(self, asker: Asker, talk: Talk) -> Pending | None:
        """Return the newest call that waits for this very asker's yes, if any.

        Only what the message before this one asked for, in the same conversation: a call that
        came through a door without one (a plugin's), or before something else was said, waits
        for the command line or an admin.
        """
        mine = [
            each
            for each in self._toolbox.pending()
            if (each.asker.who, each.asker.door, each.asker.conversation, each.asker.trace)
            == (asker.who, asker.door, asker.conversation, talk.asked_in)
        ]
        return mine[-1] if mine else None

    async def _think(
        self,
        sentences: Sequence[str],
        asker: Asker,
        messages: Sequence[Mapping[str, Any]],
        notes: _Notes,
    ) -> AsyncIterator[Heard]:
        """Ask the brain; of several sentences all are understood, or nothing is done."""
        calls: list[Call] = []
        truth = Truth(asker.language, asker.words)
        try:
            for words in sentences:
                async for thought in self._brain.think(self._turn(words, asker, messages)):
                    if isinstance(thought, Propose):
                        calls.append(thought.call)
                    elif piece := self._heard(thought, words, asker, truth, notes):
                        yield piece
                    if isinstance(thought, Unsure):
                        return
        except BrainError as error:
            calls.clear()
            truth.drop()
            yield Heard(phrase(asker.language, "brain_failed", note=error.line()))
        when = overlooked(asker.words, calls) if calls else None
        if when is not None and len(calls) > 1 and not when.first:
            yield Heard(phrase(asker.language, "time_unclear"))
            return
        async for piece in self._act_in_truth(timed(calls, when), asker, truth):
            yield piece

    def _heard(
        self, thought: Thought, words: str, asker: Asker, truth: Truth, notes: _Notes
    ) -> Heard | None:
        """Return what the person hears of a thought at once, if anything."""
        match thought:
            case Answered(brain):
                return Heard(brain=brain)
            case Say(text):
                ready = truth.hear(text)
                return Heard(ready) if ready else None
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
        self, calls: list[Call], asker: Asker, truth: Truth
    ) -> AsyncIterator[Heard]:
        """Carry out the calls; what the model said beside them is told only as far as it is so."""
        if rest := truth.rest(calls):
            yield Heard(rest)
        receipts: list[Receipt] = []
        async for piece in self._act(calls, asker):
            receipts += [piece.receipt] if piece.receipt else []
            yield piece
        if correction := truth.correction(receipts):
            yield Heard(correction)

    def _turn(self, words: str, asker: Asker, messages: Sequence[Mapping[str, Any]]) -> Turn:
        return Turn(
            words=words,
            asker=asker,
            messages=messages,
            devices=self._toolbox.devices(asker),
            states=self._states.seen_by(asker),
            tools=self._toolbox.openai_tools(asker),
        )

    async def _act(self, calls: list[Call], asker: Asker) -> AsyncIterator[Heard]:
        broken = False
        for batch in _batches(calls):
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
                broken = broken or (moving and _fell_short(receipt))
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


def _fell_short(receipt: Receipt) -> bool:
    return receipt.status in (Status.FAILED, Status.REFUSED)


def _batches(calls: list[Call]) -> list[list[Call]]:
    """Group calls that may run side by side; each motion is alone."""
    batches: list[list[Call]] = []
    for call in calls:
        alone = call.tool in MOVING or (batches and batches[-1][0].tool in MOVING)
        if alone or not batches or _same_target(call, batches[-1]):
            batches.append([call])
        else:
            batches[-1].append(call)
    return batches


def _same_target(call: Call, batch: list[Call]) -> bool:
    """Two calls to one device keep their order."""
    return any(each.arguments.get("device") == call.arguments.get("device") for each in batch)
