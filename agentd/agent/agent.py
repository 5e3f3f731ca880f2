"""One command from words to deeds.

The brain proposes; the toolbox acts; the reply is made from the receipts. Calls that move a
robot run one after the other and the rest is skipped when one fails; calls to the home run side
by side, and their receipts are told in the order they were asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agentd.agent import reply
from agentd.agent.truth import Truth
from agentd.agent.words import phrase
from agentd.brains import Answered, Brain, Decline, Propose, Say, Turn, Unsure
from agentd.errors import BrainError
from agentd.model import Asker, Call, Receipt, Status
from agentd.safety.confirmation import Pending
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


@dataclass(frozen=True, slots=True)
class Heard:
    """One piece of an answer: text to show as it comes, and the receipt it tells of, if any."""

    text: str = ""
    receipt: Receipt | None = None
    brain: str = ""


class Agent:
    """Hears words and answers with deeds and sentences."""

    def __init__(self, *, brain: Brain, toolbox: Toolbox, states: States) -> None:
        self._brain = brain
        self._toolbox = toolbox
        self._states = states

    async def hear(
        self, words: str, asker: Asker, messages: Sequence[Mapping[str, Any]] = ()
    ) -> AsyncIterator[Heard]:
        """Yield the answer in pieces. Closing the iterator cancels what still runs."""
        pending = self._waiting(asker)
        said = words.strip().strip(".!。！").lower()
        if not said:
            yield Heard(phrase(asker.language, "empty"), brain="agent")
        elif pending and said in NO:
            self._toolbox.decline(pending.token)
            yield Heard(phrase(asker.language, "not_confirmed"), brain="agent")
        elif pending and said in YES:
            receipt = await self._toolbox.confirm(pending.token, asker)
            yield Heard(reply.sentence_in(asker.language, receipt), receipt, "agent")
        else:
            async for piece in self._think(words, asker, messages):
                yield piece

    def _waiting(self, asker: Asker) -> Pending | None:
        """Return the newest call that waits for this very asker's yes, if any."""
        mine = [
            each
            for each in self._toolbox.pending()
            if (each.asker.who, each.asker.door, each.asker.conversation)
            == (asker.who, asker.door, asker.conversation)
        ]
        return mine[-1] if mine else None

    async def _think(
        self, words: str, asker: Asker, messages: Sequence[Mapping[str, Any]]
    ) -> AsyncIterator[Heard]:
        turn = Turn(
            words=words,
            asker=asker,
            messages=messages,
            devices=self._toolbox.devices(),
            states=self._states.all(),
            tools=self._toolbox.openai_tools(),
        )
        calls: list[Call] = []
        truth = Truth(asker.language, words)
        try:
            async for thought in self._brain.think(turn):
                match thought:
                    case Answered(brain):
                        yield Heard(brain=brain)
                    case Say(text):
                        if ready := truth.hear(text):
                            yield Heard(ready)
                    case Unsure(message):
                        truth.drop()
                        yield Heard(message)
                    case Decline(call, refusal):
                        truth.drop()
                        receipt = self._toolbox.decline_call(call, asker, refusal)
                        yield Heard(reply.sentence_in(asker.language, receipt) + "\n", receipt)
                    case Propose(call):
                        calls.append(call)
        except BrainError as error:
            calls.clear()
            truth.drop()
            yield Heard(phrase(asker.language, "brain_failed", note=error.line()))
        if rest := truth.rest(calls):
            yield Heard(rest)
        receipts: list[Receipt] = []
        async for piece in self._act(calls, asker):
            receipts += [piece.receipt] if piece.receipt else []
            yield piece
        if correction := truth.correction(receipts):
            yield Heard(correction)

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
        tasks = [asyncio.create_task(self._toolbox.run(call, asker)) for call in batch]
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
