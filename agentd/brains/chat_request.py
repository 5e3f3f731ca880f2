"""What is sent to a language model: a prompt that never changes, the conversation, our tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from agentd.brains import Turn

SYSTEM_PROMPT: Final = (
    "You control the devices of a home and its robots through the tools, and through nothing else. "
    "Call a tool for each thing that is asked, in the order it is asked, with only the devices and "
    "values the tools list. Never invent a device. A question about a state calls get_state only. "
    "When it is not clear what is meant, ask back in one short sentence and call nothing. "
    "Never say that something was done: the daemon reports that itself. "
    "Answer in the language of the user, without formatting."
)
"""The same bytes in every request, so that a server can keep what it computed for them."""

MAX_MESSAGES: Final = 20
MAX_MESSAGE_CHARACTERS: Final = 8_000
MAX_HISTORY_CHARACTERS: Final = 24_000


def chat_request(turn: Turn, model: str) -> dict[str, Any]:
    """Return the body of a streaming chat completion for `turn`."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": "system", "content": SYSTEM_PROMPT}, *_history(turn)],
        "stream": True,
    }
    return body | ({"tools": list(turn.tools)} if turn.tools else {})


def _history(turn: Turn) -> list[dict[str, str]]:
    """Return the conversation's newest messages that fit, ending with what was said now."""
    kept: list[dict[str, str]] = []
    room = MAX_HISTORY_CHARACTERS
    for message in reversed(turn.messages[-MAX_MESSAGES:]):
        role, text = message.get("role"), _text(message.get("content"))
        if role not in ("user", "assistant") or not text:
            continue
        room -= len(text)
        if room < 0:
            break
        kept.append({"role": str(role), "content": text})
    kept.reverse()
    said = {"role": "user", "content": turn.words[:MAX_MESSAGE_CHARACTERS]}
    return kept if kept and kept[-1] == said else [*kept, said]


def _text(content: object) -> str:
    """Return the text of a message's content, which may be a list of parts."""
    if isinstance(content, str):
        return content[:MAX_MESSAGE_CHARACTERS]
    parts: Sequence[Any] = content if isinstance(content, list) else ()
    texts = (part.get("text") for part in parts if isinstance(part, Mapping))
    return " ".join(text for text in texts if isinstance(text, str))[:MAX_MESSAGE_CHARACTERS]
