"""A timer by sentence: set, looked at, held, moved, cancelled and rung, over a real database."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agentd.drivers.timer import TIMER, TimerDriver
from agentd.errors import Reason
from agentd.fleet.fleet import DriverHost
from agentd.model import Call, Kind, Receipt, Status
from agentd.schedule import Schedule
from agentd.schedule.schedule import LATE_S
from agentd.store import Agenda, Database, StoreError
from tests.brains.homes import brain
from tests.peers.toys import LAMP, ToyHouse, asker
from tests.schedule.test_schedule import HeldClock

NOON = time.mktime((2026, 11, 26, 12, 0, 0, 0, 0, -1))


class Cook:
    """One person in a kitchen with a timer, and a clock that the test holds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = HeldClock(NOON)
        self.runner = asyncio.Runner()
        self.open()

    def open(self) -> None:
        self.house = ToyHouse(self.folder)
        self.database = Database.open(self.folder)
        keeper = Agenda(self.database)
        self.house.schedule = Schedule(
            self.house.toolbox, self.house.states, keeper, clock=self.clock
        )
        host = DriverHost(self.house.fleet)
        driver = TimerDriver(host)
        host.bind(driver, [TIMER])
        self.agent = self.house.agent(brain())
        self.receipts: list[Receipt] = []

    def restart(self) -> None:
        self.database.close()
        self.open()

    def says(self, words: str, area: str = "") -> str:
        async def heard() -> str:
            language = "en" if words.isascii() else "zh"
            asked = asker(words=words, language=language, area=area)
            pieces = [each async for each in self.agent.hear(words, asked)]
            self.receipts += [each.receipt for each in pieces if each.receipt]
            return "".join(each.text for each in pieces).strip()

        return self.runner.run(heard())

    def passes(self, seconds: float) -> None:
        self.clock.pass_by(seconds)
        self.runner.run(self.house.schedule.tick())

    def rang(self) -> object:
        return self.house.states.get(TIMER.id).get("rang")

    def left(self) -> list[float]:
        """Return how long each timer still waits, held ones too, the next first."""
        entries = self.house.schedule.entries()
        return [round(each.left_s or each.due - self.clock.wall()) for each in entries]

    def close(self) -> None:
        self.runner.close()
        self.database.close()


@pytest.fixture
def cook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cook]:
    found = Cook(tmp_path)
    # What is said about "in ten minutes" counts from now, as the test's clock has it.
    monkeypatch.setattr("agentd.agent.reply.time.time", found.clock.wall)
    yield found
    found.close()


def test_it_rings_when_the_time_is_over_and_says_for_what(cook: Cook) -> None:
    assert cook.says("set a 10 minute pasta timer").startswith("Timer: pasta rings, at 12:10")
    cook.passes(599)
    assert not cook.rang()
    cook.passes(1)
    assert cook.rang() == "pasta"
    assert cook.left() == []


def test_it_survives_a_restart(cook: Cook) -> None:
    cook.says("设置披萨计时器5分钟")
    cook.clock.pass_by(100)
    cook.restart()
    assert cook.left() == [200]
    cook.passes(200)
    assert cook.rang() == "披萨"


def test_one_that_was_over_long_ago_is_told_as_missed(cook: Cook) -> None:
    cook.says("set a timer for 5 minutes")
    cook.passes(300 + LATE_S + 1)
    assert not cook.rang() and cook.left() == []


def test_how_long_is_left_is_asked_of_one_or_of_all(cook: Cook) -> None:
    cook.says("set a 10 minute pasta timer")
    cook.says("set a timer for 1 hour")
    cook.passes(60)
    assert cook.says("how long is left on the pasta timer?") == (
        "Timer: pasta rings, at 12:10 (in 9 minutes)."
    )
    assert cook.says("what timers are there?").count("\n") == 1
    assert cook.says("1小时计时器还剩多久") == "计时器：13:00（59分钟后）响铃。"
    assert "Nothing is scheduled" in cook.says("how long is left on the tea timer?")


def test_held_it_does_not_ring_also_after_a_restart_and_runs_on_from_where_it_was(
    cook: Cook,
) -> None:
    cook.says("set a timer for 10 minutes")
    cook.passes(240)
    assert cook.says("pause the timer") == "Timer: held with 6 minutes left (rings)."
    cook.passes(3600)
    cook.restart()
    cook.passes(3600)
    assert not cook.rang() and cook.left() == [360]
    assert cook.says("how long is left on the timer?") == (
        "Timer: held with 6 minutes left (rings)"
    )
    assert "(in 6 minutes)" in cook.says("resume the timer")
    cook.passes(359)
    assert not cook.rang()
    cook.passes(1)
    assert cook.rang() == "600 s"


def test_time_is_added_and_taken_off(cook: Cook) -> None:
    cook.says("set a timer for 10 minutes")
    assert "(in 15 minutes)" in cook.says("add 5 minutes to the timer")
    assert "(in 14 minutes)" in cook.says("remove 1 minute from the timer")
    assert "（12分钟后）" in cook.says("计时器减少2分钟")
    cook.restart()
    assert cook.left() == [720]


def test_more_than_is_left_cannot_be_taken_off(cook: Cook) -> None:
    cook.says("set a timer for 5 minutes")
    told = cook.says("take 5 minutes off the timer")
    assert "300 s are left" in told
    assert cook.receipts[-1].refusal and cook.receipts[-1].refusal.reason is Reason.OUT_OF_RANGE
    assert "7 days" in cook.says("add 8 days to the timer")
    assert cook.left() == [300]


def test_a_timer_goes_by_its_name_its_room_or_its_length(cook: Cook) -> None:
    cook.says("set a 10 minute pasta timer", area="Kitchen")
    cook.says("set a timer for 20 minutes", area="Study")
    cook.says("set a timer for 1 hour")
    assert "which one" in cook.says("pause the timer").lower() or cook.left() == [600, 1200, 3600]
    cook.says("cancel the pasta timer")
    assert cook.left() == [1200, 3600]
    cook.says("stop the study timer")
    assert cook.left() == [3600]
    cook.says("cancel the 1 hour timer")
    assert cook.left() == []


def test_all_are_cancelled_at_once(cook: Cook) -> None:
    cook.says("set a timer for 10 minutes")
    cook.says("设置披萨计时器5分钟")
    cook.says("取消所有计时器")
    assert cook.left() == []


def test_a_lamp_that_waits_can_be_held_too(cook: Cook) -> None:
    cook.says("turn on the lamp in 10 minutes")
    assert "held with 10 minutes left (on)" in cook.says("pause the timer for the lamp")
    cook.passes(3600)
    assert cook.house.driver.applied == []
    cook.says("resume the timer for the lamp")
    cook.passes(600)
    assert [dict(each.arguments) for each in cook.house.driver.applied] == [{"on": True}]


def test_what_cannot_be_kept_is_not_held(cook: Cook, monkeypatch: pytest.MonkeyPatch) -> None:
    cook.says("set a timer for 10 minutes")

    def full(*_: object) -> None:
        raise StoreError("the disk is full.")

    monkeypatch.setattr(Database, "write", full)
    assert "the disk is full" in cook.says("pause the timer")
    assert cook.receipts[-1].status is Status.FAILED
    assert [each.left_s for each in cook.house.schedule.entries()] == [0.0]


def test_nobody_holds_what_they_may_not_touch(cook: Cook) -> None:
    cook.says("set a timer for 10 minutes")
    (entry,) = cook.house.schedule.entries()
    limited = asker()
    stranger = type(limited)(who="guest", door="test", devices=("light.*",))
    for work in (
        cook.house.schedule.hold(entry.id, stranger),
        cook.house.schedule.shift(entry.id, 60, stranger),
    ):
        receipt = cook.runner.run(work)
        assert receipt.refusal and receipt.refusal.reason is Reason.BAD_ARGUMENT
        assert receipt.device_id == ""
    assert cook.left() == [600]


def test_the_clock_on_the_wall_may_be_set_while_one_is_held(cook: Cook) -> None:
    cook.says("set a timer for 10 minutes")
    cook.says("pause the timer")
    cook.clock.set(-7200)
    cook.passes(1)
    assert cook.left() == [600] and not cook.rang()
    assert all(math.isfinite(each.due) for each in cook.house.schedule.entries())


def test_a_program_that_calls_the_tool_starts_a_timer_too(cook: Cook) -> None:
    call = Call("ring_timer", {"device": TIMER.id, "length_s": 90, "called": "eggs"})
    receipt = cook.runner.run(cook.house.schedule.run(call, asker()))
    assert (receipt.status, cook.left()) == (Status.ACCEPTED, [90])
    cook.passes(90)
    assert cook.rang() == "eggs"


@pytest.mark.parametrize("length", [0, -5, 8 * 86400, "soon", True, None])
def test_a_length_that_is_none_is_refused(cook: Cook, length: object) -> None:
    call = Call("ring_timer", {"device": TIMER.id, "length_s": length})
    receipt = cook.runner.run(cook.house.schedule.run(call, asker()))
    assert receipt.status is Status.REFUSED
    assert cook.left() == [] and not cook.rang()


def test_a_plug_that_is_called_a_timer_is_a_plug(cook: Cook) -> None:
    plug = replace(LAMP, id="switch.oven", name="Oven timer", kind=Kind.SWITCH, area="")
    cook.house.fleet.add(plug, cook.house.driver)
    cook.says("set a timer for 10 minutes")
    assert "Oven timer" in cook.says("turn off the oven timer")
    assert cook.left() == [600]


def test_what_time_it_is_is_not_asked_of_the_timer(cook: Cook) -> None:
    cook.says("set a timer for 10 minutes")
    assert re.fullmatch(r"It is \d\d:\d\d\.", cook.says("what time is it?"))


def test_a_timer_and_a_lamp_in_one_sentence_are_both_seen_to(cook: Cook) -> None:
    cook.says("set a timer for 10 minutes and turn on the lamp")
    assert cook.left() == [600]
    assert [dict(each.arguments) for each in cook.house.driver.applied] == [{"on": True}]


def test_half_of_a_sentence_is_not_done(cook: Cook) -> None:
    cook.says("set a timer for 10 minutes")
    cook.says("cancel the timer and open the moon")
    cook.says("pause the timer and turn on the lamp")
    assert cook.left() == [600]
    assert cook.house.driver.applied == []
    assert [each.left_s for each in cook.house.schedule.entries()] == [0.0]


def test_what_was_cancelled_already_is_no_silence_when_it_is_undone(cook: Cook) -> None:
    cook.says("set a timer for 10 minutes")
    cook.says("cancel the timer")
    assert cook.says("undo that") == "There is nothing to undo."


def test_to_close_at_a_time_cancels_nothing(cook: Cook) -> None:
    cook.says("turn on the lamp in 10 minutes")
    cook.says("lamp定时关闭")
    assert cook.left() == [600]
