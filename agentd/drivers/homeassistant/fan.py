"""A fan: on or off, and a speed in percent.

Source: Home Assistant 2026.2, `components/mqtt/fan.py` and `util/percentage.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from agentd.drivers.homeassistant.config import EntityConfig
from agentd.drivers.homeassistant.entity import Entity, Message, Words, number
from agentd.drivers.homeassistant.errors import DiscoveryError
from agentd.model import Flag, Kind, Number, State, Value


class Fan(Entity):
    """`speed_pct` 0 means off; the device counts from `speed_range_min` to `_max`."""

    kind = Kind.FAN

    def __init__(self, config: EntityConfig) -> None:
        super().__init__(config)
        options = self.options
        self._topic = options.needed_topic("command_topic")
        self._on = options.text("payload_on", "ON")
        self._off = options.text("payload_off", "OFF")
        self._speed_topic = options.topic("percentage_command_topic")
        self._low = options.number("speed_range_min", 1)
        self._steps = options.number("speed_range_max", 100) - self._low + 1
        if self._steps < 1:
            raise DiscoveryError('"speed_range_max" is below "speed_range_min"')
        self.arguments["on"] = Flag()
        if self._speed_topic:
            self.arguments["speed_pct"] = Number(0, 100, "%", whole=True)
        self.tolerance["speed_pct"] = 1.0
        words = Words("on", {self._on: True, self._off: False})
        template = options.template("state_value_template")
        self._hear(options.topic("state_topic"), template, words, ["on"])
        topic = options.topic("percentage_state_topic")
        template = options.template("percentage_value_template")
        self._hear(topic, template, self._read_speed, ["speed_pct"])
        options.template("command_template")
        options.template("percentage_command_template")

    def encode(self, asked: Mapping[str, Value]) -> list[Message]:
        """Return ON or OFF, and the speed in the device's own steps."""
        wanted = self.expected(asked)
        payload = self._on if wanted["on"] else self._off
        messages = [(self._topic, self._command("command_template", payload))]
        speed = wanted.get("speed_pct")
        if wanted["on"] and isinstance(speed, int | float):
            text = self._command("percentage_command_template", str(self._raw(speed)))
            messages.append((self._speed_topic, text))
        return messages

    def expected(self, asked: Mapping[str, Value]) -> State:
        """A speed switches it on, no speed or off switches it off."""
        speed = asked.get("speed_pct")
        if asked.get("on") is False or speed == 0:
            return {"on": False}
        if not isinstance(speed, int | float):
            return {"on": True}
        return {"on": True, "speed_pct": self._percent(self._raw(speed))}

    def _raw(self, percent: float) -> int:
        return max(1, round(self._steps * percent / 100)) + round(self._low) - 1

    def _percent(self, raw: float) -> int:
        share = (raw - self._low + 1) / self._steps
        return round(100 * min(1.0, max(0.0, share)))

    def _read_speed(self, text: str) -> State:
        raw = number(text)
        return {} if raw is None else {"speed_pct": self._percent(raw)}
