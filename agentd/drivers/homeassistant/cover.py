"""Curtains, blinds, doors: open, close, stop, or a position.

Source: Home Assistant 2026.2, `components/mqtt/cover.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from agentd.drivers.homeassistant.config import EntityConfig
from agentd.drivers.homeassistant.entity import Entity, Message, number
from agentd.drivers.homeassistant.errors import DiscoveryError
from agentd.model import Flag, Kind, Number, State, Value

NEEDS_A_YES = ("garage", "gate", "door")


class Cover(Entity):
    """Position 100 is open, whatever the device counts; `moving` says which way it goes now.

    A position template knows the device's own number as `value` and the percentage as `position`.

    Opening a garage door, a gate or a door waits for a human's yes. A cover is slow: it is done
    when it says that it moves toward what was asked, and the receipt says so.
    """

    kind = Kind.COVER
    moves = True

    def __init__(self, config: EntityConfig) -> None:
        super().__init__(config)
        options = self.options
        self._topic = options.topic("command_topic")
        self._set_position = options.topic("set_position_topic")
        self._closed = options.number("position_closed", 0)
        self._open = options.number("position_open", 100)
        if self._open == self._closed:
            raise DiscoveryError('"position_open" and "position_closed" are the same')
        if not self._topic and not self._set_position:
            raise DiscoveryError('"command_topic" is missing')
        self.arguments["open"] = Flag()
        if options.text("device_class") in NEEDS_A_YES:
            # A position would open it past the question, so there is none to set.
            self.confirm.add(("open", True))
        elif self._set_position:
            self.arguments["position_pct"] = Number(0, 100, "%", whole=True)
        self._listen()
        self.tolerance["position_pct"] = max(3.0, 50 / abs(self._open - self._closed))
        options.template("set_position_template", "position")

    def _listen(self) -> None:
        options = self.options
        position_topic = options.topic("position_topic")
        self._states = {
            options.text("state_open", "open"): "open",
            options.text("state_opening", "opening"): "opening",
            options.text("state_closed", "closed"): "closed",
            options.text("state_closing", "closing"): "closing",
            options.text("state_stopped", "stopped"): "stopped",
        }
        template = options.template("value_template")
        self._hear(options.topic("state_topic"), template, self._read_state, ["open"])
        template = options.template("position_template")
        self._hear(position_topic, template, self._read_position, ["open", "position_pct"])

    def encode(self, asked: Mapping[str, Value]) -> list[Message]:
        """Return OPEN or CLOSE, or the position in the device's own numbers."""
        position = asked.get("position_pct")
        if position is None and self._topic:
            key, word = ("payload_open", "OPEN") if asked["open"] else ("payload_close", "CLOSE")
            return [(self._topic, self.options.text(key, word))]
        if position is None:
            position = 100 if asked["open"] else 0
        if not isinstance(position, int | float):
            raise TypeError(position)
        raw = round(self._closed + (self._open - self._closed) * position / 100)
        text = self._command("set_position_template", str(raw), position=f"{position:g}")
        return [(self._set_position, text)]

    def stop(self) -> list[Message]:
        """Return STOP, where the cover knows how."""
        if not self._topic or self.options.denies("payload_stop"):
            return []
        return [(self._topic, self.options.text("payload_stop", "STOP"))]

    def verdict(self, asked: Mapping[str, Value], state: State) -> str | None:
        """Say done when it is there, or moves there."""
        moving = state.get("moving", "")
        if not moving:
            return super().verdict(asked, state)
        return f"{moving}" if moving == self._way(asked, state) else None

    def under_way(self, asked: Mapping[str, Value], before: State, now: State) -> str:
        """Tell by its positions that it moves there, when it has no word for it."""
        start, end = before.get("position_pct"), now.get("position_pct")
        if not isinstance(start, int | float) or not isinstance(end, int | float) or start == end:
            return ""
        went = "opening" if end > start else "closing"
        return went if went == self._way(asked, before) else ""

    def _way(self, asked: Mapping[str, Value], state: State) -> str:
        """Return which way it must go from `state`, or "" when nobody can tell."""
        target, now = asked.get("position_pct"), state.get("position_pct")
        if isinstance(target, int | float):
            if target in (0, 100):
                return "opening" if target else "closing"
            if not isinstance(now, int | float):
                return ""
            return "opening" if target > now else "closing"
        return "opening" if asked.get("open") else "closing"

    def _read_state(self, text: str) -> State:
        said = self._states.get(text)
        if said in ("opening", "closing"):
            return {"moving": said}
        if said in ("open", "closed"):
            return {"open": said == "open", "moving": ""}
        return {"moving": ""} if said == "stopped" else {}

    def _read_position(self, text: str) -> State:
        raw = number(text)
        if raw is None:
            return {}
        share = (raw - self._closed) / (self._open - self._closed)
        position = round(100 * min(1.0, max(0.0, share)))
        return {"position_pct": position, "open": position > 0}
