"""What is asked by one of OpenAI's chat completions.

https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agentd.api.answer import Answer
from agentd.api.asking import bounded
from agentd.api.content import check_content, check_number, text_of
from agentd.api.errors import ApiError
from agentd.api.guest_tools import guests_of
from agentd.api.stops import Stops
from agentd.api.wishes import refuse_unknown_ways, wishes_of
from agentd.brains.wishes import NO_WISHES, Wishes
from agentd.guests import NO_GUESTS, Guests
from agentd.model import Asker
from agentd.usage import content_tokens


@dataclass(frozen=True, slots=True)
class Ask:
    """One request for a completion."""

    words: str
    messages: list[dict[str, Any]]
    stream: bool
    include_usage: bool
    guests: Guests = NO_GUESTS
    wishes: Wishes = NO_WISHES
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
        asked = sum(content_tokens(message.get("content")) for message in self.messages)
        stops = Stops(self.wishes.stops)
        return Answer(
            asker.trace,
            asked,
            self.include_usage,
            asker.language,
            strict=self.wishes.shape is not None or self.guests.demands,
            stops=stops,
        )


def read(
    body: dict[str, Any], longest: int, others: Sequence[str] = (), *, sees: bool = False
) -> Ask:
    """Return what is asked. Raises `ApiError` 400 and names the field that does not fit.

    `others` are the names of models that may take what agentd cannot; `sees` tells whether one
    here is shown pictures.
    """
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise _wrong("messages", "must be a list with at least one message")
    for number, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise _wrong(f"messages[{number}]", "must be an object with a role")
        check_content(message, f"messages[{number}]", others, sees=sees)
    check_number(messages)
    refuse_unknown_ways(body)
    if (body.get("n") or 1) is True or body.get("n", 1) not in (1, None):
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
    usage = options.get("include_usage") is True
    return Ask(words, messages, stream, usage, guests, wishes_of(body), user, area)


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
            words = text_of(message.get("content"))
            if words.strip():
                return words
            raise _wrong(f"messages[{number}].content", "must say something in words")
    raise _wrong("messages", "must hold a message of the user")


def _wrong(param: str, why: str) -> ApiError:
    return ApiError(400, f'"{param}" {why}.', param=param)
