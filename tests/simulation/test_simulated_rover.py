from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentd.drivers.waveshare.codec import (
    SetEcho,
    SetFeedbackFlow,
    SetFeedbackInterval,
    WheelSpeeds,
)
from agentd.simulation.rover_firmware import Firmware
from tests.peers.rover_bench import Bench, on_a_bench, until

DRIVE = b'{"T":1,"L":0.3,"R":0.3}\n'


class Host:
    """The plainest host there is: a descriptor."""

    def __init__(self, path: Path) -> None:
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self._heard = b""

    def say(self, *lines: bytes) -> None:
        os.write(self.fd, b"".join(lines))

    def hear(self) -> list[dict[str, Any]]:
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self.fd, 4096):
                self._heard += data
        *lines, self._heard = self._heard.split(b"\n")
        return [json.loads(line) for line in lines]

    async def hear_for(self, seconds: float) -> list[dict[str, Any]]:
        heard = []
        for _ in range(round(seconds / 0.02)):
            await asyncio.sleep(0.02)
            heard += self.hear()
        return heard


@contextlib.contextmanager
def host_on(bench: Bench) -> Iterator[Host]:
    host = Host(bench.path)
    try:
        yield host
    finally:
        os.close(host.fd)


def test_it_moves_when_told_and_stops_three_seconds_after_the_host_falls_silent(
    tmp_path: Path,
) -> None:
    async def scenario(bench: Bench) -> None:
        with host_on(bench) as host:
            host.say(DRIVE)
            await asyncio.sleep(2.9)
            assert bench.rover.snapshot().left_mps == pytest.approx(0.3, abs=0.01)
            await asyncio.sleep(1.1)
            seen = bench.rover.snapshot()
        assert seen.left_mps == 0 and seen.why_stopped == "heartbeat"
        assert seen.x_m == pytest.approx(0.9, abs=0.06)

    on_a_bench(tmp_path, scenario)


def test_the_heartbeat_is_what_the_host_set_and_only_wheel_commands_feed_it(
    tmp_path: Path,
) -> None:
    async def scenario(bench: Bench) -> None:
        with host_on(bench) as host:
            host.say(b'{"T":136,"cmd":400}\n', DRIVE)
            for _ in range(10):
                host.say(b'{"T":130}\n')
                await asyncio.sleep(0.1)
            assert bench.rover.snapshot().why_stopped == "heartbeat"
            for _ in range(10):
                host.say(DRIVE)
                await asyncio.sleep(0.1)
            assert bench.rover.snapshot().why_stopped == ""
            assert bench.rover.snapshot().left_mps > 0.25

    on_a_bench(tmp_path, scenario)


def test_a_stop_command_is_told_from_a_heartbeat_stop(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        with host_on(bench) as host:
            host.say(DRIVE)
            await asyncio.sleep(0.5)
            host.say(b'{"T":1,"L":0,"R":0}\n')
            await asyncio.sleep(5)
        seen = bench.rover.snapshot()
        assert seen.left_mps == 0 and seen.why_stopped == "command"

    on_a_bench(tmp_path, scenario)


def test_feedback_flows_at_the_asked_interval(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        with host_on(bench) as host:
            host.say(b'{"T":143,"cmd":0}\n{"T":142,"cmd":100}\n{"T":131,"cmd":1}\n')
            heard = [each for each in await host.hear_for(2) if each["T"] == 1001]
            assert 15 <= len(heard) <= 21
            assert heard[-1].keys() == {"T", "L", "R", "r", "p", "y", "temp", "v", "odl", "odr"}
            host.say(b'{"T":131,"cmd":0}\n')
            await host.hear_for(0.3)
            assert await host.hear_for(1) == []

    on_a_bench(tmp_path, scenario)


@pytest.mark.parametrize("phase_s", [0.0, 0.007, 0.02, 0.049])
def test_commands_never_swallow_a_feedback_that_is_due(phase_s: float) -> None:
    firmware = Firmware(0.0)
    for frame in (SetEcho(False), SetFeedbackInterval(40), SetFeedbackFlow(True)):
        firmware.obey(frame, 0.0)
    sent = 0
    for tick in range(40):
        answer = firmware.obey(WheelSpeeds(0.2, 0.2), tick * 0.05 + phase_s)
        assert answer == b""
        sent += bool(firmware.advance(tick * 0.05 + phase_s + 0.001))
    assert sent == 40


def test_commands_are_echoed_until_told_otherwise(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        with host_on(bench) as host:
            host.say(b'{"T":136,"cmd":500}\n')
            assert await host.hear_for(0.3) == [{"T": 136, "cmd": 500}]
            host.say(b'{"T":143,"cmd":0}\n{"T":136,"cmd":600}\n')
            assert await host.hear_for(0.3) == [{"T": 143, "cmd": 0}]

    on_a_bench(tmp_path, scenario)


def test_nonsense_and_forbidden_commands_do_nothing(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        with host_on(bench) as host:
            host.say(b"\xff\x00garbage\n", b'{"T":201}\n', b'{"T":1,"L":9,"R":9}\n', b"{" * 2000)
            assert await host.hear_for(0.5) == []
            host.say(b'\n{"T":130}\n')
            assert [each["T"] for each in await host.hear_for(0.3)] == [130, 1001]
        assert bench.rover.snapshot().x_m == 0

    on_a_bench(tmp_path, scenario)


def test_a_host_that_does_not_read_holds_nothing_up(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        with host_on(bench) as host:
            host.say(b'{"T":142,"cmd":10}\n{"T":131,"cmd":1}\n')
            for _ in range(150):
                host.say(DRIVE)
                await asyncio.sleep(0.1)
            assert bench.rover.snapshot().x_m > 4.2

    on_a_bench(tmp_path, scenario)


def test_unplugging_takes_the_port_away_and_plugging_brings_a_new_one(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        with host_on(bench) as host:
            host.say(b'{"T":136,"cmd":300}\n', DRIVE)
            await until(lambda: bench.rover.snapshot().left_mps > 0.2)
            bench.rover.unplug()
            assert not bench.rover.snapshot().plugged and not bench.path.is_symlink()
            with pytest.raises(OSError):
                host.say(DRIVE)
            await until(lambda: bench.rover.snapshot().left_mps == 0, within_s=1.5)
            assert bench.rover.snapshot().why_stopped == "heartbeat"
            bench.rover.plug()
            bench.rover.plug()
        with host_on(bench) as host:
            assert bench.rover.snapshot().heartbeat_s == 0.3
            host.say(DRIVE)
            await until(lambda: bench.rover.snapshot().left_mps > 0.2)

    on_a_bench(tmp_path, scenario)


def test_a_port_left_over_from_a_crash_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "ttyROVER").symlink_to("/dev/pts/gone")

    async def scenario(bench: Bench) -> None:
        with host_on(bench) as host:
            host.say(DRIVE)
            await until(lambda: bench.rover.snapshot().left_mps > 0.2)

    on_a_bench(tmp_path, scenario)


def test_the_next_host_finds_the_rover_after_the_last_one_left(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        for _ in range(3):
            with host_on(bench) as host:
                host.say(b'{"T":143,"cmd":0}\n{"T":142,"cmd":100}\n{"T":131,"cmd":1}\n')
                assert 1001 in [each["T"] for each in await host.hear_for(0.6)]
            await asyncio.sleep(1)

    on_a_bench(tmp_path, scenario)


def test_the_end_of_the_rover_leaves_no_port_and_no_descriptor(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))

    async def scenario(bench: Bench) -> None:
        with host_on(bench) as host:
            host.say(DRIVE)
            await asyncio.sleep(0.5)

    on_a_bench(tmp_path, scenario)
    assert list(tmp_path.iterdir()) == []
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_the_battery_drains_while_it_lives(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        full = bench.rover.snapshot().battery_v
        await asyncio.sleep(120)
        assert bench.rover.snapshot().battery_v < full - 0.01

    on_a_bench(tmp_path, scenario)


DRIVES_FOR_EVER = """
import asyncio, sys
from pathlib import Path
from agentd.drivers.waveshare.driver import open_waveshare
from agentd.transport.serial import open_serial
from tests.peers.rover_bench import DEVICES, SPEC, Listener, drive

async def main():
    link = open_serial(sys.argv[1], 115200)
    driver = await open_waveshare(link, SPEC, DEVICES, Listener(asyncio.get_running_loop()))
    reading = asyncio.create_task(driver.run())
    await driver.apply(drive(5, speed_mps=0.5))

asyncio.run(main())
"""


def test_a_host_killed_mid_drive_leaves_the_rover_stopped_by_its_heartbeat(
    tmp_path: Path,
) -> None:
    """In real time: nobody is left to send a stop, the robot's own lease must end."""

    async def scenario(bench: Bench) -> None:
        host = subprocess.Popen(
            [sys.executable, "-c", DRIVES_FOR_EVER, str(bench.path)],
            cwd=Path(__file__).parents[2],
        )
        try:
            await until(lambda: bench.rover.snapshot().left_mps > 0.2, within_s=20)
        finally:
            host.send_signal(signal.SIGKILL)
            killed = time.monotonic()
            host.wait()
        await until(lambda: bench.rover.snapshot().left_mps < 0.01, within_s=3)
        took = time.monotonic() - killed
        seen = bench.rover.snapshot()
        assert seen.why_stopped == "heartbeat" and seen.heartbeat_s == 0.4
        assert 0.2 < took < 1.2

    on_a_bench(tmp_path, scenario, run=asyncio.run)
