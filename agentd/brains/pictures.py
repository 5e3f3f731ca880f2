"""Pictures in a conversation: data that a model may look at, never a person's own words.

They go to a server as they came, as a text or as an address: nothing here ever fetches one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

_POINTS_AT_IT: Final = re.compile(
    r"\b(?:pictures?|photos?|photographs?|images?|pics?|screenshots?|snapshots?|drawings?|"
    r"attached|attachments?|shown|see)\b|图|照片|相片|画面|附件|看到|看见",
    re.IGNORECASE,
)


def pictures_of(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the pictures in a person's message, as parts of OpenAI's form and no more."""
    content = message.get("content")
    if message.get("role") != "user" or not isinstance(content, list):
        return []
    shown = (part.get("image_url") for part in content if _is_picture(part))
    kept = ({name: each[name] for name in ("url", "detail") if each.get(name)} for each in shown)
    return [{"type": "image_url", "image_url": each} for each in kept]


def pictured(messages: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether there is a picture in the conversation."""
    return any(map(pictures_of, messages))


def points_at_pictures(words: str) -> bool:
    """Return whether `words` speak of something to be seen, so that they alone do not say all."""
    return _POINTS_AT_IT.search(words) is not None


def with_pictures(text: str, shown: Sequence[Mapping[str, Any]]) -> str | list[Any]:
    """Return a content for a server that sees: the text, and the pictures behind it."""
    if not shown:
        return text
    return [*([{"type": "text", "text": text}] if text else []), *shown]


def _is_picture(part: object) -> bool:
    if not isinstance(part, Mapping) or part.get("type") != "image_url":
        return False
    return isinstance(part.get("image_url"), Mapping)
