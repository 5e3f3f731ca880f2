"""What only reports: numbers, texts, yes or no.

Source: Home Assistant 2026.2, `components/mqtt/{sensor,binary_sensor}.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from agentd.drivers.homeassistant import naming
from agentd.drivers.homeassistant.config import EntityConfig
from agentd.drivers.homeassistant.entity import Entity, Message, number
from agentd.model import Kind, State, Value


class Sensor(Entity):
    """A value with its unit and what it measures (`device_class`)."""

    kind = Kind.SENSOR

    def __init__(self, config: EntityConfig) -> None:
        super().__init__(config)
        options = self.options
        unit = naming.clean(options.text("unit_of_measurement"))
        measures = naming.clean(options.text("device_class"))
        self._always: dict[str, Value] = {"unit": unit} if unit else {}
        if measures:
            self._always["device_class"] = measures
        template = options.template("value_template")
        self._hear(options.needed_topic("state_topic"), template, self._read, ["value"])

    def encode(self, asked: Mapping[str, Value]) -> list[Message]:
        """Return nothing: a sensor takes no commands."""
        return []

    def _read(self, text: str) -> State:
        value = number(text)
        if value is None:
            return {"value": naming.clean(text, naming.LONGEST_VALUE), **self._always}
        return {"value": int(value) if value.is_integer() else value, **self._always}


class BinarySensor(Sensor):
    """A yes or no, as `value` and as `on`; `device_class` says what yes means (`door`: open)."""

    def __init__(self, config: EntityConfig) -> None:
        super().__init__(config)
        self.off_delay_s = max(0.0, self.options.number("off_delay", 0))

    def _read(self, text: str) -> State:
        yes = text == self.options.text("payload_on", "ON")
        if not yes and text != self.options.text("payload_off", "OFF"):
            return {}
        return {"value": yes, "on": yes, **self._always}
