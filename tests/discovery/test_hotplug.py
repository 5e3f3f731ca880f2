"""Hot-plug against umockdev: real libudev, libusb, pyserial and pyudev, with mocked sockets."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

REPO = Path(__file__).resolve().parents[2]
DEADLINE_S = 15.0
BY_PATH = "/dev/serial/by-path/pci-0000:00:14.0-usb-0:3:1.0"
pytestmark = pytest.mark.needs("umockdev")
Said = dict[str, Any]


class Machine:
    """The other side of `tests.peers.mock_machine`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines: queue.Queue[Said] = queue.Queue()
        self.all: list[Said] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def plug(self, name: str) -> None:
        self._tell(f"plug {name}")

    def unplug(self, name: str) -> None:
        self._tell(f"unplug {name}")

    def expect(self, **wanted: str) -> Said:
        """Return the next line that has all of `wanted`."""
        deadline = time.monotonic() + DEADLINE_S
        while True:
            try:
                said = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"nothing like {wanted}; said: {self.all}") from None
            self.all.append(said)
            if wanted.items() <= said.items():
                return said

    def finish(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._reader.join(DEADLINE_S)
        while not self._lines.empty():
            self.all.append(self._lines.get())

    def _tell(self, command: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(json.loads(line))


@contextmanager
def machine(control: Path, **settings: object) -> Iterator[Machine]:
    command = ["umockdev-wrapper", sys.executable, "-m", "tests.peers.mock_machine"]
    with (
        TemporaryDirectory() as left_behind,  # umockdev does not clear its testbed away
        subprocess.Popen(
            [*command, json.dumps(settings), str(control)],
            cwd=REPO,
            env={**os.environ, "TMPDIR": left_behind},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        running = Machine(process)
        try:
            running.expect(change="watching")
            yield running
        finally:
            running.finish()
            process.wait(DEADLINE_S)
    assert process.returncode == 0


def said_to_be_opened(running: Machine) -> list[str]:
    return [str(each) for said in running.all for key, each in said.items() if "open" in key]


def test_a_board_is_seen_when_plugged_in_and_gone_when_unplugged(tmp_path: Path) -> None:
    with machine(tmp_path) as running:
        running.plug("maestro")
        seen = running.expect(change="seen", spec="pololu-maestro", basis="id")
        assert seen["node"] == "/dev/ttyACM1"
        assert seen["driver"] == "cdc_acm"
        running.unplug("maestro")
        assert running.expect(change="gone")["port"] == seen["port"]
    assert said_to_be_opened(running) == []


def test_a_bridge_is_named_and_pinned_by_path_and_never_opened(tmp_path: Path) -> None:
    with machine(tmp_path) as running:
        running.plug("ch340")
        seen = running.expect(change="seen", path=BY_PATH)
        assert (seen["basis"], seen["spec"]) == ("bridge", "")
        assert seen["reason"].startswith("VID/PID 1a86:7523 names only a bridge chip (CH340")
        assert seen["path"] in seen["reason"]
        running.unplug("ch340")
        running.expect(change="gone")
    assert said_to_be_opened(running) == []


def test_a_radio_is_never_opened_even_where_probing_is_allowed(tmp_path: Path) -> None:
    with machine(tmp_path, auto_probe=True) as running:
        running.plug("conbee")
        running.expect(change="seen", basis="radio")
        running.plug("ch340")
        assert running.expect(asked_to_open="/dev/ttyUSB0")
        running.unplug("conbee")
        assert running.expect(change="gone")["usb_id"] == "1cf1:0030"
    assert set(said_to_be_opened(running)) == {"/dev/ttyUSB0"}


def test_a_coral_that_takes_its_firmware_stays_one_device(tmp_path: Path) -> None:
    with machine(tmp_path) as running:
        running.plug("coral_dfu")
        before = running.expect(change="seen")
        assert (before["spec"], before["state"]) == ("coral-usb", "dfu")
        running.unplug("coral_dfu")
        running.plug("coral_app")
        after = running.expect(change="seen")
        assert (after["spec"], after["state"]) == ("coral-usb", "app")
        assert after["port"] == before["port"]
        assert after["before"]
    assert not [each for each in running.all if each.get("change") == "gone"]


def test_a_stick_that_shares_its_booted_id_is_told_by_what_it_was(tmp_path: Path) -> None:
    with machine(tmp_path) as running:
        running.plug("myriad_1_dfu")
        assert running.expect(change="seen")["spec"] == "movidius-ncs1"
        running.unplug("myriad_1_dfu")
        running.plug("myriad_1_app")
        assert running.expect(change="seen")["spec"] == "movidius-ncs1"


def test_a_pin_wins_and_a_device_in_dfu_is_left_alone(tmp_path: Path) -> None:
    with machine(tmp_path, pins=[{"path": BY_PATH, "device": "pololu-maestro"}]) as running:
        running.plug("ch340")
        assert running.expect(change="seen", basis="pin")["spec"] == "pololu-maestro"
        running.plug("stm32_dfu")
        running.expect(change="seen", basis="never-use")


def test_without_udev_the_ports_are_polled(tmp_path: Path) -> None:
    with machine(tmp_path / "no-udev", poll_s=0.2) as running:
        running.plug("maestro")
        assert running.expect(change="seen")["spec"] == "pololu-maestro"
        running.unplug("maestro")
        running.expect(change="gone")


def test_a_board_whose_driver_is_not_loaded_is_seen_without_a_tty(tmp_path: Path) -> None:
    with machine(tmp_path) as running:
        running.plug("ch340_without_driver")
        seen = running.expect(change="seen")
        assert seen["node"] == "/dev/bus/usb/001/006"
        assert seen["basis"] == "bridge"
