"""Asks the brains in the owner's order and takes the first that is sure."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Protocol, runtime_checkable

from agentd import config
from agentd.brains import Answered, Brain, Propose, Thought, Turn, Unsure
from agentd.brains.figures import Figures, Tally
from agentd.brains.offline import OfflineBrain
from agentd.brains.own_words import OwnWords
from agentd.brains.pictures import pictured, points_at_pictures
from agentd.brains.stop_words import stop_call
from agentd.errors import BrainError
from agentd.events import Bus

log = logging.getLogger(__name__)


class OwnedBrain(Brain, Protocol):
    """A brain with a beginning and an end."""

    remote: bool
    """True when it sends words to a server; `local_only` forbids that."""
    sees: bool
    """Whether pictures mean something to it."""

    async def warm_up(self) -> None:
        """Prepare what would make the first answer slow."""

    async def close(self) -> None:
        """Let go of threads and connections."""


@runtime_checkable
class ReadsAhead(Protocol):
    """A brain that can read what every question begins with before anybody asks."""

    async def read_ahead(self, turn: Turn) -> None:
        """Read what `turn` begins with, up to its words. A question goes before it."""


class Router:
    """A brain made of brains; `local_only` leaves out those that send words elsewhere."""

    name = "router"

    def __init__(self, brains: Sequence[OwnedBrain], *, local_only: bool = False) -> None:
        self._brains = [each for each in brains if not (local_only and each.remote)]
        self._tallies = {brain.name: Tally() for brain in self._brains}

    @property
    def names(self) -> list[str]:
        """The brains that may be asked, in order."""
        return [brain.name for brain in self._brains]

    def figures(self) -> dict[str, Figures]:
        """Return each brain's figures, in the order they are asked."""
        return {name: tally.figures() for name, tally in self._tallies.items()}

    async def think(self, turn: Turn) -> AsyncGenerator[Thought, None]:
        """Yield `Answered`, then the thoughts of the first brain that is not unsure.

        When none is sure, the first `Unsure` is passed on. A brain that fails is logged and
        passed over. Raises `BrainError` when every brain failed, or when one fails after it
        began to speak. A stop word is answered here: it waits for no brain, whatever the order.
        """
        stop = stop_call(turn.words)
        if stop is not None:
            yield Answered(OfflineBrain.name)
            yield Propose(stop)
            return
        problems: list[str] = []
        unsure: tuple[str, Unsure] | None = None
        for brain in self._for(turn):
            async with aclosing(self._measured(brain, turn)) as thoughts:
                try:
                    first = await anext(thoughts, None)
                except BrainError as error:
                    log.warning("the %s brain failed: %s", brain.name, error)
                    problems.append(error.line())
                    continue
                if first is None:
                    problems.append(f"The {brain.name} brain said nothing.")
                elif isinstance(first, Unsure):
                    unsure = unsure or (brain.name, first)
                else:
                    yield Answered(brain.name)
                    yield first
                    async for thought in thoughts:
                        yield thought
                    return
        if unsure is None:
            raise BrainError(" ".join(problems) or "No brain is configured.")
        yield Answered(unsure[0])
        yield unsure[1]

    def _for(self, turn: Turn) -> list[OwnedBrain]:
        """Return whom to ask, in order: about pictures those that see.

        The offline brain reads the words alone, and is asked when they do not speak of what is to
        be seen: what it is sure of then needs no picture.
        """
        if not pictured(turn.messages):
            return self._brains
        blind = None if points_at_pictures(turn.words) else OfflineBrain.name
        return [each for each in self._brains if each.sees or each.name == blind]

    async def _measured(self, brain: Brain, turn: Turn) -> AsyncGenerator[Thought, None]:
        """Yield a brain's thoughts and count what became of them."""
        tally = self._tallies[brain.name]
        tally.asked += 1
        began = time.monotonic()
        last: Thought | None = None
        try:
            async with aclosing(brain.think(turn)) as thoughts:
                async for last in thoughts:
                    if isinstance(last, Unsure):
                        tally.unsure += 1
                        tally.took(time.monotonic() - began)
                    yield last
        except BrainError:
            tally.failed += 1
            tally.took(time.monotonic() - began)
            raise
        if last is None:
            tally.failed += 1
        elif not isinstance(last, Unsure):
            tally.answered += 1
            tally.took(time.monotonic() - began)

    async def warm_up(self) -> None:
        """Prepare every brain, one after the other."""
        for brain in self._brains:
            await brain.warm_up()

    @property
    def reads_ahead(self) -> bool:
        """Whether any brain has a use for `read_ahead`."""
        return any(isinstance(brain, ReadsAhead) for brain in self._brains)

    async def read_ahead(self, turn: Turn) -> None:
        """Have each brain that can read what `turn` begins with, up to its words."""
        for brain in self._brains:
            if isinstance(brain, ReadsAhead):
                await brain.read_ahead(turn)

    async def close(self) -> None:
        """Close every brain."""
        for brain in self._brains:
            await brain.close()


def build_brain(
    settings: config.Brain,
    bus: Bus,
    models: Path = Path("models"),
    own: OwnWords | None = None,
) -> Router:
    """Return the brains of the settings in their order. `bus` is told how each is.

    `own` are the owner's words; they are for the offline brain alone. Raises `ConfigError` when a
    local model is wanted that is not in the folder `models`.
    """
    brains: list[OwnedBrain] = []
    for name in settings.order:
        if name == "offline":
            brains += _offline(own)
        elif name == "local":
            # The model's runtime is brought in only by who wants it.
            from agentd.brains.local import local_brain  # noqa: PLC0415

            threads = settings.local_threads
            brains.append(local_brain(settings.local_model, models, threads, bus))
        elif settings.upstreams and not settings.local_only:
            # An HTTP client costs start-up time that a purely local daemon saves.
            from agentd.brains.upstream import upstreams  # noqa: PLC0415

            brains += upstreams(settings.upstreams, bus)
    return Router(brains, local_only=settings.local_only)


def _offline(own: OwnWords | None) -> list[OwnedBrain]:
    """Return the offline brain, or none when it is damaged: stop words need no brain."""
    try:
        return [OfflineBrain(own=own)]
    except BrainError as error:
        log.error("%s The offline brain is left out.", error.line())
        return []
