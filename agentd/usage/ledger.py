"""The account of every key, day by day, and the budget that ends a day early.

Counts live in memory and go to SQLite a few minutes' worth at a time, one row a key and day, to
spare an SD card; a killed daemon forgets at most that much. A day is the local calendar's. The
owner at the command line (the door `cli`) is counted and never refused, and so is what the
schedule runs: that was accepted when it was asked for. Stopping is never counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from agentd.config import Budget, Budgets
from agentd.errors import AgentdError, Reason, refuse
from agentd.model import Asker
from agentd.store import Database, StoreError

log = logging.getLogger(__name__)

FLUSH_S: Final = 300.0
FREE_DOORS: Final = frozenset({"cli", "schedule"})
UPSERT: Final = (
    "INSERT OR REPLACE INTO usage (day, who, asked, answered, calls, motion_s) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)


class SpentError(AgentdError):
    """A key has used up its budget; `resets_in_s` is how long until it gets a new one."""

    def __init__(self, message: str, resets_in_s: float) -> None:
        super().__init__(message)
        self.resets_in_s = resets_in_s


@dataclass(slots=True)
class Used:
    """What one key used on one day; tokens are estimates, as in the answers' `usage`."""

    asked: int = 0
    answered: int = 0
    calls: int = 0
    motion_s: float = 0.0
    moving_s: float = 0.0
    """Reserved for motions that are under way; not kept."""

    @property
    def tokens(self) -> int:
        """All tokens, in and out."""
        return self.asked + self.answered


class Ledger:
    """Counts, refuses what is over budget, and keeps the counts."""

    def __init__(
        self,
        database: Database,
        budgets: Budgets,
        *,
        keep_days: int = 365,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._budgets = budgets
        self._keep_days = keep_days
        self._now = now
        self._day = ""
        self._used: dict[str, Used] = {}
        self._dirty: set[str] = set()
        self._today()

    @property
    def day(self) -> str:
        """Today, as `2026-11-25`."""
        self._today()
        return self._day

    def budget(self, who: str) -> Budget:
        """Return what `who` may use in a day; 0 is no limit."""
        return self._budgets.keys.get(who, self._budgets)

    def today(self) -> dict[str, Used]:
        """Return what every key used today, by name."""
        return dict(self._today())

    def admit(self, asker: Asker) -> None:
        """Raise `SpentError` when the asker's tokens are used up."""
        limit = self.budget(asker.who).tokens
        used = self._seen(asker.who).tokens
        if limit and used >= limit and asker.door not in FREE_DOORS:
            raise SpentError(self._spent(asker, used, limit), self.resets_in_s())

    def spoke(self, who: str, asked: int, answered: int) -> None:
        """Count the tokens of one sentence and its answer."""
        used = self._of(who)
        used.asked += asked
        used.answered += answered
        self._dirty.add(who)

    def check(self, asker: Asker, motion_s: float = 0.0) -> None:
        """Raise `RefusedError` (budget) unless one more call, moving for `motion_s`, fits."""
        if asker.door in FREE_DOORS:
            return
        budget, used = self.budget(asker.who), self._seen(asker.who)
        if budget.calls and used.calls >= budget.calls:
            raise refuse(
                Reason.BUDGET,
                f'"{asker.who}" has made the {budget.calls} calls it may make in a day; '
                f"{self._again()}.",
                value=used.calls,
                accepted=f"at most {budget.calls} calls a day",
            )
        left_s = max(0.0, budget.motion_s - used.motion_s - used.moving_s)
        if budget.motion_s and motion_s and motion_s > left_s:
            raise refuse(
                Reason.BUDGET,
                f"That may move for {motion_s:.1f} s; {left_s:.1f} s are left of the "
                f'{budget.motion_s:g} s that "{asker.who}" may move things in a day; '
                f"{self._again()}.",
                value=f"{motion_s:.1f} s",
                accepted=f"at most {left_s:.1f} s",
            )

    @contextlib.contextmanager
    def spending(self, asker: Asker, motion_s: float = 0.0) -> Iterator[None]:
        """Count a call while it runs and, when it moves, how long; refuses as `check` does.

        `motion_s` (above 0 for what moves) is held back meanwhile, so that two motions at once
        cannot both use the last seconds.
        """
        self.check(asker, motion_s)
        began, used = time.monotonic(), self._of(asker.who)
        used.calls += 1
        used.moving_s += motion_s
        self._dirty.add(asker.who)
        try:
            yield
        finally:
            used.moving_s -= motion_s
            if motion_s:
                spent = self._of(asker.who)  # another day's, when midnight passed meanwhile
                spent.motion_s += time.monotonic() - began
                self._dirty.add(asker.who)

    def resets_in_s(self) -> float:
        """Return the seconds until the next local midnight."""
        now = datetime.datetime.fromtimestamp(self._now())
        tomorrow = datetime.datetime.combine(now.date() + datetime.timedelta(1), datetime.time())
        return max(1.0, tomorrow.timestamp() - self._now())

    def rows(self, days: int = 1, who: str | None = None) -> list[dict[str, Any]]:
        """Return one row a key and day, the newest day first. Raises `StoreError`."""
        today = self.day
        first = datetime.date.fromisoformat(today) - datetime.timedelta(days - 1)
        found = self._database.read(
            "SELECT * FROM usage WHERE day >= ? AND day < ? AND (? IS NULL OR who = ?) "
            "ORDER BY day DESC, who",
            (first.isoformat(), today, who, who),
        )
        now = [
            {"day": today, "who": name, **_columns(used)}
            for name, used in sorted(self._today().items())
            if who in (None, name)
        ]
        return now + [dict(row) for row in found]

    def flush(self) -> None:
        """Put what changed on disk, soon and without waiting; nothing changed costs nothing."""
        self._today()
        self._write()

    async def keep(self) -> None:
        """Put what changed on disk every few minutes, until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_S)
            self.flush()

    def _seen(self, who: str) -> Used:
        """Return what `who` used today; a look makes no row."""
        return self._today().get(who) or Used()

    def _of(self, who: str) -> Used:
        return self._today().setdefault(who, Used())

    def _today(self) -> dict[str, Used]:
        """Return today's counts; at midnight, close the old day and open the new one."""
        day = datetime.datetime.fromtimestamp(self._now()).date()
        if day.isoformat() != self._day:
            self._write()
            self._day = day.isoformat()
            self._used = self._read()
            oldest = day - datetime.timedelta(self._keep_days)
            self._database.write_later("DELETE FROM usage WHERE day < ?", (oldest.isoformat(),))
        return self._used

    def _read(self) -> dict[str, Used]:
        try:
            rows = self._database.read("SELECT * FROM usage WHERE day = ?", (self._day,))
        except StoreError as error:
            log.error("what was used today cannot be read and counts from 0: %s", error.line())
            return {}
        return {
            row["who"]: Used(row["asked"], row["answered"], row["calls"], row["motion_s"])
            for row in rows
        }

    def _write(self) -> None:
        for who in sorted(self._dirty):
            row = _columns(self._used[who])
            self._database.write_later(UPSERT, (self._day, who, *row.values()))
        self._dirty.clear()

    def _spent(self, asker: Asker, used: int, limit: int) -> str:
        if asker.language == "zh":
            hours, minutes = self._wait()
            left = f"{hours} 小时 {minutes} 分钟后恢复"
            return f"“{asker.who}”今天的 {limit} 个词元已经用完（已用 {used}），{left}。"
        told = f'"{asker.who}" has used {used} of the {limit} tokens it may use in a day'
        return f"{told}; {self._again()}."

    def _wait(self) -> tuple[int, int]:
        return divmod(int(self.resets_in_s() // 60) + 1, 60)

    def _again(self) -> str:
        hours, minutes = self._wait()
        return f"it gets a new budget at midnight, in {hours} h {minutes} min"


def _columns(used: Used) -> dict[str, Any]:
    return {
        "asked": used.asked,
        "answered": used.answered,
        "calls": used.calls,
        "motion_s": round(used.motion_s, 3),
    }
