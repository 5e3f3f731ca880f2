"""What every door does with a request: read its JSON, and say who asks."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from agentd.api.errors import ApiError
from agentd.brains.language import language_of
from agentd.config import Settings
from agentd.json_text import parsed
from agentd.model import Asker
from agentd.store import Grant


async def json_object(request: Request, *, wrong: int = 422) -> dict[str, Any]:
    """Return the body as a JSON object, whatever its content type says; nothing is `{}`.

    Raises `ApiError` with the status `wrong` for anything else.
    """
    body = await request.body()
    if not body.strip():
        return {}
    try:
        found = parsed(body)
    except ValueError as error:
        raise ApiError(wrong, f"The body is not JSON: {error}.", code="bad_json") from None
    if not isinstance(found, dict):
        raise ApiError(wrong, "The body must be a JSON object.", code="bad_json")
    return found


def text_field(body: dict[str, Any], name: str, *, longest: int, needed: bool = True) -> str:
    """Return a string of the body. Raises `ApiError` 422 or, when it is too long, 400."""
    value = body.get(name, "" if not needed else None)
    if not isinstance(value, str) or (needed and not value.strip()):
        raise ApiError(422, f'"{name}" must be a string that says something.', param=name)
    return bounded(value, longest, name)


def bounded(words: str, longest: int, param: str) -> str:
    """Return `words`. Raises `ApiError` 400 when they are longer than `longest` characters."""
    if len(words) > longest:
        message = f"The sentence has {len(words)} characters; at most {longest} are read."
        raise ApiError(400, message, code="too_long", param=param)
    return words


def stranger(asker: Asker) -> Asker:
    """Return `asker` as a key that is limited to devices may know another: the door, no more."""
    return Asker(who="", door=asker.door, language=asker.language, trace="")


def asker(
    grant: Grant,
    door: str,
    settings: Settings,
    *,
    words: str = "",
    conversation: str = "",
    area: str = "",
) -> Asker:
    """Return who asks. The owner's own token comes from the command line: the door `cli`."""
    return Asker(
        who=grant.who,
        door="cli" if grant.local else door,
        words=words,
        language=language_of(words, settings.daemon.language),
        conversation=conversation,
        key=grant.key,
        devices=grant.devices,
        area=area,
    )
