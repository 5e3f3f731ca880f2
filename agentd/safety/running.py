"""The commands under way: bounded in time, and cut short by a stop, a cancel or a lost wire."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from agentd.errors import INSIDE, AgentdError, Reason, RefusedError, refuse
from agentd.model import Device, Outcome, Status

log = logging.getLogger(__name__)

LET_GO_S = 1.0


class Running:
    """One command a device at a time; motion never queues behind motion."""

    def __init__(self, halt: Callable[[str], None]) -> None:
        self._halt = halt
        self._tasks: dict[asyncio.Task[Outcome], Device] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._why: dict[asyncio.Task[Outcome], str] = {}

    @contextlib.asynccontextmanager
    async def turn(self, device: Device) -> AsyncIterator[None]:
        """Hold the device for one command. A moving device that is busy is a refusal."""
        lock = self._locks.setdefault(device.id, asyncio.Lock())
        if device.moves and lock.locked():
            raise refuse(Reason.BUSY, f'{device.name} is still busy; say "stop" first.')
        async with lock:
            yield

    async def carry_out(
        self, work: Coroutine[Any, Any, Outcome], device: Device, limit_s: float
    ) -> Outcome:
        """Run `work` for at most `limit_s` seconds and say how it ended."""
        task = asyncio.create_task(work)
        self._tasks[task] = device
        try:
            await asyncio.wait({task}, timeout=limit_s)
            if not task.done():
                self._why[task] = f"it took longer than {limit_s:g} s"
        finally:
            await self._let_go(task, device)
            del self._tasks[task]
            why = self._why.pop(task, "it was stopped")
        return _outcome(task, why)

    def cut(self, device_id: str | None, why: str) -> list[tuple[asyncio.Task[Outcome], Device]]:
        """Cancel what runs (on one device, or everywhere); the stop bytes are sent elsewhere."""
        cut = [(task, each) for task, each in self._tasks.items() if device_id in (None, each.id)]
        for task, _ in cut:
            self._why[task] = why
            task.cancel()
        return cut

    async def _let_go(self, task: asyncio.Task[Outcome], device: Device) -> None:
        if device.moves and (not task.done() or _broke_off(task)):
            self._halt(device.id)
        if task.done():
            return
        task.cancel()
        await asyncio.wait({task}, timeout=LET_GO_S)


def _outcome(task: asyncio.Task[Outcome], why: str) -> Outcome:
    if not task.done() or task.cancelled():
        return Outcome(Status.FAILED, message=f"cut short: {why}.")
    error = task.exception()
    if isinstance(error, AgentdError) and not isinstance(error, RefusedError):
        return Outcome(Status.FAILED, message=error.line())
    if _broke_off(task):
        log.error("a driver broke off", exc_info=error)
        return Outcome(Status.FAILED, message=INSIDE)
    return task.result()


def _broke_off(task: asyncio.Task[Outcome]) -> bool:
    """Return whether a finished command ended in an error that its driver did not foresee."""
    error = None if task.cancelled() else task.exception()
    return isinstance(error, Exception) and not isinstance(error, AgentdError)
