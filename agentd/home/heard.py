"""One message to `agentd/<node>/say`: plain text, or JSON with the same fields as `/api/say`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from agentd.json_text import parsed

MAX_PAYLOAD: Final = 64 * 1024
_LONGEST: Final = {"conversation": 200, "area": 100}


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said, in which conversation and in which room."""

    words: str
    conversation: str = ""
    area: str = ""


def heard(payload: bytes, longest: int) -> Heard:
    """Accept plain text, or JSON `{"text": ..., "conversation": ..., "area": ...}`.

    Raises `ValueError` with a line for the person: no words, more than `longest` characters, or
    JSON that is broken, nested too deeply or holds something else.
    """
    text = payload.decode(errors="replace").strip() if len(payload) <= MAX_PAYLOAD else ""
    said = Heard(text)
    if text.startswith("{"):
        try:
            body = parsed(payload.strip())
        except ValueError as error:
            raise ValueError(f"The message is not JSON: {error}.") from None
        said = Heard(*(_field(body, name) for name in ("text", "conversation", "area")))
    if not said.words.strip() or len(said.words) > longest:
        raise ValueError(f"Say something of at most {longest} characters.")
    return said


def _field(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f'"{name}" must be a string, not {str(value)[:40]}.')
    if len(value) > _LONGEST.get(name, MAX_PAYLOAD):
        raise ValueError(f'"{name}" may have at most {_LONGEST[name]} characters.')
    return value
