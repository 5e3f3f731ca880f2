"""What one turn hears, proposes and answers, while it lasts."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from agentd.agent.memory import Question, Talk
from agentd.brains.wishes import NO_WISHES, Wishes
from agentd.guests import NO_GUESTS, Guests, TheirCall
from agentd.model import Call, Receipt


class Voice(Enum):
    """Whose words a piece of an answer is."""

    DAEMON = "daemon"
    """What happened, a question back, a failure: told whole or not at all."""
    MODEL = "model"
    """A language model's own words, which may end anywhere."""
    CORRECTION = "correction"
    """What sets a model's words right; never left out."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One piece of an answer: text to show as it comes, and the receipt it tells of, if any."""

    text: str = ""
    receipt: Receipt | None = None
    brain: str = ""
    calls: tuple[TheirCall, ...] = ()
    """Calls of the client's own tools, for the client to run."""
    voice: Voice = Voice.DAEMON
    cut: bool = False
    """The model's words ended because they may not be longer."""
    refused: bool = False
    """The text stands in place of the JSON that was wanted."""


@dataclass(slots=True)
class Notes:
    """What one turn found, to be remembered at its end."""

    talk: Talk
    asked_in: str
    """The turn whose risky calls the person's next message may say yes to."""
    receipts: list[Receipt] = field(default_factory=list)
    question: Question | None = None
    understood_s: float = 0.0
    guests: Guests = NO_GUESTS
    wishes: Wishes = NO_WISHES


@dataclass(slots=True)
class Proposed:
    """The calls that brains propose in one turn: ours to run, the client's to hand back."""

    ours: list[Call] = field(default_factory=list)
    theirs: list[TheirCall] = field(default_factory=list)
    unsure: bool = False

    def add(self, call: Call) -> None:
        """Put `call` with its kind."""
        if isinstance(call, TheirCall):
            self.theirs.append(call)
        else:
            self.ours.append(call)

    def clear(self) -> None:
        """Forget them all: nothing of a half understood turn is done."""
        self.ours.clear()
        self.theirs.clear()
