"""A switch: on or off. Source: Home Assistant 2026.2, `components/mqtt/switch.py`."""

from __future__ import annotations

from collections.abc import Mapping

from agentd.drivers.homeassistant.config import EntityConfig
from agentd.drivers.homeassistant.entity import Entity, Message, Words
from agentd.model import Flag, Kind, Value


class Switch(Entity):
    """A plug, a relay, anything that is on or off."""

    kind = Kind.SWITCH

    def __init__(self, config: EntityConfig) -> None:
        super().__init__(config)
        options = self.options
        self._topic = options.needed_topic("command_topic")
        self._on = options.text("payload_on", "ON")
        self._off = options.text("payload_off", "OFF")
        self.arguments["on"] = Flag()
        words = Words(
            "on",
            {
                options.text("state_on", self._on): True,
                options.text("state_off", self._off): False,
            },
        )
        self._hear(options.topic("state_topic"), options.template("value_template"), words, ["on"])
        options.template("command_template")

    def encode(self, asked: Mapping[str, Value]) -> list[Message]:
        """Return the ON or OFF payload."""
        payload = self._on if asked["on"] else self._off
        return [(self._topic, self._command("command_template", payload))]
