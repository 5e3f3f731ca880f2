"""What a message may hold: text, or parts of text. Nothing else is ever left out in silence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from agentd.api.errors import ApiError

CANNOT: Final = {
    "image_url": "a picture",
    "input_image": "a picture",
    "input_audio": "a recording",
    "file": "a file",
    "input_file": "a file",
}


def check_content(message: Mapping[str, Any], place: str, others: Sequence[str]) -> None:
    """Raise `ApiError` 400 unless the message holds nothing but text, or nothing.

    `others` are models that may take more than that.
    """
    content = message.get("content")
    place = f"{place}.content"
    if content is None or isinstance(content, str):
        return
    if not isinstance(content, list):
        raise _wrong(place, "must be a string or a list of parts")
    for number, part in enumerate(content):
        _check_part(part, f"{place}[{number}]", str(message.get("role")), others)


def text_of(content: Any) -> str:
    """Return a checked content's text; of parts, each on its line."""
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content)
    return content or ""


def _check_part(part: object, place: str, role: str, others: Sequence[str]) -> None:
    kind = part.get("type") if isinstance(part, Mapping) else None
    if not isinstance(part, Mapping) or not isinstance(kind, str):
        raise _wrong(place, "must be an object with a type")
    if kind == "text" and isinstance(part.get("text"), str):
        return
    if kind == "refusal" and role == "assistant":
        return
    if kind == "text":
        raise _wrong(place, "is a text part without text")
    if kind not in CANNOT:
        raise _wrong(place, f'has the type "{kind[:40]}"; agentd reads parts of the type "text"')
    known = f"ask for it by its name: {', '.join(others)}" if others else "none is set here"
    why = f"is {CANNOT[kind]}, and agentd reads words alone. A model of another server may take it"
    raise ApiError(400, f'"{place}" {why}; {known}.', code="unsupported_content", param=place)


def _wrong(param: str, why: str) -> ApiError:
    return ApiError(400, f'"{param}" {why}.', param=param)
