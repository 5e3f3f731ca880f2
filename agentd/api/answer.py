"""An answer in the shapes of OpenAI's chat completions, in one piece or as a stream.

Token counts are estimates (a quarter of the UTF-8 bytes): agentd has no tokenizer of its own.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi.sse import format_sse_event

from agentd.agent import Heard
from agentd.api.encode import plain
from agentd.api.guest_tools import call_of
from agentd.api.stops import Stops
from agentd.api.watch import BRAIN_HEADER, TRACE_HEADER
from agentd.usage import tokens as _tokens

MODEL = "agentd"
DONE = format_sse_event(data_str="[DONE]")


@dataclass(slots=True)
class Answer:
    """A completion as it grows. It is kept for a while, so it holds nothing of the request."""

    trace: str
    prompt_tokens: int = 0
    include_usage: bool = False
    language: str = "en"
    brain: str = ""
    text: str = ""
    begun: bool = False
    complete: bool = False
    replayed: bool = False
    cut: bool = False
    """A model's words ended because they may not be longer."""
    refused: bool = False
    """The text stands in place of the JSON or the call that was wanted."""
    strict: bool = False
    """Whether JSON or a call is wanted, in whose place no other text may stand."""
    stops: Stops = field(default_factory=Stops)
    calls: list[dict[str, Any]] = field(default_factory=list)
    """Calls of the client's own tools, in OpenAI's form."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    grown: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when text was added or the answer ended; whoever follows it takes the next one then."""
    ended_at: float = math.inf
    """When it was over, however it ended, in seconds of the monotonic clock."""
    receipts: list[dict[str, Any]] = field(default_factory=list)
    created: int = field(default_factory=lambda: int(time.time()))

    def end(self) -> None:
        """Note that nothing more will be added. Safe to call twice."""
        self.ended_at = min(self.ended_at, time.monotonic())
        self.over.set()
        self.grown.set()

    def add(self, text: str) -> None:
        """Add to the text, and let whoever follows it know."""
        self.text += text
        grown, self.grown = self.grown, asyncio.Event()
        grown.set()

    @property
    def finish(self) -> str:
        """Why the answer ends: it is said, was cut, or the client's tools come next."""
        if self.calls:
            return "tool_calls"
        return "length" if self.cut and not self.stops.met else "stop"

    def take(self, piece: Heard) -> str:
        """Add a piece; return the text of it that is to be shown now."""
        self.begun = True
        self.brain = piece.brain or self.brain
        self.cut, self.refused = self.cut or piece.cut, self.refused or piece.refused
        text = self.stops.feed(piece.text, piece.voice)
        self.add(text)
        self.calls += [call_of(each) for each in piece.calls]
        if piece.receipt is not None:
            self.receipts.append(plain(piece.receipt.json()))
        return text

    def rest(self) -> str:
        """Return the text that was held back, once nothing more comes."""
        text = self.stops.rest()
        self.add(text)
        return text

    def says(self, text: str) -> bytes:
        """Return the event that tells a piece of the text."""
        return self.chunk({"refusal" if self.refused else "content": text})

    def chunk(self, delta: dict[str, Any], finish: str | None = None) -> bytes:
        """Return one event of the stream; the last one also tells the brain and receipts."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        extra = {"agentd": self._extra()} if finish else {}
        return self._event([choice], None, extra)

    def call_chunks(self, calls: Sequence[Mapping[str, Any]]) -> list[bytes]:
        """Return the events of `calls`, which are the latest ones, as OpenAI sends them.

        The id and the whole name come first, the arguments after it.
        """
        events = []
        first = len(self.calls) - len(calls)
        for index, call in enumerate(calls, first):
            function = call["function"]
            opening = {**call, "index": index, "function": {**function, "arguments": ""}}
            rest = {"index": index, "function": {"arguments": function["arguments"]}}
            events += [self.chunk({"tool_calls": [opening]}), self.chunk({"tool_calls": [rest]})]
        return events

    def ending(self) -> list[bytes]:
        """Return the last events of the stream."""
        usage = [self.usage_chunk()] if self.include_usage else []
        return [self.chunk({}, self.finish), *usage, DONE]

    def headers(self) -> dict[str, str]:
        """Return the headers that tell what this answer is."""
        headers = {TRACE_HEADER: self.trace}
        if self.replayed:
            headers["x-agentd-replayed"] = "true"
        return headers | ({BRAIN_HEADER: self.brain} if self.brain else {})

    def usage_chunk(self) -> bytes:
        """Return the chunk that holds the usage and nothing else."""
        return self._event([], self._usage(), {})

    def whole(self) -> dict[str, Any]:
        """Return the completion in one piece."""
        text = self.text or None if self.calls else self.text
        told, refusal = (None, text) if self.refused else (text, None)
        message: dict[str, Any] = {"role": "assistant", "content": told, "refusal": refusal}
        if self.calls:
            message["tool_calls"] = self.calls
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self.finish}
        return self._frame("chat.completion") | {
            "choices": [choice],
            "usage": self._usage(),
            "agentd": self._extra(),
        }

    def _event(
        self, choices: Sequence[Any], usage: dict[str, int] | None, extra: dict[str, Any]
    ) -> bytes:
        body = self._frame("chat.completion.chunk") | {"choices": choices} | extra
        if self.include_usage:
            body["usage"] = usage
        return format_sse_event(data_str=json.dumps(body, ensure_ascii=False))

    def _frame(self, kind: str) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{self.trace}",
            "object": kind,
            "created": self.created,
            "model": MODEL,
        }

    def _extra(self) -> dict[str, Any]:
        return {"brain": self.brain, "receipts": self.receipts, "trace": self.trace}

    def _usage(self) -> dict[str, int]:
        answered = _tokens(self.text) + sum(_tokens(str(call["function"])) for call in self.calls)
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": answered,
            "total_tokens": self.prompt_tokens + answered,
        }
