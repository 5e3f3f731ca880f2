"""A simulated robot vacuum: it goes out, drains its battery, comes home and charges."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from agentd.simulation.appliances import Appliance, Config, Message

SPEEDS = ("quiet", "standard", "max")
WAY_HOME_S = 6.0
DRAIN_PER_S = 0.1
CHARGE_PER_S = 0.2
LOW_BATTERY = 15.0


class Vacuum(Appliance):
    """Reports in JSON what it does, how full its battery is, and how hard it sucks."""

    def __init__(self, topic: str, config: Config, base: str) -> None:
        super().__init__(topic, config, [f"{base}/command", f"{base}/set_fan_speed"])
        self._base = base
        self._state = "docked"
        self._battery = 96.0
        self._speed = "standard"
        self._way_s = 0.0

    @property
    def busy(self) -> bool:
        """Whether it goes about or charges."""
        charges = self._state == "docked" and self._battery < 100
        return charges or self._state in ("cleaning", "returning")

    def hear(self, topic: str, payload: str) -> Sequence[Message]:
        """Take a task or a fan speed; what makes no sense now is ignored."""
        if topic.endswith("/set_fan_speed"):
            self._speed = payload if payload in SPEEDS else self._speed
        elif payload == "start" and self._battery > LOW_BATTERY:
            self._state = "cleaning"
        elif payload == "return_to_base" and self._state != "docked":
            self._go_home()
        elif payload in ("pause", "stop") and self._state != "docked":
            self._state = "paused" if payload == "pause" else "idle"
        return ()

    def pass_time(self, seconds: float) -> None:
        """Clean until the battery is low, walk home, charge."""
        if self._state == "cleaning":
            self._battery = max(0.0, self._battery - DRAIN_PER_S * seconds)
            if self._battery <= LOW_BATTERY:
                self._go_home()
        elif self._state == "returning":
            self._way_s -= seconds
            self._state = "docked" if self._way_s <= 0 else "returning"
        elif self._state == "docked":
            self._battery = min(100.0, self._battery + CHARGE_PER_S * seconds)

    def reports(self) -> Mapping[str, str]:
        """Return its one state object."""
        said = {
            "state": self._state,
            "battery_level": round(self._battery),
            "fan_speed": self._speed,
        }
        return {f"{self._base}/state": json.dumps(said)}

    def _go_home(self) -> None:
        self._state, self._way_s = "returning", WAY_HOME_S
