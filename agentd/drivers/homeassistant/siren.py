"""A siren: on or off. Tones, volume and duration stay as the siren has them.

Source: Home Assistant 2026.2, `components/mqtt/siren.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from agentd.drivers.homeassistant.config import EntityConfig
from agentd.drivers.homeassistant.entity import Entity, Message, Words, table
from agentd.model import Flag, Kind, State, Value


class Siren(Entity):
    """A switch that is told, and tells, in JSON where no template says otherwise."""

    kind = Kind.SWITCH

    def __init__(self, config: EntityConfig) -> None:
        super().__init__(config)
        options = self.options
        self._topic = options.needed_topic("command_topic")
        self._on = options.text("payload_on", "ON")
        self._off = options.text("payload_off", "OFF")
        self.arguments["on"] = Flag()
        states = {
            options.text("state_on") or self._on: True,
            options.text("state_off") or self._off: False,
        }
        self._words = Words("on", states)
        template = options.template("state_value_template")
        self._hear(options.topic("state_topic"), template, self._read, ["on"])
        for key in ("command_template", "command_off_template"):
            options.template(key, "state")

    def encode(self, asked: Mapping[str, Value]) -> list[Message]:
        """Return the ON or OFF payload, through the template for it or in JSON."""
        payload = self._on if asked["on"] else self._off
        key = "command_template"
        if not asked["on"] and self.options.text("command_off_template"):
            key = "command_off_template"
        if not self.options.text(key):
            return [(self._topic, json.dumps({"state": payload}))]
        return [(self._topic, self._command(key, payload, state=payload))]

    def _read(self, text: str) -> State:
        said = table(text)
        return self._words(text if said is None else str(said.get("state")))
