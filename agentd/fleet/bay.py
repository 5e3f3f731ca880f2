"""Where boards and robots dock: one attachment a port, started when seen, ended when gone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from agentd.catalogue.spec import Channel, DeviceSpec
from agentd.config import Pin
from agentd.drivers.registry import opener
from agentd.errors import ConfigError
from agentd.events import Bus
from agentd.fleet.attachment import Attachment
from agentd.fleet.fleet import Fleet
from agentd.model import Device
from agentd.transport import Link
from agentd.transport.serial import open_serial

log = logging.getLogger(__name__)


class Bay:
    """Runs the attachments. `run` must be running for `dock` to have an effect."""

    def __init__(
        self, fleet: Fleet, bus: Bus, open_link: Callable[[str, int], Link] = open_serial
    ) -> None:
        self._fleet = fleet
        self._bus = bus
        self._open_link = open_link
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._attachments: dict[str, Attachment] = {}
        self._claimed: dict[str, str] = {}

    def dock(self, port_id: str, path: str, spec: DeviceSpec, pin: Pin | None = None) -> None:
        """Attach what `spec` describes on `path`; again on the same port replaces it."""
        self.undock(port_id)
        if not spec.protocol:
            return
        try:
            open_driver = opener(spec.protocol)
        except ConfigError as error:
            log.error("%s on %s cannot be used: %s", spec.id, path, error.line())
            return
        attachment = Attachment(
            spec=spec,
            path=path,
            devices=self._devices(port_id, spec, pin),
            open_link=self._open_link,
            open_driver=open_driver,
            fleet=self._fleet,
            bus=self._bus,
        )
        self._attachments[port_id] = attachment
        self._tasks[port_id] = asyncio.create_task(attachment.keep(), name=f"attach {path}")

    def undock(self, port_id: str) -> None:
        """Let go of what is on the port, stopping it first if it is still there."""
        self._claimed = {base: port for base, port in self._claimed.items() if port != port_id}
        self._attachments.pop(port_id, None)
        task = self._tasks.pop(port_id, None)
        if task is not None:
            task.cancel()

    def trouble(self, port_id: str) -> str:
        """Return why what is docked there does not work now; empty when it does or nothing is."""
        attachment = self._attachments.get(port_id)
        return attachment.trouble if attachment else ""

    async def close(self) -> None:
        """Stop and release everything."""
        tasks = list(self._tasks.values())
        for port_id in list(self._tasks):
            self.undock(port_id)
        await asyncio.gather(*tasks, return_exceptions=True)

    def _devices(self, port_id: str, spec: DeviceSpec, pin: Pin | None) -> tuple[Device, ...]:
        """Return the channels as devices with ids, names and areas of their own.

        A channel id is `base` or `base.part`. A pin's id takes the place of the base; a base
        that is taken by another port gets a number, so two equal rovers are `rover`, `rover2`.
        A part is named after its whole: `Rover battery`; the pin's other names go the same way.
        """
        base = spec.channels[0].id.partition(".")[0] if spec.channels else spec.id
        claimed = self._claim(port_id, (pin and pin.id) or base)
        whole = next((channel.name for channel in spec.channels if channel.id == base), "")
        owner = (pin and pin.name) or whole
        return tuple(
            channel.device(
                id=claimed + channel.id.removeprefix(base),
                name=owner if owner and channel.id == base else f"{owner} {channel.name}".strip(),
                area=pin.area if pin else "",
                via=port_id,
                aliases=_aliases(channel, pin, whole=channel.id == base),
            )
            for channel in spec.channels
        )

    def _claim(self, port_id: str, base: str) -> str:
        number, claimed = 1, base
        while self._claimed.get(claimed, port_id) != port_id:
            number += 1
            claimed = f"{base}{number}"
        self._claimed[claimed] = port_id
        return claimed


def _aliases(channel: Channel, pin: Pin | None, *, whole: bool) -> tuple[str, ...]:
    """Return the owner's names before those of the file; behind them for a part of the whole."""
    if pin is None:
        return channel.aliases
    if whole:
        return (*pin.aliases, *channel.aliases)
    return (*channel.aliases, *(f"{alias} {channel.name}" for alias in pin.aliases))
