"""What a conversation was just about: little, in memory only, and for five minutes."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from agentd.model import Asker, Receipt, Status

FORGET_S: Final = 300.0
MOST: Final = 200
_CHANGED: Final = frozenset({Status.DONE, Status.UNVERIFIED, Status.ACCEPTED})
_READS: Final = frozenset({"get_state", "stop", "emergency_stop", "cancel_scheduled"})
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked back: the words, the part of them that was unclear, and the candidates."""

    words: str
    part: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Talk:
    """The end of a conversation: what it was about, what it changed, what is still open."""

    about: tuple[Receipt, ...] = ()
    done: tuple[Receipt, ...] = ()
    question: Question | None = None
    asked_in: str = ""
    """The turn whose risky calls the next message may say yes to, by its trace."""


class Memory:
    """The conversations of the last minutes, each by who, door and conversation."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._talks: OrderedDict[Key, tuple[float, Talk]] = OrderedDict()

    def recall(self, asker: Asker) -> Talk:
        """Return what this conversation was about; an empty one when it is new or long over."""
        at, talk = self._talks.get(_key(asker), (0.0, Talk()))
        return talk if self._clock() - at < FORGET_S else Talk()

    def note(
        self,
        asker: Asker,
        receipts: Sequence[Receipt],
        question: Question | None,
        asked_in: str = "",
    ) -> None:
        """Remember the end of one turn. A turn without any deed keeps the earlier one's."""
        talk = replace(self.recall(asker), question=question, asked_in=asked_in)
        about = tuple(each for each in receipts if each.device_id)
        done = tuple(each for each in about if each.status in _CHANGED and each.tool not in _READS)
        if about:
            talk = replace(talk, about=about, done=done or talk.done)
        self._talks.pop(_key(asker), None)
        self._talks[_key(asker)] = (self._clock(), talk)
        while len(self._talks) > MOST:
            self._talks.popitem(last=False)

    def forget(self, who: str | None = None) -> None:
        """Forget everything, or everything that `who` talked about."""
        kept = {key: each for key, each in self._talks.items() if who not in (None, key[0])}
        self._talks = OrderedDict(kept)

    def __len__(self) -> int:
        return len(self._talks)


def _key(asker: Asker) -> Key:
    return asker.who, asker.door, asker.conversation
