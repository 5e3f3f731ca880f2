"""A simulated rover behind a pseudo-terminal, for trying out and for tests.

A host opens the symlink as it would open `/dev/ttyUSB0`. The rover lives on when the host dies
or the cable is pulled: its wheels then stop by their own heartbeat, as the real one's do.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import select
import tty
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agentd.drivers.waveshare.codec import Decoder, Dropped
from agentd.simulation.rover_firmware import Faults, Firmware

MOVING_TICK_S = 0.02
UNATTENDED_TICK_S = 0.2
"""How soon a host that opens the port is noticed."""
RESTING_TICK_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What an onlooker sees. `why_stopped` is `heartbeat`, `command` or empty."""

    x_m: float
    y_m: float
    heading_deg: float
    left_mps: float
    right_mps: float
    battery_v: float
    heartbeat_s: float
    plugged: bool
    why_stopped: str


class SimulatedRover:
    """One rover whose port is the symlink at `link_path`, for as long as `run` runs."""

    def __init__(self, link_path: Path, tap: Callable[[bytes], None] | None = None) -> None:
        """`tap` is called with the host's bytes as they arrive, for onlookers with a clock."""
        self._path = link_path
        self._tap = tap
        self._master = -1
        self._reading = False
        self._woken = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._firmware = Firmware(self._loop.time())
        self._decoder = Decoder()

    @property
    def faults(self) -> Faults:
        """The switches a test throws to break it."""
        return self._firmware.faults

    async def run(self) -> None:
        """Live until cancelled. Plugs itself in first and unplugs at the end."""
        self.plug()
        try:
            while True:
                self._watch_for_host()
                self._send(self._firmware.advance(self._loop.time()))
                await self._rest()
        finally:
            self.unplug()

    def plug(self) -> None:
        """Make the port appear: a new pseudo-terminal, then the symlink in one step."""
        if self._master >= 0:
            return
        self._master, slave = os.openpty()
        try:
            tty.setraw(slave)
            os.set_blocking(self._master, False)
            fresh = self._path.with_name(self._path.name + ".new")
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(os.ttyname(slave))
            fresh.replace(self._path)
        finally:
            os.close(slave)

    def unplug(self) -> None:
        """Pull the cable: the host's next read or write fails, the port is gone."""
        if self._master < 0:
            return
        self._stop_reading()
        os.close(self._master)
        self._master = -1
        self._decoder = Decoder()
        self._path.unlink(missing_ok=True)

    def snapshot(self) -> Snapshot:
        """Return what it is and does right now."""
        self._send(self._firmware.advance(self._loop.time()))
        body = self._firmware.body
        return Snapshot(
            x_m=body.x_m,
            y_m=body.y_m,
            heading_deg=math.degrees(body.heading_rad),
            left_mps=body.left_mps,
            right_mps=body.right_mps,
            battery_v=body.battery_v,
            heartbeat_s=self._firmware.heartbeat_s,
            plugged=self._master >= 0,
            why_stopped=self._firmware.why_stopped,
        )

    async def _rest(self) -> None:
        """Wait until something can change: time on the move, feedback, a command, a host."""
        ticks = [RESTING_TICK_S if self._reading else UNATTENDED_TICK_S]
        if self._reading:
            ticks.append(self._firmware.due_in(self._loop.time()))
        if self._firmware.moving:
            ticks.append(MOVING_TICK_S)
        self._woken.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(min(ticks), 0.001)):
                await self._woken.wait()

    def _watch_for_host(self) -> None:
        """Read only while a host holds the port: a master without one is always readable."""
        if self._master >= 0 and not self._reading and not self._hung_up():
            self._loop.add_reader(self._master, self._on_readable)
            self._reading = True

    def _hung_up(self) -> bool:
        poller = select.poll()
        poller.register(self._master, 0)
        return any(flags & select.POLLHUP for _, flags in poller.poll(0))

    def _on_readable(self) -> None:
        try:
            data = os.read(self._master, 4096)
        except BlockingIOError:
            return
        except OSError:
            self._stop_reading()
            self._woken.set()
            return
        if self._tap is not None:
            self._tap(data)
        for frame in self._decoder.feed(data):
            if not isinstance(frame, Dropped):
                self._send(self._firmware.obey(frame, self._loop.time()))
        self._woken.set()

    def _stop_reading(self) -> None:
        if self._reading:
            self._loop.remove_reader(self._master)
            self._reading = False

    def _send(self, data: bytes) -> None:
        """Write what fits; a robot does not wait for a host that does not read."""
        if data and self._reading:
            with contextlib.suppress(OSError):
                os.write(self._master, data)
