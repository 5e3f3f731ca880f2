"""A small language model on this very machine as a brain. Needs the extra `agentd[llm]`.

It proposes what a grammar made from the live tools allows, or it talks. A small model proposes
nonsense well formed: so what changes anything needs the same grounds in the person's own words
as a big model's proposals, and the device must be named there as well.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, Final

from agentd.brains import Cut, Decline, Propose, Say, Thought, Turn
from agentd.brains.call_grammar import OPEN, call_grammar, json_grammar, read_calls
from agentd.brains.grounds import READS, admit, own_words
from agentd.brains.grounds.replies import not_asked
from agentd.brains.local_prompt import messages
from agentd.brains.offer import offered
from agentd.brains.unclear import unclear
from agentd.brains.words import tokenise
from agentd.errors import AgentdError, BrainError
from agentd.events import Bus, PartChanged
from agentd.inference.llm import shelf
from agentd.inference.llm.engine import Engine
from agentd.inference.llm.generate import Piece, Request
from agentd.model import Call, Device

log = logging.getLogger(__name__)

MOST_TOKENS: Final = 200
MOST_JSON_TOKENS: Final = 1024
TOTAL_S: Final = 120.0
TIRES: Final = 24
"""A small model that repeats itself over so many tokens has nothing more to say."""


class LocalBrain:
    """Asks one model; it is loaded at start-up, in the background."""

    remote = False
    sees = False

    def __init__(self, engine: Engine, model: str, bus: Bus) -> None:
        self.name = f"local:{model}"
        self._engine = engine
        self._part = f"model {model}"
        self._bus = bus

    async def think(self, turn: Turn) -> AsyncGenerator[Thought, None]:
        """Yield words as they come, or what becomes of the calls when they are complete.

        Raises `BrainError`: the model cannot be loaded, is busy or too slow.
        """
        tools = offered(turn)
        request, shape = _request(turn, tools), turn.wishes.shape
        text, end, said = "", "", False
        async with aclosing(self.pieces(request, turn.asker.who)) as pieces:
            async for piece in pieces:
                text, end = text + piece.text, piece.end
                if piece.text and (shape is not None or not text.startswith(OPEN[0])):
                    said = True
                    yield Say(piece.text)
        if not said:
            for thought in _conclude(text, end, turn, tools):
                yield thought
        elif end == "length":
            yield Cut()

    async def pieces(self, request: Request, who: str) -> AsyncGenerator[Piece, None]:
        """Yield the model's answer to `request` as it comes. Raises `BrainError`."""
        try:
            async with aclosing(self._engine.answer(request, who)) as pieces:
                async for piece in pieces:
                    yield piece
        except AgentdError as error:
            raise BrainError(str(error), hint=error.hint) from error

    async def warm_up(self) -> None:
        """Load the model; what is wrong with it is shown as a part of the daemon."""
        try:
            await self._engine.warm_up()
        except AgentdError as error:
            self._tell("degraded", error.line())
        else:
            self._tell("ready", "")

    async def read_ahead(self, turn: Turn) -> None:
        """Have the model read what `turn` begins with, up to its words, while nobody asks."""
        try:
            await self._engine.read_ahead(messages(turn, offered(turn)))
        except AgentdError as error:
            log.warning("%s read nothing ahead: %s", self.name, error)

    async def close(self) -> None:
        """End what is being thought about."""
        await self._engine.close()

    def _tell(self, state: str, reason: str) -> None:
        self._bus.publish(PartChanged(part=self._part, state=state, reason=reason))


def local_brain(model: str, models: Path, threads: int, bus: Bus) -> LocalBrain:
    """Return the brain for a model by name or folder.

    Raises `ConfigError` with the next step when the extra or the model is missing.
    """
    shelf.need_packages()
    folder = shelf.find(models, model)
    return LocalBrain(Engine(folder, threads=threads, check=shelf.verify), folder.name, bus)


def _request(turn: Turn, tools: Sequence[Mapping[str, Any]]) -> Request:
    """Return what the model is asked: words or calls, or the JSON that the client wants."""
    shape, wishes = turn.wishes.shape, turn.wishes
    grammar = call_grammar(tools) if shape is None else json_grammar(shape.schema)
    most = MOST_TOKENS if shape is None else MOST_JSON_TOKENS
    return Request(
        messages(turn, tools),
        grammar,
        most=min(most, wishes.most or most),
        stops=wishes.stops,
        total_s=TOTAL_S,
        tires=TIRES,
    )


def _conclude(
    text: str, end: str, turn: Turn, tools: Sequence[Mapping[str, Any]]
) -> Sequence[Thought]:
    """Return what becomes of an answer that is no words: all calls, or one `Unsure`."""
    if not text.strip():
        return [unclear(turn)]
    if end == "length":
        raise BrainError("The local model stopped in the middle of a call.")
    return _named_only(admit(read_calls(text), turn, tools), turn)


def _named_only(thoughts: Sequence[Propose | Decline], turn: Turn) -> Sequence[Propose | Decline]:
    """Decline every call when one would change a device that the words do not name."""
    calls = [each.call for each in thoughts if isinstance(each, Propose)]
    unnamed = [call for call in calls if not _named(call, turn)]
    if not unnamed or len(calls) < len(thoughts):
        return thoughts
    names = {device.id: device.name for device in turn.devices}
    name = names.get(str(unnamed[0].arguments.get("device")), "what was meant")
    why = not_asked(turn.words, "name", name)
    return [Decline(call, why) for call in calls]


def _named(call: Call, turn: Turn) -> bool:
    """Return whether the words speak of the device; reading needs none.

    When some device's whole name was said, that one is meant; else one of its words is enough.
    """
    if call.tool in READS or "device" not in call.arguments:
        return True
    said = frozenset(tokenise(own_words(turn.words)).concepts)
    whole = {device.id for device in turn.devices if _called(device, said)}
    if whole:
        return call.arguments["device"] in whole
    return any(
        said & set(tokenise(name).concepts)
        for device in turn.devices
        if device.id == call.arguments["device"]
        for name in (device.name, device.area, *device.aliases)
    )


def _called(device: Device, said: frozenset[str]) -> bool:
    """Return whether every word of one of the device's names was said."""
    names = (set(tokenise(name).concepts) for name in (device.name, *device.aliases))
    return any(words and words <= said for words in names)
