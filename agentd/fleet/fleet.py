"""What is attached now: which driver answers for which device, and one way to stop them all."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from agentd.drivers import Driver
from agentd.errors import LinkError
from agentd.events import Bus, DeviceAttached, DeviceDetached, StateReported
from agentd.model import Action, Device, Outcome, State

log = logging.getLogger(__name__)


class Fleet:
    """Devices by id and the driver behind each."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._devices: dict[str, Device] = {}
        self._drivers: dict[str, Driver] = {}

    @property
    def devices(self) -> Mapping[str, Device]:
        """Everything that can be addressed now, by id; a live read-only view."""
        return MappingProxyType(self._devices)

    def add(self, device: Device, driver: Driver) -> None:
        """Make `device` addressable through `driver`, or replace what was known of it.

        Raises `LinkError` when another driver already answers for that id.
        """
        owner = self._drivers.get(device.id)
        if owner is not None and owner is not driver:
            raise LinkError(
                f'The device id "{device.id}" is already taken.',
                hint="Give one of the two an id of its own with a pin in config.toml.",
            )
        self._devices[device.id] = device
        self._drivers[device.id] = driver
        self._bus.publish(DeviceAttached(device=device))

    def remove(self, device_id: str, reason: str) -> None:
        """Forget a device; `reason` is shown to the person."""
        if self._devices.pop(device_id, None) is not None:
            del self._drivers[device_id]
            self._bus.publish(DeviceDetached(device_id=device_id, reason=reason))

    def remove_all(self, driver: Driver, reason: str) -> None:
        """Forget every device behind `driver`."""
        for device_id in [each for each, owner in self._drivers.items() if owner is driver]:
            self.remove(device_id, reason)

    def report(self, device_id: str, state: State) -> None:
        """Publish what a device said about itself."""
        if device_id in self._devices:
            self._bus.publish(StateReported(device_id=device_id, state=state))

    async def apply(self, action: Action) -> Outcome:
        """Hand a checked action to its driver. Raises `LinkError` or `ProtocolError`."""
        driver = self._drivers.get(action.device_id)
        if driver is None:
            raise LinkError(f"{action.device_id} is not attached.")
        log.debug("%s %s goes to its driver", action.tool, action.device_id)
        return await driver.apply(action)

    def halt(self, device_id: str) -> None:
        """Write the stop bytes of the driver behind `device_id`, now."""
        driver = self._drivers.get(device_id)
        if driver is not None:
            self._halt(driver)

    def halt_all(self) -> None:
        """Write every driver's stop bytes, now, whatever state they are in."""
        for driver in {id(driver): driver for driver in self._drivers.values()}.values():
            self._halt(driver)

    def _halt(self, driver: Driver) -> None:
        try:
            driver.halt()
        except Exception:  # one broken driver must not keep the others moving
            log.exception("a driver failed to stop")


class DriverHost:
    """The voice by which one driver tells the daemon about its devices (`drivers.Host`).

    A driver is handed its host before it exists for the fleet: what it reports during the
    handshake is kept until `bind`.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._driver: Driver | None = None
        self._early: dict[str, State] = {}

    def bind(self, driver: Driver, devices: Sequence[Device] = ()) -> None:
        """Make `devices` addressable through `driver`, with what they said so far."""
        self._driver = driver
        for device in devices:
            self.attached(device)
        for device_id, state in self._early.items():
            self._fleet.report(device_id, state)
        self._early.clear()

    def attached(self, device: Device) -> None:
        """See `agentd.drivers.Host`."""
        if self._driver is None:
            raise RuntimeError("a driver announced a device before its host was bound")
        self._fleet.add(device, self._driver)

    def detached(self, device_id: str, reason: str) -> None:
        """See `agentd.drivers.Host`."""
        self._fleet.remove(device_id, reason)

    def report(self, device_id: str, state: State) -> None:
        """See `agentd.drivers.Host`."""
        if self._driver is None:
            self._early[device_id] = {**self._early.get(device_id, {}), **state}
        else:
            self._fleet.report(device_id, state)
