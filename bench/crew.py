"""The processes around a daemon in the benches of many chats: who answers, who asks, who stops."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from bench.rig import ROOT, free_port

LINE_BYTES = 16 * 1024 * 1024


class Worker:
    """A process of ours: a job as a line of JSON in, its result as a line of JSON out."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid

    async def do(self, job: str, **wanted: Any) -> dict[str, Any]:
        """Return what came of a job."""
        self.begin(job, **wanted)
        return await self.result()

    def begin(self, job: str, **wanted: Any) -> None:
        """Hand over a job, whose result is still to be fetched."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": job} | wanted).encode() + b"\n")

    async def result(self) -> dict[str, Any]:
        """Return what came of the job that was handed over first."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("a process of the bench ended; its own lines above say why")
        found: dict[str, Any] = json.loads(line)
        return found


@contextlib.asynccontextmanager
async def worker(module: str) -> AsyncIterator[Worker]:
    """Run `python -m bench.<module>` as a `Worker`."""
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-m", f"bench.{module}"]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdin=pipe, stdout=pipe, limit=LINE_BYTES
    )
    try:
        yield Worker(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


@contextlib.asynccontextmanager
async def upstream() -> AsyncIterator[tuple[str, int]]:
    """Run `bench.fast_upstream`; yields its address and process id."""
    port = free_port()
    command = [sys.executable, "-m", "bench.fast_upstream", str(port)]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    try:
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{port}/v1", process.pid
    finally:
        process.terminate()
        await process.wait()


def cpu_s(pid: int) -> float:
    """Return the processor time of all threads of a process, to the microsecond (proc(5))."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((each / "schedstat").read_text().split()[0]) for each in threads) / 1e9


def waited_s(pid: int) -> float:
    """Return how long the threads of a process were ready and had no core (proc(5))."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((each / "schedstat").read_text().split()[1]) for each in threads) / 1e9


def busy_s() -> float:
    """Return how long all cores together were busy, whoever used them (proc(5))."""
    user, nice, system, _, _, irq, softirq, *_ = map(
        int, Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    )
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def pin(pid: int, *cores: int) -> None:
    """Let every thread of a process run on `cores` alone."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), cores)
