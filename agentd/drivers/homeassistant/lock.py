"""A lock; unlocking waits for a human's yes.

Source: Home Assistant 2026.2, `components/mqtt/lock.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from agentd.drivers.homeassistant.config import EntityConfig
from agentd.drivers.homeassistant.entity import Entity, Message, Words
from agentd.drivers.homeassistant.errors import DiscoveryError
from agentd.model import Flag, Kind, Value


class Lock(Entity):
    """A lock that is locked or not. One that wants a code is refused: agentd keeps none."""

    kind = Kind.LOCK

    def __init__(self, config: EntityConfig) -> None:
        super().__init__(config)
        options = self.options
        if "code_format" in options:
            raise DiscoveryError('"code_format": a lock that wants a code is not supported')
        self._topic = options.needed_topic("command_topic")
        self.arguments["locked"] = Flag()
        self.confirm.add(("locked", False))
        words = Words(
            "locked",
            {
                options.text("state_locked", "LOCKED"): True,
                options.text("state_unlocked", "UNLOCKED"): False,
            },
        )
        template = options.template("value_template")
        self._hear(options.topic("state_topic"), template, words, ["locked"])
        options.template("command_template")

    def encode(self, asked: Mapping[str, Value]) -> list[Message]:
        """Return the LOCK or UNLOCK payload."""
        options = self.options
        payload = (
            options.text("payload_lock", "LOCK")
            if asked["locked"]
            else options.text("payload_unlock", "UNLOCK")
        )
        return [(self._topic, self._command("command_template", payload))]
