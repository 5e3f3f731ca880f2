"""Every error agentd raises on purpose: one tree, each with a line a person can act on.

A `Refusal` is not an error of the daemon: it is the gate's "no", carried in a receipt.
`RefusedError` only brings it from the place that decides to the place that writes the receipt.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

INSIDE: Final = "Something went wrong inside agentd; its log says what."
"""What a person reads of an error that nobody foresaw."""


class AgentdError(Exception):
    """Something went wrong in a way we foresaw.

    `str(error)` is one plain sentence. `hint` says what to do next and may be empty.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def line(self) -> str:
        """Return the message and the hint as the one line a person reads."""
        return f"{self} {self.hint}".strip()


class ConfigError(AgentdError):
    """A TOML file or an environment variable holds something we cannot use."""


class LinkError(AgentdError):
    """A wire could not be opened, or broke while in use."""


class ProtocolError(AgentdError):
    """A device sent bytes that its protocol does not allow; `data` holds them."""

    def __init__(self, message: str, data: bytes = b"", *, hint: str = "") -> None:
        shown = f" (bytes: {data[:32].hex(' ')})" if data else ""
        super().__init__(message + shown, hint=hint)
        self.data = data


class BrainError(AgentdError):
    """A brain could not answer (server away, time-out, nonsense on the wire)."""


class Reason(StrEnum):
    """Why the gate said no. The words are part of the API."""

    UNKNOWN_TOOL = "unknown_tool"
    UNKNOWN_DEVICE = "unknown_device"
    BAD_ARGUMENT = "bad_argument"
    OUT_OF_RANGE = "out_of_range"
    UNSUPPORTED = "unsupported"
    UNAVAILABLE = "unavailable"
    ESTOP = "estop"
    NOT_ARMED = "not_armed"
    RATE_LIMIT = "rate_limit"
    NEEDS_CONFIRMATION = "needs_confirmation"
    BUSY = "busy"
    NOT_ASKED = "not_asked"
    SKIPPED = "skipped"
    NEVER_SCHEDULED = "never_scheduled"
    MISSED = "missed"
    BUDGET = "budget"
    NOT_ALLOWED = "not_allowed"
    TOOLS_OFF = "tools_off"
    NOT_THERE = "not_there"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The gate's "no": a code, a sentence, the offending value and what would be accepted."""

    reason: Reason
    message: str
    value: str = ""
    accepted: str = ""


class RefusedError(AgentdError):
    """Carries a `Refusal` up to whoever writes the receipt."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def refuse(reason: Reason, message: str, *, value: object = "", accepted: str = "") -> RefusedError:
    """Build the error to raise for a "no"."""
    return RefusedError(Refusal(reason, message, str(value), accepted))


def nearest(word: str, known: Iterable[str], *, count: int = 3) -> list[str]:
    """Return up to `count` known words that look like `word`, nearest first."""
    return difflib.get_close_matches(word, list(known), n=count, cutoff=0.5)
