"""The brains for a turn with a client's own tools: the same ones, in the same order.

What the offline brain understands needs no tool of a client. What it does not is put to the
upstream servers with both kinds of tools; a turn that goes on with a client's results is theirs
alone, because the person's words were heard, and perhaps obeyed, before. A call that the client
demands (`tool_choice`) is in the answer, or there is no answer.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final, Protocol, cast, runtime_checkable

from agentd.brains import Brain, Propose, Thought, Turn
from agentd.brains.chat_request import system, text_of
from agentd.brains.grounds import admit
from agentd.brains.offer import offered
from agentd.brains.pictures import pictures_of, with_pictures
from agentd.brains.router import Router
from agentd.errors import BrainError
from agentd.guests import Guests, GuestTurn, TheirCall
from agentd.model import Call

if TYPE_CHECKING:  # it brings an HTTP client, which a purely local daemon does without
    from agentd.brains.upstream import UpstreamBrain
    from agentd.inference.llm.generate import Piece, Request

BESIDE: Final = "The other tools belong to the program that is used here: each does what it says."
MAX_MESSAGES: Final = 40
MAX_CHARACTERS: Final = 48_000


@runtime_checkable
class ByGrammar(Protocol):
    """A model on this machine, which can write nothing but what a grammar allows."""

    name: str

    def pieces(self, request: Request, who: str) -> AsyncGenerator[Piece, None]:
        """Yield its answer as it comes. Raises `BrainError`."""


class GuestBrains:
    """The house's brains, with the client's tools for those that can call them."""

    name = "guests"

    def __init__(self, brains: Sequence[Brain], calling: Sequence[Brain]) -> None:
        """`brains` are all, `calling` those that make a call when one is demanded."""
        self._all = Router(cast("Any", brains))
        self._later = Router(cast("Any", [each for each in brains if _calls_tools(each)]))
        self._calling = Router(cast("Any", calling))

    def can(self, guests: Guests) -> bool:
        """Return whether somebody here can do with the client's tools what is asked."""
        return bool((self._calling if guests.demands else self._later).names)

    def think(self, turn: Turn) -> AsyncGenerator[Thought, None]:
        """Yield thoughts; one that proposes a `TheirCall` is about a tool of the client."""
        guests = turn.guests if isinstance(turn, GuestTurn) else Guests()
        if guests.demands:
            return self._calling.think(turn)
        return (self._later if guests.continues else self._all).think(turn)


def guest_brains(router: Router) -> GuestBrains | None:
    """Return the brains of `router` for clients with tools; None when none can call tools.

    They lend their connection, their patience and their breaker, or their model.
    """
    brains = [
        GuestBrain(cast("UpstreamBrain", each)) if each.remote else each for each in router._brains
    ]
    calling = [found for each in brains if (found := _calling(each)) is not None]
    return GuestBrains(brains, calling) if calling else None


def _calling(brain: Brain) -> Brain | None:
    """Return the brain that makes a demanded call with what `brain` has; None: it cannot."""
    if _calls_tools(brain):
        return brain
    if not isinstance(brain, ByGrammar):
        return None
    # The local model's runtime is brought in only by who has one.
    from agentd.guests.local import LocalGuestBrain  # noqa: PLC0415

    return LocalGuestBrain(brain)


class GuestBrain:
    """One upstream server, asked with both kinds of tools."""

    remote = True

    def __init__(self, host: UpstreamBrain) -> None:
        self.name = host.name
        self.sees = host.sees
        self._host = host

    def think(self, turn: Turn) -> AsyncGenerator[Thought, None]:
        """Yield text as it streams, then what becomes of the calls. Raises as its host does."""
        if not isinstance(turn, GuestTurn):
            raise BrainError("This brain is for clients with tools of their own.")
        if turn.guests.demands:
            return self._demanded(turn)
        return self._ask(turn, offered(turn))

    def _ask(
        self, turn: GuestTurn, ours: Sequence[Mapping[str, Any]]
    ) -> AsyncGenerator[Thought, None]:
        body = guest_request(turn, self._host.model, ours)
        return self._host.ask(turn, body, lambda calls: _conclude(calls, turn, ours))

    async def _demanded(self, turn: GuestTurn) -> AsyncGenerator[Thought, None]:
        """Yield an answer once it is known to hold the demanded call; ask twice at most.

        The second time without our tools, as the first time where one tool is named. Raises
        `BrainError` when the call is in neither answer: not every server heeds `tool_choice`.
        """
        ours = [] if turn.guests.named else offered(turn)
        for offer in (ours, ()):
            async with aclosing(self._ask(turn, offer)) as answer:
                thoughts = [thought async for thought in answer]
            calls = [each.call for each in thoughts if isinstance(each, Propose)]
            if any(isinstance(call, TheirCall) for call in calls):
                for thought in thoughts:
                    yield thought
                return
        raise BrainError(uncalled(self.name, turn.guests))

    async def warm_up(self) -> None:
        """Do nothing, as its host."""

    async def close(self) -> None:
        """Do nothing: the connection is its host's."""


def uncalled(brain: str, guests: Guests) -> str:
    """Return that `brain` did not make the call that is demanded."""
    wanted = f'"{guests.named}"' if guests.named else "any tool of the client"
    return f'{brain} did not call {wanted}, which "tool_choice" demands.'


def guest_request(turn: GuestTurn, model: str, ours: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the body of a streaming chat completion with our tools and the client's."""
    theirs = turn.guests.offered()
    first = f"{system(turn)}\n{BESIDE}" if theirs else system(turn)
    tools = [*ours, *theirs]
    return {
        "model": model,
        "messages": [{"role": "system", "content": first}, *history(turn)],
        "stream": True,
        **({"tools": tools} if tools else {}),
        **(turn.guests.forced() if theirs else {}),
        **turn.wishes.sent,
    }


def history(turn: GuestTurn) -> list[dict[str, Any]]:
    """Return the newest messages that fit, calls and results of the client's tools with them."""
    kept: list[dict[str, Any]] = []
    room = MAX_CHARACTERS
    for message in reversed(turn.messages[-MAX_MESSAGES:]):
        told = _message(message, turn.guests)
        if told is None:
            continue
        room -= len(json.dumps({**told, "content": text_of(told["content"])}, ensure_ascii=False))
        if room < 0 and kept:
            break
        kept.append(told)
    while len(kept) > 1 and kept[-1]["role"] == "tool":
        kept.pop()  # a result whose call was cut off; servers refuse it
    kept.reverse()
    return kept


def _message(message: Mapping[str, Any], guests: Guests) -> dict[str, Any] | None:
    role, text = str(message.get("role")), text_of(message.get("content"))
    if role == "tool":
        return {"role": role, "tool_call_id": str(message.get("tool_call_id")), "content": text}
    if role == "assistant" and message.get("tool_calls"):
        calls = [_called(call, guests) for call in message["tool_calls"]]
        return {"role": role, "content": text or None, "tool_calls": calls}
    shown = pictures_of(message)
    if role not in ("user", "assistant") or not (text or shown):
        return None
    return {"role": role, "content": with_pictures(text, shown)}


def _called(call: Mapping[str, Any], guests: Guests) -> dict[str, Any]:
    function = call["function"]
    named = {"name": guests.shown(function["name"]), "arguments": function["arguments"]}
    return {"id": str(call.get("id")), "type": "function", "function": named}


def _conclude(
    proposed: Sequence[Call], turn: GuestTurn, ours: Sequence[Mapping[str, Any]]
) -> list[Thought]:
    """Return what becomes of the calls: ours must have grounds, theirs are handed back.

    When one of ours has none, nothing is handed back either: the whole answer is doubtful. A
    client that wants one call at a time gets the first; one that names a tool gets no other's.
    """
    mine: list[Call] = []
    theirs: list[Call] = []
    for call in proposed:
        own = turn.guests.own_name(call.tool)
        if own is None:
            mine.append(call)
        elif own == turn.guests.named or not turn.guests.named:
            theirs.append(TheirCall(own, call.arguments))
    thoughts: list[Thought] = [*admit(mine, turn, ours)]
    if all(isinstance(thought, Propose) for thought in thoughts):
        thoughts += [Propose(call) for call in theirs[: 1 if turn.guests.single else None]]
    return thoughts


def _calls_tools(brain: Brain) -> bool:
    return isinstance(brain, GuestBrain)
