"""Simulated devices that answer at once: lights, plugs, a lock, scenes, sensors.

Each is a plain state machine: a payload in on one of its `commands`, payloads out by
`reports()`. It knows neither MQTT nor agentd's own words; its announcement is what a third
party's firmware would send.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

Config = Mapping[str, object]
Message = tuple[str, str]


class Appliance:
    """One announcement, and what it does."""

    def __init__(self, topic: str, config: Config, commands: Sequence[str]) -> None:
        self.config_topic = topic
        self.config = config
        self.commands = tuple(commands)

    @property
    def busy(self) -> bool:
        """Whether time changes it: something moves, warms up or plays."""
        return False

    def hear(self, topic: str, payload: str) -> Sequence[Message]:
        """Take a command; return what it publishes to others because of it."""
        return ()

    def pass_time(self, seconds: float) -> None:
        """Let time go by."""

    def reports(self) -> Mapping[str, str]:
        """Return the state topics with their payload as it is now."""
        return {}


class JsonLight(Appliance):
    """Speaks the JSON schema; keeps what it was told last."""

    def __init__(self, topic: str, config: Config, base: str, first: Mapping[str, object]) -> None:
        super().__init__(topic, config, [f"{base}/set"])
        self._base = base
        self._state: dict[str, object] = {"state": "OFF", **first}

    def hear(self, topic: str, payload: str) -> Sequence[Message]:
        """Merge the JSON; a colour and a white exclude each other."""
        try:
            asked = json.loads(payload)
        except (ValueError, RecursionError):
            return ()
        if not isinstance(asked, dict) or asked.get("state") not in ("ON", "OFF"):
            return ()
        self._state |= {k: v for k, v in asked.items() if k in ("state", "brightness")}
        if "color" in asked:
            self._state.pop("color_temp", None)
            self._state |= {"color": asked["color"], "color_mode": "hs"}
        elif "color_temp" in asked:
            self._state.pop("color", None)
            self._state |= {"color_temp": asked["color_temp"], "color_mode": "color_temp"}
        return ()

    def reports(self) -> Mapping[str, str]:
        """Return the one state object."""
        return {f"{self._base}/state": json.dumps(self._state)}


class PlainLight(Appliance):
    """Speaks plain payloads on a topic for each attribute; `brightness` None: only on and off."""

    def __init__(
        self, topic: str, config: Config, base: str, *, brightness: int | None = None
    ) -> None:
        commands = [f"{base}/switch"] + ([f"{base}/brightness/set"] if brightness else [])
        super().__init__(topic, config, commands)
        self._base = base
        self._on = False
        self._brightness = brightness

    def hear(self, topic: str, payload: str) -> Sequence[Message]:
        """Take `ON`, `OFF` or a brightness."""
        if topic.endswith("/brightness/set"):
            self._brightness = whole(payload, 1, 100, self._brightness or 1)
        elif payload in ("ON", "OFF"):
            self._on = payload == "ON"
        return ()

    def reports(self) -> Mapping[str, str]:
        """Return the state and the brightness."""
        said = {f"{self._base}/status": "ON" if self._on else "OFF"}
        if self._brightness is not None:
            said[f"{self._base}/brightness/status"] = str(self._brightness)
        return said


class Plug(Appliance):
    """A plug that reports in JSON, as Zigbee bridges do."""

    def __init__(self, topic: str, config: Config, base: str) -> None:
        super().__init__(topic, config, [f"{base}/set"])
        self._base = base
        self._on = False

    def hear(self, topic: str, payload: str) -> Sequence[Message]:
        """Take `ON` or `OFF`."""
        if payload in ("ON", "OFF"):
            self._on = payload == "ON"
        return ()

    def reports(self) -> Mapping[str, str]:
        """Return state, power and signal quality in one object."""
        power = 35.0 if self._on else 0.0
        said = {"state": "ON" if self._on else "OFF", "power": power, "linkquality": 132}
        return {self._base: json.dumps(said)}


class Lock(Appliance):
    """A front door that takes a second to turn its bolt."""

    turn_s = 1.0

    def __init__(self, topic: str, config: Config, base: str) -> None:
        super().__init__(topic, config, [f"{base}/set"])
        self._base = base
        self._locked = self._wanted = True
        self._left_s = 0.0

    @property
    def busy(self) -> bool:
        """Whether the bolt turns."""
        return self._left_s > 0

    def hear(self, topic: str, payload: str) -> Sequence[Message]:
        """Take `LOCK` or `UNLOCK`."""
        if payload in ("LOCK", "UNLOCK"):
            self._wanted = payload == "LOCK"
            self._left_s = self.turn_s if self._wanted != self._locked else 0.0
        return ()

    def pass_time(self, seconds: float) -> None:
        """Turn the bolt."""
        self._left_s = max(0.0, self._left_s - seconds)
        if not self.busy:
            self._locked = self._wanted

    def reports(self) -> Mapping[str, str]:
        """Return the state as a lock says it, in between too."""
        words = ("LOCKING", "UNLOCKING") if self.busy else ("LOCKED", "UNLOCKED")
        state = self._wanted if self.busy else self._locked
        return {f"{self._base}/state": words[0] if state else words[1]}


class Trigger(Appliance):
    """A scene or a button: on `payload` it commands others. It reports nothing."""

    def __init__(
        self, topic: str, config: Config, command: str, payload: str, then: Sequence[Message] = ()
    ) -> None:
        super().__init__(topic, config, [command])
        self._payload = payload
        self._then = then
        self.pressed = 0

    def hear(self, topic: str, payload: str) -> Sequence[Message]:
        """Count, and command the others."""
        if payload != self._payload:
            return ()
        self.pressed += 1
        return self._then


class Sensors(Appliance):
    """Sensors on one state topic that say the same until somebody changes `values`."""

    def __init__(self, topic: str, config: Config, base: str, values: Mapping[str, object]) -> None:
        super().__init__(topic, config, [])
        self._base = base
        self.values = dict(values)

    def reports(self) -> Mapping[str, str]:
        """Return all values in one object."""
        return {f"{self._base}/state": json.dumps(self.values)}


def whole(payload: str, low: int, high: int, otherwise: int) -> int:
    """Return the whole number in `payload`, kept in its range, or `otherwise`."""
    try:
        return min(high, max(low, int(payload)))
    except ValueError:
        return otherwise
