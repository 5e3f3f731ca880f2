"""The shapes of OpenAI's chat completions: what is asked, and how an answer is put.

https://platform.openai.com/docs/api-reference/chat. Token counts are estimates (a quarter of
the UTF-8 bytes): agentd has no tokenizer of its own.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi.sse import format_sse_event

from agentd.api.asking import bounded
from agentd.api.errors import ApiError
from agentd.api.guest_tools import guests_of
from agentd.guests import NO_GUESTS, Guests
from agentd.model import Asker
from agentd.usage import tokens as _tokens

MODEL = "agentd"
DONE = format_sse_event(data_str="[DONE]")


@dataclass(frozen=True, slots=True)
class Ask:
    """One request for a completion."""

    words: str
    messages: list[dict[str, Any]]
    stream: bool
    include_usage: bool
    guests: Guests = NO_GUESTS
    user: str = ""
    """Who speaks, where one key serves several people and the client tells them apart."""
    area: str = ""
    """The room that the person is in, from `metadata.area`."""

    def conversation(self) -> str:
        """Return what marks the conversation at a door that keeps none: how it began.

        Who asks is told apart elsewhere, so two people's same first words are two conversations.
        """
        first = next(each for each in self.messages if each["role"] == "user")
        began = json.dumps([self.user, first.get("content")], ensure_ascii=False)
        return hashlib.sha256(began.encode("utf-8", "replace")).hexdigest()[:16]

    def answer(self, asker: Asker) -> Answer:
        """Return the answer to be filled."""
        asked = sum(_tokens(str(message.get("content", ""))) for message in self.messages)
        return Answer(asker.trace, asked, self.include_usage, asker.language)


def read(body: dict[str, Any], longest: int) -> Ask:
    """Return what is asked. Raises `ApiError` 400 and names the field that does not fit."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise _wrong("messages", "must be a list with at least one message")
    for number, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise _wrong(f"messages[{number}]", "must be an object with a role")
    if body.get("n", 1) not in (1, None):
        raise _wrong("n", "must be 1: a command is carried out once")
    stream, options = body.get("stream") or False, body.get("stream_options") or {}
    if not isinstance(stream, bool):
        raise _wrong("stream", "must be true or false")
    if not isinstance(options, dict):
        raise _wrong("stream_options", "must be an object")
    metadata = body.get("metadata") or {}
    area = metadata.get("area", "") if isinstance(metadata, dict) else None
    if not isinstance(area, str) or len(area) > 100:
        raise _wrong("metadata", "must be an object; its area is a room's name")
    words = bounded(_last_words(messages), longest, "messages")
    guests = guests_of(body, continues=_continues(messages))
    user = body.get("user")
    user = user if isinstance(user, str) else ""
    return Ask(words, messages, stream, options.get("include_usage") is True, guests, user, area)


def _continues(messages: list[dict[str, Any]]) -> bool:
    """Return whether the newest message is a tool's result instead of the person's words.

    Raises `ApiError` 400 when it is an answer: those words were heard, and acting on them again
    would do everything twice.
    """
    said = [
        (number, message["role"])
        for number, message in enumerate(messages)
        if message["role"] in ("user", "assistant", "tool", "function")
    ]
    number, role = said[-1]
    if role in ("assistant", "function"):
        why = "must be of the user (or a tool's result): the words before it were answered"
        raise _wrong(f"messages[{number}].role", why)
    return bool(role == "tool")


def _last_words(messages: list[dict[str, Any]]) -> str:
    for number, message in reversed(list(enumerate(messages))):
        if message["role"] == "user":
            words = _text(message.get("content"), f"messages[{number}].content")
            if words.strip():
                return words
            raise _wrong(f"messages[{number}].content", "must say something")
    raise _wrong("messages", "must hold a message of the user")


def _text(content: Any, place: str) -> str:
    """Return a content's text; of parts, the text ones, each on its line."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        raise _wrong(place, "must be a string or a list of parts")
    parts = [part.get("text") for part in content if part.get("type") == "text"]
    if not all(isinstance(part, str) for part in parts):
        raise _wrong(place, "has a text part without text")
    return "\n".join(str(part) for part in parts)


def _wrong(param: str, why: str) -> ApiError:
    return ApiError(400, f'"{param}" {why}.', param=param)


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
        """Why the answer ends: it is said, or the client's tools come next."""
        return "tool_calls" if self.calls else "stop"

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

    def usage_chunk(self) -> bytes:
        """Return the chunk that holds the usage and nothing else."""
        return self._event([], self._usage(), {})

    def whole(self) -> dict[str, Any]:
        """Return the completion in one piece."""
        text = self.text or None if self.calls else self.text
        message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
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
