"""The brains for a turn with a client's own tools: the same ones, in the same order.

What the offline brain understands needs no tool of a client. What it does not is put to the
upstream servers with both kinds of tools; a turn that goes on with a client's results is theirs
alone, because the person's words were heard, and perhaps obeyed, before.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from agentd.brains import Brain, Propose, Thought, Turn
from agentd.brains.chat_request import MAX_MESSAGE_CHARACTERS, system
from agentd.brains.grounds import admit
from agentd.brains.offer import offered
from agentd.brains.router import Router
from agentd.errors import BrainError
from agentd.guests import Guests, GuestTurn, TheirCall
from agentd.model import Call

if TYPE_CHECKING:  # it brings an HTTP client, which a purely local daemon does without
    from agentd.brains.upstream import UpstreamBrain

BESIDE: Final = "The other tools belong to the program that is used here: each does what it says."
MAX_MESSAGES: Final = 40
MAX_CHARACTERS: Final = 48_000


class GuestBrains:
    """The house's brains, with the client's tools for those that can call them."""

    name = "guests"

    def __init__(self, brains: Sequence[Brain]) -> None:
        self._all = Router(cast("Any", brains))
        self._later = Router(cast("Any", [each for each in brains if _calls_tools(each)]))

    def think(self, turn: Turn) -> AsyncGenerator[Thought, None]:
        """Yield thoughts; one that proposes a `TheirCall` is about a tool of the client."""
        guests = turn.guests if isinstance(turn, GuestTurn) else Guests()
        later = guests.continues or guests.choice is not None
        return (self._later if later else self._all).think(turn)


def guest_brains(router: Router) -> GuestBrains | None:
    """Return the brains of `router` for clients with tools; None when none can call tools.

    The upstream brains lend their connection, their patience and their breaker.
    """
    brains = router._brains
    if not any(each.remote for each in brains):
        return None
    return GuestBrains(
        [GuestBrain(cast("UpstreamBrain", each)) if each.remote else each for each in brains]
    )


class GuestBrain:
    """One upstream server, asked with both kinds of tools."""

    remote = True

    def __init__(self, host: UpstreamBrain) -> None:
        self.name = host.name
        self._host = host

    def think(self, turn: Turn) -> AsyncGenerator[Thought, None]:
        """Yield text as it streams, then what becomes of the calls. Raises as its host does."""
        if not isinstance(turn, GuestTurn):
            raise BrainError("This brain is for clients with tools of their own.")
        ours = offered(turn)
        body = guest_request(turn, self._host.model, ours)
        return self._host.ask(turn, body, lambda calls: _conclude(calls, turn, ours))

    async def warm_up(self) -> None:
        """Do nothing, as its host."""

    async def close(self) -> None:
        """Do nothing: the connection is its host's."""


def guest_request(turn: GuestTurn, model: str, ours: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the body of a streaming chat completion with our tools and the client's."""
    theirs = turn.guests.offered()
    first = f"{system(turn)}\n{BESIDE}" if theirs else system(turn)
    tools = [*ours, *theirs]
    return {
        "model": model,
        "messages": [{"role": "system", "content": first}, *_history(turn)],
        "stream": True,
        **({"tools": tools} if tools else {}),
        **(turn.guests.forced() if theirs else {}),
        **turn.wishes.sent,
    }


def _history(turn: GuestTurn) -> list[dict[str, Any]]:
    """Return the newest messages that fit, calls and results of the client's tools with them."""
    kept: list[dict[str, Any]] = []
    room = MAX_CHARACTERS
    for message in reversed(turn.messages[-MAX_MESSAGES:]):
        told = _message(message, turn.guests)
        if told is None:
            continue
        room -= len(json.dumps(told, ensure_ascii=False))
        if room < 0 and kept:
            break
        kept.append(told)
    while len(kept) > 1 and kept[-1]["role"] == "tool":
        kept.pop()  # a result whose call was cut off; servers refuse it
    kept.reverse()
    return kept


def _message(message: Mapping[str, Any], guests: Guests) -> dict[str, Any] | None:
    role, text = str(message.get("role")), _text(message.get("content"))
    if role == "tool":
        return {"role": role, "tool_call_id": str(message.get("tool_call_id")), "content": text}
    if role == "assistant" and message.get("tool_calls"):
        calls = [_called(call, guests) for call in message["tool_calls"]]
        return {"role": role, "content": text or None, "tool_calls": calls}
    return {"role": role, "content": text} if role in ("user", "assistant") and text else None


def _called(call: Mapping[str, Any], guests: Guests) -> dict[str, Any]:
    function = call["function"]
    named = {"name": guests.shown(function["name"]), "arguments": function["arguments"]}
    return {"id": str(call.get("id")), "type": "function", "function": named}


def _text(content: object) -> str:
    if isinstance(content, str):
        return content[:MAX_MESSAGE_CHARACTERS]
    parts: Sequence[Any] = content if isinstance(content, list) else ()
    texts = (part.get("text") for part in parts if isinstance(part, Mapping))
    return "\n".join(text for text in texts if isinstance(text, str))[:MAX_MESSAGE_CHARACTERS]


def _conclude(
    proposed: Sequence[Call], turn: GuestTurn, ours: Sequence[Mapping[str, Any]]
) -> list[Thought]:
    """Return what becomes of the calls: ours must have grounds, theirs are handed back.

    When one of ours has none, nothing is handed back either: the whole answer is doubtful. A
    client that wants one call at a time gets the first.
    """
    mine: list[Call] = []
    theirs: list[Call] = []
    for call in proposed:
        own = turn.guests.own_name(call.tool)
        if own is None:
            mine.append(call)
        else:
            theirs.append(TheirCall(own, call.arguments))
    thoughts: list[Thought] = [*admit(mine, turn, ours)]
    if all(isinstance(thought, Propose) for thought in thoughts):
        thoughts += [Propose(call) for call in theirs[: 1 if turn.guests.single else None]]
    return thoughts


def _calls_tools(brain: Brain) -> bool:
    return isinstance(brain, GuestBrain)
