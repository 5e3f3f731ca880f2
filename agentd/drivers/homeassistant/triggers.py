"""Scenes and buttons: pressed, and that is all they know.

Source: Home Assistant 2026.2, `components/mqtt/{scene,button}.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from agentd.drivers.homeassistant.config import EntityConfig
from agentd.drivers.homeassistant.entity import Entity, Message
from agentd.model import Kind, Value


class Trigger(Entity):
    """One payload on one topic, and no report of it ever."""

    payload_key: ClassVar[str]
    payload: ClassVar[str]

    def __init__(self, config: EntityConfig) -> None:
        super().__init__(config)
        self._topic = self.options.needed_topic("command_topic")
        self.options.template("command_template")

    def encode(self, asked: Mapping[str, Value]) -> list[Message]:
        """Return the payload that activates it."""
        payload = self.options.text(self.payload_key, self.payload)
        return [(self._topic, self._command("command_template", payload))]


class Scene(Trigger):
    """A scene to activate."""

    kind = Kind.SCENE
    payload_key = "payload_on"
    payload = "ON"


class Button(Trigger):
    """A button to press."""

    kind = Kind.BUTTON
    payload_key = "payload_press"
    payload = "PRESS"
