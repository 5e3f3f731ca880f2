"""One look at what is plugged in: the machine's lists, with the strings read from sysfs.

Strings come from sysfs, where the kernel put them when the device was plugged in: reading them
opens no device. Ports without a tty are listed by libusb, which does not open them either. A
device whose ids cannot be read is on its way in or out, and counts as not there.
"""

from __future__ import annotations

import grp
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from agentd.catalogue.port import Port
from agentd.errors import LinkError
from agentd.transport import listing
from agentd.transport.listing import UsbDevice

HUB = "09"
INTERFACE = re.compile(r"\d+-[\d.]+:\d+\.\d+")
PEER = re.compile(r"(?:usb(?P<bus>\d+)|(?P<hub>\d+-[\d.]+))-port(?P<port>\d+)")


@dataclass(frozen=True, slots=True)
class Roots:
    """Where sysfs and the device nodes are; other folders in tests."""

    sys: Path = field(default=Path("/sys"))
    dev: Path = field(default=Path("/dev"))


@dataclass(frozen=True, slots=True)
class Look:
    """The ports seen in one look, and what kept us from seeing more."""

    ports: tuple[Port, ...]
    problem: str = ""


def scan(pinned: Iterable[str] = (), roots: Roots | None = None) -> Look:
    """Look at what is plugged in now, in a stable order.

    A pinned path that no list shows (a pty, a symlink, a tty of the board itself) is a port of its
    own as long as it exists. Without libusb the ttys are still seen, and `problem` says what is
    not. Takes milliseconds and reads files: call it off the event loop.
    """
    try:
        usb, problem = listing.usb_devices(), ""
    except LinkError as error:
        usb, problem = [], error.line()
    found = ports(listing.ttys(), usb, tuple(pinned), roots or Roots())
    return Look(tuple(found), problem)


def ports(
    ttys: Sequence[str], usb: Sequence[UsbDevice], pinned: Sequence[str], roots: Roots
) -> list[Port]:
    """Return the ports for what was listed; reads only below `roots` and the pinned paths."""
    links = _links(roots.dev)
    found = [port for path in ttys if (port := _tty(Path(path), links, roots)) is not None]
    with_tty = {port.interface.split(":")[0] for port in found if port.interface}
    found += [
        port
        for each in usb
        if each.place not in with_tty and (port := _usb(each, roots)) is not None
    ]
    found = [_with_pins(port, pinned) for port in found]
    known = {name for port in found for name in port.names}
    return found + [_pinned(path) for path in pinned if path not in known and Path(path).exists()]


def _with_pins(port: Port, pinned: Sequence[str]) -> Port:
    """Return `port` with the pinned symlinks of the owner's own making that lead to it."""
    own = tuple(
        path
        for path in pinned
        if path not in port.names and port.node and os.path.realpath(path) == port.node
    )
    return replace(port, links=port.links + own) if own else port


def _tty(path: Path, links: dict[str, tuple[str, ...]], roots: Roots) -> Port | None:
    device = roots.sys / "class/tty" / path.name / "device"
    port = Port(id=f"tty:{path.name}", subsystem="tty", links=links.get(path.name, ()))
    port = _on_node(replace(port, instance=path.name), path)
    interface = next((up for up in _up(device) if INTERFACE.fullmatch(up.name)), None)
    if interface is None:
        return port
    port = _on_usb(port, interface.parent)
    if not port.vid:
        return None
    return replace(
        port,
        id=f"usb:{port.place}:{interface.name.split(':')[1]}",
        interface=interface.name,
        driver=_link(interface / "driver"),
    )


def _usb(listed: UsbDevice, roots: Roots) -> Port | None:
    usb = roots.sys / "bus/usb/devices" / listed.place
    if not usb.is_dir() or _read(usb / "bDeviceClass") == HUB:
        return None
    port = _on_usb(Port(id="", subsystem="usb"), usb)
    if not port.vid:
        return None
    node = roots.dev / f"bus/usb/{listed.bus:03d}/{listed.address:03d}"
    return _on_node(replace(port, id=f"usb:{port.place}"), node)


def _pinned(path: str) -> Port:
    """Return the port for a path only the owner knows; a new symlink is a new plugging in."""
    made = Path(path).lstat().st_ctime_ns if Path(path).is_symlink() else 0
    instance = f"{os.path.realpath(path)}@{made}"
    return _on_node(Port(id=f"path:{path}", subsystem="tty", instance=instance), Path(path))


def _on_usb(port: Port, usb: Path) -> Port:
    """Add what the kernel says about the device in the sysfs folder `usb`."""
    return replace(
        port,
        vid=_read(usb / "idVendor"),
        pid=_read(usb / "idProduct"),
        serial=_read(usb / "serial"),
        manufacturer=_read(usb / "manufacturer"),
        product=_read(usb / "product"),
        place=_place(usb),
        instance=f"{_read(usb / 'busnum')}/{_read(usb / 'devnum')}",
    )


def _on_node(port: Port, path: Path) -> Port:
    """Add the node's path, its group and whether this process may open it."""
    allowed = os.access(path, os.R_OK | os.W_OK)
    return replace(port, node=str(path), allowed=allowed, group=_group(path))


def _group(path: Path) -> str:
    try:
        number = path.stat().st_gid
    except OSError:
        return ""
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _place(usb: Path) -> str:
    """Return the name of the physical socket.

    A USB 3 socket is two ports to the kernel; a stick that starts at high speed and comes back at
    SuperSpeed changes from one to the other. Both are named after the first of the two.
    """
    peer = PEER.fullmatch(_link(usb / "port" / "peer"))
    if not peer:
        return usb.name
    other = f"{peer['bus']}-{peer['port']}" if peer["bus"] else f"{peer['hub']}.{peer['port']}"
    return min(usb.name, other)


def _links(dev: Path) -> dict[str, tuple[str, ...]]:
    """Return the by-id and by-path names of each tty, in a stable order."""
    found: dict[str, tuple[str, ...]] = {}
    for link in sorted((dev / "serial").glob("by-*/*")):
        name = link.readlink().name
        found[name] = (*found.get(name, ()), str(link))
    return found


def _up(path: Path) -> Iterator[Path]:
    real = Path(os.path.realpath(path))
    return iter((real, *real.parents))


def _link(path: Path) -> str:
    try:
        return path.readlink().name
    except OSError:
        return ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
