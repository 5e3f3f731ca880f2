"""Who waits for the one model: a bounded line in which everybody gets a turn.

Beside the line there is room for one job that nobody is in a hurry for.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from typing import Final, Generic, TypeVar

from agentd.errors import BrainError

MOST_WAITING: Final = 8
MOST_EACH: Final = 3
Job = TypeVar("Job")


class Line(Generic[Job]):
    """Jobs by who asked for them. One who asks three times waits behind all who asked once.

    The job for when nobody waits counts as none of them.
    """

    def __init__(self, most: int = MOST_WAITING, each: int = MOST_EACH) -> None:
        self._most = most
        self._each = each
        self._waiting: OrderedDict[str, deque[Job]] = OrderedDict()
        self._idle: Job | None = None
        self._change = threading.Condition()
        self._closed = False

    def put(self, who: str, job: Job) -> None:
        """Stand a job at the end of its asker's own line. Raises `BrainError` when it is full."""
        with self._change:
            mine = self._waiting.get(who, deque())
            count = sum(len(each) for each in self._waiting.values())
            if count >= self._most or len(mine) >= self._each:
                raise BrainError(
                    f"The local model is busy: {count} questions wait already, "
                    f"{len(mine)} of them yours.",
                    hint="Ask again in a moment.",
                )
            mine.append(job)
            self._waiting[who] = mine
            self._change.notify()

    def put_idle(self, job: Job, *, again: bool = False) -> Job | None:
        """Keep a job for when nobody waits; return the one that there is no room for.

        A newer job takes the place of an older one; `again` puts back one that had been taken.
        """
        with self._change:
            if self._closed or (again and self._idle is not None):
                return job
            self._idle, left = job, self._idle
            self._change.notify()
            return left

    @property
    def busy(self) -> bool:
        """Whether somebody waits."""
        return bool(self._waiting)

    def drop(self, who: str, job: Job) -> None:
        """Take back a job that waits; nothing happens when it does not."""
        with self._change:
            if self._idle is job:
                self._idle = None
            mine = self._waiting.get(who)
            if mine is not None and job in mine:
                mine.remove(job)
                if not mine:
                    del self._waiting[who]

    def get(self) -> Job | None:
        """Wait for the next job, asker by asker in turn. Returns None once the line is closed."""
        with self._change:
            while not self._waiting and self._idle is None and not self._closed:
                self._change.wait()
            if self._closed:
                return None
            if not self._waiting:
                idle, self._idle = self._idle, None
                return idle
            who, mine = self._waiting.popitem(last=False)
            job = mine.popleft()
            if mine:
                self._waiting[who] = mine
            return job

    def close(self) -> list[Job]:
        """Let nobody in any more, and return those who wait."""
        with self._change:
            left = [job for mine in self._waiting.values() for job in mine]
            left += [self._idle] if self._idle is not None else []
            self._waiting.clear()
            self._idle = None
            self._closed = True
            self._change.notify_all()
            return left
