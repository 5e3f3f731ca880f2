"""The official Python client against `/mcp` and `agentd mcp`, in both ways it connects."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agentd.events import CommandFinished
from agentd.model import Status
from tests.api.mcp_asks import FORWARD, LIGHT, UNLOCK
from tests.api.served import Served, scenario, until

mcp = pytest.importorskip("mcp", reason="the Python client is missing: pip install 'mcp>=2.3'")
httpx2 = pytest.importorskip("httpx2", reason="comes with mcp: pip install 'mcp>=2.3'")
types = pytest.importorskip("mcp_types", reason="comes with mcp: pip install 'mcp>=2.3'")

WAYS = [
    ("http", "auto", "2026-07-28"),
    ("http", "legacy", "2025-11-25"),
    ("stdio", "auto", "2026-07-28"),
    ("stdio", "legacy", "2025-11-25"),
]


@contextlib.asynccontextmanager
async def connected(served: Served, way: str, mode: str, **more: Any) -> AsyncIterator[Any]:
    async with contextlib.AsyncExitStack() as stack:
        if way == "http":
            from mcp.client.streamable_http import streamable_http_client

            http = httpx2.AsyncClient(headers=served.headers(), timeout=20, trust_env=False)
            await stack.enter_async_context(http)
            transport = streamable_http_client(f"{served.url}/mcp", http_client=http)
        else:
            transport = mcp.StdioServerParameters(
                command=sys.executable,
                args=["-m", "agentd", "mcp"],
                env={**os.environ, "AGENTD_URL": served.url, "AGENTD_KEY": served.key},
            )
        client = mcp.Client(transport, mode=mode, **more)
        yield await stack.enter_async_context(client)


@pytest.mark.parametrize(("way", "mode", "version"), WAYS)
def test_the_official_client_finds_everything(
    tmp_path: Path, way: str, mode: str, version: str
) -> None:
    async def test(served: Served) -> None:
        async with connected(served, way, mode) as client:
            assert client.protocol_version == version
            assert client.server_info.name == "agentd"
            tools = {each.name: each for each in (await client.list_tools()).tools}
            assert tools["drive"].annotations.destructive_hint
            assert tools["get_state"].annotations.read_only_hint
            done = await client.call_tool(*LIGHT)
            assert not done.is_error
            assert done.structured_content["status"] == "done"
            far = await client.call_tool("drive", {"device": "cart", "distance_m": 9})
            assert far.is_error
            assert "-2 to 2 m" in far.content[0].text
            assert (await client.list_resource_templates()).resource_templates
            for each in (await client.list_resources()).resources:
                read = await client.read_resource(each.uri)
                json.loads(read.contents[0].text)
            names = [each.name for each in (await client.list_prompts()).prompts]
            assert "good_night" in names
            got = await client.get_prompt("room", {"room": "Study"})
            assert "light.lamp" in got.messages[0].content.text

    scenario(tmp_path, test)


@pytest.mark.parametrize(("way", "mode", "version"), WAYS)
def test_the_official_client_asks_its_person(
    tmp_path: Path, way: str, mode: str, version: str
) -> None:
    asked: list[str] = []
    answers = iter([{"yes": False}, {"yes": True}])

    async def person(context: Any, params: Any) -> Any:
        asked.append(params.message)
        return types.ElicitResult(action="accept", content=next(answers))

    async def test(served: Served) -> None:
        async with connected(served, way, mode, elicitation_callback=person) as client:
            assert (await client.call_tool(*UNLOCK)).is_error
            assert served.toys.driver.applied == []
            assert not (await client.call_tool(*UNLOCK)).is_error
            assert len(served.toys.driver.applied) == 1
            assert "Front door" in asked[0]
        async with connected(served, way, mode) as client:
            told = await client.call_tool(*UNLOCK)
            assert told.is_error
            assert "agentd confirm" in told.content[0].text

    scenario(tmp_path, test)


@pytest.mark.parametrize(("way", "mode", "version"), WAYS)
def test_the_official_client_hears_of_progress_and_can_cancel(
    tmp_path: Path, way: str, mode: str, version: str
) -> None:
    async def test(served: Served) -> None:
        served.toys.driver.hold = True
        heard: list[float] = []
        enough = asyncio.Event()

        async def note(progress: float, total: float | None, message: str | None) -> None:
            heard.append(progress)
            enough.set()

        async with connected(served, way, mode) as client:
            moving = asyncio.create_task(client.call_tool(*FORWARD, progress_callback=note))
            async with asyncio.timeout(10):
                await enough.wait()
            halts = served.toys.driver.halts
            moving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await moving
            await until(lambda: served.toys.said(CommandFinished))
            receipts = served.toys.said(CommandFinished)
            assert receipts[-1].receipt.status is Status.FAILED  # type: ignore[attr-defined]
            assert served.toys.driver.halts > halts
            served.toys.driver.hold = False
            assert not (await client.call_tool(*LIGHT)).is_error
        assert heard[0] > 0

    scenario(tmp_path, test)


def test_the_bridge_needs_no_key_where_the_daemon_runs(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        kept = {key: each for key, each in os.environ.items() if not key.startswith("AGENTD_")}
        params = mcp.StdioServerParameters(
            command=sys.executable,
            args=["-m", "agentd", "mcp", "--state-dir", str(tmp_path)],
            env=kept,
        )
        async with mcp.Client(params) as client:
            assert not (await client.call_tool(*LIGHT)).is_error
            # The owner's token opens both doors, but a yes said at one is not meant for the other.
            assert (await client.call_tool(*UNLOCK)).is_error
            assert [each.asker.door for each in served.toys.gate.pending()] == ["mcp"]

    scenario(tmp_path, test)
