"""E-stop at HTTP to stop bytes on the line: idle, and while 100 chat streams run."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from bench import rig

RUNS = 40
STREAMS = 100
DRIVE = {"device": "rover", "distance_m": 2.0, "speed_mps": 0.3}
STORY = {
    "model": "agentd",
    "stream": True,
    "messages": [{"role": "user", "content": "tell me a long story about a lighthouse keeper"}],
}


async def measure() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            rig.rover(Path(folder)) as (_, wire),
            rig.uvicorn_app("storyteller") as story,
        ):
            config = rig.pinned(Path(folder) / "port")
            config += f'[[brain.upstreams]]\nname = "story"\nbase_url = "{story}/v1"\n'
            config += "[safety]\ncommands_per_minute = 6000\n"
            async with rig.agentd(config) as daemon, daemon.client() as client:
                await rig.attached(daemon)
                idle = await _stops(client, wire)
                async with _streams(daemon) as counted:
                    before = sum(counted)
                    loaded = await _stops(client, wire)
                    told = sum(counted) - before
    return {
        "idle": rig.milliseconds(idle),
        f"{STREAMS} streams": rig.milliseconds(loaded),
        "stream chunks during the stops": told,
    }


async def _stops(client: httpx.AsyncClient, wire: rig.Wire) -> list[float]:
    took = []
    for _ in range(RUNS):
        moving = wire.expect(rig.MOVES)
        drive = asyncio.create_task(client.post("/api/tools/drive", json=DRIVE))
        async with asyncio.timeout(10):
            await moving
        await asyncio.sleep(0.15)
        stopped = wire.expect(rig.STOPS)
        begun = time.perf_counter()
        answer = asyncio.create_task(client.post("/api/stop"))
        async with asyncio.timeout(10):
            took.append(await stopped - begun)
        (await answer).raise_for_status()
        assert (await drive).json()["status"] == "failed"
        (await client.post("/api/resume")).raise_for_status()
    return took


@contextlib.asynccontextmanager
async def _streams(daemon: rig.Agentd) -> Any:
    """Keep `STREAMS` chats streaming; yields a list that counts each one's chunks."""
    counted = [0] * STREAMS
    async with daemon.client() as client:
        tasks = [asyncio.create_task(_listen(client, counted, n)) for n in range(STREAMS)]
        try:
            async with asyncio.timeout(60):
                while not all(counted):
                    await asyncio.sleep(0.1)
            yield counted
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _listen(client: httpx.AsyncClient, counted: list[int], number: int) -> None:
    while True:
        async with client.stream(
            "POST", "/v1/chat/completions", json=STORY, headers=rig.anew()
        ) as answer:
            async for line in answer.aiter_lines():
                counted[number] += "Word" in line
