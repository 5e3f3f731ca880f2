"""An event loop whose turns stay short, however much arrives: a stop waits for no crowd.

asyncio serves everything that is ready before it looks again, so with hundreds of chats under
way each of the few turns that a stop needs takes as long as hundreds of chats do. Here what
streams in from other servers can wait, what takes milliseconds has a turn of its own, other
threads give the interpreter back soon, and garbage is looked for between the turns.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Iterator
from typing import Final
from weakref import WeakKeyDictionary

from agentd.pace.selector import PatientSelector
from agentd.pace.sweeper import Sweeper
from agentd.pace.turnstile import Turnstile

SWITCH_S: Final = 0.0001
"""How long another thread may hold the interpreter while the loop wants it. A turn wants it again
after each of its system calls; CPython's own 5 ms would be many times a turn."""

_turnstiles: WeakKeyDictionary[asyncio.AbstractEventLoop, Turnstile] = WeakKeyDictionary()


class PacedLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop over a `PatientSelector`."""

    def __init__(self) -> None:
        self.sweeper = Sweeper()
        self.selector = PatientSelector(self.sweeper.sweep)
        super().__init__(self.selector)

    def close(self) -> None:
        """As asyncio's own."""
        self.sweeper.stop()
        super().close()


def new_loop() -> PacedLoop:
    """Return the daemon's event loop; threads hand over the interpreter sooner from now on."""
    sys.setswitchinterval(SWITCH_S)
    return PacedLoop()


def settle() -> None:
    """Look for garbage between the turns from now on, and never in what was made so far.

    On another loop than ours it changes nothing.
    """
    loop = asyncio.get_running_loop()
    if isinstance(loop, PacedLoop):
        loop.sweeper.start()


@contextlib.contextmanager
def patient(fd: int) -> Iterator[None]:
    """Let what comes in on the socket `fd` wait for everything else while the context is open.

    On another loop than ours it changes nothing.
    """
    loop = asyncio.get_running_loop()
    if not isinstance(loop, PacedLoop) or fd < 0:
        yield
        return
    loop.selector.let_wait(fd)
    try:
        yield
    finally:
        loop.selector.hurry(fd)


async def own_turn() -> None:
    """Wait for a turn of the loop in which nothing else does that takes milliseconds."""
    loop = asyncio.get_running_loop()
    turnstile = _turnstiles.get(loop)
    if turnstile is None:
        turnstile = _turnstiles[loop] = Turnstile()
    await turnstile.enter()
