"""What a message may hold: text, or parts of text; pictures where somebody here sees them.

Nothing else is ever left out in silence, and no address in it is ever looked up here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from agentd.api.errors import ApiError
from agentd.brains.pictures import pictures_of

CANNOT: Final = {
    "image_url": "a picture",
    "input_image": "a picture",
    "input_audio": "a recording",
    "file": "a file",
    "input_file": "a file",
}


MOST_PICTURES: Final = 20
LONGEST_ADDRESS: Final = 8192
PICTURE: Final = re.compile(r"data:image/(?:png|jpeg|jpg|gif|webp);base64,[A-Za-z0-9+/]")
DETAILS: Final = ("auto", "low", "high")


def check_content(
    message: Mapping[str, Any], place: str, others: Sequence[str], *, sees: bool = False
) -> None:
    """Raise `ApiError` 400 unless the message holds nothing but text, or nothing.

    `others` are models that may take more than that. With `sees` a person's message may hold
    pictures, too.
    """
    content = message.get("content")
    place = f"{place}.content"
    if content is None or isinstance(content, str):
        return
    if not isinstance(content, list):
        raise _wrong(place, "must be a string or a list of parts")
    for number, part in enumerate(content):
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind == "image_url" and sees and message.get("role") == "user":
            _check_picture(part.get("image_url"), f"{place}[{number}].image_url")
        else:
            _check_part(part, f"{place}[{number}]", str(message.get("role")), others)


def check_number(messages: Sequence[Mapping[str, Any]]) -> None:
    """Raise `ApiError` 400 when there are too many pictures."""
    if sum(len(pictures_of(message)) for message in messages) > MOST_PICTURES:
        raise _wrong("messages", f"must hold at most {MOST_PICTURES} pictures")


def text_of(content: Any) -> str:
    """Return a checked content's text; of parts, each on its line."""
    if isinstance(content, list):
        return "\n".join(str(part["text"]) for part in content if "text" in part)
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


def _check_picture(shown: object, place: str) -> None:
    url = shown.get("url") if isinstance(shown, Mapping) else None
    if not isinstance(shown, Mapping) or not isinstance(url, str):
        raise _wrong(place, "must be an object with a url")
    if not PICTURE.match(url) and not _is_address(url):
        why = "must be a data: URL of a png, jpeg, gif or webp picture in base64, or an https URL"
        raise _wrong(f"{place}.url", why)
    if shown.get("detail") not in (None, *DETAILS):
        raise _wrong(f"{place}.detail", f"must be one of {', '.join(DETAILS)}")


def _is_address(url: str) -> bool:
    """Return whether `url` is one of https, without a user's name in it."""
    if len(url) > LONGEST_ADDRESS or not url.isprintable() or " " in url:
        return False
    try:
        found = urlsplit(url)
        return found.scheme == "https" and bool(found.hostname) and "@" not in found.netloc
    except ValueError:
        return False


def _wrong(param: str, why: str) -> ApiError:
    return ApiError(400, f'"{param}" {why}.', param=param)
