"""The shapes of OpenAI's chat completions: what is asked, and how an answer is put.

https://platform.openai.com/docs/api-reference/chat. Token counts are estimates (a quarter of
the UTF-8 bytes): agentd has no tokenizer of its own.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi.sse import format_sse_event

from agentd.api.asking import bounded
from agentd.api.errors import ApiError
from agentd.model import Asker

MODEL = "agentd"
DONE = format_sse_event(data_str="[DONE]")


@dataclass(frozen=True, slots=True)
class Ask:
    """One request for a completion."""

    words: str
    messages: list[dict[str, Any]]
    stream: bool
    include_usage: bool
    area: str = ""
    """The room that the person is in, from `metadata.area`."""

    def conversation(self) -> str:
        """Return what marks the conversation at a door that keeps none: how it began.

        Who asks is told apart elsewhere, so two people's same first words are two conversations.
        """
        first = next(each for each in self.messages if each["role"] == "user")
        began = json.dumps(first.get("content"), ensure_ascii=False)
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
    return Ask(words, messages, stream, options.get("include_usage") is True, area)


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
    receipts: list[dict[str, Any]] = field(default_factory=list)
    created: int = field(default_factory=lambda: int(time.time()))

    def chunk(self, delta: dict[str, str], finish: str | None = None) -> bytes:
        """Return one event of the stream; the last one also tells the brain and receipts."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        extra = {"agentd": self._extra()} if finish else {}
        return self._event([choice], None, extra)

    def usage_chunk(self) -> bytes:
        """Return the chunk that holds the usage and nothing else."""
        return self._event([], self._usage(), {})

    def whole(self) -> dict[str, Any]:
        """Return the completion in one piece."""
        message = {"role": "assistant", "content": self.text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
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
        return {"brain": self.brain, "receipts": self.receipts}

    def _usage(self) -> dict[str, int]:
        answered = _tokens(self.text)
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": answered,
            "total_tokens": self.prompt_tokens + answered,
        }


def _tokens(text: str) -> int:
    return (len(text.encode()) + 3) // 4
