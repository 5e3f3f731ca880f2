"""The counter beside the agent: one sentence, who asked, which brain, how many tokens."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from agentd.events import Bus, SentenceAnswered
from agentd.model import Asker
from agentd.usage.ledger import Ledger


def tokens(text: str) -> int:
    """Return an estimate: a quarter of the UTF-8 bytes, as agentd has no tokenizer of its own."""
    return (len(text.encode("utf-8", "replace")) + 3) // 4


PICTURE_TOKENS: Final = 765
"""What a picture counts: as much as OpenAI's models take for one of 1024 by 1024 pixels."""
_PICTURES: Final = ("image_url", "input_image")


def content_tokens(content: object) -> int:
    """Return the estimate for a message's content, a text or a list of parts."""
    if isinstance(content, list):
        return sum(map(_part_tokens, content))
    return tokens(str(content or ""))


def _part_tokens(part: object) -> int:
    kind = part.get("type") if isinstance(part, Mapping) else None
    if kind in _PICTURES:
        return PICTURE_TOKENS
    text = part.get("text") if isinstance(part, Mapping) else None
    return tokens(text if isinstance(text, str) else str(part))


class Sitting:
    """One sentence and its answer as it grows."""

    def __init__(self, asker: Asker, asked: int) -> None:
        self.asker = asker
        self.asked = asked
        self.brain = ""
        self.understood_s = 0.0
        self.began = time.monotonic()
        self._text: list[str] = []

    def hear(self, text: str, brain: str) -> None:
        """Note one piece of the answer."""
        self.brain = brain or self.brain
        self._text.append(text)

    def event(self) -> SentenceAnswered:
        """Return what is to be told of it."""
        return SentenceAnswered(
            # Who may look at events need not read what people talk about.
            asker=replace(self.asker, words=""),
            brain=self.brain,
            asked_tokens=self.asked,
            answered_tokens=tokens("".join(self._text)),
            understood_s=self.understood_s,
            took_s=time.monotonic() - self.began,
        )


class Meter:
    """Lets sentences in as long as there is budget, counts them, and tells the bus of each."""

    def __init__(self, bus: Bus, ledger: Ledger) -> None:
        self._bus = bus
        self._ledger = ledger

    def open(
        self, words: str, asker: Asker, messages: Sequence[Mapping[str, Any]], *, free: bool
    ) -> Sitting:
        """Begin a sentence. Raises `SpentError` unless there is budget, or it is `free`."""
        if not free:
            self._ledger.admit(asker)
        said = [message.get("content") for message in messages] or [words]
        return Sitting(asker, sum(map(content_tokens, said)))

    def close(self, sitting: Sitting) -> None:
        """End it, however it ended."""
        event = sitting.event()
        self._ledger.spoke(event.asker.who, event.asked_tokens, event.answered_tokens)
        self._bus.publish(event)
