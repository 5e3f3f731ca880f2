"""What is counted, what is refused when a budget is spent, and how little is written for it."""

from __future__ import annotations

import asyncio
import datetime
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.config import Budget, Budgets
from agentd.errors import Reason, RefusedError
from agentd.model import Asker, Call, Status
from agentd.store import Database
from agentd.usage import Ledger, SpentError, tokens
from tests.peers.toys import ToyHouse, asker
from tests.peers.virtual_time import run_in_virtual_time as run_virtually

NOON = datetime.datetime(2026, 11, 25, 12).timestamp()
DAY_S = 86400.0
ANN = asker()
ON = Call("set_light", {"device": "light.lamp", "on": True})
FORWARD = Call("drive", {"device": "cart", "distance_m": 0.5, "speed_mps": 0.5})


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@contextmanager
def ledger(
    tmp_path: Path, budgets: Budgets | None = None, clock: Clock | None = None
) -> Iterator[Ledger]:
    database = Database.open(tmp_path)
    try:
        yield Ledger(database, budgets or Budgets(), now=clock or Clock())
        database.flush()
    finally:
        database.close()


def rows(tmp_path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(tmp_path / "agentd.db")) as connection:
        return connection.execute("SELECT * FROM usage ORDER BY day, who").fetchall()


def test_tokens_are_refused_when_spent_and_come_back_at_midnight(tmp_path: Path) -> None:
    clock = Clock()
    with ledger(tmp_path, Budgets(tokens=10), clock) as book:
        book.spoke("ann", 4, 5)
        book.admit(ANN)
        book.spoke("ann", 1, 0)
        with pytest.raises(
            SpentError, match=r'"ann" has used 10 of the 10 tokens .* in 12 h'
        ) as no:
            book.admit(ANN)
        assert no.value.resets_in_s == 12 * 3600
        with pytest.raises(SpentError, match="“ann”今天的 10 个词元已经用完"):
            book.admit(asker(language="zh"))
        clock.now += 12 * 3600
        book.admit(ANN)
        assert book.today() == {}


def test_a_key_with_a_budget_of_its_own_is_held_to_that_one(tmp_path: Path) -> None:
    budgets = Budgets(calls=1, keys={"bob": Budget(calls=3), "eve": Budget()})
    with ledger(tmp_path, budgets) as book:
        for who, most in (("ann", 1), ("bob", 3), ("eve", 50)):
            person = asker(who=who)
            for _ in range(most):
                with book.spending(person):
                    pass
        for who, spent in (("ann", True), ("bob", True), ("eve", False)):
            if spent:
                with pytest.raises(RefusedError, match="calls it may make in a day"):
                    book.check(asker(who=who))
            else:
                book.check(asker(who=who))


def test_the_owner_and_the_schedule_are_counted_but_never_refused(tmp_path: Path) -> None:
    with ledger(tmp_path, Budgets(tokens=1, calls=1)) as book:
        for door in ("cli", "schedule"):
            person = Asker(who="owner", door=door)
            book.spoke("owner", 5, 5)
            for _ in range(3):
                with book.spending(person):
                    book.admit(person)
        assert book.today()["owner"].calls == 6


def test_a_key_that_calls_itself_local_is_refused_like_any_other(tmp_path: Path) -> None:
    with ledger(tmp_path, Budgets(tokens=1)) as book:
        book.spoke("local", 1, 0)
        with pytest.raises(SpentError):
            book.admit(Asker(who="local", door="openai"))


def test_two_motions_at_once_cannot_both_use_the_last_seconds(tmp_path: Path) -> None:
    with ledger(tmp_path, Budgets(motion_s=5)) as book, book.spending(ANN, 3.0):
        with pytest.raises(RefusedError, match=r"may move for 3.0 s; 2.0 s are left of the 5 s"):
            book.check(ANN, 3.0)
        book.check(ANN, 2.0)
        book.check(ANN, 0.0)  # what does not move is another matter


def test_what_was_held_back_is_given_back_and_only_what_it_took_is_booked(tmp_path: Path) -> None:
    with ledger(tmp_path, Budgets(motion_s=5)) as book:
        with book.spending(ANN, 4.0):
            pass
        used = book.today()["ann"]
        assert used.motion_s < 1
        assert used.moving_s == 0
        book.check(ANN, 4.0)


def test_a_restart_remembers_what_was_used_today(tmp_path: Path) -> None:
    with ledger(tmp_path) as book:
        book.spoke("ann", 3, 4)
        with book.spending(ANN):
            pass
        book.flush()
    with ledger(tmp_path, Budgets(tokens=7)) as book:
        assert (book.today()["ann"].tokens, book.today()["ann"].calls) == (7, 1)
        with pytest.raises(SpentError):
            book.admit(ANN)


def test_a_thousand_sentences_are_one_row_and_an_idle_hour_writes_nothing(tmp_path: Path) -> None:
    with ledger(tmp_path) as book:
        written: list[str] = []
        later = book._database.write_later
        book._database.write_later = lambda sql, values=(): (  # type: ignore[method-assign]
            written.append(sql),
            later(sql, values),
        )[1]
        for _ in range(1000):
            book.spoke("ann", 1, 1)
        book.flush()
        for _ in range(12):
            book.flush()
        assert len(written) == 1
    assert [row[1:4] for row in rows(tmp_path)] == [("ann", 1000, 1000)]


def test_it_keeps_itself_every_few_minutes(tmp_path: Path) -> None:
    with ledger(tmp_path) as book:

        async def main() -> None:
            keeping = asyncio.create_task(book.keep())
            book.spoke("ann", 1, 1)
            await asyncio.sleep(301)
            keeping.cancel()

        run_virtually(main())
        book._database.flush()
        assert len(rows(tmp_path)) == 1


def test_midnight_closes_the_day_on_disk_and_old_days_are_dropped(tmp_path: Path) -> None:
    clock = Clock()
    database = Database.open(tmp_path)
    try:
        book = Ledger(database, Budgets(), keep_days=2, now=clock)
        for day in range(4):
            book.spoke("ann", day + 1, 0)
            assert book.today()["ann"].asked == day + 1
            clock.now += DAY_S
        assert book.today() == {}
        database.flush()
        assert [row["asked"] for row in book.rows(days=9)] == [4, 3]
        assert [row["day"] for row in book.rows(days=9)] == ["2026-11-28", "2026-11-27"]
    finally:
        database.close()


def test_a_motion_over_midnight_is_booked_on_the_new_day(tmp_path: Path) -> None:
    clock = Clock()
    with ledger(tmp_path, clock=clock) as book:
        with book.spending(ANN, 1.0):
            clock.now += DAY_S
        assert book.today()["ann"].calls == 0
        assert book.today()["ann"].motion_s > 0


@given(st.text())
def test_any_text_has_a_number_of_tokens(text: str) -> None:
    assert 0 <= tokens(text) <= len(text) * 1.25 + 1


def test_the_gate_refuses_what_is_over_budget_and_nothing_is_sent(tmp_path: Path) -> None:
    async def main(book: Ledger) -> None:
        house = ToyHouse(tmp_path, purse=book)
        assert (await house.toolbox.run(ON, ANN)).status is Status.DONE
        for call in (ON, FORWARD):
            refused = await house.toolbox.run(call, ANN)
            assert refused.refusal
            assert refused.refusal.reason is Reason.BUDGET
        later = await house.schedule.run(Call(ON.tool, ON.arguments, after_s=5), ANN)
        assert later.refusal
        assert later.refusal.reason is Reason.BUDGET
        assert len(house.driver.applied) == 1

    with ledger(tmp_path, Budgets(calls=1)) as book:
        asyncio.run(main(book))


def test_a_stop_is_never_refused_and_never_counted(tmp_path: Path) -> None:
    async def main(book: Ledger) -> None:
        house = ToyHouse(tmp_path, purse=book)
        await house.toolbox.run(ON, ANN)
        halts = house.driver.halts
        assert (await house.toolbox.run(Call("stop"), ANN)).status is Status.DONE
        assert (await house.toolbox.run(Call("emergency_stop"), ANN)).status is Status.DONE
        assert house.driver.halts > halts
        assert house.gate.latched
        assert book.today()["ann"].calls == 1

    with ledger(tmp_path, Budgets(calls=1)) as book:
        asyncio.run(main(book))


def test_a_motion_that_could_outlast_the_budget_is_not_begun(tmp_path: Path) -> None:
    async def main(book: Ledger) -> None:
        house = ToyHouse(tmp_path, purse=book)
        refused = await house.toolbox.run(FORWARD, ANN)  # half a metre at half a metre a second
        assert refused.refusal
        assert refused.refusal.accepted == "at most 0.9 s"
        assert house.driver.applied == []

    with ledger(tmp_path, Budgets(motion_s=0.9)) as book:
        asyncio.run(main(book))


def test_a_confirmed_call_is_booked_on_who_asked_for_it(tmp_path: Path) -> None:
    async def main(book: Ledger) -> None:
        house = ToyHouse(tmp_path, purse=book)
        await house.toolbox.run(Call("set_lock", {"device": "lock.front", "locked": False}), ANN)
        assert book.today() == {}
        token = house.gate.pending()[0].token
        receipt = await house.toolbox.confirm(token, asker(who="owner"))
        assert receipt.status is Status.DONE
        assert book.today()["ann"].calls == 1
        assert "owner" not in book.today()

    with ledger(tmp_path) as book:
        asyncio.run(main(book))
