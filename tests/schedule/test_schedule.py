"""A command for later waits on disk and passes the gate when its time comes."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from agentd.agent.reply import sentence_in
from agentd.config import Safety
from agentd.errors import Reason
from agentd.events import CommandFinished, ConfirmationWanted
from agentd.model import Call, Outcome, Receipt, Status
from agentd.schedule import Clock, Schedule
from agentd.schedule.rules import MOST
from agentd.store import Agenda, Database, Scheduled
from tests.peers.toys import Paper, ToyHouse, asker

ON = {"device": "light.lamp", "on": True}
OFF = {"device": "light.lamp", "on": False}
LOCKED = {"device": "lock.front", "locked": True}
UNLOCKED = {"device": "lock.front", "locked": False}


class HeldClock(Clock):
    """Stands still until the test moves it; `set` moves the clock on the wall alone."""

    def __init__(self, wall: float = 1_800_000_000.0) -> None:
        self._wall = wall
        self._steady = 500.0

    def wall(self) -> float:
        return self._wall

    def steady(self) -> float:
        return self._steady

    def pass_by(self, seconds: float) -> None:
        self._wall += seconds
        self._steady += seconds

    def set(self, by: float) -> None:
        self._wall += by


class Bench:
    """A house of toys with a clock that the test holds."""

    def __init__(self, tmp_path: Path, keeper: Any = None, wall: float = 1_800_000_000.0) -> None:
        self.house = ToyHouse(tmp_path)
        self.clock = HeldClock(wall)
        self.keeper = keeper or Paper()
        self.schedule = self.restarted()

    def restarted(self) -> Schedule:
        """Return the schedule as it is after a restart of the daemon."""
        return Schedule(self.house.toolbox, self.house.states, self.keeper, self.clock)

    def applied(self) -> list[dict[str, Any]]:
        return [dict(action.arguments) for action in self.house.driver.applied]

    def receipts(self, door: str) -> list[Receipt]:
        told = [event for event in self.house.events if isinstance(event, CommandFinished)]
        return [event.receipt for event in told if event.asker.door == door]

    async def later(self, arguments: dict[str, Any], after_s: float, **more: Any) -> Receipt:
        call = Call("set_light", arguments, after_s=after_s, **more)
        return await self.schedule.run(call, asker())


def run(scenario: Coroutine[Any, Any, None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20):
            await scenario

    asyncio.run(bounded())


def test_a_command_for_later_happens_when_its_time_comes(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(tmp_path)
        receipt = await bench.later(ON, 600)
        assert receipt.status is Status.ACCEPTED
        assert receipt.due == bench.clock.wall() + 600
        bench.clock.pass_by(599)
        await bench.schedule.tick()
        assert bench.applied() == []
        bench.clock.pass_by(1)
        await bench.schedule.tick()
        await bench.schedule.tick()
        assert bench.applied() == [{"on": True}]
        assert [each.status for each in bench.receipts("schedule")] == [Status.DONE]
        assert bench.keeper.all() == bench.schedule.entries() == []

    run(main())


def test_the_real_clock_wakes_it(tmp_path: Path) -> None:
    async def main() -> None:
        house = ToyHouse(tmp_path)
        keeping = asyncio.create_task(house.schedule.keep())
        await house.schedule.run(Call("set_light", ON, after_s=0.05), asker())
        while not house.driver.applied:
            await asyncio.sleep(0.005)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)

    run(main())


def test_on_for_a_while_is_on_now_and_the_earlier_state_again_afterwards(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(tmp_path)
        bench.house.fleet.report("light.lamp", {"on": True, "brightness_pct": 30})
        bright = {"device": "light.lamp", "brightness_pct": 90}
        receipt = await bench.later(bright, 0, for_s=600)
        assert receipt.status is Status.DONE
        assert receipt.due == bench.clock.wall() + 600
        assert bench.applied() == [{"brightness_pct": 90}]
        bench.clock.pass_by(300)
        await bench.later({"device": "light.lamp", "brightness_pct": 60}, 0, for_s=600)
        bench.clock.pass_by(300)
        await bench.schedule.tick()
        assert len(bench.applied()) == 2, "the second command moved the end"
        bench.clock.pass_by(300)
        await bench.schedule.tick()
        assert bench.applied()[-1] == {"brightness_pct": 30, "on": True}

    run(main())


def test_without_a_known_state_a_flag_goes_back_to_its_opposite(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(tmp_path)
        await bench.later(ON, 0, for_s=60)
        bench.clock.pass_by(60)
        await bench.schedule.tick()
        assert bench.applied() == [{"on": True}, {"on": False}]
        level = await bench.later({"device": "light.dim", "brightness_pct": 20}, 0, for_s=60)
        assert level.refusal
        assert level.refusal.reason is Reason.NEVER_SCHEDULED

    run(main())


def test_what_fails_now_needs_no_way_back(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(tmp_path)
        bench.house.driver.outcome = Outcome(Status.FAILED, message="no answer.")
        receipt = await bench.later(ON, 0, for_s=60)
        assert receipt.status is Status.FAILED
        assert bench.schedule.entries() == []

    run(main())


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (Call("drive", {"device": "cart", "distance_m": 0.2}, after_s=9), "never_scheduled"),
        (Call("turn", {"device": "cart", "angle_deg": 9}, for_s=9), "never_scheduled"),
        (Call("set_servo", {"device": "nowhere", "angle_deg": 9}, after_s=9), "never_scheduled"),
        (Call("get_state", {"device": "light.lamp"}, after_s=9), "never_scheduled"),
        (Call("stop", {}, after_s=9), "never_scheduled"),
        (Call("set_lock", UNLOCKED, for_s=9), "never_scheduled"),
        (Call("set_lock", UNLOCKED, after_s=9), "never_scheduled"),
        (Call("set_lock", UNLOCKED, after_s=9, for_s=9), "never_scheduled"),
        (Call("set_lock", LOCKED, for_s=9), "never_scheduled"),
        (Call("set_lock", LOCKED, after_s=9, for_s=9), "never_scheduled"),
        (Call("set_light", ON, after_s=8 * 86400.0), "out_of_range"),
        (Call("set_light", ON, after_s=6 * 86400.0, for_s=6 * 86400.0), "out_of_range"),
        (Call("set_light", ON, after_s=float("nan")), "out_of_range"),
        (Call("set_light", ON, after_s=-5), "out_of_range"),
        (Call("set_light", {"device": "light.gone", "on": True}, after_s=9), "unknown_device"),
        (
            Call("set_light", {"device": "light.lamp", "brightness_pct": 900}, after_s=9),
            "out_of_range",
        ),
    ],
)
def test_what_cannot_wait_is_refused_at_once(tmp_path: Path, call: Call, reason: str) -> None:
    async def main() -> None:
        bench = Bench(tmp_path)
        receipt = await bench.schedule.run(call, asker())
        assert receipt.refusal
        assert receipt.refusal.reason == reason
        assert bench.schedule.entries() == bench.applied() == []

    run(main())


def test_what_locks_may_wait_and_may_last_where_nothing_has_to_be_unlocked(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(tmp_path)
        later = await bench.schedule.run(Call("set_lock", LOCKED, after_s=60), asker())
        assert later.status is Status.ACCEPTED
        bench.house.fleet.report("lock.front", {"locked": True})
        for_a_while = await bench.schedule.run(Call("set_lock", LOCKED, for_s=60), asker())
        assert for_a_while.status is Status.DONE
        assert [each.call.arguments for each in bench.schedule.entries()] == [LOCKED, LOCKED]

    run(main())


@pytest.mark.parametrize("more", [{"after_s": 60.0}, {"for_s": 60.0}])
def test_what_the_owner_wants_a_yes_for_is_never_scheduled_either(
    tmp_path: Path, more: dict[str, float]
) -> None:
    async def main() -> None:
        house = ToyHouse(tmp_path, Safety(confirm=("light.*",)))
        receipt = await house.schedule.run(Call("set_light", OFF, **more), asker())
        assert receipt.refusal
        assert receipt.refusal.reason is Reason.NEVER_SCHEDULED
        assert house.schedule.entries() == []

    run(main())


def test_the_refusal_of_what_needs_a_yes_says_so_in_both_languages(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(tmp_path)
        unlock = await bench.schedule.run(Call("set_lock", UNLOCKED, after_s=60), asker())
        assert "needs your yes is never scheduled" in sentence_in("en", unlock)
        assert "需要确认的指令不能定时" in sentence_in("zh", unlock)
        lock = await bench.schedule.run(Call("set_lock", LOCKED, for_s=60), asker())
        assert "The way back would need your yes" in sentence_in("en", lock)

    run(main())


def test_only_so_many_wait(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(tmp_path)
        for _ in range(MOST):
            assert (await bench.later(ON, 60)).status is Status.ACCEPTED
        refused = await bench.later(ON, 60)
        assert refused.refusal
        assert refused.refusal.reason is Reason.BUSY
        refused = await bench.later(ON, 0, for_s=60)
        assert refused.status is Status.REFUSED
        assert bench.applied() == [], "nothing is turned on that could not be turned off again"

    run(main())


def test_the_gate_is_passed_again_when_it_is_due(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(tmp_path)
        await bench.later(ON, 60)
        # A lock that wants a yes only since a restart: what was accepted is held all the same.
        unlock = Scheduled(
            id="abc123", due=bench.clock.wall() + 61, call=Call("set_lock", UNLOCKED), asker=asker()
        )
        bench.keeper.add(unlock)
        bench.schedule = bench.restarted()
        bench.house.gate.estop("ann", "test")
        bench.clock.pass_by(60)
        await bench.schedule.tick()
        bench.house.gate.reset("ann")
        bench.clock.pass_by(1)
        await bench.schedule.tick()
        told = [each.refusal and each.refusal.reason for each in bench.receipts("schedule")]
        assert told == [Reason.ESTOP, Reason.NEEDS_CONFIRMATION]
        assert bench.applied() == []
        assert bench.house.said(ConfirmationWanted)
        await bench.house.toolbox.confirm(bench.house.gate.pending()[0].token, asker())
        assert bench.applied() == [{"locked": False}]

    run(main())


def test_what_was_missed_is_done_if_hardly_late_and_else_dropped_and_told(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(tmp_path)
        await bench.later(ON, 100)
        await bench.later(OFF, 170)
        bench.clock.pass_by(220)
        bench.schedule = bench.restarted()
        await bench.schedule.tick()
        assert bench.applied() == [{"on": False}]
        missed, done = bench.receipts("schedule")
        assert missed.refusal
        assert missed.refusal.reason is Reason.MISSED
        assert done.status is Status.DONE
        assert bench.keeper.all() == []

    run(main())


def test_a_clock_that_is_set_while_it_runs_hurries_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(tmp_path, wall=1000.0)
        for _ in range(20):
            await bench.later(ON, 600)
        bench.clock.set(50 * 365 * 86400.0)
        await bench.schedule.tick()
        assert bench.applied() == []
        assert bench.schedule.entries()[0].due == bench.clock.wall() + 600
        bench.clock.set(-86400.0)
        bench.clock.pass_by(600)
        await bench.schedule.tick()
        assert len(bench.applied()) == 20

    run(main())


def test_a_machine_that_starts_without_the_time_drops_what_is_past_when_it_is_set(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        bench = Bench(tmp_path)
        await bench.later(ON, 100)
        await bench.later(OFF, 90_000)
        bench.clock.set(-30.0)  # started from the time of the last shutdown
        bench.schedule = bench.restarted()
        await bench.schedule.tick()
        assert bench.applied() == []
        bench.clock.set(86400.0)
        await bench.schedule.tick()
        assert bench.applied() == []
        assert [each.status for each in bench.receipts("schedule")] == [Status.REFUSED]
        bench.clock.pass_by(90_000 - 86400 + 30)
        await bench.schedule.tick()
        assert bench.applied() == [{"on": False}]

    run(main())


def test_a_date_that_is_years_ahead_is_dropped(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(tmp_path)
        await bench.later(ON, 100)
        bench.clock.set(-20 * 365 * 86400.0)
        bench.schedule = bench.restarted()
        await bench.schedule.tick()
        assert bench.applied() == bench.schedule.entries() == []

    run(main())


def test_what_is_cancelled_does_not_happen(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(tmp_path)
        first, second = await bench.later(ON, 60), await bench.later(OFF, 70)
        assert (await bench.schedule.cancel(first.scheduled, asker())).status is Status.DONE
        assert (await bench.schedule.cancel(first.scheduled, asker())).status is Status.REFUSED
        assert [each.id for each in bench.schedule.entries()] == [second.scheduled]
        bench.clock.pass_by(100)
        await bench.schedule.tick()
        assert bench.applied() == [{"on": False}]

    run(main())


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from agentd.model import Call
from agentd.schedule import Schedule
from agentd.store import Agenda, Database
from tests.peers.toys import ToyHouse, asker

async def main():
    folder = Path(sys.argv[1])
    house = ToyHouse(folder)
    schedule = Schedule(house.toolbox, house.states, Agenda(Database.open(folder)))
    call = Call("set_light", {"device": "light.lamp", "on": True}, after_s=600, for_s=60)
    receipt = await schedule.run(call, asker(language="zh", words="later"))
    assert receipt.scheduled
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


def test_what_was_accepted_survives_a_killed_process(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL

    async def main() -> None:
        database = Database.open(tmp_path)
        try:
            agenda = Agenda(database)
            (kept,) = agenda.all()
            assert (kept.asker.who, kept.asker.language) == ("ann", "zh")
            bench = Bench(tmp_path, agenda, wall=kept.due - 1)
            await bench.schedule.tick()
            assert bench.applied() == []
            bench.clock.pass_by(2)
            await bench.schedule.tick()
            assert bench.applied() == [{"on": True}]
            (back,) = agenda.all()
            assert dict(back.call.arguments) == OFF
        finally:
            database.close()

    run(main())
