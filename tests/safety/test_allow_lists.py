"""A key that may touch some devices touches those, whichever way it asks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agentd.agent import Heard
from agentd.brains import Propose
from agentd.errors import Reason, RefusedError
from agentd.model import Action, Asker, Call, Receipt, Status
from agentd.safety.confirmation import Pending
from agentd.store import Scheduled
from tests.agent.test_agent import Scripted
from tests.peers.toys import CART, DIM_LAMP, LAMP, LOCK, ToyHouse, asker

GUEST = replace(asker(who="guest"), devices=("light.*",))
LIGHT = Call("set_light", {"device": LAMP.id, "on": True})
FORWARD = Call("drive", {"device": CART.id, "distance_m": 0.2})
UNLOCK = Call("set_lock", {"device": LOCK.id, "locked": False})
FORBIDDEN = (
    FORWARD,
    Call("turn", {"device": CART.id, "angle_deg": 90}),
    UNLOCK,
    Call("set_lock", {"device": LOCK.id, "locked": True}),
    Call("get_state", {"device": CART.id}),
    Call("set_light", {"device": CART.id, "on": True}),
    Call("set_light", {"device": "light.lamp\n", "on": True}),
    Call("set_light", {"device": "no.such", "on": True}),
)


def in_house(tmp_path: Path, scenario: Callable[[ToyHouse], Awaitable[None]]) -> ToyHouse:
    house = ToyHouse(tmp_path)

    async def main() -> None:
        async with asyncio.timeout(10):
            await scenario(house)

    asyncio.run(main())
    return house


def reason(receipt: Receipt) -> Reason | None:
    return receipt.refusal.reason if receipt.refusal else None


def test_a_device_that_is_not_allowed_is_refused_with_a_receipt_and_told_nothing_of(
    tmp_path: Path,
) -> None:
    async def scenario(house: ToyHouse) -> None:
        house.fleet.report(CART.id, {"secret": "in the cellar"})
        for call in FORBIDDEN:
            receipt = await house.toolbox.run(call, GUEST)
            wanted = Reason.UNKNOWN_DEVICE if "\n" in call.arguments["device"] else None
            assert reason(receipt) is (wanted or Reason.NOT_ALLOWED), call
            told = str(receipt.json())
            for hidden in (CART.name, LOCK.name, "cellar", "distance_m 0.2 is"):
                assert hidden not in told
        done = await house.toolbox.run(LIGHT, GUEST)
        assert done.status is Status.DONE

    house = in_house(tmp_path, scenario)
    assert [each.device_id for each in house.driver.applied] == [LAMP.id]
    assert house.gate.pending() == []


def test_an_empty_list_touches_nothing_and_a_stop_needs_no_list(tmp_path: Path) -> None:
    nobody = replace(asker(), devices=())

    async def scenario(house: ToyHouse) -> None:
        assert reason(await house.toolbox.run(LIGHT, nobody)) is Reason.NOT_ALLOWED
        stopped = await house.toolbox.run(Call("stop", {"device": CART.id}), nobody)
        assert stopped.refusal is None
        assert house.driver.halts == 1
        lost = await house.toolbox.run(Call("stop", {"device": "cat"}), nobody)
        assert reason(lost) is Reason.NOT_ALLOWED
        assert CART.id not in lost.message
        await house.toolbox.run(Call("emergency_stop"), nobody)
        assert house.gate.latched

    in_house(tmp_path, scenario)


def test_only_allowed_devices_are_offered(tmp_path: Path) -> None:
    brain = Scripted(Propose(LIGHT))

    async def scenario(house: ToyHouse) -> None:
        for device in (CART, LOCK, LAMP):
            house.fleet.report(device.id, {"seen": True})
        await say(house, brain, "turn on the lamp", GUEST)

    in_house(tmp_path, scenario)
    (turn,) = brain.turns
    assert [device.id for device in turn.devices] == [DIM_LAMP.id, LAMP.id]
    assert set(turn.states) == {LAMP.id}
    offered = str(turn.tools)
    assert LAMP.id in offered
    for hidden in (CART.id, LOCK.id, "drive", "set_lock"):
        assert f"'{hidden}'" not in offered


async def say(house: ToyHouse, brain: Scripted, words: str, who: Asker) -> list[Heard]:
    return [piece async for piece in house.agent(brain).hear(words, replace(who, words=words))]


@pytest.mark.parametrize("call", FORBIDDEN[:6])
def test_a_brain_that_proposes_one_anyway_gets_a_refusal(tmp_path: Path, call: Call) -> None:
    async def scenario(house: ToyHouse) -> None:
        pieces = await say(house, Scripted(Propose(call)), "do something", GUEST)
        receipts = [piece.receipt for piece in pieces if piece.receipt]
        assert [reason(each) for each in receipts] == [Reason.NOT_ALLOWED]
        assert "may not touch" in "".join(piece.text for piece in pieces)

    assert in_house(tmp_path, scenario).driver.applied == []


@pytest.mark.parametrize("changes", [{"after_s": 60.0}, {"for_s": 60.0}])
def test_waiting_is_no_way_around_it(tmp_path: Path, changes: dict[str, float]) -> None:
    lock = Call("set_lock", {"device": LOCK.id, "locked": True})

    async def scenario(house: ToyHouse) -> None:
        receipt = await house.schedule.run(replace(lock, **changes), GUEST)
        assert reason(receipt) is Reason.NOT_ALLOWED
        assert house.schedule.entries() == []
        kept = Scheduled(id="old", due=0.0, call=lock, asker=GUEST)
        due = await house.schedule.run(kept.call, kept.asker)
        assert reason(due) is Reason.NOT_ALLOWED

    assert in_house(tmp_path, scenario).driver.applied == []


def test_somebody_elses_schedule_is_not_seen_and_not_cancelled(tmp_path: Path) -> None:
    async def scenario(house: ToyHouse) -> None:
        later = replace(Call("set_lock", {"device": LOCK.id, "locked": True}), after_s=60.0)
        mine = replace(LIGHT, after_s=60.0)
        theirs = (await house.schedule.run(later, asker())).scheduled
        own = (await house.schedule.run(mine, GUEST)).scheduled
        assert [each.id for each in house.schedule.entries(GUEST)] == [own]
        refused = await house.schedule.cancel(theirs, GUEST)
        assert refused.refusal is not None
        assert theirs not in refused.message.replace(f'"{theirs}"', "")
        assert LOCK.id not in str(refused.json())
        assert len(house.schedule.entries()) == 2
        pieces = await say(house, Scripted(), "what is scheduled?", GUEST)
        told = "".join(each.text for each in pieces)
        assert "Lamp" in told and "Front door" not in told
        assert (await house.schedule.cancel(own, GUEST)).refusal is None

    in_house(tmp_path, scenario)


def test_a_yes_does_not_lend_the_device_to_who_says_it_or_who_asked(tmp_path: Path) -> None:
    async def scenario(house: ToyHouse) -> None:
        await house.toolbox.run(UNLOCK, asker())
        token = house.gate.pending()[0].token
        refused = await house.toolbox.confirm(token, GUEST)
        assert reason(refused) is Reason.NOT_ALLOWED
        unlock = Action(tool="set_lock", device_id=LOCK.id, arguments={"locked": False})
        held = Pending(token="x", prompt="", action=unlock, asker=GUEST, expires=9e9)
        with pytest.raises(RefusedError, match="may not touch"):
            await house.gate.execute_confirmed(held, asker())

    assert in_house(tmp_path, scenario).driver.applied == []


def test_a_key_that_ended_meanwhile_does_nothing_later(tmp_path: Path) -> None:
    keyed = replace(asker(), key="agd_1")

    async def scenario(house: ToyHouse) -> None:
        assert (await house.toolbox.run(LIGHT, keyed)).status is Status.DONE
        await house.toolbox.run(UNLOCK, keyed)
        house.gate._vouch = lambda key, who: False
        assert reason(await house.toolbox.run(LIGHT, keyed)) is Reason.NOT_ALLOWED
        token = house.gate.pending()[0].token
        yes = await house.toolbox.confirm(token, asker(who="local"))
        assert reason(yes) is Reason.NOT_ALLOWED

    assert len(in_house(tmp_path, scenario).driver.applied) == 1
