"""Sentence in at HTTP to the first wheel command on the serial line, beside the bare peer."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from bench import rig

RUNS = 120
BODY = {"model": "agentd", "messages": [{"role": "user", "content": "drive forward 1 cm"}]}


async def measure() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        async with rig.rover(Path(one)) as (_, wire), rig.rover(Path(two)) as (_, bare_wire):
            async with (
                rig.agentd(rig.pinned(Path(one) / "port")) as daemon,
                rig.uvicorn_app("bare", BENCH_PORT=str(Path(two) / "port")) as bare_url,
                daemon.client() as client,
                httpx.AsyncClient(base_url=bare_url) as bare,
            ):
                await rig.attached(daemon)
                ours, theirs = [], []
                for run in range(RUNS + 5):
                    took, peer = await _once(client, wire), await _once(bare, bare_wire)
                    if run >= 5:  # the first few warm caches on both sides
                        ours.append(took)
                        theirs.append(peer)
    return {
        "agentd": rig.milliseconds(ours),
        "bare FastAPI + pyserial": rig.milliseconds(theirs),
        "ratio_p50": round(rig.quantile(ours, 0.5) / rig.quantile(theirs, 0.5), 2),
        "ratio_p99": round(rig.quantile(ours, 0.99) / rig.quantile(theirs, 0.99), 2),
    }


async def _once(client: httpx.AsyncClient, wire: rig.Wire) -> float:
    arrived = wire.expect(rig.MOVES)
    begun = time.perf_counter()
    answer = asyncio.create_task(client.post("/v1/chat/completions", json=BODY, headers=rig.anew()))
    async with asyncio.timeout(5):
        moved = await arrived
    (await answer).raise_for_status()
    return moved - begun
