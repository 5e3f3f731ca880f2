"""A valve for water or gas: open, close, stop, or a position.

Source: Home Assistant 2026.2, `components/mqtt/valve.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from agentd.drivers.homeassistant.config import EntityConfig
from agentd.drivers.homeassistant.entity import UNKNOWN, Message, table
from agentd.drivers.homeassistant.errors import DiscoveryError
from agentd.drivers.homeassistant.opening import Opening
from agentd.model import Kind, State, Value

WORDS_ONLY = ("payload_open", "payload_close", "state_open", "state_closed")
"""Keys that say nothing about a valve that is set and reports by its position."""


class Valve(Opening):
    """One topic to command and one to hear, for words or, with `reports_position`, for numbers.

    A report is a word, a number, or JSON with `state` and `position`. Opening gas waits for a
    human's yes. A command template knows `position`, `position_open` and `position_closed`.
    """

    kind = Kind.VALVE
    needs_a_yes = ("gas",)

    def __init__(self, config: EntityConfig) -> None:
        super().__init__(config)
        options = self.options
        self._topic = options.needed_topic("command_topic")
        self._positions = options.flag("reports_position")
        strange = [key for key in WORDS_ONLY if self._positions and key in options]
        if strange:
            raise DiscoveryError(f'"{strange[0]}" does not go with "reports_position"')
        self._says_moving = False
        self._offer(positions=self._positions)
        reports = ["open", "position_pct"] if self._positions else ["open"]
        template = options.template("value_template")
        self._hear(options.topic("state_topic"), template, self._read, reports)
        options.template("command_template", *self._names(""))

    def encode(self, asked: Mapping[str, Value]) -> list[Message]:
        """Return OPEN or CLOSE, or the position in the device's own numbers."""
        position = self._wanted_position(asked)
        if self._positions:
            names = self._names(f"{position:g}")
            raw = str(self._raw(position))
            return [(self._topic, self._command("command_template", raw, **names))]
        key, word = ("payload_open", "OPEN") if position else ("payload_close", "CLOSE")
        return [self._word(self.options.text(key, word))]

    def stop(self) -> list[Message]:
        """Return the payload that stops it; a valve that announces none cannot be stopped."""
        payload = self.options.text("payload_stop")
        return [self._word(payload)] if payload else []

    def _word(self, payload: str) -> Message:
        """Return a word as a message. It is no position, whatever the template asks for."""
        names = self._names(payload)
        return self._topic, self._command("command_template", payload, **names)

    def _names(self, position: str) -> dict[str, str]:
        ends = {"position_open": f"{self._open:g}", "position_closed": f"{self._closed:g}"}
        return {"position": position, **ends}

    def _read(self, text: str) -> State:
        word = position = text
        said = table(text)
        if said is not None:
            word, position = (str(said.get(key, "")) for key in ("state", "position"))
        found: dict[str, Value] = dict(self._read_state(word))
        self._says_moving |= bool(found.get("moving"))
        if self._positions and position not in UNKNOWN:
            found |= self._read_position(position)
            # Only one that says when it moves says with an end position that it rests.
            if self._says_moving and found.get("position_pct") in (0, 100):
                found.setdefault("moving", "")
        return found
