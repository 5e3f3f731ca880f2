"""JSON-RPC 2.0 as MCP speaks it: messages, errors and protocol versions.

https://www.jsonrpc.org/specification and the "Base Protocol" pages of each version of
https://modelcontextprotocol.io/specification. Error codes -32020 to -32022 are those of
2026-07-28; earlier versions leave the server range free.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from agentd.errors import AgentdError
from agentd.model import NOTHING

HANDSHAKE: Final = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
"""Versions that begin with `initialize`, oldest first."""
PER_REQUEST: Final = ("2026-07-28",)
"""Versions whose requests each say everything about the client."""
VERSIONS: Final = HANDSHAKE + PER_REQUEST
UNSAID: Final = "2025-03-26"
"""What a request without the version header speaks; also the only version with batches."""
MOST_IN_BATCH: Final = 32

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
CANCELLED: Final = -32000
FORBIDDEN: Final = -32001
NO_RESOURCE: Final = -32002
HEADER_MISMATCH: Final = -32020
WRONG_VERSION: Final = -32022

MALFORMED: Final = frozenset({PARSE_ERROR, INVALID_REQUEST, HEADER_MISMATCH, WRONG_VERSION})
"""Errors of the message itself: HTTP status 400 in every version."""

Id = str | int


class RpcError(AgentdError):
    """A request that is answered with a JSON-RPC error; `data` may say more."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data

    def status(self, version: str) -> int:
        """Return the HTTP status that goes with it."""
        if self.code in MALFORMED:
            return 400
        if version in PER_REQUEST:
            return {METHOD_NOT_FOUND: 404, INVALID_PARAMS: 400, FORBIDDEN: 403}.get(self.code, 200)
        return 403 if self.code == FORBIDDEN else 200


@dataclass(frozen=True, slots=True)
class Message:
    """A request (method and id), a notification (method alone) or a response (id alone)."""

    method: str = ""
    id: Id | None = None
    params: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    result: Mapping[str, Any] | None = None
    """Of a response: what was answered; None when that was an error."""

    @property
    def wants_answer(self) -> bool:
        """Whether this is a request."""
        return bool(self.method) and self.id is not None

    @property
    def meta(self) -> Mapping[str, Any]:
        """The `_meta` object of the parameters, empty when there is none."""
        return table(self.params.get("_meta"))


def id_of(found: Any) -> Id | None:
    """Return the id of what may be a message, so that any complaint can carry it."""
    number = found.get("id") if isinstance(found, dict) else None
    return number if isinstance(number, str | int) and not isinstance(number, bool) else None


def message(found: Any) -> Message:
    """Return one message. Raises `RpcError` (invalid request) for what is none."""
    if not isinstance(found, dict) or found.get("jsonrpc") != "2.0":
        raise RpcError(INVALID_REQUEST, 'A message is an object with "jsonrpc": "2.0".')
    number = id_of(found)
    if "id" in found and number is None:
        raise RpcError(INVALID_REQUEST, '"id" must be a string or an integer.')
    if "method" not in found:
        if number is None or ("result" in found) == ("error" in found):
            raise RpcError(INVALID_REQUEST, 'A message has a "method", or is an answer to one.')
        result = found.get("result")
        return Message(id=number, result=result if isinstance(result, dict) else None)
    method, params = found["method"], found.get("params", {})
    if not isinstance(method, str) or not method:
        raise RpcError(INVALID_REQUEST, '"method" must be a string that names one.')
    if not isinstance(params, dict):
        raise RpcError(INVALID_REQUEST, '"params" must be an object.')
    return Message(method, number, params)


def messages(found: Any, version: str) -> list[Message]:
    """Return the messages of a batch. Raises `RpcError` where the version or the batch is none."""
    if version != UNSAID:
        raise RpcError(INVALID_REQUEST, f"Version {version} has no batches; send one message.")
    if not 0 < len(found) <= MOST_IN_BATCH:
        raise RpcError(INVALID_REQUEST, f"A batch has 1 to {MOST_IN_BATCH} messages.")
    batch = [message(each) for each in found]
    if any(each.method == "initialize" for each in batch):
        raise RpcError(INVALID_REQUEST, "initialize cannot be part of a batch.")
    return batch


def response(number: Id, result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer to the request `number`."""
    return {"jsonrpc": "2.0", "id": number, "result": dict(result)}


def failure(number: Id | None, error: RpcError) -> dict[str, Any]:
    """Return the answer that says what was wrong with the request `number`."""
    shown: dict[str, Any] = {"code": error.code, "message": error.line()}
    if error.data is not None:
        shown["data"] = error.data
    return {"jsonrpc": "2.0", "id": number, "error": shown}


def notification(method: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return a notification."""
    return {"jsonrpc": "2.0", "method": method, "params": dict(params)}


def table(value: Any) -> Mapping[str, Any]:
    """Return `value` when it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else NOTHING


def text(params: Mapping[str, Any], name: str) -> str:
    """Return a string of the parameters. Raises `RpcError` (invalid params)."""
    value = params.get(name)
    if not isinstance(value, str) or not value:
        raise RpcError(INVALID_PARAMS, f'"{name}" must be a string that says something.')
    return value
