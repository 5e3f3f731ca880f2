"""Firmata: a microcontroller whose pins are servos, outputs, lights, switches, sensors, wheels.

StandardFirmata has no host watchdog: its outputs persist when the host dies. So everything is
put at its stop value before anything else, every motion ends by itself, and a guardian process
writes the stop values when this one is killed. The 0xFF system reset is never used: it pulls
every pin low, which starts whatever is active-low.
Source: firmata/protocol 2.8, firmata/arduino StandardFirmata.ino 2.3 to 2.5.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from functools import partial
from typing import Annotated

from pydantic import Field

from agentd.catalogue.spec import Channel, DeviceSpec
from agentd.drivers import Host
from agentd.drivers.firmata import frames as f
from agentd.drivers.firmata.board import Board
from agentd.drivers.firmata.drive import Drive
from agentd.drivers.firmata.pins import Output, Part, Sensor, verdict
from agentd.drivers.firmata.servo import Servo
from agentd.drivers.guardian import Guardian, HasDescriptor
from agentd.errors import ConfigError, LinkError, ProtocolError
from agentd.model import NOTHING, Action, Device, Kind, Outcome
from agentd.toml_file import Table, validate
from agentd.transport import Link

log = logging.getLogger(__name__)

PARTS: dict[Kind, type[Output] | type[Servo] | type[Sensor] | type[Drive]] = {
    Kind.OUTPUT: Output,
    Kind.LIGHT: Output,
    Kind.SWITCH: Output,
    Kind.FAN: Output,
    Kind.SERVO: Servo,
    Kind.SENSOR: Sensor,
    Kind.DRIVE: Drive,
}


class BoardWire(Table):
    """The spec's own `wire`. `sampling_ms`: how often the board looks at its analog inputs."""

    sampling_ms: Annotated[int, Field(ge=10, le=10_000)] = 100


class FirmataDriver:
    """Speaks Firmata to one board. Create it with `open_firmata`."""

    def __init__(self, link: Link, board: Board, parts: Sequence[Part]) -> None:
        self._link, self._board = link, board
        self._parts = {part.device.id: part for part in parts}
        # Twice: a port's frame carries its neighbours too, which the first pass sets to stop.
        self._stop_frames()
        self._stop = b"".join(frame.encode() for frame in self._stop_frames())
        self._guardian: Guardian | None = None

    async def run(self) -> None:
        """Read the wire until it breaks or the board restarts, then raise `LinkError`."""
        self._board.send(*self._queries())
        try:
            await self._board.listen(self._hear)
        finally:
            for part in self._parts.values():
                part.cut()

    async def apply(self, action: Action) -> Outcome:
        """Carry out `action`; done only on the board's own pin state.

        Raises `LinkError`, `ProtocolError`, and `RefusedError` before anything was sent.
        """
        part = self._parts[action.device_id]
        if action.tool == "stop":
            return await self._stop_part(part)
        self.guard()
        return await part.apply(action)

    def halt(self) -> None:
        """Write every stop value now; then ask for the pin states, so that they are reported."""
        with contextlib.suppress(LinkError):
            self._board.send(*self._stop_frames(), *self._queries())
        for part in self._parts.values():
            part.cut()

    def close(self) -> None:
        """Stop everything, dismiss the guardian, let go of the wire."""
        self.halt()
        if self._guardian:
            self._guardian.dismiss()
        self._link.close()

    async def settle(self) -> None:
        """Give every pin its mode and stop value. Raises `ProtocolError` when one is not there."""
        for part in self._parts.values():
            self._board.send(*part.modes(), *part.stop())
        for part in self._parts.values():
            wrong = await self._board.mismatch(part.stopped())
            if wrong:
                raise ProtocolError(f"{part.device.id}: {wrong}")

    def guard(self) -> None:
        """See that a guardian watches, where there is something to stop and a wire to inherit."""
        alive = self._guardian is not None and self._guardian.alive
        if self._stop and not alive and isinstance(self._link, HasDescriptor):
            if self._guardian:
                log.warning("%s: its guardian was gone; started another", self._link.name)
                self._guardian.dismiss()
            self._guardian = Guardian(self._link, self._stop)

    async def _stop_part(self, part: Part) -> Outcome:
        self._board.send(*part.stop())
        part.cut()
        return verdict(await self._board.mismatch(part.stopped()), NOTHING)

    def _stop_frames(self) -> list[f.Frame]:
        return [frame for part in self._parts.values() for frame in part.stop()]

    def _queries(self) -> list[f.Frame]:
        return [f.PinStateQuery(pin) for part in self._parts.values() for pin in part.pins]

    def _hear(self, frame: f.Frame) -> None:
        if isinstance(frame, f.Text):
            log.debug("%s says: %.80r", self._board.name, frame.text)
        for part in self._parts.values():
            part.hear(frame)


async def open_firmata(
    link: Link, spec: DeviceSpec, devices: Sequence[Device], host: Host
) -> FirmataDriver:
    """Shake hands, check the channels against the board, put every output at its stop value.

    Raises `ProtocolError` when there is no Firmata 2 at the other end or an output does not go
    to its stop value, `ConfigError` when a channel asks for what the board has not. The link
    then stays the caller's to close.
    """
    wire = validate(dict(spec.wire), BoardWire, lambda place: f"{spec.id}, wire")
    board = Board(link)
    async with board.listening():
        await board.greet()
        parts = [
            _part(channel, device, board, host)
            for channel, device in zip(spec.channels, devices, strict=True)
        ]
        _check_pins(parts)
        driver = FirmataDriver(link, board, parts)
        await driver.settle()
        board.send(f.SamplingInterval(wire.sampling_ms))
    driver.guard()
    spoken = f"{board.version.major}.{board.version.minor}"
    log.info("%s: %s, Firmata %s", board.name, board.firmware.name, spoken)
    return driver


def _part(channel: Channel, device: Device, board: Board, host: Host) -> Part:
    kind = PARTS.get(device.kind)
    if kind is None:
        able = ", ".join(PARTS)
        raise ConfigError(f"{device.id}: Firmata has no {device.kind}; it has {able}.")
    return kind(device, channel, board, partial(host.report, device.id))


def _check_pins(parts: Sequence[Part]) -> None:
    """Raise `ConfigError` when two parts use one pin."""
    owner: dict[int, str] = {}
    for part in parts:
        for pin in part.pins:
            if pin in owner:
                raise ConfigError(f"{part.device.id}: pin {pin} is already {owner[pin]}'s.")
            owner[pin] = part.device.id
