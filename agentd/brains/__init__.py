"""Words to tool calls. A brain proposes; it never acts and never says that it did."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from agentd.brains.wishes import NO_WISHES, Wishes
from agentd.errors import Refusal
from agentd.model import Asker, Call, Device, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One request: what was said, what there is, and what it is like now."""

    words: str
    asker: Asker
    messages: Sequence[Mapping[str, Any]] = ()
    """The conversation so far in OpenAI's message form, the newest last."""
    devices: Sequence[Device] = ()
    states: Mapping[str, State] = field(default_factory=dict)
    tools: Sequence[Mapping[str, Any]] = ()
    """Our tools in OpenAI's `tools` form, built from the devices."""
    wishes: Wishes = NO_WISHES
    """How the words of a model shall be."""


@dataclass(frozen=True, slots=True)
class Say:
    """A piece of text for the person. Never a claim that something was done."""

    text: str


@dataclass(frozen=True, slots=True)
class Propose:
    """A tool call, complete, in the order it should happen."""

    call: Call


@dataclass(frozen=True, slots=True)
class Decline:
    """A call that the brain's model proposed and the person's words do not ask for.

    It gets a receipt that says so, and never reaches a device.
    """

    call: Call
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Unsure:
    """This brain cannot tell what was meant; the router may ask the next one.

    `message` says what was not understood and what can be asked, in the asker's language.
    """

    message: str
    choices: tuple[str, ...] = ()
    """When it asks back "which one?": the ids of the devices, in the order they are named."""
    part: str = ""
    """The part of the words that one of `choices` would settle."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Which brain's thoughts follow; the router yields it first."""

    brain: str


@dataclass(frozen=True, slots=True)
class Cut:
    """The words before this one broke off: they had reached the longest they may be."""


Thought = Say | Propose | Decline | Unsure | Answered | Cut


class Brain(Protocol):
    """Understands one turn at a time."""

    @property
    def name(self) -> str:
        """The name shown in headers and events (`offline`, `upstream:home`)."""

    def think(self, turn: Turn) -> AsyncGenerator[Thought, None]:
        """Yield thoughts as they come.

        All proposals of one sentence come together or none does: a half-understood sentence
        yields a single `Unsure`. Raises `BrainError` when the brain itself fails.
        """
