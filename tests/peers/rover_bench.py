"""A simulated rover on a pty with the real driver on a real serial link, in virtual time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentd.catalogue.spec import DeviceSpec
from agentd.drivers import Driver
from agentd.drivers.waveshare.driver import open_waveshare
from agentd.model import Action, Device, State
from agentd.simulation.rover import SimulatedRover
from agentd.toml_file import load
from agentd.transport.serial import open_serial
from tests.peers.virtual_time import run_in_virtual_time

SPEC = load(Path(__file__).parents[2] / "devices" / "robots" / "waveshare-ugv.toml", DeviceSpec)
DEVICES = [
    channel.device(id=channel.id, name=channel.name, area="", via="") for channel in SPEC.channels
]


@dataclass
class Listener:
    loop: asyncio.AbstractEventLoop
    heard: list[tuple[float, str, State]] = field(default_factory=list)

    def attached(self, device: Device) -> None: ...

    def detached(self, device_id: str, reason: str) -> None: ...

    def report(self, device_id: str, state: State) -> None:
        self.heard.append((self.loop.time(), device_id, state))


@dataclass
class Bench:
    rover: SimulatedRover
    path: Path
    host: Listener

    @contextlib.asynccontextmanager
    async def driver(self) -> AsyncIterator[tuple[Driver, asyncio.Task[None]]]:
        link = open_serial(str(self.path), SPEC.link.baud)
        try:
            driver = await open_waveshare(link, SPEC, DEVICES, self.host)
        except BaseException:
            link.close()
            raise
        reading = asyncio.create_task(driver.run())
        try:
            yield driver, reading
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            driver.close()


Scenario = Callable[[Bench], Awaitable[None]]
Run = Callable[[Coroutine[Any, Any, None]], None]


def on_a_bench(path: Path, scenario: Scenario, run: Run = run_in_virtual_time) -> None:
    async def play() -> None:
        rover = SimulatedRover(path / "ttyROVER")
        living = asyncio.create_task(rover.run())
        bench = Bench(rover, path / "ttyROVER", Listener(asyncio.get_running_loop()))
        try:
            await until(lambda: rover.snapshot().plugged)
            await scenario(bench)
        finally:
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)

    run(play())


async def until(condition: Callable[[], bool], within_s: float = 5) -> None:
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.01)


def drive(distance_m: float, **more: float) -> Action:
    return Action(tool="drive", device_id="rover", arguments={"distance_m": distance_m, **more})


def turn(angle_deg: float, **more: float) -> Action:
    return Action(tool="turn", device_id="rover", arguments={"angle_deg": angle_deg, **more})
