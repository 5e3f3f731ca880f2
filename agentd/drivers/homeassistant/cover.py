"""Curtains, blinds, doors: open, close, stop, or a position.

Source: Home Assistant 2026.2, `components/mqtt/cover.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from agentd.drivers.homeassistant.config import EntityConfig
from agentd.drivers.homeassistant.entity import Message
from agentd.drivers.homeassistant.errors import DiscoveryError
from agentd.drivers.homeassistant.opening import Opening
from agentd.model import Kind, Value


class Cover(Opening):
    """A cover has a topic for its words and another for its position.

    A position template knows the device's own number as `value` and the percentage as `position`.
    """

    kind = Kind.COVER
    needs_a_yes = ("garage", "gate", "door")

    def __init__(self, config: EntityConfig) -> None:
        super().__init__(config)
        options = self.options
        self._topic = options.topic("command_topic")
        self._set_position = options.topic("set_position_topic")
        if not self._topic and not self._set_position:
            raise DiscoveryError('"command_topic" is missing')
        self._offer(positions=bool(self._set_position))
        template = options.template("value_template")
        self._hear(options.topic("state_topic"), template, self._read_state, ["open"])
        topic, template = options.topic("position_topic"), options.template("position_template")
        self._hear(topic, template, self._read_position, ["open", "position_pct"])
        options.template("set_position_template", "position")

    def encode(self, asked: Mapping[str, Value]) -> list[Message]:
        """Return OPEN or CLOSE, or the position in the device's own numbers."""
        if "position_pct" not in asked and self._topic:
            key, word = ("payload_open", "OPEN") if asked["open"] else ("payload_close", "CLOSE")
            return [(self._topic, self.options.text(key, word))]
        position = self._wanted_position(asked)
        raw, percent = str(self._raw(position)), f"{position:g}"
        text = self._command("set_position_template", raw, position=percent)
        return [(self._set_position, text)]

    def stop(self) -> list[Message]:
        """Return STOP, where the cover knows how."""
        if not self._topic or self.options.denies("payload_stop"):
            return []
        return [(self._topic, self.options.text("payload_stop", "STOP"))]
