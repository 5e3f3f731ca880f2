"""An Arduino Uno in simavr running real StandardFirmata, and what its pins really do.

The simulator may be slower than real time: wait for what should happen, never for how long.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.peers import build, fetch_firmware

PATIENCE_S = 30.0


@dataclass(frozen=True)
class PinNow:
    """One pin as the simulator measures it; `pulse_us` and `duty_pct` from its edges."""

    driven: bool
    level: bool
    pulse_us: float
    duty_pct: float


class Uno:
    """A running simulator. Create it with `plugged_in`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.port: str = self._line()["port"]
        while not self.sent():
            time.sleep(0.02)

    def pin(self, number: int) -> PinNow:
        """Return what the pin does now. D0 is 0, A0 is 14."""
        driven, level, pulse_us, duty_pct = self._ask("pins")["pins"][number]
        return PinNow(bool(driven), bool(level), pulse_us, duty_pct)

    def sent(self) -> int:
        """Return how many bytes the firmware has sent so far."""
        sent: int = self._ask("pins")["sent"]
        return sent

    def voltage(self, channel: int, millivolts: int) -> None:
        """Put a voltage on an analog input."""
        self._ask(f"adc {channel} {millivolts}")

    def inject(self, data: bytes) -> None:
        """Let the host receive bytes that the firmware never sent."""
        self._ask(f"inject {data.hex()}")

    def press_reset(self) -> None:
        """Restart the program."""
        self._ask("reset")

    def unplug(self) -> None:
        """Take the board away without a word."""
        self._process.kill()
        self._process.wait()

    def _ask(self, command: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        answer = self._line()
        assert "error" not in answer, answer
        return answer

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the simulator ended"
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def plugged_in() -> Iterator[Uno]:
    """Run a simulator until the context ends. Yields once the firmware has said hello."""
    try:
        firmware = fetch_firmware.standard_firmata()
    except fetch_firmware.UnavailableError as error:
        pytest.skip(str(error))
    command = [str(build.simavr_uno()), str(firmware)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Uno(process)
        finally:
            process.kill()


def seen(condition: Callable[[], bool]) -> bool:
    """Wait until `condition` holds; False when it never does."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
