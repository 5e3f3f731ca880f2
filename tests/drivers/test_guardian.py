"""The guardian against a real parent process, a real pty and a real SIGKILL."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentd.drivers.guardian import Guardian

EVERY_BYTE = bytes(range(256))
PARENT = """
import sys, time
from agentd.drivers.guardian import Guardian

class Wire:
    def __init__(self, descriptor):
        self.descriptor = descriptor

    def fileno(self):
        return self.descriptor

guardians = [Guardian(Wire(0), bytes(range(256))), Guardian(Wire(2), b"the other")]
print(*(guardian.pid for guardian in guardians), flush=True)
time.sleep(60)
"""


class Wire:
    """Both ends of a raw pty: the device's and the host's."""

    def __init__(self) -> None:
        self.device, self.host = pty.openpty()
        tty.setraw(self.host)
        os.set_blocking(self.host, False)

    def fileno(self) -> int:
        return self.host

    def read(self, count: int, deadline_s: float = 10) -> bytes:
        """Return what the device hears: `count` bytes, or what came until the deadline."""
        data, end = b"", time.monotonic() + deadline_s
        while len(data) < count and (left := end - time.monotonic()) > 0:
            if select.select([self.device], [], [], left)[0]:
                data += os.read(self.device, 4096)
        return data

    def close(self) -> None:
        os.close(self.device)
        os.close(self.host)


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.close()


other_wire = wire


def gone(pid: int) -> bool:
    """Whether the process ended (as nobody's child it may linger as a zombie)."""
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] == "Z"


def test_a_parent_killed_with_sigkill_leaves_the_stop_bytes_on_each_wire(
    wire: Wire, other_wire: Wire
) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdin=wire.host,
        stdout=subprocess.PIPE,
        stderr=other_wire.host,
        text=True,
    )
    assert parent.stdout is not None
    guardians = [int(pid) for pid in parent.stdout.readline().split()]
    parent.send_signal(signal.SIGKILL)
    assert parent.wait() == -signal.SIGKILL
    parent.stdout.close()
    assert wire.read(len(EVERY_BYTE)) == EVERY_BYTE
    assert other_wire.read(9) == b"the other"
    end = time.monotonic() + 10
    while not all(map(gone, guardians)) and time.monotonic() < end:
        time.sleep(0.01)
    assert all(map(gone, guardians))


def test_a_dismissed_guardian_writes_nothing_and_is_gone(wire: Wire) -> None:
    guardian = Guardian(wire, EVERY_BYTE)
    assert guardian.alive
    guardian.dismiss()
    guardian.dismiss()
    assert not guardian.alive
    assert wire.read(1, deadline_s=0.2) == b""


def test_signals_to_the_whole_group_do_not_end_the_watch(wire: Wire) -> None:
    guardian = Guardian(wire, b"stop")
    os.write(wire.host, b"ready?")
    assert wire.read(6) == b"ready?"
    wait_until_ignoring(guardian.pid)
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGABRT, signal.SIGTERM):
        os.kill(guardian.pid, number)
    assert guardian.alive
    guardian.dismiss()


def test_a_guardian_that_was_killed_itself_is_seen_to_be_gone(wire: Wire) -> None:
    guardian = Guardian(wire, b"stop")
    os.kill(guardian.pid, signal.SIGKILL)
    end = time.monotonic() + 10
    while guardian.alive and time.monotonic() < end:
        time.sleep(0.01)
    assert not guardian.alive
    guardian.dismiss()


def test_a_guardian_costs_under_three_megabytes(wire: Wire) -> None:
    guardian = Guardian(wire, b"stop")
    wait_until_ignoring(guardian.pid)
    status = Path(f"/proc/{guardian.pid}/status").read_text()
    resident_kb = int(status.split("VmRSS:")[1].split()[0])
    guardian.dismiss()
    assert resident_kb < 3072


def wait_until_ignoring(pid: int) -> None:
    """Wait until the shell has set its traps."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        status = Path(f"/proc/{pid}/status").read_text()
        if int(status.split("SigIgn:")[1].split()[0], 16) & 1 << signal.SIGTERM - 1:
            return
        time.sleep(0.01)
    raise AssertionError("the guardian never set its traps")
