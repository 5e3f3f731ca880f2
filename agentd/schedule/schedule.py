"""Commands for later: a call waits on disk, and passes the gate like any other when it is due.

An entry is taken off the disk before it runs, so that a crash in between loses one command and
never repeats one. Delays run on the steady clock; the clock on the wall only counts for what was
found on disk at the start. A machine without a clock of its own may start years back: when its
time is set, what is long past is dropped and told, and nothing comes twice or all at once.
"""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from agentd.errors import Reason, RefusedError, refuse
from agentd.model import Asker, Call, Outcome, Receipt, Status
from agentd.schedule.clock import Clock
from agentd.schedule.rules import LONGEST_S, MOST, check, ringing_later, way_back
from agentd.state import States
from agentd.store import Scheduled, StoreError
from agentd.tools import Toolbox

log = logging.getLogger(__name__)

LATE_S: Final = 60.0
JUMP_S: Final = 5.0
LOOK_S: Final = 20.0
"""How often the clocks are compared while anything waits."""


class Keeper(Protocol):
    """Where entries survive: `agentd.store.Agenda`. Every method may raise `StoreError`."""

    def add(self, entry: Scheduled) -> None:
        """Keep `entry`, or keep it anew."""

    def remove(self, entry_id: str) -> None:
        """Forget one."""

    def all(self) -> list[Scheduled]:
        """Return everything kept."""


@dataclass(slots=True)
class _Waiting:
    """An entry and its time on the steady clock; `found` on disk at the start, or made since."""

    entry: Scheduled
    at: float
    found: bool
    gives_back: bool = False


class Schedule:
    """Runs calls now, later, or for a while."""

    def __init__(
        self, toolbox: Toolbox, states: States, keeper: Keeper, clock: Clock | None = None
    ) -> None:
        self._toolbox = toolbox
        self._states = states
        self._keeper = keeper
        self._clock = clock or Clock()
        self._offset = self._clock.wall() - self._clock.steady()
        self._changed = asyncio.Event()
        self._waiting: dict[str, _Waiting] = {}
        for entry in keeper.all():
            at = math.inf if entry.left_s else entry.due - self._offset
            self._waiting[entry.id] = _Waiting(entry, at, found=True)

    def entries(self, asker: Asker | None = None) -> list[Scheduled]:
        """Return what waits, the next first: all of it, or what `asker` may touch."""
        self._follow_clock()
        waiting = sorted(self._waiting.values(), key=lambda each: each.at)
        return [each.entry for each in waiting if _concerns(each, asker)]

    async def run(self, call: Call, asker: Asker) -> Receipt:
        """Run `call` now, later (`after_s`), or now and back again (`for_s`).

        A timer's ring is for later: when its length is over.
        """
        call = ringing_later(call)
        if call.after_s:
            return await self._toolbox.receipted(call, asker, lambda: self._accept(call, asker))
        if call.for_s:
            return await self._for_a_while(call, asker)
        return await self._toolbox.run(call, asker)

    async def cancel(self, entry_id: str, asker: Asker) -> Receipt:
        """Forget an entry; the receipt is a refusal when `asker` may touch none with this id."""
        waiting = self._waiting.get(entry_id)
        if waiting and not _concerns(waiting, asker):
            waiting = None
        device = waiting.entry.call.arguments.get("device", "") if waiting else ""
        call = Call("cancel_scheduled", {"device": device, "id": entry_id})
        return await self._toolbox.receipted(call, asker, lambda: self._cancel(entry_id, asker))

    async def hold(self, entry_id: str, asker: Asker) -> Receipt:
        """Stop the clock of an entry; `shift` lets it run on. Refused as in `cancel`."""
        return await self._altered("hold_scheduled", entry_id, asker, self._hold)

    async def shift(self, entry_id: str, by_s: float, asker: Asker) -> Receipt:
        """Make an entry due `by_s` later (or earlier), and let its clock run if it was held.

        Refused as in `cancel`, and where it would then be due already or too far ahead.
        """
        return await self._altered(
            "shift_scheduled", entry_id, asker, lambda each: self._shift(each, by_s)
        )

    async def _altered(
        self, tool: str, entry_id: str, asker: Asker, alter: Callable[[_Waiting], Outcome]
    ) -> Receipt:
        async def work() -> Outcome:
            waiting = self._known(entry_id, asker)
            before = waiting.entry, waiting.at, waiting.found
            outcome = alter(waiting)
            try:
                await asyncio.to_thread(self._keeper.add, waiting.entry)
            except StoreError:
                waiting.entry, waiting.at, waiting.found = before
                raise
            self._changed.set()
            return outcome

        waiting = self._waiting.get(entry_id)
        known = waiting and _concerns(waiting, asker)
        arguments = waiting.entry.call.arguments if waiting and known else {}
        return await self._toolbox.receipted(Call(tool, arguments), asker, work)

    def _hold(self, waiting: _Waiting) -> Outcome:
        left = waiting.entry.left_s or max(waiting.at - self._clock.steady(), 1.0)
        waiting.entry = replace(waiting.entry, left_s=left)
        waiting.at = math.inf
        return Outcome(Status.DONE, {"left_s": left})

    def _shift(self, waiting: _Waiting, by_s: float) -> Outcome:
        left = waiting.entry.left_s or waiting.at - self._clock.steady()
        if not 0 < left + by_s <= LONGEST_S:
            told = f"{left:.0f} s are left; it can be due from now on up to 7 days ahead."
            raise refuse(Reason.OUT_OF_RANGE, told, value=f"{by_s:g} s", accepted="0 to 7 days")
        waiting.at = self._clock.steady() + left + by_s
        waiting.found = False
        due = self._clock.wall() + left + by_s
        waiting.entry = replace(waiting.entry, due=due, left_s=0.0)
        return Outcome(Status.ACCEPTED, scheduled=waiting.entry.id, due=due)

    async def keep(self) -> None:
        """Run what becomes due, until cancelled."""
        while True:
            await self.tick()
            self._changed.clear()
            await self._clock.wait(self._changed, self._pause())

    async def tick(self) -> None:
        """Run what is due now, drop what is too late."""
        self._follow_clock()
        now = self._clock.steady()
        due = [each for each in self._waiting.values() if _is_over(each, now)]
        for each in due:
            del self._waiting[each.entry.id]
        due.sort(key=lambda each: each.at)
        await asyncio.gather(*(self._carry_out(each, now - each.at) for each in due))

    def _pause(self) -> float | None:
        if not self._waiting:
            return None
        first = min(each.at for each in self._waiting.values())
        if math.isinf(first):
            return None
        return min(max(first - self._clock.steady(), 0.0), LOOK_S)

    def _follow_clock(self) -> None:
        """After the clock was set: what was found on disk keeps its date, what is new its wait."""
        offset = self._clock.wall() - self._clock.steady()
        if abs(offset - self._offset) < JUMP_S:
            return
        log.warning("the clock was set by %+.0f s", offset - self._offset)
        self._offset = offset
        for each in self._waiting.values():
            if math.isinf(each.at):
                continue
            if each.found:
                each.at = each.entry.due - offset
            else:
                each.entry = replace(each.entry, due=each.at + offset)
        self._changed.set()

    async def _carry_out(self, waiting: _Waiting, late_s: float) -> None:
        entry = waiting.entry
        await self._forget(entry.id)
        asker = replace(entry.asker, door="schedule")
        if -LONGEST_S <= late_s <= LATE_S:
            run = self._for_a_while if entry.call.for_s else self._toolbox.run
            await run(entry.call, asker)
            return
        await self._toolbox.receipted(entry.call, asker, lambda: _missed(late_s))

    async def _accept(self, call: Call, asker: Asker) -> Outcome:
        check(self._toolbox, call, asker)
        entry = await self._add(replace(call, after_s=0.0), asker, call.after_s)
        return Outcome(Status.ACCEPTED, scheduled=entry.id, due=entry.due)

    async def _for_a_while(self, call: Call, asker: Asker) -> Receipt:
        """Put the way back on disk first: nothing stays on because we were cut short."""
        try:
            device = check(self._toolbox, call, asker)
            back = way_back(self._toolbox, device, call, self._states.get(device.id))
        except RefusedError as error:
            return await self._toolbox.receipted(call, asker, _raising(error))
        earlier = self._way_back_of(device.id)
        back = earlier.entry.call if earlier else back
        later = replace(back, after_s=call.for_s)
        accepted = await self.run(later, asker)
        if accepted.refusal:
            return accepted
        receipt = await self._toolbox.run(replace(call, for_s=0.0), asker)
        undone = receipt.status in (Status.REFUSED, Status.FAILED)
        stale = accepted.scheduled if undone else earlier.entry.id if earlier else ""
        if stale:
            await self.cancel(stale, asker)
        if undone:
            return receipt
        self._waiting[accepted.scheduled].gives_back = True
        return replace(receipt, scheduled=accepted.scheduled, due=accepted.due)

    def _way_back_of(self, device_id: str) -> _Waiting | None:
        """Return what already brings this device back: it knows the state before all of this."""
        for each in self._waiting.values():
            if each.gives_back and each.entry.call.arguments.get("device") == device_id:
                return each
        return None

    async def _add(self, call: Call, asker: Asker, after_s: float) -> Scheduled:
        if len(self._waiting) >= MOST:
            raise refuse(Reason.BUSY, f"{MOST} commands wait already; cancel some first.")
        self._follow_clock()
        at = self._clock.steady() + after_s
        entry = Scheduled(
            id=secrets.token_hex(3), due=self._clock.wall() + after_s, call=call, asker=asker
        )
        waiting = _Waiting(entry, at, found=False)
        self._waiting[entry.id] = waiting
        try:
            await asyncio.to_thread(self._keeper.add, entry)
        except StoreError as error:
            del self._waiting[entry.id]
            raise refuse(Reason.UNAVAILABLE, f"It cannot be kept: {error.line()}") from error
        self._changed.set()
        return entry

    async def _cancel(self, entry_id: str, asker: Asker) -> Outcome:
        self._known(entry_id, asker)
        del self._waiting[entry_id]
        await self._forget(entry_id)
        return Outcome(Status.DONE)

    def _known(self, entry_id: str, asker: Asker) -> _Waiting:
        waiting = self._waiting.get(entry_id)
        if waiting is None or not _concerns(waiting, asker):
            raise refuse(
                Reason.BAD_ARGUMENT,
                f'Nothing is scheduled as "{entry_id}".',
                value=entry_id,
                accepted=", ".join(each.id for each in self.entries(asker)),
            )
        return waiting

    async def _forget(self, entry_id: str) -> None:
        try:
            await asyncio.to_thread(self._keeper.remove, entry_id)
        except StoreError as error:
            log.error("a scheduled call stays on disk: %s", error.line())


def _concerns(waiting: _Waiting, asker: Asker | None) -> bool:
    device = str(waiting.entry.call.arguments.get("device", ""))
    return asker is None or asker.may_touch(device)


def _is_over(waiting: _Waiting, now: float) -> bool:
    """Return whether it is due, or so far ahead that the clock must have been set back."""
    if math.isinf(waiting.at):
        return False
    return waiting.at <= now or waiting.at - now > LONGEST_S + LATE_S


def _raising(error: RefusedError) -> Callable[[], Awaitable[Outcome]]:
    async def work() -> Outcome:
        raise error

    return work


async def _missed(late_s: float) -> Outcome:
    why = f"it was due {late_s:.0f} s ago" if late_s > 0 else "the clock was set back"
    raise refuse(Reason.MISSED, f"Not done any more: {why}.", value=f"{late_s:.0f}")
