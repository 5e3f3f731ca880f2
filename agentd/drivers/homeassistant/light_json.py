"""A light that takes and reports one JSON object (schema `json`).

Source: Home Assistant 2026.2, `components/mqtt/light/schema_json.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from agentd.drivers.homeassistant import color
from agentd.drivers.homeassistant.config import EntityConfig
from agentd.drivers.homeassistant.entity import Message, table
from agentd.drivers.homeassistant.light import Light
from agentd.drivers.homeassistant.template import AS_IT_IS
from agentd.model import State, Value

COLOR_MODES = ("hs", "xy", "rgb", "rgbw", "rgbww")
LEGACY_FLAGS = ("brightness", "color_temp", "hs", "rgb", "xy")


class JsonLight(Light):
    """`{"state": "ON", "brightness": 76, "color": {"h": 30, "s": 100}}`."""

    def __init__(self, config: EntityConfig) -> None:
        super().__init__(config)
        options = self.options
        modes = options.words("supported_color_modes")
        modes += tuple(flag for flag in LEGACY_FLAGS if not modes and options.flag(flag))
        self._mode = next((mode for mode in modes if mode in COLOR_MODES), "")
        self._offer(
            brightness=options.flag("brightness") or bool(set(modes) - {"onoff"}),
            colors=bool(self._mode),
            temperature="color_temp" in modes,
        )
        topic = options.topic("state_topic")
        self._hear(topic, AS_IT_IS, self._read, self.arguments)

    def encode(self, asked: Mapping[str, Value]) -> list[Message]:
        """Return one JSON object with all that was asked."""
        wanted = self.expected(asked)
        if not wanted["on"]:
            return [(self._topic, json.dumps({"state": "OFF"}))]
        payload: dict[str, object] = {"state": "ON"}
        if "brightness_pct" in wanted:
            payload["brightness"] = self._raw_brightness(wanted["brightness_pct"])
        kelvin = self._wanted_kelvin(wanted, colors=bool(self._mode))
        if kelvin is not None:
            payload["color_temp"] = self._raw_temperature(kelvin)
        elif "color" in wanted:
            payload["color"] = self._color(str(wanted["color"]))
        return [(self._topic, json.dumps(payload))]

    def _color(self, name: str) -> Mapping[str, float]:
        rgb = color.RGB[name]
        if self._mode == "hs":
            return dict(zip("hs", color.to_hs(rgb), strict=True))
        if self._mode == "xy":
            return dict(zip("xy", color.to_xy(rgb), strict=True))
        extra = {"rgb": "", "rgbw": "w", "rgbww": "cw"}[self._mode]
        return dict(zip("rgb", rgb, strict=True)) | dict.fromkeys(extra, 0)

    def _read(self, text: str) -> State:
        said = table(text)
        if said is None:
            return {}
        state: dict[str, Value] = {}
        if said.get("state") in ("ON", "OFF"):
            state["on"] = said["state"] == "ON"
        raw = _number(said.get("brightness"))
        if raw is not None and "brightness_pct" in self.arguments:
            state["brightness_pct"] = self._percent(raw)
        return {**state, **self._read_color(said)}

    def _read_color(self, said: Mapping[str, object]) -> State:
        """Read what shines now: `color_mode` says which of the coordinates counts."""
        mode, found = said.get("color_mode"), said.get("color")
        raw = _number(said.get("color_temp"))
        if mode == "white":
            return {"color": "white"}
        if raw is not None and (mode == "color_temp" or (mode is None and not found)):
            return self._white(raw)
        if mode == "color_temp" or not isinstance(found, dict):
            return {}
        return _named(found, str(mode or ""))


def _named(found: Mapping[str, object], mode: str) -> State:
    keys = {"hs": ("h", "s"), "xy": ("x", "y"), "rgb": ("r", "g", "b")}
    order = [mode[:3] if mode.startswith("rgb") else mode, "hs", "rgb", "xy"]
    for space in order:
        parts = [_number(found.get(key)) for key in keys.get(space, ())]
        values = [part for part in parts if part is not None]
        if not parts or len(values) < len(parts):
            continue
        if space == "hs":
            return {"color": color.name_of_hs(values[0], values[1])}
        if space == "xy":
            return {"color": color.name_of_xy(values[0], values[1])}
        red, green, blue = (round(min(255.0, max(0.0, value))) for value in values)
        return {"color": color.name_of_rgb((red, green, blue))}
    return {}


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e12 else None
