from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentd.catalogue.spec import DeviceSpec
from agentd.drivers.waveshare.driver import open_waveshare
from agentd.errors import ConfigError, LinkError, ProtocolError, Reason, RefusedError
from agentd.model import Action, Kind, Status
from agentd.transport.serial import open_serial
from tests.peers.rover_bench import DEVICES, SPEC, Bench, drive, on_a_bench, turn, until


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
        assert seen.why_stopped == "command"
        assert abs(seen.left_mps) < 0.01

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


def test_it_drives_in_real_time_too(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        async with bench.driver() as (driver, _):
            outcome = await driver.apply(drive(0.1, speed_mps=0.3))
        assert outcome.status is Status.DONE, outcome
        assert outcome.state["distance_m"] == pytest.approx(bench.rover.snapshot().x_m, abs=0.02)

    on_a_bench(tmp_path, scenario, run=asyncio.run)


def test_a_way_there_and_back_ends_at_home(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        async with bench.driver() as (driver, _):
            for action in (drive(0.3), turn(180), drive(0.3), turn(180)):
                assert (await driver.apply(action)).status is Status.DONE
            seen = bench.rover.snapshot()
            (*_, (_, _, told)) = [each for each in bench.host.heard if each[1] == "rover"]
        assert abs(seen.x_m) < 0.03 and abs(seen.y_m) < 0.03
        assert told["x_m"] == pytest.approx(seen.x_m, abs=0.01)
        assert told["y_m"] == pytest.approx(seen.y_m, abs=0.01)

    on_a_bench(tmp_path, scenario)


def test_opening_moves_nothing_and_arms_the_robots_own_watchdog(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        assert bench.rover.snapshot().heartbeat_s == 3.0
        async with bench.driver():
            seen = bench.rover.snapshot()
        assert seen.heartbeat_s == 0.4
        assert seen.x_m == seen.heading_deg == 0

    on_a_bench(tmp_path, scenario)


def test_opening_stops_wheels_that_a_dead_host_left_turning(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        host = os.open(bench.path, os.O_RDWR | os.O_NOCTTY)
        os.write(host, b'{"T":1,"L":0.3,"R":0.3}\n{"T":1,"L":0.')
        await until(lambda: bench.rover.snapshot().left_mps > 0.2)
        os.close(host)
        async with bench.driver():
            await until(lambda: bench.rover.snapshot().left_mps < 0.01, within_s=0.6)
            assert bench.rover.snapshot().why_stopped == "command"

    on_a_bench(tmp_path, scenario)


def test_halt_mid_drive_stops_at_once_and_the_drive_says_so(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        async with bench.driver() as (driver, _):
            moving = asyncio.create_task(driver.apply(drive(3, speed_mps=0.3)))
            await until(lambda: bench.rover.snapshot().x_m > 0.2)
            driver.halt()
            await until(lambda: bench.rover.snapshot().left_mps < 0.01, within_s=0.5)
            outcome = await moving
            await asyncio.sleep(1)
            seen = bench.rover.snapshot()
        assert outcome.status is Status.FAILED
        assert "stopped" in outcome.message and "of 3 m" in outcome.message
        assert outcome.state["distance_m"] == pytest.approx(seen.x_m, abs=0.01)
        assert seen.x_m < 0.4 and seen.why_stopped == "command"

    on_a_bench(tmp_path, scenario)


def test_a_cancelled_drive_stops_the_wheels_before_it_lets_go(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        async with bench.driver() as (driver, _):
            moving = asyncio.create_task(driver.apply(drive(3, speed_mps=0.3)))
            await until(lambda: bench.rover.snapshot().x_m > 0.2)
            moving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await moving
            await until(lambda: bench.rover.snapshot().left_mps < 0.01, within_s=0.5)
            assert bench.rover.snapshot().why_stopped == "command"
            again = await driver.apply(drive(-0.1))
        assert again.status is Status.DONE

    on_a_bench(tmp_path, scenario)


def test_closing_mid_drive_stops_the_wheels_first(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        async with bench.driver() as (driver, _):
            moving = asyncio.create_task(driver.apply(drive(3, speed_mps=0.3)))
            await until(lambda: bench.rover.snapshot().x_m > 0.2)
            driver.close()
            with pytest.raises(LinkError):
                await moving
            await until(lambda: bench.rover.snapshot().left_mps < 0.01, within_s=0.5)
            driver.halt()
            driver.close()
        assert bench.rover.snapshot().why_stopped == "command"

    on_a_bench(tmp_path, scenario)


def test_unplugged_mid_drive_it_reports_the_link_and_the_robot_stops_itself(
    tmp_path: Path,
) -> None:
    async def scenario(bench: Bench) -> None:
        async with bench.driver() as (driver, reading):
            moving = asyncio.create_task(driver.apply(drive(3, speed_mps=0.3)))
            await until(lambda: bench.rover.snapshot().x_m > 0.2)
            bench.rover.unplug()
            with pytest.raises(LinkError):
                await asyncio.wait_for(moving, 0.2)
            with pytest.raises(LinkError):
                await asyncio.wait_for(reading, 0.2)
            driver.halt()
            await until(lambda: bench.rover.snapshot().left_mps < 0.01, within_s=1)
        seen = bench.rover.snapshot()
        assert seen.why_stopped == "heartbeat" and not seen.plugged
        assert not bench.path.exists()

    on_a_bench(tmp_path, scenario)


def test_plugged_in_again_it_works_again(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        async with bench.driver() as (_, reading):
            bench.rover.unplug()
            await asyncio.gather(reading, return_exceptions=True)
        bench.rover.plug()
        async with bench.driver() as (driver, _):
            outcome = await driver.apply(drive(0.2))
        assert outcome.status is Status.DONE
        assert bench.rover.snapshot().x_m == pytest.approx(0.2, abs=0.01)

    on_a_bench(tmp_path, scenario)


def test_held_wheels_fail_as_stalled(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        async with bench.driver() as (driver, _):
            moving = asyncio.create_task(driver.apply(drive(2)))
            await until(lambda: bench.rover.snapshot().x_m > 0.1)
            bench.rover.faults.stalled = True
            outcome = await moving
            bench.rover.faults.stalled = False
            await asyncio.sleep(1)
            seen = bench.rover.snapshot()
        assert outcome.status is Status.FAILED and "does not turn" in outcome.message
        assert seen.x_m < 0.2 and seen.why_stopped == "command"

    on_a_bench(tmp_path, scenario)


@pytest.mark.parametrize("fault", ["silent", "garbage"])
def test_without_feedback_it_stops_and_fails(tmp_path: Path, fault: str) -> None:
    async def scenario(bench: Bench) -> None:
        async with bench.driver() as (driver, _):
            moving = asyncio.create_task(driver.apply(drive(3, speed_mps=0.3)))
            await until(lambda: bench.rover.snapshot().x_m > 0.2)
            setattr(bench.rover.faults, fault, True)
            outcome = await moving
            seen = bench.rover.snapshot()
        assert outcome.status is Status.FAILED and "reporting" in outcome.message
        assert seen.left_mps < 0.01 and seen.x_m < 0.5

    on_a_bench(tmp_path, scenario)


@pytest.mark.parametrize("fault", ["silent", "garbage"])
def test_without_feedback_it_does_not_even_start(tmp_path: Path, fault: str) -> None:
    async def scenario(bench: Bench) -> None:
        async with bench.driver() as (driver, _):
            setattr(bench.rover.faults, fault, True)
            outcome = await driver.apply(drive(1))
        assert outcome.status is Status.FAILED
        assert bench.rover.snapshot().x_m == 0

    on_a_bench(tmp_path, scenario)


@pytest.mark.parametrize("fault", ["silent", "garbage"])
def test_a_robot_that_stops_making_sense_ends_the_reading(tmp_path: Path, fault: str) -> None:
    async def scenario(bench: Bench) -> None:
        async with bench.driver() as (driver, reading):
            setattr(bench.rover.faults, fault, True)
            with pytest.raises(ProtocolError, match="no feedback"):
                await asyncio.wait_for(reading, 10)
            with pytest.raises(ProtocolError):
                await driver.apply(drive(1))

    on_a_bench(tmp_path, scenario)


@pytest.mark.parametrize("fault", ["silent", "garbage"])
def test_opening_something_else_fails_in_bounded_time(tmp_path: Path, fault: str) -> None:
    async def scenario(bench: Bench) -> None:
        setattr(bench.rover.faults, fault, True)
        with pytest.raises(ProtocolError, match="no feedback"):
            async with asyncio.timeout(2), bench.driver():
                raise AssertionError("it opened")

    on_a_bench(tmp_path, scenario)


@contextlib.contextmanager
def bare_port() -> Iterator[tuple[int, str]]:
    """A port at whose other end nothing lives: the descriptor to speak through, and its path."""
    master, slave = os.openpty()
    try:
        yield master, os.ttyname(slave)
    finally:
        os.close(master)
        os.close(slave)


def test_a_flood_of_nonsense_is_given_up(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        with bare_port() as (robot, path):
            link = open_serial(path, 115200)
            os.write(robot, b"ready.\n" * 200)
            with pytest.raises(ProtocolError, match="nonsense"):
                await open_waveshare(link, SPEC, DEVICES, bench.host)
            link.close()

    on_a_bench(tmp_path, scenario)


def test_a_missing_servo_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(bench: Bench) -> None:
        with bare_port() as (robot, path):
            link = open_serial(path, 115200)
            os.write(robot, b'{"T":1005,"id":2,"status":0}\n' * 80 + b'{"T":1001,"L":0,"R":0}\n')
            (await open_waveshare(link, SPEC, DEVICES, bench.host)).close()

    on_a_bench(tmp_path, scenario)
    assert [record.getMessage().split(": ")[1] for record in caplog.records] == [
        "bus servo 2 does not answer"
    ]


def test_only_one_course_at_a_time(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        async with bench.driver() as (driver, _):
            moving = asyncio.create_task(driver.apply(drive(0.3)))
            await until(lambda: bench.rover.snapshot().x_m > 0.1)
            with pytest.raises(RefusedError) as no:
                await driver.apply(turn(90))
            assert (await moving).status is Status.DONE
        assert no.value.refusal.reason is Reason.BUSY
        assert abs(bench.rover.snapshot().heading_deg) < 1

    on_a_bench(tmp_path, scenario)


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (Action(tool="set_light", device_id="rover", arguments={}), Reason.UNSUPPORTED),
        (Action(tool="drive", device_id="rover", arguments={}), Reason.BAD_ARGUMENT),
        (drive(float("nan")), Reason.BAD_ARGUMENT),
        (drive(0.2, speed_mps=float("inf")), Reason.BAD_ARGUMENT),
        (turn(True), Reason.BAD_ARGUMENT),
    ],
)
def test_what_it_cannot_do_is_refused_and_moves_nothing(
    tmp_path: Path, action: Action, reason: Reason
) -> None:
    async def scenario(bench: Bench) -> None:
        async with bench.driver() as (driver, _):
            with pytest.raises(RefusedError) as no:
                await driver.apply(action)
        assert no.value.refusal.reason is reason
        assert bench.rover.snapshot().x_m == 0

    on_a_bench(tmp_path, scenario)


def test_the_device_s_own_speed_limit_holds_whatever_is_asked(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        fastest = 0.0
        async with bench.driver() as (driver, _):
            moving = asyncio.create_task(driver.apply(drive(1.5, speed_mps=1.9)))
            while not moving.done():
                fastest = max(fastest, bench.rover.snapshot().left_mps)
                await asyncio.sleep(0.02)
        assert 0.45 < fastest <= 0.5

    on_a_bench(tmp_path, scenario)


def test_state_is_reported_on_change_and_never_floods(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        async with bench.driver() as (driver, _):
            await driver.apply(drive(1, speed_mps=0.3))
            await asyncio.sleep(2)
            before = len(bench.host.heard)
            await asyncio.sleep(30)
            assert len(bench.host.heard) == before
        times = [at for at, device, _ in bench.host.heard if device == "rover"]
        assert 8 < len(times) <= 4 * (times[-1] - times[0]) + 2
        assert {"value": 12.6, "unit": "V"} in [state for _, _, state in bench.host.heard]
        last = [state for _, device, state in bench.host.heard if device == "rover"][-1]
        assert last["left_mps"] == last["right_mps"] == 0
        assert last["x_m"] == pytest.approx(bench.rover.snapshot().x_m, abs=0.01)

    on_a_bench(tmp_path, scenario)


def test_a_device_file_with_a_bad_wire_table_says_where(tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        link = open_serial(str(bench.path), 115200)
        try:
            spec = SPEC.model_copy(update={"wire": {"heartbeat_ms": 60_000}})
            with pytest.raises(ConfigError, match=r"waveshare-ugv: \[wire\].*heartbeat_ms"):
                await open_waveshare(link, spec, DEVICES, bench.host)
            spec = DeviceSpec(**(SPEC.model_dump() | {"channels": SPEC.channels[1:]}))
            with pytest.raises(ConfigError, match="kind drive"):
                await open_waveshare(link, spec, DEVICES[1:], bench.host)
        finally:
            link.close()

    on_a_bench(tmp_path, scenario)


def test_the_device_file_never_lets_the_port_be_opened_on_its_id_alone() -> None:
    assert SPEC.match.identifies == "bridge"
    assert SPEC.match.probe == ("listen", "json-line")
    rover, battery = DEVICES
    assert rover.kind is Kind.DRIVE and rover.moves
    assert battery.kind is Kind.SENSOR and not battery.moves
