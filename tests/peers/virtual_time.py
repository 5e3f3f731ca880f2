"""An event loop whose clock jumps over waiting, while descriptors stay real.

The kernel carries bytes through a pseudo-terminal in a worker of its own, when it gets to it. So
before each jump a byte is sent through a pseudo-terminal of ours: once it is there, what was
written earlier is there too, however busy the machine is.
"""

from __future__ import annotations

import asyncio
import os
import select
import selectors
import tty
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self._here, self._there = os.openpty()
        tty.setraw(self._there)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        self._let_the_kernel_catch_up()
        ready = super().select(0)
        if not ready:
            self.now += timeout
        return ready

    def close(self) -> None:
        super().close()
        os.close(self._here)
        os.close(self._there)

    def _let_the_kernel_catch_up(self) -> None:
        for sender, receiver in ((self._here, self._there), (self._there, self._here)):
            os.write(sender, b".")
            select.select([receiver], [], [], 10)
            os.read(receiver, 1)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def run_in_virtual_time(scenario: Coroutine[Any, Any, Result]) -> Result:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(scenario)
