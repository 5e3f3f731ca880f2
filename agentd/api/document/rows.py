"""One row a route: what goes in, what comes out, and which errors are its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from agentd.api.document import asks
from agentd.model import Schema

JSON: Final = "application/json"
EVENTS: Final = "text/event-stream"
METRICS: Final = ("text/plain", "application/openmetrics-text")


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of one route. Errors that any route may answer with are not repeated."""

    answer: str = ""
    """The shape of its answer, by name; empty where it has none as JSON."""
    ask: Schema | None = None
    needed: bool = False
    """Whether the body must be there."""
    errors: tuple[int, ...] = ()
    status: int = 200
    also: tuple[str, ...] = ()
    """Other kinds of content that the answer may come as."""
    event: str = ""
    """The shape of the data of its events, where all of them have one."""


_BODY = (422,)
_LATE = (503, 504)
_DOING = (422, 404, 409, *_LATE)

ROWS: Final[dict[tuple[str, str], Row]] = {
    ("get", "/healthz"): Row("Health"),
    ("get", "/v1/models"): Row("Models"),
    ("get", "/v1/models/{model}"): Row("Model", errors=(404,)),
    ("post", "/v1/chat/completions"): Row(
        "Completion", asks.CHAT, True, (502, *_LATE), also=(EVENTS,), event="Chunk"
    ),
    ("post", "/v1/responses"): Row(
        "Response", asks.RESPONSE, True, (404, 502, *_LATE), also=(EVENTS,)
    ),
    ("post", "/v1/embeddings"): Row("Embeddings", asks.EMBEDDINGS, True, (404, 502, *_LATE)),
    ("post", "/mcp"): Row("Rpc", asks.RPC, True, (202, 404), also=(EVENTS,)),
    ("get", "/manifest.json"): Row("Document"),
    ("get", "/manifest.zh-CN.json"): Row("Document"),
    ("get", "/.well-known/ai-plugin.json"): Row("Document"),
    ("get", "/openapi.json"): Row("Document"),
    ("get", "/api/openapi.json"): Row("Document"),
    ("post", "/api/plugin/list_devices"): Row("PluginAnswer", asks.LISTING, errors=_BODY),
    ("post", "/api/plugin/{name}"): Row("PluginAnswer", asks.ARGUMENTS, errors=_DOING),
    ("post", "/api/say"): Row("Said", asks.SAY, True, (422, *_LATE), also=(EVENTS,)),
    ("get", "/api/devices"): Row("Devices"),
    ("get", "/api/tools"): Row("Tools"),
    ("post", "/api/tools/{name}"): Row("Receipt", asks.ARGUMENTS, errors=_DOING),
    ("post", "/api/stop"): Row("Latched"),
    ("post", "/api/resume"): Row("Resumed", asks.RESUME, errors=(404, 409, 422)),
    ("get", "/api/confirmations"): Row("Confirmations"),
    ("post", "/api/confirmations/{token}"): Row("Receipt", errors=(404, 409, *_LATE)),
    ("get", "/api/schedule"): Row("Schedule"),
    ("delete", "/api/schedule/{id}"): Row("Cancelled", errors=(404,)),
    ("get", "/api/events"): Row(also=(EVENTS,), errors=(503,)),
    ("get", "/api/keys"): Row("Keys"),
    ("post", "/api/keys"): Row("NewKey", asks.NEW_KEY, True, (409, 422), 201),
    ("post", "/api/keys/{id}/rotate"): Row("NewKey", asks.ROTATE, False, (404, 422), 201),
    ("delete", "/api/keys/{id}"): Row("Revoked", errors=(404,)),
    ("get", "/api/audit"): Row("Audit", errors=_BODY),
    ("get", "/metrics"): Row(also=METRICS),
    ("get", "/api/usage"): Row("Usage", errors=_BODY),
}
