"""What one clause asks for: a verb of ours, and the words that fill its slots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

COLOR_TEMPERATURE: Final = (
    "color temp",
    "colour temp",
    "white balance",
    "warmth",
    "色温",
)
_ASPECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "brightness_pct": ("bright", "dim", "light level", "luminos", "intens", "亮", "暗", "光"),
    "volume_pct": ("volume", "sound", "loud", "quiet", "bass", "音", "声"),
    "temperature_c": ("temp", "heat", "warm", "cool", "hot", "cold", "degree", "温", "热", "冷"),
    "speed_pct": ("speed", "fast", "slow", "air", "风", "速", "档"),
    "position_pct": ("position", "open", "clos", "height", "flow", "开", "位置", "流量"),
    "level_pct": ("level", "power", "output", "功率", "输出"),
    "angle_deg": ("angle", "角度"),
    "color_temp_k": COLOR_TEMPERATURE,
}
"""What an aspect is called, by the argument that it is; `color_temp_k` is looked for first."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one clause asks for: a verb of ours, and the words that fill its slots."""

    verb: str
    words: str
    slots: Mapping[str, str] = field(default_factory=dict)
    values: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """True when it only reads."""
        return self.verb.startswith("ask")

    @property
    def aspects(self) -> tuple[str, ...]:
        """The arguments that the words for an aspect mean, empty when none was said."""
        said = self.slots.get("about", "").casefold()
        if any(word in said for word in _ASPECTS["color_temp_k"]):
            return ("color_temp_k",)  # 色温 is no temperature of a room.
        return tuple(
            name
            for name in ("color_temp_k", *(each for each in _ASPECTS if each != "color_temp_k"))
            if any(word in said for word in _ASPECTS[name])
        )
