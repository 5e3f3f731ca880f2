"""A port: one thing plugged in, as the kernel shows it. Nothing was opened to learn this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FACTORY_SERIALS = frozenset({"", "0001", "0000", "1", "0", "0123456789ABCDEF", "00000000050C"})
"""Serial numbers that many units share, so that they tell no two apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A tty, or a USB device without one.

    `id` names the physical socket, so it stays the same when a stick changes its VID/PID or a
    board gets another tty number. `instance` changes with every plugging in. `place` is the USB
    path (`1-1.2`), `interface` the USB interface behind a tty (`1-1.2:1.0`). `links` are the
    stable names that lead to `node`. `allowed` says whether this process may open `node`;
    `group` owns it.
    """

    id: str
    subsystem: Literal["tty", "usb"]
    node: str = ""
    vid: str = ""
    pid: str = ""
    serial: str = ""
    manufacturer: str = ""
    product: str = ""
    place: str = ""
    interface: str = ""
    driver: str = ""
    links: tuple[str, ...] = ()
    instance: str = ""
    allowed: bool = True
    group: str = ""

    @property
    def usb_id(self) -> str:
        """`vid:pid`, or nothing for a port that is not USB."""
        return f"{self.vid}:{self.pid}" if self.vid else ""

    @property
    def names(self) -> tuple[str, ...]:
        """Every path that leads here."""
        return (self.node, *self.links)

    @property
    def has_own_serial(self) -> bool:
        """Whether the serial number tells this unit from its twins."""
        return self.serial not in FACTORY_SERIALS

    @property
    def stable_path(self) -> str:
        """The path to pin: by-id when the serial number is its own, else by-path, else `node`."""
        order = ("by-id", "by-path") if self.has_own_serial else ("by-path",)
        for kind in order:
            for link in self.links:
                if f"/{kind}/" in link:
                    return link
        return self.node
