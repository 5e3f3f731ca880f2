"""The timer: a device that rings by saying so. What makes a noise listens to its state.

A timer that runs is a scheduled call of `ring_timer`: it survives a restart, is listed, held and
cancelled like every other command for later.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

from agentd.drivers import Host
from agentd.drivers.homeassistant.naming import clean
from agentd.model import Action, Device, Kind, Number, Outcome, State, Status, Text

LONGEST_NAME: Final = 60
LONGEST_S: Final = 7 * 86400.0
TIMER: Final = Device(
    id="timer",
    name="Timer",
    kind=Kind.TIMER,
    aliases=("计时器",),
    arguments={
        "length_s": Number(1, LONGEST_S, "s"),
        "called": Text(LONGEST_NAME),
        "room": Text(LONGEST_NAME),
    },
    via="timer",
)


class TimerDriver:
    """Rings: the state's `rang` is what rang last, `rang_at` when, in seconds since the epoch."""

    def __init__(self, host: Host) -> None:
        self._host = host

    async def run(self) -> None:
        """Announce the timer, and wait."""
        self._host.attached(TIMER)
        self._host.report(TIMER.id, {"rang": "", "rang_at": 0})
        await asyncio.Event().wait()

    async def apply(self, action: Action) -> Outcome:
        """Ring, and say for what: its name, else how long it ran."""
        arguments = action.arguments
        named = clean(str(arguments.get("called", "")), LONGEST_NAME)
        state: State = {
            "rang": named or f"{arguments['length_s']:g} s",
            "rang_at": round(time.time(), 3),
            "room": arguments.get("room", ""),
        }
        self._host.report(TIMER.id, state)
        return Outcome(Status.DONE, state)

    def halt(self) -> None:
        """Nothing here moves."""

    def close(self) -> None:
        """There is no wire to let go of."""
