"""The last thing each device said about itself, folded from the event stream."""

from __future__ import annotations

from collections.abc import Mapping

from agentd.events import Bus, DeviceDetached, Event, StateReported
from agentd.model import NOTHING, Asker, State


class States:
    """Last known state by device id. A detached device has none."""

    def __init__(self, bus: Bus) -> None:
        self._states: dict[str, State] = {}
        bus.listen(self._fold)

    def get(self, device_id: str) -> State:
        """Return what the device last said; empty when it said nothing yet."""
        return self._states.get(device_id, NOTHING)

    def all(self) -> Mapping[str, State]:
        """Return a snapshot of every known state."""
        return dict(self._states)

    def seen_by(self, asker: Asker) -> Mapping[str, State]:
        """Return a snapshot of the states of the devices that `asker` may touch."""
        return {id: state for id, state in self._states.items() if asker.may_touch(id)}

    def _fold(self, event: Event) -> None:
        if isinstance(event, StateReported):
            self._states[event.device_id] = {**self.get(event.device_id), **event.state}
        elif isinstance(event, DeviceDetached):
            self._states.pop(event.device_id, None)
