from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.peers.virtual_time import run_in_virtual_time

from agentd.catalogue.spec import DeviceSpec
from agentd.drivers import Driver
from agentd.drivers.waveshare import open_waveshare
from agentd.errors import LinkError, ProtocolError, Reason, RefusedError
from agentd.model import Action, Device, Outcome, State, Status
from agentd.simulation.rover import SimulatedRover
from agentd.toml_file import load
from agentd.transport.serial import open_serial

SPEC = load(Path(__file__).parents[2] / "devices" / "waveshare-ugv.toml", DeviceSpec)
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


def on_a_bench(path: Path, scenario: Scenario) -> None:
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

    run_in_virtual_time(play())


async def until(condition: Callable[[], bool], within_s: float = 5) -> None:
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.01)


def drive(distance_m: float, **more: float) -> Action:
    return Action(tool="drive", device_id="rover", arguments={"distance_m": distance_m, **more})


def turn(angle_deg: float, **more: float) -> Action:
    return Action(tool="turn", device_id="rover", arguments={"angle_deg": angle_deg, **more})


@pytest.mark.parametrize(
    ("distance_m", "speed_mps"), [(0.2, 0.2), (0.2, 0.5), (-0.2, 0.2), (0.2, 0.05), (1, 0.5)]
)
def test_it_drives_the_asked_distance(tmp_path: Path, distance_m: float, speed_mps: float) -> None:
    async def scenario(bench: Bench) -> None:
        async with bench.driver() as (driver, _):
            outcome = await driver.apply(drive(distance_m, speed_mps=speed_mps))
            seen = bench.rover.snapshot()
        assert outcome.status is Status.DONE, outcome
        assert seen.x_m == pytest.approx(distance_m, abs=0.01)
        assert outcome.state["distance_m"] == pytest.approx(seen.x_m, abs=0.005)
        assert abs(seen.heading_deg) < 1
        assert seen.left_mps == seen.right_mps == 0

    on_a_bench(tmp_path, scenario)


@pytest.mark.parametrize(("angle_deg", "speed_dps"), [(90, 60), (-90, 60), (90, 120), (720, 120)])
def test_it_turns_the_asked_angle(tmp_path: Path, angle_deg: float, speed_dps: float) -> None:
    async def scenario(bench: Bench) -> None:
        async with bench.driver() as (driver, _):
            outcome = await driver.apply(turn(angle_deg, speed_dps=speed_dps))
            seen = bench.rover.snapshot()
        assert outcome.status is Status.DONE, outcome
        assert seen.heading_deg == pytest.approx(angle_deg, abs=3)
        assert outcome.state["angle_deg"] == pytest.approx(seen.heading_deg, abs=1)
        assert abs(seen.x_m) + abs(seen.y_m) < 0.01

    on_a_bench(tmp_path, scenario)
