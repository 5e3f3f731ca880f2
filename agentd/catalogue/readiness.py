"""Whether an AI stick can be used, honestly: the state, why, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class StickState(StrEnum):
    """How far an AI stick is from running a model, nearest first."""

    READY = "ready"
    NEEDS_MODEL = "needs-converted-model"
    NEEDS_RUNTIME = "needs-runtime"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Readiness:
    """A stick's state, the reason in words, and the next step (empty when there is none)."""

    state: StickState
    reason: str
    next_step: str = ""
