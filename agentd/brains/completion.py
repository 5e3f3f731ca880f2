"""Puts a streamed chat completion together: spoken text, and tool calls from their pieces.

Servers differ: a missing or repeated `index`, a name in pieces or repeated, arguments as an object
instead of text, a whole call in one delta, a wrong `finish_reason`. What cannot be put together
beyond doubt is an error, never a guess, because a call may move something.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agentd.errors import BrainError
from agentd.model import Call

MAX_CALLS = 32
MAX_ARGUMENT_CHARACTERS = 16_384

_OPEN, _CLOSE = "<think>", "</think>"


@dataclass(slots=True)
class _Pieces:
    """One call as far as it has arrived."""

    id: str = ""
    index: int | None = None
    name: str = ""
    text: str = ""
    object: dict[str, Any] | None = None


class ToolCalls:
    """Collects the `tool_calls` deltas of one answer."""

    def __init__(self) -> None:
        self._calls: list[_Pieces] = []

    def __len__(self) -> int:
        return len(self._calls)

    def add(self, delta: Mapping[str, Any]) -> None:
        """Take in one element of a delta's `tool_calls`. Raises `BrainError` on nonsense."""
        function = delta.get("function")
        if not isinstance(function, Mapping):
            raise BrainError("The upstream server sent a tool call without a function.")
        call = self._call_for(delta, function)
        call.name = _grow(call.name, function.get("name"))
        arguments = function.get("arguments")
        if isinstance(arguments, Mapping):
            call.object = {**(call.object or {}), **arguments}
        elif isinstance(arguments, str):
            call.text += arguments
        if len(call.text) > MAX_ARGUMENT_CHARACTERS or len(self._calls) > MAX_CALLS:
            raise BrainError("The upstream server sent more tool calls than one sentence can mean.")

    def finished(self) -> list[Call]:
        """Return the calls in order. Raises `BrainError` when one of them is not whole."""
        return [_finish(call) for call in self._calls]

    def _call_for(self, delta: Mapping[str, Any], function: Mapping[str, Any]) -> _Pieces:
        """Return the call that `delta` continues, or a new one."""
        known_id = delta.get("id") if isinstance(delta.get("id"), str) else ""
        index = delta.get("index") if isinstance(delta.get("index"), int) else None
        for call in reversed(self._calls):
            if known_id and call.id == known_id:
                return call
            # The same index with another id is the next call of a server that never counts.
            if index is not None and call.index == index and (not known_id or not call.id):
                return call
        starts = bool(known_id) or index is not None or _is_new_name(self._calls, function)
        if starts or not self._calls:
            self._calls.append(_Pieces(known_id or "", index))
        return self._calls[-1]


def _is_new_name(calls: Sequence[_Pieces], function: Mapping[str, Any]) -> bool:
    """Return whether a delta with neither id nor index begins the next call: it names one."""
    begun = bool(calls) and (bool(calls[-1].text) or calls[-1].object is not None)
    return bool(function.get("name")) and begun


def _grow(name: str, piece: object) -> str:
    """Return the name with its next piece; servers that repeat the whole name add nothing."""
    if not isinstance(piece, str) or piece == name:
        return name
    return name + piece


def _finish(call: _Pieces) -> Call:
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", call.name):
        raise BrainError("The upstream server sent a tool call without a proper name.")
    arguments: Any = call.object if call.object is not None else _parse(call.text, call.name)
    if isinstance(arguments, str):
        arguments = _parse(arguments, call.name)
    if not isinstance(arguments, dict):
        raise BrainError(f"The upstream server sent arguments for {call.name} that are no object.")
    return Call(call.name, arguments)


def _parse(text: str, name: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant) if text.strip() else {}
    except (ValueError, RecursionError) as error:
        raise BrainError(
            f"The upstream server sent arguments for {name} that are not valid JSON."
        ) from error


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class SpokenText:
    """Lets through what is meant for the person: all but what stands in `<think>` tags."""

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False

    def feed(self, text: str) -> str:
        """Return what can be said now; a piece that may become a tag is held back."""
        self._held += text
        spoken = ""
        while True:
            tag = _CLOSE if self._thinking else _OPEN
            before, found, after = self._held.partition(tag)
            if not found:
                break
            spoken += "" if self._thinking else before
            self._held = after
            self._thinking = not self._thinking
        keep = _overlap(self._held, tag)
        ready, self._held = self._held[: len(self._held) - keep], self._held[-keep:] if keep else ""
        return spoken + ("" if self._thinking else ready)

    def rest(self) -> str:
        """Return what was held back, at the end of the stream."""
        held, self._held = self._held, ""
        return "" if self._thinking else held


def _overlap(text: str, tag: str) -> int:
    """Return how many characters at the end of `text` could begin `tag`."""
    longest = min(len(text), len(tag) - 1)
    return next((size for size in range(longest, 0, -1) if tag.startswith(text[-size:])), 0)
