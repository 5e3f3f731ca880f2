"""One device protocol a file: frames encode and decode, a driver speaks them over a link.

Only `agentd.fleet` and `agentd.app` may import from here: there is no way around the gate.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from agentd.catalogue.spec import DeviceSpec
from agentd.model import Action, Device, Outcome, State
from agentd.transport import Link


class Host(Protocol):
    """What a driver may tell the daemon."""

    def attached(self, device: Device) -> None:
        """Announce a device that appeared (or changed) behind this driver."""

    def detached(self, device_id: str, reason: str) -> None:
        """Say that a device behind this driver is gone."""

    def report(self, device_id: str, state: State) -> None:
        """Pass on what a device said about itself; only the attributes it spoke about."""


class Driver(Protocol):
    """Speaks one protocol to one attachment (a board, a robot, a broker full of devices)."""

    async def run(self) -> None:
        """Read the wire until it breaks, then raise `LinkError`. Cancelled on detach."""

    async def apply(self, action: Action) -> Outcome:
        """Carry out a checked action and wait, bounded, for the device's own word on it.

        On cancellation the driver stops what it started before it lets go.
        Raises `LinkError` or `ProtocolError` when the device cannot be reached or understood.
        """

    def halt(self) -> None:
        """Write the stop bytes for everything behind this driver, now and without waiting.

        Called from any state, also before `run` and after an error. Must not raise.
        """

    def close(self) -> None:
        """Let go of the wire. Safe to call twice."""


OpenDriver = Callable[[Link, DeviceSpec, Sequence[Device], Host], Awaitable[Driver]]
"""Shakes hands over a fresh link and returns the driver.

The devices are the spec's channels with their final ids, names and areas. The opener must not
move anything; where the protocol allows, it first puts outputs at their stop value. It raises
`ProtocolError` when the other side does not speak the protocol.
"""
