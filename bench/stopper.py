"""Presses stop over HTTP again and again: a process of its own with a robot of its own.

python -m bench.stopper: each line on stdin is a job as JSON, each line on stdout its result.
`live` starts the simulated rover at a path and goes on; `stops` presses stop until `until` more
were pressed (or for `for_s` seconds) and notes when its bytes were on the line, and when the
answer was there. A resume follows each; the pause between two varies, so that nothing beats in
time with it. It stands for a person and a robot, who have no part of this machine: where that is
permitted it runs before everything else, so that its own waiting for a core is not counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

from bench import rig

PAUSE_S = (0.02, 0.12)
LATE_S = 10.0


class Line(asyncio.Protocol):
    """A connection to the daemon that stays open, as a dashboard's."""

    def __init__(self) -> None:
        self.answered: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if not data.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(data[:300].decode())
        self.answered.set_result(time.perf_counter())

    async def post(self, path: str, key: str) -> float:
        """Return when the answer was there."""
        self.answered = asyncio.get_running_loop().create_future()
        head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\n"
        self.transport.write(f"{head}content-length: 0\r\n\r\n".encode())
        async with asyncio.timeout(LATE_S):
            return await self.answered


async def stops(job: dict[str, Any], wire: rig.Wire) -> dict[str, Any]:
    _, line = await asyncio.get_running_loop().create_connection(Line, "127.0.0.1", job["port"])
    on_line, answered, until = [], [], time.perf_counter() + job["for_s"]
    while time.perf_counter() < until:
        stopped, begun = wire.expect(rig.STOPS), time.perf_counter()
        answer = asyncio.create_task(line.post("/api/stop", job["key"]))
        async with asyncio.timeout(LATE_S):
            on_line.append(await stopped - begun)
        answered.append(await answer - begun)
        await line.post("/api/resume", job["key"])
        await asyncio.sleep(random.uniform(*PAUSE_S))
    line.transport.abort()
    return {"on_line": on_line, "answered": answered}


async def main() -> None:
    with contextlib.suppress(PermissionError):
        os.nice(-15)
    loop = asyncio.get_running_loop()
    async with rig.rover(Path(json.loads(await _line(loop))["folder"])) as (_, wire):
        print(json.dumps({"niceness": os.nice(0)}), flush=True)
        while line := await _line(loop):
            print(json.dumps(await stops(json.loads(line), wire)), flush=True)


async def _line(loop: asyncio.AbstractEventLoop) -> str:
    return await loop.run_in_executor(None, sys.stdin.readline)


asyncio.run(main())
