"""The Firmata driver against real StandardFirmata on a simulated Uno, read back at its pins."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from agentd.catalogue.spec import DeviceSpec
from agentd.drivers.firmata.driver import open_firmata
from agentd.drivers.firmata.frames import Analog
from agentd.errors import ConfigError, LinkError, RefusedError
from agentd.model import Status
from agentd.transport.serial import open_serial
from tests.peers.firmata_host import ROVER, UNO, devices_of, do, eventually, session
from tests.peers.uno import Uno, plugged_in, seen

pytestmark = pytest.mark.needs("gcc", "libsimavr-dev", "libelf-dev")

LEFT_PWM, LEFT_IN1, LEFT_IN2 = 5, 7, 8
RIGHT_PWM, RIGHT_IN1, RIGHT_IN2 = 6, 12, 13
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def uno() -> Iterator[Uno]:
    with plugged_in() as uno:
        yield uno


def play(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, 120))


def test_a_servo_command_moves_the_pin_seen_by_the_simulator(uno: Uno) -> None:
    async def scenario() -> None:
        async with session(uno.port, UNO) as (driver, ears):
            assert uno.pin(9).pulse_us == 0, "opening must not move a servo"
            for angle, pulse_us in ((45, 1250), (180, 2000), (0, 1000)):
                outcome = await driver.apply(do("set_servo", "uno.servo", angle_deg=angle))
                assert outcome.status is Status.DONE, outcome
                assert outcome.state == {"angle_deg": angle}
                assert await eventually(lambda us=pulse_us: abs(uno.pin(9).pulse_us - us) < 8)
            assert {"angle_deg": 45} in ears.of("uno.servo")

    play(scenario())


@pytest.mark.parametrize(("min_us", "max_us"), [(544, 2600), (1100, 1800), (1200, 1300)])
def test_every_pulse_range_reaches_the_pin_and_release_ends_the_pulses(
    uno: Uno, min_us: int, max_us: int
) -> None:
    wire = {"pin": 9, "min_us": min_us, "max_us": max_us, "stop": "release"}
    servo = UNO.channels[0].model_copy(update={"wire": wire})
    spec = UNO.model_copy(update={"channels": (servo,)})

    async def scenario() -> None:
        async with session(uno.port, spec) as (driver, _):
            for angle, pulse_us in ((0, min_us), (180, max_us), (90, (min_us + max_us) / 2)):
                outcome = await driver.apply(do("set_servo", "uno.servo", angle_deg=angle))
                assert outcome.status is Status.DONE
                assert await eventually(lambda us=pulse_us: abs(uno.pin(9).pulse_us - us) < 8)
            driver.halt()
            assert await eventually(lambda: uno.pin(9).pulse_us == 0)
            assert not uno.pin(9).level

    play(scenario())


def test_a_light_and_an_output_drive_their_pins_high_and_low(uno: Uno) -> None:
    async def scenario() -> None:
        async with session(uno.port, UNO) as (driver, ears):
            for tool, device, pin in (
                ("set_light", "uno.led", 13),
                ("set_output", "uno.output", 7),
            ):
                for on in (True, False, True):
                    outcome = await driver.apply(do(tool, device, on=on))
                    assert (outcome.status, outcome.state) == (Status.DONE, {"on": on})
                    assert uno.pin(pin).level == on
            assert ears.of("uno.led")[-1] == {"on": True}

    play(scenario())


def test_a_level_is_the_duty_cycle_at_the_pin(uno: Uno) -> None:
    async def scenario() -> None:
        async with session(uno.port, UNO) as (driver, _):
            for pct in (30, 75, 0, 100):
                outcome = await driver.apply(do("set_output", "uno.dimmer", level_pct=pct))
                assert outcome.status is Status.DONE
                assert outcome.state == {"on": pct > 0, "level_pct": pct}
                assert await eventually(lambda p=pct: abs(uno.pin(5).duty_pct - p) < 1)
            await driver.apply(do("set_output", "uno.dimmer", level_pct=40))
            await driver.apply(do("set_output", "uno.dimmer", on=False))
            outcome = await driver.apply(do("set_output", "uno.dimmer", on=True))
            assert outcome.state == {"on": True, "level_pct": 40}

    play(scenario())


def test_a_voltage_arrives_as_a_report_and_noise_does_not(uno: Uno) -> None:
    async def scenario() -> None:
        uno.voltage(0, 0)
        async with session(uno.port, UNO) as (_, ears):
            for millivolts in (2500, 1000):
                uno.voltage(0, millivolts)
                assert await eventually(lambda mv=millivolts: near(ears.of("uno.a0"), mv / 1000))
            so_far = len(ears.of("uno.a0"))
            for noise in (1005, 995, 1005, 995):
                uno.voltage(0, noise)
                two_readings_later = uno.sent() + 2 * len(Analog(0, 0).encode())
                assert await eventually(lambda end=two_readings_later: uno.sent() >= end)
            uno.voltage(0, 3000)
            assert await eventually(lambda: near(ears.of("uno.a0"), 3.0))
            assert len(ears.of("uno.a0")) == so_far + 1

    play(scenario())


def near(states: list[Any], volts: float) -> bool:
    return bool(states) and abs(states[-1]["value"] - volts) < 0.02 and states[-1]["unit"] == "V"


def test_a_drive_turns_both_wheels_ends_by_itself_and_says_it_is_an_estimate(uno: Uno) -> None:
    async def scenario() -> None:
        async with session(uno.port, ROVER) as (driver, ears):
            driving = asyncio.create_task(
                driver.apply(do("drive", "rover", distance_m=0.2, speed_mps=0.2))
            )
            duty = 25 + 75 * 0.2 / 0.5
            assert await eventually(lambda: abs(uno.pin(LEFT_PWM).duty_pct - duty) < 1)
            assert await eventually(lambda: abs(uno.pin(RIGHT_PWM).duty_pct - duty) < 1)
            assert levels(uno) == (True, False, True, False)
            outcome = await driving
            assert outcome.status is Status.UNVERIFIED, outcome
            assert "0.20 m forward" in outcome.message and "no encoders" in outcome.message
            assert outcome.state == {"left_mps": 0.0, "right_mps": 0.0}
            assert await eventually(lambda: standing(uno))
            assert {"left_mps": 0.2, "right_mps": 0.2} in ears.of("rover")
            assert ears.of("rover")[-1] == {"left_mps": 0.0, "right_mps": 0.0}

    play(scenario())


def test_a_turn_to_the_left_runs_the_left_wheel_backwards(uno: Uno) -> None:
    async def scenario() -> None:
        async with session(uno.port, ROVER) as (driver, _):
            turning = asyncio.create_task(
                driver.apply(do("turn", "rover", angle_deg=90, speed_dps=60))
            )
            assert await eventually(lambda: levels(uno) == (False, True, True, False))
            outcome = await turning
            assert outcome.status is Status.UNVERIFIED and "90 degrees left" in outcome.message
            assert await eventually(lambda: standing(uno))

    play(scenario())


def test_halt_brings_the_motor_pins_down_and_cuts_the_drive_short(uno: Uno) -> None:
    async def scenario() -> None:
        async with session(uno.port, ROVER) as (driver, ears):
            driving = asyncio.create_task(driver.apply(do("drive", "rover", distance_m=2)))
            assert await eventually(lambda: uno.pin(LEFT_PWM).duty_pct > 0)
            driver.halt()
            assert await eventually(lambda: standing(uno))
            outcome = await driving
            assert outcome.status is Status.FAILED and "Cut short" in outcome.message
            assert ears.of("rover")[-1] == {"left_mps": 0.0, "right_mps": 0.0}

    play(scenario())


def test_a_cancelled_drive_stops_before_it_lets_go(uno: Uno) -> None:
    async def scenario() -> None:
        async with session(uno.port, ROVER) as (driver, ears):
            driving = asyncio.create_task(driver.apply(do("drive", "rover", distance_m=2)))
            assert await eventually(lambda: uno.pin(RIGHT_PWM).duty_pct > 0)
            driving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await driving
            assert await eventually(lambda: standing(uno))
            still = {"left_mps": 0.0, "right_mps": 0.0}
            assert await eventually(lambda: ears.of("rover")[-1] == still)

    play(scenario())


def test_a_second_motion_during_the_first_is_refused(uno: Uno) -> None:
    async def scenario() -> None:
        async with session(uno.port, ROVER) as (driver, _):
            driving = asyncio.create_task(driver.apply(do("drive", "rover", distance_m=1)))
            assert await eventually(lambda: uno.pin(LEFT_PWM).duty_pct > 0)
            with pytest.raises(RefusedError, match="still moving"):
                await driver.apply(do("turn", "rover", angle_deg=90))
            outcome = await driver.apply(do("stop", "rover"))
            assert outcome.status is Status.DONE
            assert (await driving).status is Status.FAILED

    play(scenario())


def test_what_was_left_on_is_put_at_its_stop_value_on_opening(uno: Uno) -> None:
    async def scenario() -> None:
        link = open_serial(uno.port, 57600)
        link.write(bytes.fromhex("f4 05 03 e5 7f 01 f4 0d 01 91 20 00 90 00 01"))
        try:
            assert await eventually(lambda: uno.pin(LEFT_PWM).duty_pct == 100)
            assert await eventually(lambda: uno.pin(RIGHT_IN2).level)
        finally:
            link.close()
        async with session(uno.port, ROVER):
            assert await eventually(lambda: standing(uno))
            assert levels(uno) == (False,) * 4

    play(scenario())


def test_garbage_on_the_line_does_not_upset_it(uno: Uno) -> None:
    async def scenario() -> None:
        async with session(uno.port, UNO) as (driver, _):
            for noise in ("ff00aa", "f06e0d", "f0" + "55" * 90, "f9", "f7f7", "6d6e6f", "f07902"):
                uno.inject(bytes.fromhex(noise))
                for on in (True, False):
                    outcome = await driver.apply(do("set_light", "uno.led", on=on))
                    assert outcome.status is Status.DONE, (noise, outcome)
                    assert uno.pin(13).level == on

    play(scenario())


def test_a_sigkill_of_the_daemon_mid_drive_leaves_the_motors_stopped(uno: Uno) -> None:
    daemon = subprocess.Popen(
        [sys.executable, "-m", "tests.peers.firmata_daemon", uno.port],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert daemon.stdout is not None
    try:
        assert daemon.stdout.readline() == "driving\n"
        assert seen(lambda: uno.pin(LEFT_PWM).duty_pct > 0 and uno.pin(RIGHT_PWM).duty_pct > 0)
        daemon.send_signal(signal.SIGKILL)
        assert daemon.wait() == -signal.SIGKILL
        assert seen(lambda: standing(uno))
        assert levels(uno) == (False,) * 4
    finally:
        daemon.kill()
        daemon.wait()
        daemon.stdout.close()


@pytest.mark.parametrize(
    ("wire", "problem"),
    [
        ({"pin": 40}, "pins 0 to 19, no pin 40"),
        ({"pin": 0}, "pin 0 of this board cannot do output; pins that can: 2, 3,"),
        ({"pin": 9}, "pin 9 is already uno.servo's"),
        ({"pinn": 7, "pin": 7}, 'unknown key "pinn"; did you mean "pin"?'),
        ({"pin": 200}, "less than or equal to 127"),
    ],
)
def test_a_channel_that_asks_for_what_the_board_has_not_is_named(
    uno: Uno, wire: dict[str, Any], problem: str
) -> None:
    channels = [
        c.model_copy(update={"wire": wire}) if "output" in c.id else c for c in UNO.channels
    ]
    spec = UNO.model_copy(update={"channels": tuple(channels)})
    play(expect_config_error(uno, spec, problem))


async def expect_config_error(uno: Uno, spec: DeviceSpec, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        async with session(uno.port, spec):
            pass
    assert problem in caught.value.line()


def test_a_board_that_restarts_is_a_lost_link(uno: Uno) -> None:
    async def scenario() -> None:
        link = open_serial(uno.port, 57600)
        try:
            driver = await open_firmata(link, UNO, devices_of(UNO), Silent())
            running = asyncio.create_task(driver.run())
            uno.press_reset()
            with pytest.raises(LinkError, match="the board restarted"):
                await running
            driver.close()
        finally:
            link.close()

    play(scenario())


class Silent:
    """A host that does not care."""

    def attached(self, device: object) -> None: ...

    def detached(self, device_id: str, reason: str) -> None: ...

    def report(self, device_id: str, state: object) -> None: ...


def test_an_unplugged_board_is_a_lost_link_for_the_reader_and_the_drive() -> None:
    async def scenario(uno: Uno) -> None:
        link = open_serial(uno.port, 57600)
        try:
            driver = await open_firmata(link, ROVER, devices_of(ROVER), Silent())
            running = asyncio.create_task(driver.run())
            driving = asyncio.create_task(driver.apply(do("drive", "rover", distance_m=2)))
            assert await eventually(lambda: uno.pin(LEFT_PWM).duty_pct > 0)
            uno.unplug()
            for task in (running, driving):
                with pytest.raises(LinkError, match="the device is gone"):
                    await task
            driver.halt()
            driver.close()
        finally:
            link.close()

    with plugged_in() as uno:
        play(scenario(uno))


def levels(uno: Uno) -> tuple[bool, ...]:
    return tuple(uno.pin(pin).level for pin in (LEFT_IN1, LEFT_IN2, RIGHT_IN1, RIGHT_IN2))


def standing(uno: Uno) -> bool:
    return uno.pin(LEFT_PWM).duty_pct == 0 and uno.pin(RIGHT_PWM).duty_pct == 0
