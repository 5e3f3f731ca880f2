"""What clients bring: tools of their own, offered to a language model beside ours.

Theirs are handed back to be run there, ours run here. Which is which is settled by what a call
is (a `TheirCall` or a plain `Call`), never by its name alone: a client's tool with the name of one
of ours is offered to the model under another.
"""

from __future__ import annotations

import re
import uuid
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from agentd.brains import Turn
from agentd.errors import AgentdError
from agentd.model import Asker, Call, Receipt
from agentd.tools.specs import BY_NAME

NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
MOST_TOOLS: Final = 128
"""As many as OpenAI takes."""
MOST_TURNS: Final = 200


class UncalledError(AgentdError):
    """An answer lacks the call that the client's `tool_choice` demands; nothing was done for it."""


@dataclass(frozen=True, slots=True)
class TheirCall(Call):
    """A call of a tool that the client brought, under the client's own name for it."""

    id: str = field(default_factory=lambda: f"call_{uuid.uuid4().hex[:24]}")


@dataclass(frozen=True, slots=True)
class Guests:
    """The tools a client brought with one request, and whether it brings results of theirs."""

    tools: tuple[Mapping[str, Any], ...] = ()
    """In OpenAI's `tools` form, names checked and all different."""
    choice: str | Mapping[str, Any] | None = None
    """OpenAI's `tool_choice`, `auto` being None. With `none` no tool of ours runs either."""
    continues: bool = False
    """True when the newest message is a tool's result: the person's words were heard before."""

    single: bool = False
    """Whether the client wants one call at a time (`parallel_tool_calls` false)."""

    def __bool__(self) -> bool:
        return bool(self.tools) or self.continues

    @property
    def demands(self) -> bool:
        """Whether an answer without a call of the client's tools is none."""
        return self.choice not in (None, "none")

    @property
    def named(self) -> str:
        """The one tool that may be called, under the client's own name; empty: any."""
        return str(self.choice["function"]["name"]) if isinstance(self.choice, Mapping) else ""

    def offered(self) -> list[dict[str, Any]]:
        """Return the tools as a model shall see them; beside a named one no other."""
        return [
            {"type": "function", "function": {**tool["function"], "name": self.shown(own)}}
            for tool in self.tools
            for own in [str(tool["function"]["name"])]
            if own == self.named or not self.named
        ]

    def shown(self, own: str) -> str:
        """Return the name a model knows the client's tool `own` by."""
        names = [str(tool["function"]["name"]) for tool in self.tools]
        if own not in BY_NAME or own not in names:
            return own
        other = f"client_{own}"
        while other in names:
            other += "_"
        return other

    def own_name(self, shown: str) -> str | None:
        """Return the client's own name of what a model called `shown`; None: not theirs."""
        names = (str(tool["function"]["name"]) for tool in self.tools)
        return next((own for own in names if self.shown(own) == shown), None)

    def forced(self) -> dict[str, Any]:
        """Return what is sent along for the client's `tool_choice` and `parallel_tool_calls`."""
        found: dict[str, Any] = {"parallel_tool_calls": False} if self.single else {}
        if self.named:
            function = {"name": self.shown(self.named)}
            return {**found, "tool_choice": {"type": "function", "function": function}}
        return {**found, "tool_choice": self.choice} if self.choice else found


NO_GUESTS: Final = Guests()


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestTurn(Turn):
    """A turn of a conversation whose client has tools of its own."""

    guests: Guests


@dataclass(slots=True)
class _Done:
    deeds: set[tuple[str, str]] = field(default_factory=set)
    receipts: list[Receipt] = field(default_factory=list)


class Deeds:
    """What was done here in turns that a client goes on with, so that it is not done again.

    A turn is told by who asks, the conversation, and how many times the person has spoken.
    """

    def __init__(self) -> None:
        self._turns: OrderedDict[tuple[str, ...], _Done] = OrderedDict()

    def begin(self, asker: Asker, messages: Sequence[Mapping[str, Any]]) -> None:
        """Note that a turn has begun: the person's words were heard."""
        self._turns.pop(_turn(asker, messages), None)
        self._turns[_turn(asker, messages)] = _Done()
        while len(self._turns) > MOST_TURNS:
            self._turns.popitem(last=False)

    def note(
        self, asker: Asker, messages: Sequence[Mapping[str, Any]], calls: Sequence[Call]
    ) -> None:
        """Remember what is about to be run in a turn that was begun here."""
        done = self._turns.get(_turn(asker, messages))
        if done is not None:
            done.deeds.update(map(_deed, calls))

    def told(
        self, asker: Asker, messages: Sequence[Mapping[str, Any]], receipts: Sequence[Receipt]
    ) -> None:
        """Remember what came of it."""
        done = self._turns.get(_turn(asker, messages))
        if done is not None:
            done.receipts.extend(receipts)

    def earlier(self, asker: Asker, messages: Sequence[Mapping[str, Any]]) -> list[Receipt]:
        """Return the receipts of the turn so far."""
        done = self._turns.get(_turn(asker, messages))
        return list(done.receipts) if done is not None else []

    def fresh(
        self, asker: Asker, messages: Sequence[Mapping[str, Any]], calls: Sequence[Call]
    ) -> list[Call]:
        """Return the calls that go on with a turn: what was not done in it yet.

        Of a turn that nobody here remembers nothing is carried out but reading.
        """
        done = self._turns.get(_turn(asker, messages))
        return [
            call
            for call in calls
            if BY_NAME[call.tool].reads or (done is not None and _deed(call) not in done.deeds)
        ]


def _turn(asker: Asker, messages: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    spoken = sum(message.get("role") == "user" for message in messages)
    return asker.who, asker.door, asker.conversation, str(spoken)


def _deed(call: Call) -> tuple[str, str]:
    return call.tool, str(call.arguments.get("device", ""))
