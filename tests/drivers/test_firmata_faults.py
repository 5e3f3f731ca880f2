"""What the Firmata driver makes of boards that lie, lose answers, or are no Firmata at all."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from agentd.catalogue.spec import Channel, DeviceSpec, Span
from agentd.drivers.firmata import board as real_board
from agentd.drivers.firmata import frames as f
from agentd.errors import ConfigError, LinkError, ProtocolError, RefusedError
from agentd.model import Kind, Status
from tests.peers.faulty_board import PWM, FaultyBoard
from tests.peers.firmata_host import ROVER, UNO, do, eventually, speaking

LEFT_PWM, IN1, IN2 = 5, 7, 8


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(real_board, "ANSWER_S", 0.05)


def play(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, 60))


def a_spec(*channels: Channel, **wire: int) -> DeviceSpec:
    return UNO.model_copy(update={"channels": channels, "wire": wire})


def a_servo(**wire: Any) -> Channel:
    limits = {"angle_deg": Span(low=0, high=180)}
    wire = {"pin": 3, **wire}
    flags = ("open",) if "open_deg" in wire else ()
    return Channel(
        id="s", name="s", kind=Kind.SERVO, moves=True, limits=limits, wire=wire, flags=flags
    )


def a_relay(**wire: Any) -> Channel:
    return Channel(id="r", name="r", kind=Kind.SWITCH, flags=("on",), wire={"pin": 4, **wire})


def a_rover(**changes: Any) -> Channel:
    (rover,) = ROVER.channels
    wire = {key: each for key, each in {**rover.wire, **changes}.items() if each is not None}
    return rover.model_copy(update={"wire": wire})


def test_a_motor_that_does_not_stop_is_a_failed_drive() -> None:
    async def scenario() -> None:
        board = FaultyBoard()
        async with speaking(board, ROVER) as (driver, _):
            driving = asyncio.create_task(driver.apply(do("drive", "rover", distance_m=0.05)))
            assert await eventually(lambda: board.values[LEFT_PWM] > 0)
            board.stuck.add(LEFT_PWM)
            outcome = await driving
            assert outcome.status is Status.FAILED
            assert "could not be verified" in outcome.message and "pin 5" in outcome.message

    play(scenario())


def test_a_board_that_falls_silent_is_a_failed_drive_that_was_still_told_to_stop() -> None:
    async def scenario() -> None:
        board = FaultyBoard()
        async with speaking(board, ROVER) as (driver, _):
            board.mute.add(f.PinStateQuery)
            outcome = await driver.apply(do("drive", "rover", distance_m=0.02))
            assert outcome.status is Status.FAILED and "no answer" in outcome.message
            assert board.values[LEFT_PWM] == 0

    play(scenario())


def test_an_output_that_does_not_follow_is_failed_with_the_boards_words() -> None:
    async def scenario() -> None:
        board = FaultyBoard()
        async with speaking(board, UNO) as (driver, _):
            board.stuck.add(13)
            outcome = await driver.apply(do("set_light", "uno.led", on=True))
            assert outcome.status is Status.FAILED and "pin 13 in mode 1 at 0" in outcome.message

    play(scenario())


def test_a_lost_answer_is_asked_for_again() -> None:
    async def scenario() -> None:
        board = FaultyBoard()
        async with speaking(board, UNO) as (driver, _):
            board.forgetful = 2
            outcome = await driver.apply(do("set_light", "uno.led", on=True))
            assert outcome.status is Status.DONE

    play(scenario())


def test_an_answer_from_before_a_command_is_not_taken_for_its_own() -> None:
    async def scenario() -> None:
        board = FaultyBoard()
        async with speaking(board, UNO) as (driver, _):
            board.stuck.add(13)
            board.say(f.Text("busy"))
            driver.halt()
            board.values[13] = 1
            outcome = await driver.apply(do("set_light", "uno.led", on=False))
            assert outcome.status is Status.FAILED and "pin 13 in mode 1 at 1" in outcome.message

    play(scenario())


def test_an_output_that_cannot_be_put_at_its_stop_value_is_not_opened() -> None:
    async def scenario() -> None:
        board = FaultyBoard()
        board.values[5] = 9
        board.stuck.add(5)
        with pytest.raises(ProtocolError, match="pin 5 in mode 3 at 9, not in mode 3 at 0"):
            async with speaking(board, ROVER):
                pass

    play(scenario())


@pytest.mark.parametrize("silence", [f.VersionQuery, f.CapabilityQuery, f.AnalogMapQuery])
def test_what_does_not_answer_is_not_firmata(silence: type) -> None:
    async def scenario() -> None:
        board = FaultyBoard()
        board.mute.add(silence)
        with pytest.raises(ProtocolError, match="no answer"):
            async with speaking(board, UNO):
                pass
        assert b"\xff" not in board.written

    play(scenario())


def test_a_board_that_restarts_while_it_is_opened_is_a_lost_link() -> None:
    async def scenario() -> None:
        board = FaultyBoard()
        board.restarts_at = f.SetPinMode
        with pytest.raises(LinkError, match="the board restarted"):
            async with speaking(board, UNO):
                pass

    play(scenario())


def test_another_major_version_is_not_spoken_to() -> None:
    async def scenario() -> None:
        board = FaultyBoard()
        board.version = f.Version(3, 0)
        with pytest.raises(ProtocolError, match=r"speaks Firmata 3\.0"):
            async with speaking(board, UNO):
                pass

    play(scenario())


def test_an_active_low_relay_is_off_while_its_pin_is_high() -> None:
    async def scenario() -> None:
        board = FaultyBoard()
        async with speaking(board, a_spec(a_relay(active_low=True))) as (driver, ears):
            assert board.values[4] == 1
            outcome = await driver.apply(do("set_switch", "r", on=True))
            assert outcome.state == {"on": True} and board.values[4] == 0
            driver.halt()
            assert board.values[4] == 1
            assert await eventually(lambda: ears.of("r")[-1] == {"on": False})

    play(scenario())


@pytest.mark.parametrize(
    ("pin", "stop", "value"), [(4, True, 1), (4, False, 0), (5, 20, 51), (5, True, 255)]
)
def test_an_output_starts_and_stops_at_the_value_in_its_file(
    pin: int, stop: Any, value: int
) -> None:
    async def scenario() -> None:
        board = FaultyBoard()
        limits = {"level_pct": Span(low=0, high=100)} if pin == 5 else {}
        output = a_relay(pin=pin, stop=stop).model_copy(update={"limits": limits})
        async with speaking(board, a_spec(output)) as (driver, _):
            assert board.values[pin] == value
            await driver.apply(do("set_output", "r", on=not value))
            driver.halt()
            assert board.values[pin] == value

    play(scenario())


def test_a_fan_on_a_pwm_pin_has_a_speed() -> None:
    async def scenario() -> None:
        board = FaultyBoard()
        limits = {"speed_pct": Span(low=0, high=100)}
        fan = a_relay(pin=3).model_copy(update={"kind": Kind.FAN, "limits": limits})
        async with speaking(board, a_spec(fan)) as (driver, _):
            outcome = await driver.apply(do("set_fan", "r", speed_pct=60))
            assert outcome.state == {"on": True, "speed_pct": 60} and board.values[3] == 153

    play(scenario())


def test_neighbours_on_one_port_keep_their_levels() -> None:
    async def scenario() -> None:
        board = FaultyBoard()
        other = a_relay(active_low=True).model_copy(update={"id": "o", "wire": {"pin": 6}})
        async with speaking(board, a_spec(a_relay(active_low=True), other)) as (driver, _):
            await driver.apply(do("set_switch", "o", on=True))
            await driver.apply(do("set_switch", "r", on=True))
            await driver.apply(do("set_switch", "r", on=False))
            assert (board.values[4], board.values[6]) == (1, 1)

    play(scenario())


def test_an_active_low_motor_stands_at_full_duty() -> None:
    async def scenario() -> None:
        board = FaultyBoard()
        async with speaking(board, a_spec(a_rover(active_low=True))) as (driver, _):
            assert board.values[LEFT_PWM] == 255
            outcome = await driver.apply(do("drive", "rover", distance_m=0.01))
            assert outcome.status is Status.UNVERIFIED
            assert board.values[LEFT_PWM] == 255

    play(scenario())


def test_a_motor_with_one_direction_pin_goes_backwards_on_low() -> None:
    async def scenario() -> None:
        board = FaultyBoard()
        one_pin = {"left_in1": None, "left_in2": None, "left_dir": 7, "left_reversed": True}
        async with speaking(board, a_spec(a_rover(**one_pin))) as (driver, _):
            driving = asyncio.create_task(driver.apply(do("drive", "rover", distance_m=-0.1)))
            assert await eventually(lambda: board.values[LEFT_PWM] > 0)
            assert board.values[7] == 1
            assert (await driving).status is Status.UNVERIFIED

    play(scenario())


def test_a_gripper_opens_and_closes_by_angle() -> None:
    async def scenario() -> None:
        board = FaultyBoard()
        gripper = a_servo(open_deg=120, closed_deg=30, min_us=600, max_us=2400)
        async with speaking(board, a_spec(gripper)) as (driver, _):
            opened = await driver.apply(do("set_servo", "s", open=True))
            assert opened.state == {"angle_deg": 120, "open": True} and board.values[3] == 1800
            closed = await driver.apply(do("set_servo", "s", open=False))
            assert closed.state == {"angle_deg": 30, "open": False} and board.values[3] == 900

    play(scenario())


@pytest.mark.parametrize(
    ("stop", "mode", "value"), [("hold", 4, 1250), ("release", 1, 0), (90, 4, 1500)]
)
def test_a_stop_means_to_a_servo_what_its_file_says(stop: Any, mode: int, value: int) -> None:
    async def scenario() -> None:
        board = FaultyBoard()
        async with speaking(board, a_spec(a_servo(stop=stop))) as (driver, _):
            await driver.apply(do("set_servo", "s", angle_deg=45))
            assert board.values[3] == 1250
            driver.halt()
            assert (board.modes[3], board.values[3]) == (mode, value)
            again = await driver.apply(do("set_servo", "s", angle_deg=45))
            assert again.status is Status.DONE

    play(scenario())


@pytest.mark.parametrize(
    ("channel", "problem"),
    [
        (a_servo(min_us=500), "544"),
        (a_servo(min_us=2000, max_us=1000), "min_us below max_us"),
        (a_servo(open_deg=200, closed_deg=0), "not 200"),
        (a_servo(max_deg=90), "angle_deg may be 0 to 180, but its wire only reaches 0 to 90"),
        (a_servo(stop="limp"), "stop"),
        (a_rover(max_mps=0.1), "speed_mps"),
        (a_rover(speed_mps=0.6), "speeds that 0.5 m/s"),
        (a_rover(speed_dps=400), "speeds that 0.5 m/s"),
        (a_rover(left_in2=None), "left_dir, or left_in1 and left_in2"),
        (a_rover(left_dir=3), "left_dir, or left_in1 and left_in2"),
        (a_rover(left_in1=6), "pin 6 is already rover's"),
        (a_relay(pin=21), "no pin 21"),
        (a_relay().model_copy(update={"kind": Kind.LOCK}), "Firmata has no lock"),
    ],
)
def test_a_wrong_wire_table_says_what_is_wrong(channel: Channel, problem: str) -> None:
    async def scenario() -> None:
        with pytest.raises(ConfigError) as caught:
            async with speaking(FaultyBoard(), a_spec(channel)):
                pass
        assert problem in caught.value.line()

    play(scenario())


@pytest.mark.parametrize(
    ("tool", "arguments", "problem"),
    [
        ("drive", {"speed_mps": 0.2}, "must say how far"),
        ("drive", {"distance_m": 0}, "must say how far"),
        ("drive", {"distance_m": 1, "speed_mps": 0}, "above 0"),
        ("drive", {"distance_m": 1, "speed_mps": 0.6}, r"reach 0\.5 m/s, not 0\.60 m/s"),
        ("drive", {"distance_m": 100, "speed_mps": 0.5}, "one motion may take 20 s"),
        ("turn", {"angle_deg": float("nan")}, "must say how far"),
        ("turn", {"angle_deg": 90, "speed_dps": 720}, r"reach 0\.5 m/s"),
    ],
)
def test_a_motion_without_an_end_or_beyond_the_motors_is_refused_and_nothing_moves(
    tool: str, arguments: dict[str, Any], problem: str
) -> None:
    async def scenario() -> None:
        board = FaultyBoard()
        async with speaking(board, ROVER) as (driver, _):
            before = len(board.written)
            with pytest.raises(RefusedError, match=problem):
                await driver.apply(do(tool, "rover", **arguments))
            assert board.written[before:].count(0xE5) == 0

    play(scenario())


def test_halt_writes_at_once_in_any_state_and_never_raises() -> None:
    async def scenario() -> None:
        board = FaultyBoard()
        async with speaking(board, ROVER) as (driver, _):
            board.values[LEFT_PWM] = 200
            driver.halt()
            assert (board.modes[LEFT_PWM], board.values[LEFT_PWM]) == (PWM, 0)
            driver.close()
            board.closed = True
            driver.halt()
            driver.close()

    play(scenario())


def test_a_question_to_a_board_that_left_is_a_lost_link_at_once() -> None:
    async def scenario() -> None:
        board = FaultyBoard()
        async with speaking(board, UNO) as (driver, _):
            board.mute.add(f.PinStateQuery)
            asking = asyncio.create_task(driver.apply(do("set_light", "uno.led", on=True)))
            await asyncio.sleep(0)
            board.close()
            with pytest.raises(LinkError, match="unplugged"):
                await asking

    play(scenario())


def test_a_sensor_can_only_be_read() -> None:
    async def scenario() -> None:
        async with speaking(FaultyBoard(), UNO) as (driver, _):
            with pytest.raises(RefusedError, match="can only be read"):
                await driver.apply(do("set_output", "uno.a0", on=True))

    play(scenario())
