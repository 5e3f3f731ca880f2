"""What covers and valves have in common: a motor between closed and open, and a position.

Source: Home Assistant 2026.2, `components/mqtt/{cover,valve}.py`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from agentd.drivers.homeassistant.config import EntityConfig
from agentd.drivers.homeassistant.entity import Entity, Message, number
from agentd.drivers.homeassistant.errors import DiscoveryError
from agentd.model import Flag, Number, State, Value


class Opening(Entity):
    """Position 100 is open, whatever the device counts; `moving` says which way it goes now.

    It is slow: it is done when it says that it moves toward what was asked, and the receipt says
    so. Opening one whose `device_class` is in `needs_a_yes` waits for a human's yes.
    """

    moves = True
    needs_a_yes: ClassVar[tuple[str, ...]]

    def __init__(self, config: EntityConfig) -> None:
        super().__init__(config)
        options = self.options
        self._closed = options.number("position_closed", 0)
        self._open = options.number("position_open", 100)
        if self._open == self._closed:
            raise DiscoveryError('"position_open" and "position_closed" are the same')
        self.tolerance["position_pct"] = max(3.0, 50 / abs(self._open - self._closed))
        self._states = {
            options.text(f"state_{word}", word): word
            for word in ("open", "opening", "closed", "closing", "stopped")
        }

    def _offer(self, *, positions: bool) -> None:
        """Offer `open`, and `position_pct` where it takes `positions`."""
        self.arguments["open"] = Flag()
        if self.options.text("device_class") in self.needs_a_yes:
            # A position would open it past the question, so there is none to set.
            self.confirm.add(("open", True))
        elif positions:
            self.arguments["position_pct"] = Number(0, 100, "%", whole=True)

    @abstractmethod
    def stop(self) -> list[Message]:
        """Return the message that stops the motor, where it knows how."""

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

    def _wanted_position(self, asked: Mapping[str, Value]) -> float:
        """Return the percentage that was asked for, also in the words open and closed."""
        position = asked.get("position_pct")
        if position is None:
            return 100 if asked["open"] else 0
        if not isinstance(position, int | float):
            raise TypeError(position)
        return position

    def _raw(self, position: float) -> int:
        return round(self._closed + (self._open - self._closed) * position / 100)

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
