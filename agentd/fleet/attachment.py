"""One board or robot on a serial port: opened, kept, lost, and tried again with back-off."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable

from agentd.catalogue.spec import DeviceSpec
from agentd.drivers import Driver, OpenDriver
from agentd.errors import AgentdError, LinkError, ProtocolError
from agentd.events import Bus, PartChanged
from agentd.fleet.fleet import DriverHost, Fleet
from agentd.model import Device
from agentd.transport import Link

log = logging.getLogger(__name__)

FIRST_RETRY_S = 3.0
"""Longer than discovery needs to notice a replug: it, not this loop, attaches what came back."""
LONGEST_RETRY_S = 30.0


class Attachment:
    """Keeps one driver alive on one port for as long as `keep` runs."""

    def __init__(
        self,
        *,
        spec: DeviceSpec,
        path: str,
        devices: tuple[Device, ...],
        open_link: Callable[[str, int], Link],
        open_driver: OpenDriver,
        fleet: Fleet,
        bus: Bus,
    ) -> None:
        self._spec = spec
        self._path = path
        self._devices = devices
        self._open_link = open_link
        self._open_driver = open_driver
        self._fleet = fleet
        self._bus = bus
        self._part = f"device {devices[0].id if devices else spec.id}"
        self.trouble = ""
        """Why it does not work now; empty while it does."""

    async def keep(self) -> None:
        """Open, run, and reopen after a loss, until cancelled. Cancelling stops and closes."""
        wait = FIRST_RETRY_S
        while True:
            try:
                await self._once()
            except AgentdError as error:
                self._say("degraded", error.line())
            except Exception:  # a bug in one driver takes nothing else down
                log.exception("%s: the driver failed", self._part)
                self._say("degraded", "the driver failed; the log has the details")
            else:
                wait = FIRST_RETRY_S
            await asyncio.sleep(wait * random.uniform(0.75, 1.25))  # noqa: S311
            wait = min(wait * 2, LONGEST_RETRY_S)

    async def _once(self) -> None:
        """Attach and stay until the wire breaks; returns once the device was in use."""
        link = self._open_link(self._path, self._spec.link.baud)
        try:
            await asyncio.sleep(self._spec.link.settle_s)
            host = DriverHost(self._fleet)
            driver = await self._open_driver(link, self._spec, self._devices, host)
            await self._run(driver, host)
        finally:
            link.close()

    async def _run(self, driver: Driver, host: DriverHost) -> None:
        reason = "agentd let go of it"
        try:
            host.bind(driver, self._devices)
            self._say("ready", f"{self._spec.name} on {self._path}")
            await driver.run()
        except (LinkError, ProtocolError) as error:
            reason = str(error)
            self._say("degraded", error.line())
        finally:
            driver.halt()
            self._fleet.remove_all(driver, reason)
            driver.close()

    def _say(self, state: str, reason: str) -> None:
        self.trouble = "" if state == "ready" else reason
        level = logging.INFO if state == "ready" else logging.WARNING
        log.log(level, "%s %s: %s", self._part, state, reason)
        self._bus.publish(PartChanged(part=self._part, state=state, reason=reason))
