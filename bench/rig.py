"""A running agentd (or the bare peer) with a simulated rover on a pty that notes arrival times."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import socket
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from agentd.simulation.rover import SimulatedRover

ROOT = Path(__file__).parents[1]
MOVES = re.compile(rb'"T":1,"L":-?0?\.?0*[1-9]')
LINE_BYTES = 256
STOPS = re.compile(rb'"T":1,"L":0(\.0+)?,"R":0(\.0+)?}')


class Wire:
    """Notes when bytes that match `pattern` first arrive at the robot."""

    def __init__(self) -> None:
        self.pattern = MOVES
        self.arrived: asyncio.Future[float] | None = None
        self._held = b""

    def tap(self, data: bytes) -> None:
        now = time.perf_counter()
        self._held = (self._held + data)[-LINE_BYTES:]  # a line may come in two pieces
        if self.arrived and not self.arrived.done() and self.pattern.search(self._held):
            self.arrived.set_result(now)

    def expect(self, pattern: re.Pattern[bytes]) -> asyncio.Future[float]:
        self.pattern, self._held = pattern, b""
        self.arrived = asyncio.get_running_loop().create_future()
        return self.arrived


@contextlib.asynccontextmanager
async def rover(folder: Path) -> AsyncIterator[tuple[SimulatedRover, Wire]]:
    wire = Wire()
    robot = SimulatedRover(folder / "port", wire.tap)
    living = asyncio.create_task(robot.run())
    try:
        while not (folder / "port").exists():
            await asyncio.sleep(0.01)
        yield robot, wire
    finally:
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)


class Agentd:
    """An agentd process of its own, with a folder, a port and a key."""

    def __init__(self, folder: Path, config: str, *arguments: str) -> None:
        self.folder = folder
        self.process: asyncio.subprocess.Process | None = None
        (folder / "config.toml").write_text(config)
        self.arguments = arguments
        self.url = ""
        self.key = ""

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    async def start(self) -> float:
        """Start, wait for /healthz, and return how long that took in seconds."""
        environ = {**os.environ, "AGENTD_DAEMON_STATE_DIR": str(self.folder / "state")}
        begun = time.perf_counter()
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        with (self.folder / "log").open("w") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "agentd",
                "run",
                "--config",
                str(self.folder / "config.toml"),
                "--port",
                str(port),
                *self.arguments,
                cwd=ROOT,
                env=environ,
                stdout=log,
                stderr=log,
            )
        async with httpx.AsyncClient() as client:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    answer = await client.get(f"{self.url}/healthz")
                    if answer.json().get("ready"):
                        break
                if self.process.returncode is not None or time.perf_counter() - begun > 30:
                    raise RuntimeError((self.folder / "log").read_text())
                await asyncio.sleep(0.005)
        took = time.perf_counter() - begun
        self.key = await self._local_token()
        return took

    async def _local_token(self) -> str:
        door = json.loads((self.folder / "state" / "run" / "cli.json").read_text())
        return str(door["token"])

    def client(self) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=60, limits=limits)

    async def stop(self) -> float:
        """End it and return how long that took in seconds."""
        assert self.process is not None
        begun = time.perf_counter()
        self.process.terminate()
        await self.process.wait()
        return time.perf_counter() - begun


@contextlib.asynccontextmanager
async def agentd(config: str, *arguments: str) -> AsyncIterator[Agentd]:
    with tempfile.TemporaryDirectory(prefix="agentd-bench-") as folder:
        daemon = Agentd(Path(folder), config, *arguments)
        await daemon.start()
        try:
            yield daemon
        finally:
            await daemon.stop()


@contextlib.asynccontextmanager
async def uvicorn_app(app: str, **environ: str) -> AsyncIterator[str]:
    """Run `bench.<app>:app` under uvicorn in a process of its own; yields its address."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "uvicorn",
        f"bench.{app}:app",
        "--port",
        str(port),
        "--log-level",
        "warning",
        cwd=ROOT,
        env={**os.environ, **environ},
    )
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient() as client:
        for _ in range(2000):
            with contextlib.suppress(httpx.TransportError):
                await client.get(url)
                break
            await asyncio.sleep(0.01)
    try:
        yield url
    finally:
        process.terminate()
        await process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pinned(port: Path) -> str:
    """Return settings for one rover on `port` and nothing else."""
    # One key makes all the requests here, and measures no limit of its own.
    return (
        f'[[discovery.pins]]\npath = "{port}"\ndevice = "waveshare-ugv"\nid = "rover"\n'
        "[http]\nrequests_per_minute = 1000000\nstreams_per_key = 1000\n"
    )


async def attached(daemon: Agentd) -> None:
    async with daemon.client() as client:
        while True:
            devices = (await client.get("/api/devices")).json()["devices"]
            if any(each["id"] == "rover" for each in devices):
                return
            await asyncio.sleep(0.05)


def anew() -> dict[str, str]:
    """Return the header that makes an equal request another one, and no reconnect."""
    return {"idempotency-key": uuid.uuid4().hex}


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def milliseconds(values: list[float]) -> dict[str, float]:
    return {
        "p50_ms": round(quantile(values, 0.5) * 1000, 3),
        "p99_ms": round(quantile(values, 0.99) * 1000, 3),
        "runs": len(values),
    }
