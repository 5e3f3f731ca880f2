"""What `agentd devices` says: what it is, why, what is missing and the exact cure."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from agentd import catalogue
from agentd.catalogue.match import identify
from agentd.catalogue.port import Port
from agentd.config import Pin
from agentd.discovery.book import Gone, Seen, Sighting
from agentd.discovery.describe import Row, as_json, as_text, describe, event, row
from agentd.events import PortGone, PortSeen
from agentd.inference.accelerators import readiness_of

SHIPPED = catalogue.load()
TTY = Port(
    id="usb:1-1:1.0",
    subsystem="tty",
    node="/dev/ttyUSB0",
    vid="1a86",
    pid="7523",
    group="dialout",
    links=("/dev/serial/by-path/p",),
)
STICK = Port(id="usb:1-4", subsystem="usb", node="/dev/bus/usb/001/007", vid="1a6e", pid="089a")


def sight(port: Port, *pins: Pin) -> Sighting:
    return Sighting(port, identify(port, SHIPPED, pins))


def said(port: Port) -> Row:
    return row(sight(port), readiness_of, user="pi")


@pytest.mark.parametrize(
    ("port", "state"),
    [
        (TTY, "needs-pin"),
        (replace(TTY, vid="1ffb", pid="0089"), "no-driver"),
        (replace(TTY, vid="1cf1", pid="0030", product="ConBee II"), "left-alone"),
        (replace(TTY, vid="0483", pid="df11"), "left-alone"),
        (replace(TTY, vid="dead", pid="beef"), "unknown"),
        (replace(TTY, allowed=False), "no-permission"),
        (replace(TTY, subsystem="usb"), "no-tty"),
        (STICK, "needs-runtime"),
        (replace(STICK, vid="03e7", pid="2150"), "unsupported"),
    ],
)
def test_every_state_is_said(port: Port, state: str) -> None:
    assert said(port).state == state


def test_a_missing_tty_names_the_kernel_module() -> None:
    (missing,) = said(replace(TTY, subsystem="usb")).missing
    assert missing.fix == "sudo modprobe ch341"


def test_a_missing_permission_names_the_group_that_owns_it() -> None:
    (missing,) = said(replace(TTY, allowed=False, group="plugdev")).missing
    assert missing.what == "no permission: /dev/ttyUSB0 belongs to the group plugdev"
    assert missing.fix == "sudo usermod -aG plugdev pi, then log in again"


def test_a_node_of_roots_alone_needs_the_rules() -> None:
    (missing, _) = said(replace(STICK, allowed=False, group="root")).missing
    assert "python3 -m agentd.catalogue.udev | sudo tee /etc/udev/rules.d/70-agentd.rules" in (
        missing.fix
    )
    assert "usermod -aG agentd pi" in missing.fix


def test_a_stick_says_what_runtime_it_lacks_and_the_next_step() -> None:
    stick = said(STICK)
    assert stick.name == "Google Coral USB Accelerator (Edge TPU) (dfu)"
    (missing,) = stick.missing
    assert "tflite_runtime" in missing.what and "libedgetpu.so.1" in missing.what
    assert missing.fix.startswith("Install Google's libedgetpu")


def test_a_radio_lacks_nothing() -> None:
    radio = replace(TTY, vid="1cf1", pid="0030", product="ConBee II", allowed=False)
    assert said(radio).missing == ()


def test_the_table_shows_the_reason_and_the_cure_below_each_line() -> None:
    rows = describe([sight(TTY), sight(replace(STICK, allowed=True))], readiness_of, user="pi")
    lines = as_text(rows).splitlines()
    assert lines[0].split() == ["PORT", "USB", "ID", "STATE", "WHAT", "IT", "IS"]
    assert lines[1].startswith("/dev/serial/by-path/p  1a86:7523  needs-pin")
    assert lines[2].startswith("    why: VID/PID 1a86:7523 names only a bridge chip")
    assert lines[-1].startswith("    fix: Install")
    assert as_text(()) == "Nothing is plugged in that could be a robot or an AI stick."


def test_the_json_holds_the_same() -> None:
    (only,) = json.loads(as_json([said(TTY)]))
    assert only["usb_id"] == "1a86:7523"
    assert only["basis"] == "bridge"
    assert only["missing"] == []


def test_changes_become_events() -> None:
    seen = event(Seen(sight(TTY)), readiness_of)
    assert isinstance(seen, PortSeen)
    assert (seen.port, seen.state) == ("usb:1-1:1.0", "needs-pin")
    assert json.loads(seen.what)["path"] == "/dev/serial/by-path/p"
    gone = event(Gone(sight(TTY)), readiness_of)
    assert isinstance(gone, PortGone) and gone.port == "usb:1-1:1.0"
