"""What a client may ask for besides calling a tool, and the scope of the key it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from agentd import __version__
from agentd.api.mcp import prompts, resources, tools
from agentd.api.mcp.visit import META, Visit
from agentd.api.mcp.wire import (
    FORBIDDEN,
    HANDSHAKE,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    VERSIONS,
    Message,
    RpcError,
    table,
    text,
)
from agentd.store import Scope

Params = Mapping[str, Any]
Method = Callable[[Visit, Params], dict[str, Any]]

MOST_COMPLETIONS: Final = 100
SERVER: Final = {"name": "agentd", "title": "agentd", "version": __version__}
CAPABILITIES: Final[dict[str, Any]] = {
    "tools": {},
    "resources": {},
    "prompts": {},
    "completions": {},
}
INSTRUCTIONS: Final = (
    "These tools act on real devices in a real house. A result's receipt says what the device "
    "itself reported: tell the person that and no more. `unverified` means that nobody knows "
    "whether it happened. A refusal says why and what would be accepted; do not try to get around "
    "it. A call that needs a person's yes can only be granted by that person. To stop motion use "
    "`stop`; in danger `emergency_stop`, which a person must release."
)


def initialize(visit: Visit, params: Params) -> dict[str, Any]:
    """Agree on a version: the client's when we speak it, else our newest that begins like this."""
    wanted = params.get("protocolVersion")
    if not isinstance(wanted, str):
        raise RpcError(INVALID_PARAMS, '"protocolVersion" must be a string.')
    return {
        "protocolVersion": wanted if wanted in HANDSHAKE else HANDSHAKE[-1],
        "capabilities": CAPABILITIES,
        "serverInfo": SERVER,
        "instructions": INSTRUCTIONS,
    }


def discover(visit: Visit, params: Params) -> dict[str, Any]:
    """Say which versions are spoken, and what there is."""
    return {
        "supportedVersions": list(VERSIONS),
        "capabilities": CAPABILITIES,
        "instructions": INSTRUCTIONS,
    }


def ping(visit: Visit, params: Params) -> dict[str, Any]:
    """Answer."""
    return {}


def tool_list(visit: Visit, params: Params) -> dict[str, Any]:
    """List the tools."""
    return {"tools": tools.listed(visit.devices())}


def complete(visit: Visit, params: Params) -> dict[str, Any]:
    """Complete a device's id or a room's name."""
    asked, argument = table(params.get("ref")), table(params.get("argument"))
    name, begun = text(argument, "name"), argument.get("value")
    if not isinstance(begun, str):
        raise RpcError(INVALID_PARAMS, '"value" must be a string.')
    known: list[str] = []
    if asked.get("type") == "ref/resource" and name == "id":
        known = [each.id for each in visit.devices()]
    elif asked.get("type") == "ref/prompt" and name == "room":
        known = prompts.rooms(visit)
    found = [each for each in known if each.casefold().startswith(begun.casefold())]
    shown = found[:MOST_COMPLETIONS]
    return {
        "completion": {"values": shown, "total": len(found), "hasMore": len(found) > len(shown)}
    }


ONCE: Final[dict[str, Method]] = {"initialize": initialize, "ping": ping}
"""Only where a version begins with a handshake."""
BOTH: Final[dict[str, Method]] = {
    "tools/list": tool_list,
    "resources/list": resources.listed,
    "resources/templates/list": resources.templates,
    "resources/read": resources.read,
    "prompts/list": prompts.listed,
    "prompts/get": prompts.get,
    "completion/complete": complete,
}
NOW: Final[dict[str, Method]] = {"server/discover": discover}
"""Only where every request stands for itself."""
CACHEABLE: Final = frozenset(
    {*NOW, "tools/list", "resources/list", "resources/templates/list", "resources/read"}
    | {"prompts/list"}
)
FOR_EVERY_KEY: Final = frozenset({*ONCE, *NOW})


def answer(visit: Visit, asked: Message) -> dict[str, Any]:
    """Return the result of a request that is no tool call. Raises `RpcError`."""
    known = BOTH | (NOW if visit.per_request else ONCE)
    method = known.get(asked.method)
    if method is None:
        raise RpcError(METHOD_NOT_FOUND, f'There is no method "{asked.method[:80]}" here.')
    if asked.method not in FOR_EVERY_KEY and not visit.grant.allows(Scope.TOOLS_READ):
        who, scope = visit.grant.who, Scope.TOOLS_READ.value
        raise RpcError(FORBIDDEN, f'The key "{who}" lacks the scope {scope}.')
    if "cursor" in asked.params:
        raise RpcError(INVALID_PARAMS, "Lists come in one piece here; there is no such cursor.")
    return stamped(visit, asked.method, method(visit, asked.params))


def stamped(visit: Visit, method: str, result: dict[str, Any]) -> dict[str, Any]:
    """Return the result with what 2026-07-28 wants in each; nothing here may be cached."""
    if not visit.per_request:
        return result
    always: dict[str, Any] = {"resultType": "complete", "_meta": {META + "serverInfo": SERVER}}
    if method in CACHEABLE:
        always |= {"ttlMs": 0, "cacheScope": "private"}
    return always | result
