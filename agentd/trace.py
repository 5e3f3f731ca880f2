"""One trace from the door to the wire: its id, and when a command passed which stage.

The current trace is a context variable: a task started on the way takes it along, so that a
driver's log line carries the id of the request that caused it, and a wire can say "written"
without knowing of any command.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True)
class Span:
    """A stretch of the way under one trace id; the times are of the monotonic clock."""

    trace: str
    began: float = field(default_factory=time.monotonic)
    passed: float = 0.0
    """When the gate let the command through; 0 until then."""
    wrote: float = 0.0
    """When its first bytes were on the wire; 0 until then."""

    def stages(self) -> Mapping[str, float]:
        """Return how long each stage took, in seconds, up to now.

        `gate`: until it was let through, waiting for the device included. `wire`: until its
        first bytes were written, or the broker had them. `acknowledge`: until now, when the
        device's word is in (for a motion: until it ended). A refused command has none.
        """
        if not self.passed:
            return {}
        now = time.monotonic()
        stages = {"gate": self.passed - self.began}
        if self.wrote:
            stages["wire"] = self.wrote - self.passed
        return stages | {"acknowledge": now - (self.wrote or self.passed)}


_current: ContextVar[Span | None] = ContextVar("agentd_trace", default=None)


def new_id() -> str:
    """Return a fresh trace id: 16 hexadecimal digits."""
    return uuid.uuid4().hex[:16]


def current() -> str:
    """Return the id of the current trace; empty when there is none."""
    span = _current.get()
    return span.trace if span else ""


def current_or_new() -> str:
    """Return the id of the current trace, or a fresh one."""
    return current() or new_id()


@contextlib.contextmanager
def under(trace: str) -> Iterator[Span]:
    """Let everything inside, and every task started there, belong to `trace`."""
    span = Span(trace)
    token = _current.set(span)
    try:
        yield span
    finally:
        # A generator may be closed by another task than ran it; that one's trace stays.
        with contextlib.suppress(ValueError):
            _current.reset(token)


def passed() -> None:
    """Note that the current command passed the gate."""
    span = _current.get()
    if span is not None:
        span.passed = time.monotonic()


def wrote() -> None:
    """Note that bytes are on the wire; only the first of a command that passed count."""
    span = _current.get()
    if span is not None and span.passed and not span.wrote:
        span.wrote = time.monotonic()
