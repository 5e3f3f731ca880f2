"""A machine whose USB sockets are under our control: umockdev behind, agentd's watch in front.

Run under `umockdev-wrapper`. Commands come in as lines (`plug uno`, `unplug uno`); every change
goes out as a JSON line, and so does every device node that anything here tries to open.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import sys
from pathlib import Path
from typing import Any

from agentd import catalogue
from agentd.config import Discovery
from agentd.discovery.book import Change, Seen
from agentd.discovery.inquiry import Inquiry
from agentd.discovery.watch import Watch
from agentd.errors import LinkError
from agentd.transport import Link
from tests.peers.gadgets import BY_NAME, ROOT_HUB, Gadget


class Testbed:
    """umockdev's testbed, as its C functions offer it."""

    def __init__(self) -> None:
        library = ctypes.CDLL("libumockdev.so.0")
        library.umockdev_testbed_new.restype = ctypes.c_void_p
        for name, count in (("add_from_string", 3), ("uevent", 3), ("remove_device", 2)):
            function = getattr(library, f"umockdev_testbed_{name}")
            function.argtypes = [ctypes.c_void_p] + [ctypes.c_char_p] * (count - 1)
        self._library = library
        self._bed = library.umockdev_testbed_new()

    def add(self, description: str) -> None:
        if not self._library.umockdev_testbed_add_from_string(
            self._bed, description.encode(), None
        ):
            raise ValueError(f"umockdev does not take:\n{description}")

    def remove(self, path: str) -> None:
        where = f"/sys{path}".encode()
        self._library.umockdev_testbed_uevent(self._bed, where, b"remove")
        self._library.umockdev_testbed_remove_device(self._bed, where)

    def unplug(self, gadget: Gadget) -> None:
        if gadget.tty:
            self.remove(gadget.tty_path)
        if gadget.tty.startswith("ttyUSB"):
            self.remove(f"{gadget.interface}/{gadget.tty}")
        self.remove(gadget.interface)
        self.remove(gadget.path)


def say(**what: object) -> None:
    print(json.dumps(what), flush=True)


def on_open(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and str(arguments[0]).startswith(("/dev/tty", "/dev/bus/usb")):
        say(opened=str(arguments[0]))


def on_change(change: Change) -> None:
    known = change.sighting.identification
    say(
        change="seen" if isinstance(change, Seen) else "gone",
        port=change.sighting.port.id,
        node=change.sighting.port.node,
        usb_id=change.sighting.port.usb_id,
        path=change.sighting.port.stable_path,
        driver=change.sighting.port.driver,
        basis=known.basis,
        name=known.name,
        spec=known.spec.id if known.spec else "",
        state=known.state,
        reason=known.reason,
        before=bool(isinstance(change, Seen) and change.before),
    )


def refuse_to_open(path: str, baud: int) -> Link:
    say(asked_to_open=path)
    raise LinkError(f"{path}: not in this test.")


async def follow(testbed: Testbed, watch: Watch) -> None:
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(commands), sys.stdin
    )
    watching = asyncio.create_task(watch.run(on_change))
    say(change="watching")
    while line := (await commands.readline()).decode().split():
        gadget = BY_NAME[line[1]]
        if line[0] == "plug":
            testbed.add(gadget.umockdev())
        else:
            testbed.unplug(gadget)
    watching.cancel()


def main() -> None:
    settings = Discovery.model_validate(json.loads(sys.argv[1]))
    udev_is_there = Path(sys.argv[2])
    testbed = Testbed()
    testbed.add(ROOT_HUB)
    sys.addaudithook(on_open)
    watch = Watch(
        settings,
        catalogue.load(),
        inquiry=Inquiry(refuse_to_open),
        udev_control=udev_is_there,
    )
    asyncio.run(follow(testbed, watch))


if __name__ == "__main__":
    main()
