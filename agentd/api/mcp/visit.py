"""Who calls, in which version of the protocol, and what their side can do.

Until 2025-11-25 a client says once, at `initialize`, that it can ask its person a question. The
door keeps nothing between requests, so it gives such a client that fact as its session id
(`elicit.` and a random part), which the client then repeats with every request. No list of ids
exists: one from before a restart is as good as a new one, and it gives no rights. From 2026-07-28
on every request says it by itself.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from fastapi import Request

from agentd.api.asking import asker
from agentd.api.house import House
from agentd.api.mcp.wire import (
    HANDSHAKE,
    HEADER_MISMATCH,
    INVALID_PARAMS,
    PER_REQUEST,
    UNSAID,
    VERSIONS,
    WRONG_VERSION,
    Message,
    RpcError,
    table,
)
from agentd.model import Asker, Device
from agentd.store import Grant

META: Final = "io.modelcontextprotocol/"
ELICITS: Final = "elicit."
NAMED: Final = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
"""From 2026-07-28: the parameter that the header `Mcp-Name` repeats, by method."""
FIRST_TO_ELICIT: Final = "2025-06-18"


@dataclass(frozen=True, slots=True)
class Visit:
    """One HTTP request of an MCP client."""

    house: House
    grant: Grant
    version: str
    session: str = ""
    streams: bool = False
    """Whether the answer may come as an event stream."""
    elicits: bool = False
    """Whether the client can put a question to its person."""

    @property
    def per_request(self) -> bool:
        """Whether the version is one without `initialize`."""
        return self.version in PER_REQUEST

    def asker(self) -> Asker:
        """Return who asks, for one call."""
        # The owner's token is used by `agentd mcp` too: a "yes" said at the command line must
        # not be taken for one in this conversation.
        return replace(asker(self.grant, "mcp", self.house.settings), door="mcp")

    def devices(self) -> list[Device]:
        """Return what this key can address now, by id."""
        return self.house.toolbox.devices(self.asker())

    def can_ask(self) -> bool:
        """Whether a question to the person can be sent with this answer."""
        return self.elicits and (self.per_request or self.streams)


def visit(request: Request, house: House, grant: Grant, found: Any) -> Visit:
    """Return what the headers and the body say. Raises `RpcError`."""
    session = request.headers.get("mcp-session-id", "")
    accepted = request.headers.get("accept", "*/*")
    streams = any(kind in accepted for kind in ("text/event-stream", "*/*", "text/*"))
    base = Visit(house, grant, _version(request, found), session, streams)
    if base.per_request:
        return replace(base, elicits=can_elicit(table(found)))
    return replace(base, elicits=session.startswith(ELICITS))


def new_session(params: Mapping[str, Any]) -> str:
    """Return the session id for a client that begins; empty when it needs none."""
    wanted = params.get("protocolVersion")
    if wanted in HANDSHAKE and wanted < FIRST_TO_ELICIT:
        return ""
    return ELICITS + secrets.token_urlsafe(12) if _has_forms(params.get("capabilities")) else ""


def can_elicit(found: Mapping[str, Any]) -> bool:
    """Return whether a request of 2026-07-28 says that its client can ask its person."""
    meta = table(table(found.get("params")).get("_meta"))
    return _has_forms(meta.get(META + "clientCapabilities"))


def says_version(message: Message) -> bool:
    """Return whether a request says in its body which version it is."""
    return META + "protocolVersion" in message.meta


def check_envelope(request: Request, message: Message) -> None:
    """Raise `RpcError` unless headers and body of a request of 2026-07-28 say the same."""
    meta, headers = message.meta, request.headers
    for key in ("protocolVersion", "clientCapabilities"):
        if META + key not in meta:
            raise RpcError(INVALID_PARAMS, f'"_meta" lacks "{META}{key}".')
    expected = {
        "mcp-protocol-version": meta[META + "protocolVersion"],
        "mcp-method": message.method,
    }
    if message.method in NAMED:
        expected["mcp-name"] = message.params.get(NAMED[message.method])
    for header, value in expected.items():
        if headers.getlist(header) != [value] and not _encoded(headers.getlist(header), value):
            raise RpcError(HEADER_MISMATCH, f"The header {header} and the body differ.")


def _version(request: Request, found: Any) -> str:
    said = request.headers.get("mcp-protocol-version")
    meta = table(table(table(found).get("params")).get("_meta"))
    version = said or meta.get(META + "protocolVersion") or UNSAID
    if version not in VERSIONS:
        data = {"supported": list(VERSIONS), "requested": version}
        known = ", ".join(VERSIONS)
        raise RpcError(WRONG_VERSION, f"Unsupported protocol version; known: {known}.", data)
    return str(version)


def _has_forms(capabilities: Any) -> bool:
    """Return whether the client shows forms; a client that names no mode means forms."""
    asked = table(capabilities).get("elicitation")
    return isinstance(asked, dict) and (not asked or "form" in asked)


def _encoded(values: list[str], value: Any) -> bool:
    """Return whether the one header is `value` in base64, as for what is not plain ASCII."""
    if len(values) != 1 or not isinstance(value, str):
        return False
    return values[0] == f"=?base64?{base64.b64encode(value.encode()).decode()}?="
