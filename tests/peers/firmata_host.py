"""The daemon's side of a Firmata session in a test: link, driver, reports."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from agentd.catalogue.spec import DeviceSpec
from agentd.drivers.firmata.driver import FirmataDriver, open_firmata
from agentd.errors import LinkError
from agentd.model import Action, Device, State, Value
from agentd.toml_file import load
from agentd.transport import Link
from agentd.transport.serial import open_serial

DEVICES = Path(__file__).parents[2] / "devices"
UNO = load(DEVICES / "boards" / "arduino-uno-standardfirmata.toml", DeviceSpec)
ROVER = load(DEVICES / "robots" / "diy-firmata-rover.toml", DeviceSpec)
PATIENCE_S = 30.0


class Ears:
    """Everything the driver told the daemon."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, State]] = []

    def attached(self, device: Device) -> None:
        raise AssertionError(f"a board has no devices of its own: {device}")

    def detached(self, device_id: str, reason: str) -> None:
        raise AssertionError(f"{device_id}: {reason}")

    def report(self, device_id: str, state: State) -> None:
        self.heard.append((device_id, state))

    def of(self, device_id: str) -> list[State]:
        return [state for each, state in self.heard if each == device_id]


def devices_of(spec: DeviceSpec) -> list[Device]:
    return [
        channel.device(id=channel.id, name=channel.name, area="", via="port")
        for channel in spec.channels
    ]


@contextlib.asynccontextmanager
async def session(port: str, spec: DeviceSpec) -> AsyncIterator[tuple[FirmataDriver, Ears]]:
    """Open `port` as the fleet does, run the driver, and close it in the end."""
    link = open_serial(port, spec.link.baud)
    try:
        async with speaking(link, spec) as (driver, ears):
            yield driver, ears
    finally:
        link.close()


@contextlib.asynccontextmanager
async def speaking(link: Link, spec: DeviceSpec) -> AsyncIterator[tuple[FirmataDriver, Ears]]:
    ears = Ears()
    driver = await open_firmata(link, spec, devices_of(spec), ears)
    running = asyncio.create_task(driver.run())
    try:
        yield driver, ears
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError, LinkError):
            await running
        driver.close()


async def eventually(condition: Callable[[], bool]) -> bool:
    """Wait, with the event loop alive, until `condition` holds; False when it never does."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.01)
    return True


def do(tool: str, device_id: str, **arguments: Value) -> Action:
    return Action(tool=tool, device_id=device_id, arguments=arguments)
