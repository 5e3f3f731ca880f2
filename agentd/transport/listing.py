"""What the machine lists: pyserial's ports and libusb's devices. Nothing is opened."""

from __future__ import annotations

from dataclasses import dataclass

import usb.core
from serial.tools import list_ports

from agentd.errors import LinkError


@dataclass(frozen=True, slots=True)
class UsbDevice:
    """A USB device: where it sits (`1-1.2`) and its node's numbers (bus, address)."""

    place: str
    bus: int
    address: int


def ttys() -> list[str]:
    """Return the paths of the serial ports that have hardware behind them."""
    return sorted(port.device for port in list_ports.comports())


def usb_devices() -> list[UsbDevice]:
    """Return the USB devices, root hubs left out. Raises `LinkError` when libusb is missing."""
    try:
        found = list(usb.core.find(find_all=True))
    except usb.core.NoBackendError as error:
        hint = "apt-get install -y libusb-1.0-0 (in a sandbox: it needs AF_NETLINK)."
        raise LinkError("libusb cannot be used.", hint=hint) from error
    return sorted(
        (
            UsbDevice(f"{each.bus}-{'.'.join(map(str, each.port_numbers))}", each.bus, each.address)
            for each in found
            if each.port_numbers
        ),
        key=lambda each: each.place,
    )
