"""USB gadgets as a kernel shows them: for umockdev's testbed, and as sysfs folders below a root."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HUB = "/devices/pci0000:00/0000:00:14.0/usb1"
ROOT_HUB = f"""\
P: {HUB}
N: bus/usb/001/001
E: SUBSYSTEM=usb
E: DEVNAME=/dev/bus/usb/001/001
E: DEVTYPE=usb_device
A: idVendor=1d6b
A: idProduct=0002
A: busnum=1
A: devnum=1
A: bDeviceClass=09
A: speed=480
A: bConfigurationValue=1
H: descriptors=12010002090000406b1d0200060603020101
"""


@dataclass(frozen=True)
class Gadget:
    """One thing that can be plugged into a socket of the first USB bus."""

    place: str
    devnum: int
    vid: str
    pid: str
    manufacturer: str = ""
    product: str = ""
    serial: str = ""
    tty: str = ""
    driver: str = ""

    @property
    def path(self) -> str:
        return f"{HUB}/{self.place}"

    @property
    def interface(self) -> str:
        return f"{self.path}/{self.place}:1.0"

    @property
    def tty_path(self) -> str:
        port = f"/{self.tty}" if self.tty.startswith("ttyUSB") else ""
        return f"{self.interface}{port}/tty/{self.tty}"

    @property
    def attributes(self) -> dict[str, str]:
        """The sysfs files, the vendor's id last: once it is there, everything is."""
        strings = {
            "manufacturer": self.manufacturer,
            "product": self.product,
            "serial": self.serial,
        }
        first = {name: text for name, text in strings.items() if text}
        return first | {
            "busnum": "1",
            "devnum": str(self.devnum),
            "bDeviceClass": "00",
            "bNumInterfaces": " 1",
            "bConfigurationValue": "1",
            "speed": "12",
            "idProduct": self.pid,
            "idVendor": self.vid,
        }

    @property
    def links(self) -> tuple[str, ...]:
        serial = f"_{self.serial}" if self.serial else ""
        by_id = "_".join(self.product.split()) or self.vid
        return (
            f"serial/by-id/usb-{by_id}{serial}-if00",
            f"serial/by-path/pci-0000:00:14.0-usb-0:{self.place[2:]}:1.0",
        )

    def descriptors(self) -> str:
        """Return the device and configuration descriptors in hex; libusb parses them."""
        vid, pid = (bytes.fromhex(each)[::-1] for each in (self.vid, self.pid))
        device = bytes.fromhex("12010002" + "00000040") + vid + pid + bytes.fromhex("000101020301")
        configuration = bytes.fromhex("090212000101008032" + "0904000000ff000000")
        return (device + configuration).hex()

    def umockdev(self) -> str:
        """Return the gadget in umockdev's device format, parents first."""
        usb = [
            f"P: {self.path}",
            f"N: bus/usb/001/{self.devnum:03d}",
            f"E: DEVNAME=/dev/bus/usb/001/{self.devnum:03d}",
            "E: SUBSYSTEM=usb",
            "E: DEVTYPE=usb_device",
            f"E: PRODUCT={self.vid}/{self.pid}/100",
            *(f"A: {name}={text}" for name, text in self.attributes.items()),
            f"H: descriptors={self.descriptors()}",
            "",
            f"P: {self.interface}",
            "E: SUBSYSTEM=usb",
            "E: DEVTYPE=usb_interface",
            *([f"L: driver=../../../../bus/usb/drivers/{self.driver}"] if self.driver else []),
            "A: bInterfaceNumber=00",
            "",
        ]
        return "\n".join(usb + (self._tty_lines() if self.tty else []))

    def _tty_lines(self) -> list[str]:
        """Return the tty, and for a usb-serial adapter the port between it and the interface."""
        lines = []
        if self.tty.startswith("ttyUSB"):
            lines = [f"P: {self.interface}/{self.tty}", "E: SUBSYSTEM=usb-serial", ""]
        return [
            *lines,
            f"P: {self.tty_path}",
            f"N: {self.tty}",
            *(f"S: {link}" for link in self.links),
            "E: SUBSYSTEM=tty",
            f"E: DEVNAME=/dev/{self.tty}",
            "L: device=../../../" + (self.tty if lines else f"{self.place}:1.0"),
            "",
        ]

    def write_sysfs(self, root: Path) -> None:
        """Make the gadget's folders and links below `root`/sys and `root`/dev."""
        usb = root / "sys" / self.path.lstrip("/")
        interface = root / "sys" / self.interface.lstrip("/")
        interface.mkdir(parents=True)
        for name, text in self.attributes.items():
            (usb / name).write_text(f"{text}\n")
        _link(root / "sys/bus/usb/devices" / self.place, usb)
        if self.driver:
            driver = root / "sys/bus/usb/drivers" / self.driver
            driver.mkdir(parents=True, exist_ok=True)
            _link(interface / "driver", driver)
        node = root / f"dev/bus/usb/001/{self.devnum:03d}"
        node.parent.mkdir(parents=True, exist_ok=True)
        node.touch()
        if self.tty:
            self._write_tty(root, interface)

    def _write_tty(self, root: Path, interface: Path) -> None:
        parent = interface / self.tty if self.tty.startswith("ttyUSB") else interface
        tty = root / "sys" / self.tty_path.lstrip("/")
        tty.mkdir(parents=True)
        _link(tty / "device", parent)
        _link(root / "sys/class/tty" / self.tty, tty)
        (root / "dev" / self.tty).touch()
        for link in self.links:
            _link(root / "dev" / link, root / "dev" / self.tty)


def _link(link: Path, target: Path) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target)


UNO = Gadget(
    "1-1",
    4,
    "2341",
    "0043",
    "Arduino (www.arduino.cc)",
    "Arduino Uno",
    "8543",
    "ttyACM0",
    "cdc_acm",
)
MAESTRO = Gadget(
    "1-7", 12, "1ffb", "0089", "Pololu", "Maestro 6-Channel", "00012345", "ttyACM1", "cdc_acm"
)
CONBEE = Gadget(
    "1-2", 5, "1cf1", "0030", "dresden elektronik", "ConBee II", "DE1", "ttyACM2", "cdc_acm"
)
CH340 = Gadget("1-3", 6, "1a86", "7523", "", "USB2.0-Serial", "", "ttyUSB0", "ch341")
CH340_WITHOUT_DRIVER = Gadget("1-3", 6, "1a86", "7523", "", "USB2.0-Serial")
CORAL_DFU = Gadget("1-4", 7, "1a6e", "089a")
CORAL_APP = Gadget("1-4", 8, "18d1", "9302")
MYRIAD_1_DFU = Gadget("1-5", 9, "03e7", "2150", "Movidius Ltd.", "Movidius MA2X5X")
MYRIAD_1_APP = Gadget("1-5", 10, "03e7", "f63b", "Movidius Ltd.", "VSC Loopback Device")
STM32_DFU = Gadget("1-6", 11, "0483", "df11", "STMicroelectronics", "STM32 BOOTLOADER")
BY_NAME = {
    name.lower(): thing for name, thing in list(globals().items()) if isinstance(thing, Gadget)
}
