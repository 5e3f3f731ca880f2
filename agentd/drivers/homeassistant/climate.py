"""A thermostat or an air conditioner: mode and temperature.

Source: Home Assistant 2026.2, `components/mqtt/climate.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from agentd.drivers.homeassistant.config import EntityConfig
from agentd.drivers.homeassistant.entity import Entity, Message, number
from agentd.drivers.homeassistant.errors import DiscoveryError
from agentd.model import Choice, Kind, Number, State, Value

MODES = ("off", "heat", "cool", "auto", "dry", "fan_only", "heat_cool")
DEFAULT_MODES = ("auto", "off", "cool", "heat", "dry", "fan_only")


class Climate(Entity):
    """Temperatures are Celsius here; a device that counts in Fahrenheit is converted for."""

    kind = Kind.CLIMATE

    def __init__(self, config: EntityConfig) -> None:
        super().__init__(config)
        options = self.options
        self._mode_topic = options.topic("mode_command_topic")
        self._temperature_topic = options.topic("temperature_command_topic")
        if not self._mode_topic and not self._temperature_topic:
            raise DiscoveryError('"mode_command_topic" or "temperature_command_topic" is missing')
        self._fahrenheit = options.text("temperature_unit", "C") == "F"
        self._step = options.number("temp_step", 1)
        self._low = options.number("min_temp", 44.6 if self._fahrenheit else 7)
        self._high = options.number("max_temp", 95 if self._fahrenheit else 35)
        if self._step <= 0 or self._low >= self._high:
            raise DiscoveryError('"min_temp", "max_temp" and "temp_step" make no range')
        self._offer()
        self._listen()

    def _offer(self) -> None:
        modes = tuple(m for m in self.options.words("modes", DEFAULT_MODES) if m in MODES)
        if self._mode_topic and modes:
            self.arguments["mode"] = Choice(modes)
        if self._temperature_topic:
            low, high = round(self._celsius(self._low), 1), round(self._celsius(self._high), 1)
            self.arguments["temperature_c"] = Number(low, high, "°C")
        step_c = self._step / 1.8 if self._fahrenheit else self._step
        self.tolerance["temperature_c"] = step_c / 2

    def _listen(self) -> None:
        options = self.options
        template = options.template("mode_state_template")
        self._hear(options.topic("mode_state_topic"), template, self._read_mode, ["mode"])
        template = options.template("temperature_state_template")
        topic = options.topic("temperature_state_topic")
        self._hear(topic, template, self._reader("temperature_c"), ["temperature_c"])
        template = options.template("current_temperature_template")
        topic = options.topic("current_temperature_topic")
        self._hear(topic, template, self._reader("current_temperature_c"))
        options.template("mode_command_template")
        options.template("temperature_command_template")

    def encode(self, asked: Mapping[str, Value]) -> list[Message]:
        """Return the mode first, then the temperature on the device's own step."""
        messages: list[Message] = []
        mode, celsius = asked.get("mode"), asked.get("temperature_c")
        if mode is not None:
            text = self._command("mode_command_template", str(mode))
            messages.append((self._mode_topic, text))
        if isinstance(celsius, int | float):
            text = self._command("temperature_command_template", f"{self._snapped(celsius):g}")
            messages.append((self._temperature_topic, text))
        return messages

    def _snapped(self, celsius: float) -> float:
        asked = celsius * 1.8 + 32 if self._fahrenheit else celsius
        steps = round((asked - self._low) / self._step)
        return round(min(self._high, max(self._low, self._low + steps * self._step)), 3)

    def _celsius(self, value: float) -> float:
        return (value - 32) / 1.8 if self._fahrenheit else value

    def _read_mode(self, text: str) -> State:
        return {"mode": text} if text in MODES else {}

    def _reader(self, name: str) -> _Temperature:
        return _Temperature(name, self)

    def temperature(self, text: str) -> float | None:
        """Return a reported temperature in Celsius, to a hundredth."""
        value = number(text)
        return None if value is None else round(self._celsius(value), 2)


class _Temperature:
    def __init__(self, name: str, climate: Climate) -> None:
        self._name = name
        self._climate = climate

    def __call__(self, text: str) -> State:
        value = self._climate.temperature(text)
        return {} if value is None else {self._name: value}
