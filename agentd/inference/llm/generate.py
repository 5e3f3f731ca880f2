"""From a conversation to an answer, token by token, on the caller's thread.

The keys and values of the last prompt stay: of the next one only what differs is read. The most
likely token is always taken, so that equal questions get equal answers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from agentd.errors import BrainError
from agentd.inference.llm.blocks import Floats
from agentd.inference.llm.chat import Chat, StopText
from agentd.inference.llm.decoder import Decoder
from agentd.inference.llm.guide import Guide, Guides
from agentd.inference.llm.layout import read_layout

CHUNK: Final = 128
"""So many tokens of a prompt are read between two looks at whether it is still wanted."""
AHEAD_CHUNK: Final = 32
"""The same for what nobody has asked yet: so long a question waits for it at most."""


@dataclass(frozen=True, slots=True)
class Request:
    """What shall be answered, and how."""

    messages: Sequence[Mapping[str, str]]
    grammar: str = ""
    """In Lark form (llguidance); empty: any text."""
    most: int = 256
    """The longest answer, in tokens."""
    stops: tuple[str, ...] = ()
    """Texts that end the answer; they are not part of it."""
    total_s: float = 180.0
    """How long it may take in all."""
    tires: int = 0
    """An answer that says the same three times over so many tokens is ended; 0: never."""


@dataclass(slots=True)
class Ahead:
    """What questions begin with: all of `messages` up to the content of the last one."""

    messages: Sequence[Mapping[str, str]]
    reached: int | None = None
    """How many tokens were kept when it last made way for a question."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an answer; the last one says why it ends."""

    text: str
    end: Literal["", "stop", "length"] = ""


class CancelledError(Exception):
    """Nobody waits for the answer any more."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Bounds one answer; `check` is called between tokens."""

    cancelled: Callable[[], bool]
    until: float
    total_s: float

    def check(self) -> None:
        """Raise `CancelledError` when nobody waits, `BrainError` when it takes too long."""
        if self.cancelled():
            raise CancelledError
        if time.monotonic() > self.until:
            raise BrainError(f"The local model was not done after {self.total_s:g} s.")


class LanguageModel:
    """A loaded folder. Not for two threads at once."""

    def __init__(self, folder: Path, threads: int) -> None:
        """Load everything. Raises `BrainError` when a part is missing or damaged."""
        layout = read_layout(folder)
        self._chat = Chat(folder)
        self._decoder = Decoder(layout, threads)
        self._context = layout.context
        self._ends = layout.ends
        self._kept: list[int] = []
        self._guides: Guides | None = None
        self.read = 0
        """How many tokens of the last prompt had to be read anew."""

    def answer(
        self, request: Request, cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[Piece]:
        """Yield the answer as it comes. Raises `BrainError`, or `CancelledError` once it is."""
        wanted = Wanted(cancelled, time.monotonic() + request.total_s, request.total_s)
        prompt, room = self._prompt(request)
        logits = self._read(prompt, wanted)
        guide = self._ready_guides(len(logits)).guide(request.grammar) if request.grammar else None
        text, stop, said = self._chat.stream(), StopText(request.stops), list[int]()
        end: Literal["stop", "length"] = "length"
        for token in self._tokens(logits, guide, room, wanted):
            if token in self._ends:
                end = "stop"
                break
            said.append(token)
            if request.tires and goes_round(said, request.tires):
                break
            ready = stop.feed(text.add(token))
            if ready:
                yield Piece(ready)
            if stop.stopped:
                end = "stop"
                break
        if guide is not None and not guide.whole:
            end = "length"
        yield Piece(stop.rest(), end)

    def read_ahead(self, ahead: Ahead, leave: Callable[[], bool]) -> bool:
        """Read what of `ahead` is not kept yet, and prepare for grammars, until `leave`.

        Returns False when it left. An answer that was given since then and shares as much with
        `ahead` is left as it is: its conversation may go on. Raises `BrainError`.
        """
        prompt = self._beginning(ahead.messages)
        common = _alike(self._kept, prompt)
        answered = ahead.reached is not None and ahead.reached <= common < len(self._kept)
        if answered or common == len(prompt) or len(prompt) > self._context:
            return True
        self._kept = self._kept[:common]
        for at in range(common, len(prompt), AHEAD_CHUNK):
            if leave():
                ahead.reached = at
                return False
            logits = self._run(prompt[at : at + AHEAD_CHUNK])
        self._ready_guides(len(logits))
        return True

    def _beginning(self, messages: Sequence[Mapping[str, str]]) -> list[int]:
        """Return the tokens of `messages` that do not depend on the content of the last one."""
        *first, last = messages
        one, other = (self._chat.prompt([*first, {**last, "content": each}]) for each in "0a")
        return one[: _alike(one, other)]

    def _prompt(self, request: Request) -> tuple[list[int], int]:
        """Return the prompt, and how many tokens the answer may have."""
        prompt = self._chat.prompt(request.messages)
        room = min(request.most, self._context - len(prompt))
        if room < 1 or not prompt:
            raise BrainError(
                f"The conversation is too long for the local model: {len(prompt)} tokens; "
                f"{self._context} fit, with the answer."
            )
        return prompt, room

    def _ready_guides(self, words: int) -> Guides:
        if self._guides is None:
            self._guides = Guides(self._chat.tokenizer_json, words, self._ends)
        return self._guides

    def _tokens(
        self, logits: Floats, guide: Guide | None, room: int, wanted: Wanted
    ) -> Iterator[int]:
        """Yield at most `room` tokens; what the grammar forces is not asked of the model."""
        while room > 0:
            wanted.check()
            if guide is not None:
                guide.mask(logits)
            new = [int(logits.argmax())]
            if guide is not None and new[0] not in self._ends:
                guide.take(new[0])
                new += guide.forced()
            new = new[:room]
            room -= len(new)
            yield from new
            if new[-1] in self._ends or room < 1:
                return
            if guide is not None and guide.ended:
                # Nothing but an end may follow, and it need not be asked for.
                yield min(self._ends)
                return
            logits = self._run(new)

    def _read(self, prompt: list[int], wanted: Wanted) -> Floats:
        """Read what of the prompt is not kept from before; return the logits after it."""
        common = min(_alike(self._kept, prompt), len(prompt) - 1)
        self._kept = self._kept[:common]
        self.read = len(prompt) - common
        for at in range(common, len(prompt), CHUNK):
            wanted.check()
            logits = self._run(prompt[at : at + CHUNK])
        return logits

    def _run(self, tokens: Sequence[int]) -> Floats:
        kept = self._kept
        self._kept = []  # of a run that fails nobody knows what it wrote
        logits = self._decoder.run(tokens, len(kept))
        self._kept = kept + list(tokens)
        return logits


def _alike(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many tokens two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    shortest = min(len(one), len(other))
    return next((at for at, (mine, theirs) in pairs if mine != theirs), shortest)


def goes_round(tokens: Sequence[int], over: int) -> bool:
    """Return whether the last `over` tokens or more say one thing three times or more."""
    for period in range(1, over):
        length = max(3 * period, over)
        tail = tokens[-length:]
        if len(tail) == length and tail[period:] == tail[:-period]:
            return True
    return False
