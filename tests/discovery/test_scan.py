"""Looking at machines made of folders: sysfs and /dev below a root of our own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agentd.discovery import scan
from agentd.discovery.scan import Roots, ports
from agentd.errors import LinkError
from agentd.transport.listing import UsbDevice
from tests.peers.gadgets import CH340, CORAL_APP, CORAL_DFU, MAESTRO, UNO, Gadget


def look(root: Path, *gadgets: Gadget, pinned: tuple[str, ...] = ()) -> list[scan.Port]:
    for gadget in gadgets:
        gadget.write_sysfs(root)
    ttys = [str(root / "dev" / gadget.tty) for gadget in gadgets if gadget.tty]
    usb = [UsbDevice(gadget.place, 1, gadget.devnum) for gadget in gadgets]
    return ports(ttys, usb, pinned, Roots(root / "sys", root / "dev"))


def test_a_board_with_a_tty_is_one_port_with_its_strings(tmp_path: Path) -> None:
    (port,) = look(tmp_path, UNO)
    assert port.id == "usb:1-1:1.0"
    assert port.node == str(tmp_path / "dev/ttyACM0")
    assert (port.usb_id, port.serial, port.product) == ("2341:0043", "8543", "Arduino Uno")
    assert port.manufacturer == "Arduino (www.arduino.cc)"
    assert (port.driver, port.interface, port.place) == ("cdc_acm", "1-1:1.0", "1-1")
    assert port.instance == "1/4"


def test_a_usb_serial_adapter_is_found_behind_its_port_folder(tmp_path: Path) -> None:
    (port,) = look(tmp_path, CH340)
    assert (port.usb_id, port.driver, port.id) == ("1a86:7523", "ch341", "usb:1-3:1.0")


def test_the_path_to_pin_is_by_id_only_when_the_serial_is_its_own(tmp_path: Path) -> None:
    board, adapter = look(tmp_path, UNO, CH340)
    assert board.stable_path == str(tmp_path / "dev/serial/by-id/usb-Arduino_Uno_8543-if00")
    assert adapter.stable_path.startswith(str(tmp_path / "dev/serial/by-path/"))
    factory = replace(board, serial="0001")
    assert factory.stable_path.startswith(str(tmp_path / "dev/serial/by-path/"))


def test_a_stick_without_a_tty_is_a_port_named_after_its_socket(tmp_path: Path) -> None:
    (before,) = look(tmp_path / "before", CORAL_DFU)
    (after,) = look(tmp_path / "after", CORAL_APP)
    assert before.id == after.id == "usb:1-4"
    assert (before.usb_id, after.usb_id) == ("1a6e:089a", "18d1:9302")
    assert before.node.endswith("/dev/bus/usb/001/007")
    assert before.instance != after.instance


def test_hubs_are_not_ports(tmp_path: Path) -> None:
    CORAL_APP.write_sysfs(tmp_path)
    (tmp_path / "sys/bus/usb/devices/1-4/bDeviceClass").write_text("09\n")
    usb = [UsbDevice("1-4", 1, 8), UsbDevice("9-9", 9, 9)]
    assert ports([], usb, (), Roots(tmp_path / "sys", tmp_path / "dev")) == []


def test_a_device_on_its_way_in_or_out_is_not_there(tmp_path: Path) -> None:
    look(tmp_path, UNO, CORAL_APP)
    for place in ("1-1", "1-4"):
        (tmp_path / "sys/bus/usb/devices" / place / "idVendor").unlink()
    usb = [UsbDevice("1-4", 1, 8)]
    ttys = [str(tmp_path / "dev/ttyACM0")]
    assert ports(ttys, usb, (), Roots(tmp_path / "sys", tmp_path / "dev")) == []


def test_a_usb3_socket_is_one_place_on_both_of_its_buses(tmp_path: Path) -> None:
    (slow,) = look(tmp_path, CORAL_DFU)
    usb = tmp_path / "sys" / CORAL_APP.path.lstrip("/")
    fast = usb.with_name("2-4")
    usb.rename(fast)
    (fast / "port").mkdir()
    (fast / "port/peer").symlink_to("../../usb1/1-0:1.0/usb1-port4")
    (tmp_path / "sys/bus/usb/devices/2-4").symlink_to(usb.parent / "2-4")
    (port,) = ports([], [UsbDevice("2-4", 2, 3)], (), Roots(tmp_path / "sys", tmp_path / "dev"))
    assert port.id == slow.id == "usb:1-4"


@pytest.mark.parametrize(
    ("peer", "place"),
    [("usb1-port4", "1-4"), ("1-1-port2", "1-1.2"), ("1-1.3-port4", "1-1.3.4"), ("x", "2-9")],
)
def test_peers_are_read_as_the_kernel_names_them(tmp_path: Path, peer: str, place: str) -> None:
    usb = tmp_path / "2-9"
    (usb / "port").mkdir(parents=True)
    (usb / "port/peer").symlink_to(f"../elsewhere/{peer}")
    assert scan._place(usb) == place


def test_a_pinned_pty_is_a_port_as_long_as_it_exists(tmp_path: Path) -> None:
    target = tmp_path / "pts"
    target.touch()
    link = tmp_path / "rover"
    assert look(tmp_path / "m1", pinned=(str(link),)) == []
    link.symlink_to(target)
    (port,) = look(tmp_path / "m2", pinned=(str(link),))
    assert (port.id, port.node, port.usb_id) == (f"path:{link}", str(link), "")
    link.unlink()
    target.touch()
    link.symlink_to(target)
    (again,) = look(tmp_path / "m3", pinned=(str(link),))
    assert again.instance != port.instance


def test_a_pin_through_the_owners_own_symlink_is_the_same_port(tmp_path: Path) -> None:
    link = tmp_path / "my-arduino"
    link.symlink_to(tmp_path / "dev/ttyACM0")
    (port,) = look(tmp_path, UNO, pinned=(str(link),))
    assert str(link) in port.names


def test_two_boards_are_told_apart_and_keep_their_order(tmp_path: Path) -> None:
    assert [port.product for port in look(tmp_path, UNO, MAESTRO)] == [
        "Arduino Uno",
        "Maestro 6-Channel",
    ]


def test_a_port_of_the_board_itself_has_no_ids(tmp_path: Path) -> None:
    uart = tmp_path / "sys/devices/platform/serial0"
    uart.mkdir(parents=True)
    tty = tmp_path / "sys/class/tty/ttyAMA0"
    tty.mkdir(parents=True)
    (tty / "device").symlink_to(uart)
    (port,) = ports(["/dev/ttyAMA0"], [], (), Roots(tmp_path / "sys", tmp_path / "dev"))
    assert (port.id, port.usb_id, port.allowed) == ("tty:ttyAMA0", "", False)


def test_without_libusb_the_ttys_are_seen_and_the_lack_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    UNO.write_sysfs(tmp_path)

    def missing() -> list[UsbDevice]:
        raise LinkError("libusb cannot be used.", hint="apt-get install -y libusb-1.0-0.")

    monkeypatch.setattr(scan.listing, "usb_devices", missing)
    monkeypatch.setattr(scan.listing, "ttys", lambda: [str(tmp_path / "dev/ttyACM0")])
    seen = scan.scan((), Roots(tmp_path / "sys", tmp_path / "dev"))
    assert [port.product for port in seen.ports] == ["Arduino Uno"]
    assert "libusb-1.0-0" in seen.problem
