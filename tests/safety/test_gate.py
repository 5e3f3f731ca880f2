"""Nothing moves that should not, and the way to stop is short."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.config import Safety
from agentd.errors import INSIDE, AgentdError, LinkError, Reason, RefusedError
from agentd.events import (
    ArmedChanged,
    CommandFinished,
    CommandStarted,
    ConfirmationWanted,
    EStopLatched,
)
from agentd.model import Call, Number, Outcome, Receipt, Status
from tests.peers.toys import CART, DIM_LAMP, LAMP, LOCK, ToyHouse, asker

FORWARD = Call("drive", {"device": "cart", "distance_m": 1.0})
LIGHT_ON = Call("set_light", {"device": "light.lamp", "on": True})


def in_house(
    tmp_path: Path, scenario: Callable[[ToyHouse], Awaitable[None]], safety: Safety | None = None
) -> None:
    async def main() -> None:
        await scenario(ToyHouse(tmp_path, safety))

    asyncio.run(main())


def reason(receipt: Receipt) -> Reason | None:
    return receipt.refusal.reason if receipt.refusal else None


def test_a_good_call_reaches_the_device_and_is_done_on_its_word(tmp_path: Path) -> None:
    async def scenario(house: ToyHouse) -> None:
        receipt = await house.toolbox.run(LIGHT_ON, asker())
        assert (receipt.status, dict(receipt.state)) == (Status.DONE, {"on": True})
        assert [action.device_id for action in house.driver.applied] == ["light.lamp"]
        assert house.said(CommandFinished)

    in_house(tmp_path, scenario)


@pytest.mark.parametrize(
    ("call", "why", "told"),
    [
        (Call("open_pod_bay", {"device": "cart"}), Reason.UNKNOWN_TOOL, "no tool"),
        (Call("set_light", {"device": "light.lmap", "on": True}), Reason.UNKNOWN_DEVICE, "lamp"),
        (Call("set_light", {"device": "cart", "on": True}), Reason.UNSUPPORTED, "drive"),
        (Call("set_light", {"on": True}), Reason.BAD_ARGUMENT, "needs a device"),
        (Call("set_light", {"device": "light.lamp"}), Reason.BAD_ARGUMENT, "needs"),
        (Call("set_light", {"device": ["light.lamp"], "on": True}), Reason.BAD_ARGUMENT, "needs"),
        (Call("set_light", {"device": "light.lamp", "on": "yes"}), Reason.BAD_ARGUMENT, "true"),
        (Call("set_light", {"device": "light.lamp", "color": "mauve"}), Reason.BAD_ARGUMENT, "red"),
        (
            Call("set_light", {"device": "light.dim", "brightness_pct": 80}),
            Reason.OUT_OF_RANGE,
            "10 to 50 %",
        ),
        (Call("drive", {"device": "cart", "distance_m": 9}), Reason.OUT_OF_RANGE, "-2 to 2 m"),
        (
            Call("drive", {"device": "cart", "distance_m": float("nan")}),
            Reason.BAD_ARGUMENT,
            "number",
        ),
        (Call("drive", {"device": "cart", "distance_m": 10**400}), Reason.OUT_OF_RANGE, "1e+400"),
        (Call("drive", {"device": "cart", "distance_m": -(10**5000)}), Reason.OUT_OF_RANGE, "-1e"),
        (Call("drive", {"device": "cart", "distance_m": True}), Reason.BAD_ARGUMENT, "number"),
        (Call("drive", {"device": "cart", "speed_mps": 0.1}), Reason.BAD_ARGUMENT, "distance_m"),
        (
            Call("drive", {"device": "cart", "distance_m": 1, "confirmed": True}),
            Reason.UNSUPPORTED,
            "confirmed",
        ),
        (Call("get_state", {"device": "light.lamp", "on": True}), Reason.UNSUPPORTED, "on"),
        (Call("stop", {"device": "nobody"}), Reason.UNKNOWN_DEVICE, "nobody"),
        (Call("stop", {"device": 7}), Reason.BAD_ARGUMENT, "device"),
    ],
)
def test_a_bad_call_is_refused_in_words_and_nothing_is_sent(
    tmp_path: Path, call: Call, why: Reason, told: str
) -> None:
    async def scenario(house: ToyHouse) -> None:
        receipt = await house.toolbox.run(call, asker())
        assert (receipt.status, reason(receipt)) == (Status.REFUSED, why)
        assert told in receipt.message
        assert house.driver.applied == []

    in_house(tmp_path, scenario)


def test_a_motion_that_would_last_too_long_names_the_limit(tmp_path: Path) -> None:
    async def scenario(house: ToyHouse) -> None:
        slow = Call("drive", {"device": "cart", "distance_m": 2, "speed_mps": 0.05})
        receipt = await house.toolbox.run(slow, asker())
        assert reason(receipt) is Reason.OUT_OF_RANGE
        assert "at most 30 s" in receipt.message

    in_house(tmp_path, scenario)


def test_the_emergency_stop_halts_cancels_latches_and_survives_a_restart(tmp_path: Path) -> None:
    async def scenario(house: ToyHouse) -> None:
        house.driver.hold = True
        driving = asyncio.create_task(house.toolbox.run(FORWARD, asker()))
        await house.driver.moving.wait()
        house.gate.estop("ann", "test")
        assert house.driver.halts == 1, "the stop bytes are out when estop returns"
        receipt = await driving
        assert receipt.status is Status.FAILED
        assert "emergency stop by ann" in receipt.message
        assert house.said(EStopLatched)
        for call in (FORWARD, LIGHT_ON):
            assert reason(await house.toolbox.run(call, asker())) is Reason.ESTOP
        assert house.new_gate().latched, "a restart does not release it"
        house.gate.reset("ann")
        house.driver.hold = False
        assert not house.new_gate().latched
        assert (await house.toolbox.run(LIGHT_ON, asker())).status is Status.DONE

    in_house(tmp_path, scenario)


def test_a_damaged_latch_file_counts_as_latched(tmp_path: Path) -> None:
    (tmp_path / "estop.json").write_text("{")

    async def scenario(house: ToyHouse) -> None:
        assert house.gate.latched

    in_house(tmp_path, scenario)


def test_stop_ends_the_motion_without_latching(tmp_path: Path) -> None:
    async def scenario(house: ToyHouse) -> None:
        house.driver.hold = True
        driving = asyncio.create_task(house.toolbox.run(FORWARD, asker()))
        await house.driver.moving.wait()
        stopped = await house.toolbox.run(Call("stop"), asker())
        assert stopped.status is Status.DONE
        assert (await driving).message == "cut short: stopped by ann."
        house.driver.hold = False
        assert (await house.toolbox.run(FORWARD, asker())).status is Status.DONE

    in_house(tmp_path, scenario)


def test_a_motion_that_overruns_is_halted_and_says_so(tmp_path: Path) -> None:
    async def scenario(house: ToyHouse) -> None:
        house.driver.hold = True
        short = Call("drive", {"device": "cart", "distance_m": 0.01, "speed_mps": 0.5})
        receipt = await house.toolbox.run(short, asker())
        assert receipt.status is Status.FAILED
        assert "took longer" in receipt.message
        assert house.driver.halts == 1

    in_house(tmp_path, scenario, Safety(max_motion_s=0.1))


def test_an_asker_who_goes_away_takes_the_motion_along(tmp_path: Path) -> None:
    async def scenario(house: ToyHouse) -> None:
        house.driver.hold = True
        driving = asyncio.create_task(house.toolbox.run(FORWARD, asker()))
        await house.driver.moving.wait()
        driving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await driving
        assert house.driver.halts == 1
        finished = house.said(CommandFinished)[-1]
        assert isinstance(finished, CommandFinished)
        assert finished.receipt.status is Status.FAILED

    in_house(tmp_path, scenario)


def test_a_busy_robot_refuses_a_second_motion_instead_of_queueing_it(tmp_path: Path) -> None:
    async def scenario(house: ToyHouse) -> None:
        house.driver.hold = True
        driving = asyncio.create_task(house.toolbox.run(FORWARD, asker()))
        await house.driver.moving.wait()
        assert reason(await house.toolbox.run(FORWARD, asker())) is Reason.BUSY
        house.driver.release.set()
        assert (await driving).status is Status.DONE

    in_house(tmp_path, scenario)


def test_a_robot_that_comes_back_moves_only_after_it_was_re_armed(tmp_path: Path) -> None:
    async def scenario(house: ToyHouse) -> None:
        house.fleet.remove("cart", "unplugged")
        assert reason(await house.toolbox.run(FORWARD, asker())) is Reason.UNKNOWN_DEVICE
        house.fleet.add(CART, house.driver)
        assert house.gate.unarmed() == ["cart"]
        assert reason(await house.toolbox.run(FORWARD, asker())) is Reason.NOT_ARMED
        assert (await house.toolbox.run(LIGHT_ON, asker())).status is Status.DONE
        house.gate.rearm("cart", "ann")
        assert (await house.toolbox.run(FORWARD, asker())).status is Status.DONE
        assert len(house.said(ArmedChanged)) == 2

    in_house(tmp_path, scenario)


def test_unlocking_waits_for_a_yes_that_works_once_and_only_for_that_call(tmp_path: Path) -> None:
    async def scenario(house: ToyHouse) -> None:
        unlock = Call("set_lock", {"device": LOCK.id, "locked": False})
        assert (
            await house.toolbox.run(Call("set_lock", {"device": LOCK.id, "locked": True}), asker())
        ).status is Status.DONE
        assert reason(await house.toolbox.run(unlock, asker())) is Reason.NEEDS_CONFIRMATION
        assert len(house.driver.applied) == 1
        wanted = house.said(ConfirmationWanted)[0]
        assert isinstance(wanted, ConfirmationWanted)
        receipt = await house.toolbox.confirm(wanted.token, asker())
        assert (receipt.status, receipt.arguments) == (Status.DONE, {"locked": False})
        with pytest.raises(RefusedError, match="used up"):
            await house.toolbox.confirm(wanted.token, asker())
        assert len(house.driver.applied) == 2

    in_house(tmp_path, scenario)


def test_a_confirmation_expires_and_an_emergency_stop_forgets_it(tmp_path: Path) -> None:
    async def scenario(house: ToyHouse) -> None:
        unlock = Call("set_lock", {"device": LOCK.id, "locked": False})
        await house.toolbox.run(unlock, asker())
        token = house.gate.pending()[0].token
        house.gate.estop("ann", "test")
        house.gate.reset("ann")
        with pytest.raises(RefusedError, match="expired"):
            await house.toolbox.confirm(token, asker())

    in_house(tmp_path, scenario)

    async def late(house: ToyHouse) -> None:
        await house.toolbox.run(Call("set_lock", {"device": LOCK.id, "locked": False}), asker())
        token = house.gate.pending()[0].token
        while house.gate.pending():
            await asyncio.sleep(0.01)
        with pytest.raises(RefusedError, match="expired"):
            await house.toolbox.confirm(token, asker())
        assert house.driver.applied == []

    in_house(tmp_path, late, Safety(confirmation_s=0.05))


def test_too_many_commands_are_refused_with_the_rate(tmp_path: Path) -> None:
    async def scenario(house: ToyHouse) -> None:
        receipts = [await house.toolbox.run(LIGHT_ON, asker()) for _ in range(12)]
        refused = [each for each in receipts if reason(each) is Reason.RATE_LIMIT]
        assert len(refused) >= 1
        assert "a minute" in (refused[0].refusal.accepted if refused[0].refusal else "")
        assert (await house.toolbox.run(LIGHT_ON, asker(who="bob"))).status is Status.DONE
        assert (await house.toolbox.run(Call("stop"), asker())).status is not Status.REFUSED

    in_house(tmp_path, scenario, Safety(commands_per_minute=10))


def test_an_offline_device_is_refused_and_a_broken_wire_is_a_failure(tmp_path: Path) -> None:
    async def scenario(house: ToyHouse) -> None:
        house.fleet.report(LAMP.id, {"available": False})
        assert reason(await house.toolbox.run(LIGHT_ON, asker())) is Reason.UNAVAILABLE
        house.fleet.report(LAMP.id, {"available": True})
        house.driver.error = LinkError("the wire broke.")
        receipt = await house.toolbox.run(LIGHT_ON, asker())
        assert (receipt.status, receipt.message) == (Status.FAILED, "the wire broke.")

    in_house(tmp_path, scenario)


@pytest.mark.parametrize("call", [LIGHT_ON, FORWARD])
def test_a_driver_that_breaks_off_ends_in_a_failed_receipt_and_what_moves_is_halted(
    tmp_path: Path, call: Call, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(house: ToyHouse) -> None:
        house.driver.error = KeyError("nobody foresaw this")
        receipt = await house.toolbox.run(call, asker())
        assert (receipt.status, receipt.message) == (Status.FAILED, INSIDE)
        assert len(house.said(CommandStarted)) == len(house.said(CommandFinished)) == 1
        assert house.driver.halts == (call.tool == "drive")

    in_house(tmp_path, scenario)
    assert "nobody foresaw this" in caplog.text


def test_work_that_breaks_off_on_its_way_is_a_failed_receipt_with_its_traceback_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def breaks() -> Outcome:
        raise ZeroDivisionError("on its way")

    async def ends() -> Outcome:
        raise AgentdError("It is full.", hint="Make room.")

    async def scenario(house: ToyHouse) -> None:
        foreseen = await house.toolbox.receipted(FORWARD, asker(), ends)
        assert (foreseen.status, foreseen.message) == (
            Status.FAILED,
            "It is full. Make room.",
        )
        house.events.clear()
        receipt = await house.toolbox.receipted(FORWARD, asker(), breaks)
        assert (receipt.status, receipt.message) == (Status.FAILED, INSIDE)
        assert len(house.said(CommandStarted)) == len(house.said(CommandFinished)) == 1

    in_house(tmp_path, scenario)
    assert "ZeroDivisionError: on its way" in caplog.text


def test_an_unverified_outcome_is_never_told_as_done(tmp_path: Path) -> None:
    async def scenario(house: ToyHouse) -> None:
        house.driver.outcome = Outcome(Status.UNVERIFIED, message="it does not report.")
        receipt = await house.toolbox.run(LIGHT_ON, asker())
        assert receipt.status is Status.UNVERIFIED

    in_house(tmp_path, scenario)


@given(value=st.one_of(st.floats(), st.integers(), st.booleans(), st.text(), st.none()))
def test_no_value_outside_a_devices_range_passes_its_check(value: object) -> None:
    limit = DIM_LAMP.arguments["brightness_pct"]
    assert isinstance(limit, Number)
    try:
        limit.check("brightness_pct", value)
    except Exception as error:
        assert "brightness_pct" in str(error)
    else:
        assert isinstance(value, int | float)
        assert not isinstance(value, bool)
        assert 10 <= value <= 50
        assert value == int(value)
