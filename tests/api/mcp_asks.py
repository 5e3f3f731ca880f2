"""Messages as MCP clients put them on the wire."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx

from tests.api.served import Served

BOTH = {"accept": "application/json, text/event-stream"}
FORMS = {"elicitation": {}}
NOW = "2026-07-28"
META = "io.modelcontextprotocol/"
UNLOCK = ("set_lock", {"device": "lock.front", "locked": False})
FORWARD = ("drive", {"device": "cart", "distance_m": 0.2})
LIGHT = ("set_light", {"device": "light.lamp", "on": True})


def ask(method: str, number: Any = 1, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def tell(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, "params": params}


def call(
    tool: tuple[str, dict[str, Any]], number: Any = 1, token: Any = None, **more: Any
) -> dict[str, Any]:
    meta = {} if token is None else {"_meta": {"progressToken": token}}
    return ask("tools/call", number, name=tool[0], arguments=tool[1], **meta, **more)


def begin(version: str = "2025-11-25", **capabilities: Any) -> dict[str, Any]:
    info = {"name": "test", "version": "1"}
    return ask("initialize", 0, protocolVersion=version, capabilities=capabilities, clientInfo=info)


async def post(
    served: Served, body: Any, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await served.client.post(
        "/mcp",
        content=content,
        headers={"content-type": "application/json", **BOTH, **headers}
        if headers
        else {"content-type": "application/json", **BOTH},
    )


async def result(served: Served, body: Any, headers: Mapping[str, str] | None = None) -> Any:
    response = await post(served, body, headers)
    assert response.status_code == 200, response.text
    return response.json()["result"]


async def error(
    served: Served, body: Any, status: int, headers: Mapping[str, str] | None = None
) -> Any:
    response = await post(served, body, headers)
    assert response.status_code == status, response.text
    found = response.json()
    assert set(found) == {"jsonrpc", "id", "error"}
    return found["error"]


def now(message: dict[str, Any], **capabilities: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Return `message` as 2026-07-28 wants it, and its headers."""
    meta = {
        META + "protocolVersion": NOW,
        META + "clientCapabilities": capabilities,
        META + "clientInfo": {"name": "test", "version": "1"},
    }
    params = message["params"]
    params = {**params, "_meta": {**params.get("_meta", {}), **meta}}
    headers = {"mcp-protocol-version": NOW, "mcp-method": message["method"]}
    if name := params.get("name") or params.get("uri"):
        headers["mcp-name"] = name
    return {**message, "params": params}, headers


class Streamed:
    """The messages of an event stream, one after the other."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(5):
            async for line in self._lines:
                if line.startswith("data: "):
                    found: dict[str, Any] = json.loads(line.removeprefix("data: "))
                    return found
        raise AssertionError("the stream ended")


@contextlib.asynccontextmanager
async def streamed(
    served: Served, body: Any, headers: Mapping[str, str] | None = None
) -> AsyncIterator[Streamed]:
    async with served.client.stream(
        "POST", "/mcp", json=body, headers={**BOTH, **(headers or {})}
    ) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Streamed(response)
