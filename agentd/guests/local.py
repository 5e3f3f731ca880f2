"""The local model for a client that demands a call of its tools: its grammar knows nothing else.

One call comes out, of a tool that may be called, with arguments of that tool's own schema. What
the model would rather say is no answer here, so none is possible.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final

from agentd.brains import Propose, Thought, Turn
from agentd.brains.call_grammar import CLOSE, OPEN, demanded_grammar
from agentd.brains.local_prompt import newest
from agentd.brains.shape import Shape, ShapeError
from agentd.errors import BrainError
from agentd.guests import GuestTurn, TheirCall
from agentd.guests.brain import ByGrammar, history, uncalled
from agentd.inference.llm.generate import Request

MOST_TOKENS: Final = 1024
TOTAL_S: Final = 120.0
TIRES: Final = 24
"""A small model that repeats itself over so many tokens has nothing more to say."""
_HOW: Final = f'Answer with a call: {OPEN}{{"name": ..., "arguments": {{...}}}}{CLOSE}. The tools:'


class LocalGuestBrain:
    """Asks the one model that its host has loaded."""

    remote = False
    sees = False

    def __init__(self, host: ByGrammar) -> None:
        self.name = host.name
        self._host = host

    async def think(self, turn: Turn) -> AsyncGenerator[Thought, None]:
        """Yield one call of the client's tools.

        Raises `BrainError`: a schema that no grammar is made of, a call that got too long, or
        what the model itself raises.
        """
        if not isinstance(turn, GuestTurn):
            raise BrainError("This brain is for clients with tools of their own.")
        request = await asyncio.to_thread(_request, turn)
        text, end = "", ""
        async with aclosing(self._host.pieces(request, turn.asker.who)) as pieces:
            async for piece in pieces:
                text, end = text + piece.text, piece.end
        if end == "length":
            raise BrainError(f"{uncalled(self.name, turn.guests)} It got too long.")
        yield Propose(_read(text, turn))

    async def warm_up(self) -> None:
        """Do nothing: the model is its host's."""

    async def close(self) -> None:
        """Do nothing, likewise."""


def _request(turn: GuestTurn) -> Request:
    tools = [tool["function"] for tool in turn.guests.offered()]
    for function in tools:
        try:
            Shape(_arguments(function)).check()
        except ShapeError as error:
            raise BrainError(f"The schema of {function['name']} {error}.") from error
    most = min(MOST_TOKENS, turn.wishes.most or MOST_TOKENS)
    grammar = demanded_grammar({tool["name"]: _arguments(tool) for tool in tools})
    return Request(_messages(turn, tools), grammar, most=most, total_s=TOTAL_S, tires=TIRES)


def _arguments(function: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a tool's arguments, which are an object whatever it says."""
    return {**function.get("parameters", {}), "type": "object"}


def _messages(turn: GuestTurn, tools: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    lines = [json.dumps(tool, ensure_ascii=False) for tool in tools]
    first = {"role": "system", "content": "\n".join((_HOW, *lines))}
    return [first, *newest([_told(message) for message in history(turn)])]


def _told(message: Mapping[str, Any]) -> dict[str, str]:
    """Return a message in the words of the model: calls and results are texts like any other."""
    text = str(message.get("content") or "")
    if message["role"] == "tool":
        return {"role": "user", "content": f"<tool_response>{text}</tool_response>"}
    calls = [
        f'{OPEN}{{"name": "{each["name"]}", "arguments": {each["arguments"]}}}{CLOSE}'
        for each in (call["function"] for call in message.get("tool_calls", ()))
    ]
    return {"role": str(message["role"]), "content": "\n".join(filter(None, (text, *calls)))}


def _read(text: str, turn: GuestTurn) -> TheirCall:
    try:
        value = json.loads(text.removeprefix(OPEN).removesuffix(CLOSE))
        own = turn.guests.own_name(value["name"])
        arguments = dict(value["arguments"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BrainError("The local model wrote a call that is none.") from error
    if own is None:
        raise BrainError("The local model wrote a call that is none.")
    return TheirCall(own, arguments)
