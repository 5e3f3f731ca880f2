"""What lights have in common, whatever the schema they are announced in.

Source: Home Assistant 2026.2, `components/mqtt/light/`.
"""

from __future__ import annotations

from collections.abc import Mapping

from agentd.drivers.homeassistant import color
from agentd.drivers.homeassistant.config import EntityConfig
from agentd.drivers.homeassistant.entity import Entity
from agentd.drivers.homeassistant.errors import DiscoveryError
from agentd.drivers.homeassistant.options import Options
from agentd.model import Choice, Flag, Kind, Number, State, Value

COLDEST_MIRED, WARMEST_MIRED = 153, 500


class Light(Entity):
    """On and off, brightness, colour by name, colour temperature."""

    kind = Kind.LIGHT

    def __init__(self, config: EntityConfig) -> None:
        super().__init__(config)
        options = self.options
        self._topic = options.needed_topic("command_topic")
        self._scale = options.number("brightness_scale", 255)
        if self._scale < 1:
            raise DiscoveryError('"brightness_scale" must be at least 1')
        self._kelvin = options.flag("color_temp_kelvin")
        self._warmest, self._coldest = kelvin_range(options)
        self.arguments["on"] = Flag()
        self.tolerance["brightness_pct"] = 2.0

    def expected(self, asked: Mapping[str, Value]) -> State:
        """Brightness or a colour switches it on; brightness 0 switches it off."""
        percent = asked.get("brightness_pct")
        if asked.get("on") is False or percent == 0:
            return {"on": False}
        if percent is None:
            return {"on": True, **asked}
        nearest = self._percent(self._raw_brightness(percent))
        return {"on": True, **asked, "brightness_pct": nearest}

    def _offer(self, *, brightness: bool, colors: bool, temperature: bool) -> None:
        if brightness:
            self.arguments["brightness_pct"] = Number(0, 100, "%", whole=True)
        if colors or temperature:
            self.arguments["color"] = Choice(tuple(color.RGB if colors else color.KELVIN))
        if temperature:
            self.arguments["color_temp_k"] = Number(self._warmest, self._coldest, "K")
            # One mired is the finest step most lights have: 40 K at 6500 K.
            self.tolerance["color_temp_k"] = max(50.0, self._coldest**2 / 1_000_000)

    def _raw_brightness(self, percent: Value) -> int:
        share = percent if isinstance(percent, int | float) else 0
        return max(1, round(self._scale * share / 100))

    def _percent(self, raw: float) -> int:
        return round(100 * min(1.0, max(0.0, raw / self._scale)))

    def _wanted_kelvin(self, asked: Mapping[str, Value], *, colors: bool) -> float | None:
        """Return the white to set, if a white is what was asked for."""
        kelvin, name = asked.get("color_temp_k"), asked.get("color")
        if isinstance(kelvin, int | float):
            return min(self._coldest, max(self._warmest, float(kelvin)))
        if name in color.KELVIN and ("color_temp_k" in self.arguments or not colors):
            return min(self._coldest, max(self._warmest, float(color.KELVIN[str(name)])))
        return None

    def _raw_temperature(self, kelvin: float) -> int:
        return round(kelvin) if self._kelvin else color.mired(kelvin)

    def _white(self, raw: float) -> State:
        """Return what a reported colour temperature says."""
        if raw <= 0:
            return {}
        kelvin = round(raw if self._kelvin else 1_000_000 / raw)
        return {"color_temp_k": kelvin, "color": color.name_of_kelvin(kelvin)}


def kelvin_range(options: Options) -> tuple[int, int]:
    """Return the warmest and the coldest white in kelvin."""
    warmest = options.number("min_kelvin", 0)
    coldest = options.number("max_kelvin", 0)
    low_mired = options.number("min_mireds", COLDEST_MIRED)
    high_mired = options.number("max_mireds", WARMEST_MIRED)
    if min(low_mired, high_mired) <= 0 or min(warmest, coldest) < 0:
        raise DiscoveryError("a colour temperature below zero")
    warmest = round(warmest or 1_000_000 / high_mired)
    coldest = round(coldest or 1_000_000 / low_mired)
    if warmest >= coldest:
        raise DiscoveryError("the colour temperatures make no range")
    return int(warmest), int(coldest)
