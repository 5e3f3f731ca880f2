"""An answer that must be JSON: a language model writes it, and nothing is done but a stop.

What devices report is told in sentences, which fit no schema; so a command or a question about the
house is refused before it is carried out, and a text that does not fit is an error, never passed
on. JSON has no place for a correction either: one that claims a deed is withheld.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from agentd.agent.heard import Heard, Voice
from agentd.agent.truth import claims_a_deed
from agentd.agent.words import phrase
from agentd.brains import Answered, Cut, Decline, Propose, Say, Thought, Unsure
from agentd.brains.shape import Shape
from agentd.errors import AgentdError, BrainError
from agentd.guests import TheirCall

SENTENCE: Final = re.compile(r"\S+\s+\S+\s+\S|[\u4e00-\u9fff]")
"""What a string needs to be read as a sentence: three words, or a Chinese character."""
IS_COMMAND: Final = (
    "That is for the devices, and what they report is told in sentences, not in JSON: "
    "nothing was done. Ask without response_format; `agentd.receipts` beside the answer is JSON."
)
NO_MODEL: Final = (
    "No language model here could write that JSON: [[brain.upstreams]] or a local model would."
)


class UnshapedError(AgentdError):
    """The JSON that was asked for cannot be made here; nothing was done."""


@dataclass(slots=True)
class _Written:
    brain: str = ""
    text: str = ""
    cut: bool = False
    calls: list[TheirCall] = field(default_factory=list)


async def shaped(thoughts: AsyncGenerator[Thought, None], shape: Shape, language: str) -> Heard:
    """Return the whole answer once it is known to fit.

    Raises `UnshapedError` for what is no matter of a model's words, `BrainError` for a text that
    does not fit. One that was cut is passed on with its mark, as the client asked for the limit.
    """
    written = _Written()
    async with aclosing(thoughts):
        async for thought in thoughts:
            _take(thought, written)
    if written.calls:
        return Heard(brain=written.brain, calls=tuple(written.calls))
    problem = "" if written.cut else await asyncio.to_thread(shape.problem, written.text)
    if problem:
        raise BrainError(f"The brain {written.brain} wrote what was not asked for: {problem}.")
    if any(map(_claims, strings_in(written.text))):
        return Heard(phrase(language, "claim_withheld"), brain=written.brain, refused=True)
    return Heard(written.text, brain=written.brain, voice=Voice.MODEL, cut=written.cut)


def _take(thought: Thought, written: _Written) -> None:
    match thought:
        case Answered(brain):
            written.brain = brain
        case Say(text):
            written.text += text
        case Cut():
            written.cut = True
        case Propose(TheirCall() as call):
            written.calls.append(call)
        case Propose() | Decline():
            raise UnshapedError(IS_COMMAND)
        case Unsure():
            raise UnshapedError(NO_MODEL)


def _claims(text: str) -> bool:
    return SENTENCE.search(text) is not None and claims_a_deed(text, asked=True)


def strings_in(text: str) -> list[str]:
    """Return the strings in a JSON text, which may be cut short."""
    return [_unescaped(found[1]) for found in re.finditer(r'"((?:[^"\\]|\\.)*)(?:"|$)', text)]


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text
