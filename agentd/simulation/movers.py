"""Simulated devices that take their time: shutters, a valve, a thermostat, a fan, a speaker."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence

from agentd.simulation.appliances import Appliance, Config, Message, whole


class Shutter(Appliance):
    """A motor that travels from closed (0) to open (100) in `travel_s` seconds.

    `positions` False is a garage door: it has end switches and cannot stop at a number.
    """

    def __init__(
        self, topic: str, config: Config, base: str, *, travel_s: float, positions: bool = True
    ) -> None:
        commands = [f"{base}/set"] + ([f"{base}/position/set"] if positions else [])
        super().__init__(topic, config, commands)
        self._base = base
        self._speed = 100 / travel_s
        self._positions = positions
        self.position = 0.0 if not positions else 100.0
        self.target = self.position

    @property
    def busy(self) -> bool:
        """Whether the motor runs."""
        return self.position != self.target

    @property
    def state(self) -> str:
        """What it does, or how it stands."""
        if self.busy:
            return "opening" if self.target > self.position else "closing"
        if 0 < self.position < 100:
            return "stopped"
        return "open" if self.position else "closed"

    def hear(self, topic: str, payload: str) -> Sequence[Message]:
        """Take `OPEN`, `CLOSE`, `STOP` or a position."""
        if topic.endswith("/position/set"):
            self.target = float(whole(payload, 0, 100, round(self.target)))
        else:
            self.target = {"OPEN": 100.0, "CLOSE": 0.0, "STOP": self.position}.get(
                payload, self.target
            )
        return ()

    def pass_time(self, seconds: float) -> None:
        """Travel."""
        way = self._speed * seconds
        left = self.target - self.position
        self.position = self.target if abs(left) <= way else self.position + way * _sign(left)

    def reports(self) -> Mapping[str, str]:
        """Return what its state topic says, and where it is."""
        said = {f"{self._base}/state": self.state}
        if self._positions:
            said[f"{self._base}/position"] = str(round(self.position))
        return said


class Valve(Shutter):
    """A motor valve, closed at 0 and open after so many `turns`; it reports in JSON."""

    def __init__(
        self, topic: str, config: Config, base: str, *, travel_s: float, turns: int
    ) -> None:
        super().__init__(topic, config, base, travel_s=travel_s, positions=False)
        self._turns = turns

    def hear(self, topic: str, payload: str) -> Sequence[Message]:
        """Take `STOP` or a number of turns."""
        if payload == "STOP":
            self.target = self.position
        else:
            before = round(self.target * self._turns / 100)
            self.target = 100 * whole(payload, 0, self._turns, before) / self._turns
        return ()

    def reports(self) -> Mapping[str, str]:
        """Return state and turns in one object."""
        turns = round(self.position * self._turns / 100)
        state = "open" if self.state == "stopped" else self.state
        return {f"{self._base}/state": json.dumps({"state": state, "position": turns})}


class Thermostat(Appliance):
    """A room that follows its set point by a tenth of a degree every two seconds."""

    def __init__(self, topic: str, config: Config, base: str) -> None:
        super().__init__(topic, config, [f"{base}/mode/set", f"{base}/temperature/set"])
        self._base = base
        self._mode = "heat"
        self._target = 21.0
        self._room = 19.5

    @property
    def busy(self) -> bool:
        """Whether the room still warms up or cools down."""
        return abs(self._room - self._goal) > 0.05

    @property
    def _goal(self) -> float:
        return 17.0 if self._mode == "off" else self._target

    def hear(self, topic: str, payload: str) -> Sequence[Message]:
        """Take a mode or a temperature."""
        if topic.endswith("/mode/set"):
            self._mode = payload if payload in ("off", "heat", "auto") else self._mode
            return ()
        with contextlib.suppress(ValueError, OverflowError):
            self._target = min(30.0, max(5.0, round(float(payload) * 2) / 2))
        return ()

    def pass_time(self, seconds: float) -> None:
        """Warm up or cool down."""
        way = min(abs(self._goal - self._room), 0.05 * seconds)
        self._room += way * _sign(self._goal - self._room)

    def reports(self) -> Mapping[str, str]:
        """Return mode, set point and the room's temperature."""
        return {
            f"{self._base}/mode": self._mode,
            f"{self._base}/temperature": f"{self._target:.1f}",
            f"{self._base}/current": f"{self._room:.1f}",
        }


class Fan(Appliance):
    """A ceiling fan with four speeds."""

    def __init__(self, topic: str, config: Config, base: str) -> None:
        super().__init__(topic, config, [f"{base}/set", f"{base}/speed/set"])
        self._base = base
        self._on = False
        self._speed = 1

    def hear(self, topic: str, payload: str) -> Sequence[Message]:
        """Take `ON`, `OFF` or a speed from 1 to 4."""
        if topic.endswith("/speed/set"):
            self._speed = whole(payload, 1, 4, self._speed)
        elif payload in ("ON", "OFF"):
            self._on = payload == "ON"
        return ()

    def reports(self) -> Mapping[str, str]:
        """Return state and speed."""
        state = "ON" if self._on else "OFF"
        return {f"{self._base}/state": state, f"{self._base}/speed": str(self._speed)}


class Speaker(Appliance):
    """A speaker that plays whatever it is asked for, and says its title."""

    tracks = ("Morning light", "Rain on the roof", "Evening walk")

    def __init__(self, topic: str, config: Config, base: str) -> None:
        names = ("play", "pause", "next", "previous", "volume", "mute", "playmedia")
        super().__init__(topic, config, [f"{base}/{name}" for name in names])
        self._base = base
        self._state = "paused"
        self._track = 0
        self._title = self.tracks[0]
        self._volume = 0.3
        self._muted = False

    def hear(self, topic: str, payload: str) -> Sequence[Message]:
        """Take a command; the topic's last word says which."""
        word = topic.rsplit("/", 1)[-1]
        if word in ("play", "pause"):
            self._state = "playing" if word == "play" else "paused"
        elif word in ("next", "previous"):
            self._track = (self._track + (1 if word == "next" else -1)) % len(self.tracks)
            self._title = self.tracks[self._track]
        elif word == "mute":
            self._muted = payload == "true"
        elif word == "playmedia":
            self._title, self._state = payload[:100], "playing"
        else:
            self._set_volume(payload)
        return ()

    def _set_volume(self, payload: str) -> None:
        with contextlib.suppress(ValueError):
            self._volume = min(1.0, max(0.0, float(payload)))

    def reports(self) -> Mapping[str, str]:
        """Return state, title, volume (0 to 1) and mute."""
        return {
            f"{self._base}/state": self._state,
            f"{self._base}/title": self._title,
            f"{self._base}/volume/state": f"{self._volume:g}",
            f"{self._base}/mute/state": "true" if self._muted else "false",
        }


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)
