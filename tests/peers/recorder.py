"""A fleet that only remembers what a driver told it."""

from __future__ import annotations

from agentd.model import Device, State, Value


class Recorder:
    def __init__(self) -> None:
        self.devices: dict[str, Device] = {}
        self.states: dict[str, dict[str, Value]] = {}
        self.gone: list[tuple[str, str]] = []
        self.strays: list[str] = []

    def attached(self, device: Device) -> None:
        self.devices[device.id] = device

    def detached(self, device_id: str, reason: str) -> None:
        del self.devices[device_id]
        self.gone.append((device_id, reason))

    def report(self, device_id: str, state: State) -> None:
        if device_id not in self.devices:
            self.strays.append(device_id)
        self.states.setdefault(device_id, {}).update(state)

    def available(self, device_id: str) -> bool:
        return self.states.get(device_id, {}).get("available") is True
