"""OpenAI's Responses API: for other servers' models, whose answer is passed on as it is.

agentd itself answers chat completions. https://platform.openai.com/docs/api-reference/responses
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.sse import format_sse_event

from agentd.api import relayed
from agentd.api.answer import MODEL
from agentd.api.asking import asker, json_object
from agentd.api.auth import ChatKey
from agentd.api.errors import ApiError
from agentd.api.house import TheHouse
from agentd.guests.relay import Relay
from agentd.pace import own_turn

router = APIRouter()


@router.post("/v1/responses")
async def responses(request: Request, house: TheHouse, grant: ChatKey) -> Response:
    """Pass the request on to the server whose model is named, without any of our tools."""
    await own_turn()
    body = await json_object(request, wrong=400)
    relay: Relay = request.app.state.relay
    other = None if body.get("model") == MODEL else relay.find(body.get("model"))
    if other is None:
        known = ", ".join(each.name for each in relay.upstreams) or "none is set here"
        raise ApiError(
            404,
            "agentd answers POST /v1/chat/completions; switch the client's Responses API off. "
            f"Models of other servers that may have it: {known}.",
            code="unsupported_endpoint",
            param="model",
        )
    who = asker(grant, "openai", house.settings)
    return await relayed.answer(request, house, relay, other, body, who, RESPONSES)


def asked(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what is said in a request as messages, to be counted."""
    given = body.get("input")
    items = given if isinstance(given, list) else [{"content": given}]
    told = [each for each in items if isinstance(each, Mapping)]
    return [
        {"content": body.get("instructions")},
        *({"content": each.get("content", each.get("output"))} for each in told),
    ]


def text_in(answer: bytes) -> str:
    """Return the text of a response, or of the event that tells a piece of it."""
    try:
        found = json.loads(answer.decode())
        if found.get("type") == "response.output_text.delta":
            return str(found["delta"])
        contents = [each.get("content") or () for each in found.get("output") or ()]
        return "".join(str(part.get("text") or "") for content in contents for part in content)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ""


def broken(line: str, name: str, count: int) -> list[bytes]:
    """Return the event with which this API's streams tell that they broke off."""
    event = {"type": "error", "code": "server_error", "message": line, "param": None}
    data = json.dumps({**event, "sequence_number": count}, ensure_ascii=False)
    return [format_sse_event(event="error", data_str=data)]


RESPONSES: Final = relayed.Way(
    "/responses",
    asked,
    b"response.output_text.delta",
    text_in,
    broken,
    "has no Responses API; ask POST /v1/chat/completions",
)
