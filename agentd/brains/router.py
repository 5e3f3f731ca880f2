"""Asks the brains in the owner's order and takes the first that is sure."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final

from agentd.brains import Answered, Brain, Thought, Turn, Unsure
from agentd.errors import BrainError

log = logging.getLogger(__name__)

REMOTE: Final = frozenset({"upstream"})
"""Brains that send words off this machine; `local_only` forbids them."""


class Router:
    """A brain made of brains; `local_only` leaves out those that send words elsewhere."""

    name = "router"

    def __init__(self, brains: Sequence[Brain], *, local_only: bool = False) -> None:
        self._brains = [brain for brain in brains if not (local_only and brain.name in REMOTE)]

    @property
    def names(self) -> list[str]:
        """The brains that may be asked, in order."""
        return [brain.name for brain in self._brains]

    async def think(self, turn: Turn) -> AsyncGenerator[Thought, None]:
        """Yield `Answered`, then the thoughts of the first brain that is not unsure.

        When all are unsure, the first one's `Unsure` is passed on: it knows the devices best.
        A brain that fails is passed over and reported in `Answered.problems`. Raises
        `BrainError` when every brain failed, or when one fails after it began to speak.
        """
        problems: list[str] = []
        unsure: tuple[str, Unsure] | None = None
        for brain in self._brains:
            async with aclosing(brain.think(turn)) as thoughts:
                try:
                    first = await anext(thoughts, None)
                except BrainError as error:
                    log.warning("the %s brain failed: %s", brain.name, error)
                    problems.append(f"{brain.name}: {error}")
                    continue
                if first is None:
                    problems.append(f"{brain.name}: it said nothing.")
                    continue
                if isinstance(first, Unsure):
                    unsure = unsure or (brain.name, first)
                    continue
                yield Answered(brain.name, tuple(problems))
                yield first
                async for thought in thoughts:
                    yield thought
                return
        if unsure is None:
            raise BrainError(" ".join(problems) or "No brain is configured.")
        yield Answered(unsure[0], tuple(problems))
        yield unsure[1]
