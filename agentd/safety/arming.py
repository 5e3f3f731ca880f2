"""Which moving devices a person must re-arm: those that went away and came back."""

from __future__ import annotations

from agentd import trace
from agentd.events import ArmedChanged, Bus, DeviceAttached, DeviceDetached, Event


class Arming:
    """Follows attach and detach. A first attach is armed; a return after a loss is not.

    A brown-out or a pulled plug leaves a robot somewhere nobody planned: it moves again only
    when a person said so.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._moving: set[str] = set()
        self._lost: set[str] = set()
        self._unarmed: set[str] = set()
        bus.listen(self._follow)

    def unarmed(self) -> list[str]:
        """Return the attached devices that must be re-armed, sorted."""
        return sorted(self._unarmed)

    def arm(self, device_id: str, by: str) -> None:
        """Let `device_id` move again."""
        if device_id in self._unarmed:
            self._unarmed.discard(device_id)
            self._bus.publish(
                ArmedChanged(device_id=device_id, armed=True, by=by, trace=trace.current())
            )

    def _follow(self, event: Event) -> None:
        if isinstance(event, DeviceAttached) and event.device.moves:
            device_id = event.device.id
            self._moving.add(device_id)
            if device_id in self._lost:
                self._lost.discard(device_id)
                self._unarmed.add(device_id)
                self._bus.publish(ArmedChanged(device_id=device_id, armed=False, by="reconnect"))
        elif isinstance(event, DeviceDetached) and event.device_id in self._moving:
            self._lost.add(event.device_id)
            self._unarmed.discard(event.device_id)
