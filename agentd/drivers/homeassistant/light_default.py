"""A light with a topic for each attribute (schema `basic`, the default).

Source: Home Assistant 2026.2, `components/mqtt/light/schema_basic.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from agentd.drivers.homeassistant import color
from agentd.drivers.homeassistant.config import EntityConfig
from agentd.drivers.homeassistant.entity import Message, Words, number
from agentd.drivers.homeassistant.errors import DiscoveryError
from agentd.drivers.homeassistant.light import Light
from agentd.model import State, Value

COLOR_MODES = ("hs", "rgb", "xy")
ON_COMMAND_TYPES = ("last", "first", "brightness")


class DefaultLight(Light):
    """Plain payloads: `ON`, `128`, `255,0,0`."""

    def __init__(self, config: EntityConfig) -> None:
        super().__init__(config)
        options = self.options
        self._on = options.text("payload_on", "ON")
        self._off = options.text("payload_off", "OFF")
        self._order = options.text("on_command_type", "last")
        if self._order not in ON_COMMAND_TYPES:
            raise DiscoveryError(f'"on_command_type" must be one of {", ".join(ON_COMMAND_TYPES)}')
        self._brightness_topic = options.topic("brightness_command_topic")
        self._temperature_topic = options.topic("color_temp_command_topic")
        modes = [mode for mode in COLOR_MODES if options.topic(f"{mode}_command_topic")]
        self._mode = modes[0] if modes else ""
        if self._order == "brightness" and not self._brightness_topic:
            raise DiscoveryError('"brightness_command_topic" is missing')
        self._offer(
            brightness=bool(self._brightness_topic),
            colors=bool(self._mode),
            temperature=bool(self._temperature_topic),
        )
        self._listen()
        for key in ("brightness", "color_temp", *COLOR_MODES):
            options.template(f"{key}_command_template")

    def _listen(self) -> None:
        options = self.options
        words = Words("on", {self._on: True, self._off: False})
        template = options.template("state_value_template")
        self._hear(options.topic("state_topic"), template, words, ["on"])
        white = ["color_temp_k"] if self._mode else ["color_temp_k", "color"]
        for key, read, reports in (
            ("brightness", self._read_brightness, ["brightness_pct"]),
            ("color_temp", self._read_temperature, white),
            ("hs", self._read_hs, ["color"]),
            ("rgb", self._read_rgb, ["color"]),
            ("xy", self._read_xy, ["color"]),
        ):
            template = options.template(f"{key}_value_template")
            self._hear(options.topic(f"{key}_state_topic"), template, read, reports)

    def encode(self, asked: Mapping[str, Value]) -> list[Message]:
        """Return colour and brightness, and ON where the light wants it (`on_command_type`)."""
        wanted = self.expected(asked)
        if not wanted["on"]:
            return [(self._topic, self._off)]
        styles = self._styles(wanted)
        if self._order == "brightness":
            if "brightness_pct" not in wanted:
                styles.append(self._brightness(100))
            return styles
        on = (self._topic, self._on)
        return [on, *styles] if self._order == "first" else [*styles, on]

    def _styles(self, wanted: State) -> list[Message]:
        messages: list[Message] = []
        kelvin = self._wanted_kelvin(wanted, colors=bool(self._mode))
        if kelvin is not None:
            raw = self._raw_temperature(kelvin)
            text = self._command("color_temp_command_template", str(raw))
            messages.append((self._temperature_topic, text))
        elif "color" in wanted:
            messages.append(self._color(str(wanted["color"])))
        if "brightness_pct" in wanted:
            messages.append(self._brightness(wanted["brightness_pct"]))
        return messages

    def _brightness(self, percent: Value) -> Message:
        text = self._command("brightness_command_template", str(self._raw_brightness(percent)))
        return self._brightness_topic, text

    def _color(self, name: str) -> Message:
        rgb = color.RGB[name]
        parts = {"hs": color.to_hs(rgb), "xy": color.to_xy(rgb), "rgb": rgb}[self._mode]
        text = self._command(f"{self._mode}_command_template", ",".join(f"{p:g}" for p in parts))
        return self.options.topic(f"{self._mode}_command_topic"), text

    def _read_brightness(self, text: str) -> State:
        raw = number(text)
        return {} if raw is None else {"brightness_pct": self._percent(raw)}

    def _read_temperature(self, text: str) -> State:
        raw = number(text)
        return {} if raw is None else self._white(raw)

    def _read_hs(self, text: str) -> State:
        parts = _numbers(text)
        return {"color": color.name_of_hs(*parts)} if len(parts) == 2 else {}

    def _read_xy(self, text: str) -> State:
        parts = _numbers(text)
        return {"color": color.name_of_xy(*parts)} if len(parts) == 2 else {}

    def _read_rgb(self, text: str) -> State:
        parts = [round(min(255.0, max(0.0, part))) for part in _numbers(text)]
        if len(parts) != 3:
            return {}
        return {"color": color.name_of_rgb((parts[0], parts[1], parts[2]))}


def _numbers(text: str) -> list[float]:
    parts = [number(part) for part in text.split(",")[:6]]
    return [part for part in parts if part is not None] if None not in parts else []
