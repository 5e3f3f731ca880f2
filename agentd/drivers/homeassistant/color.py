"""Ten colours by name, in the coordinates lights speak, and back to the nearest name."""

from __future__ import annotations

import colorsys
import math
from collections.abc import Mapping
from types import MappingProxyType

Rgb = tuple[int, int, int]
Pair = tuple[float, float]

RGB: Mapping[str, Rgb] = MappingProxyType(
    {
        "red": (255, 0, 0),
        "green": (0, 255, 0),
        "blue": (0, 0, 255),
        "yellow": (255, 255, 0),
        "orange": (255, 128, 0),
        "purple": (128, 0, 255),
        "pink": (255, 105, 180),
        "white": (255, 255, 255),
        "warm white": (255, 197, 143),
        "cyan": (0, 255, 255),
    }
)
KELVIN: Mapping[str, int] = MappingProxyType({"white": 4000, "warm white": 2700})
"""The two names that a light without colours can also be."""


def to_hs(rgb: Rgb) -> Pair:
    """Return hue in degrees and saturation in percent; brightness is left out."""
    hue, saturation, _ = colorsys.rgb_to_hsv(*(part / 255 for part in rgb))
    return round(hue * 360, 1), round(saturation * 100, 1)


def to_xy(rgb: Rgb) -> Pair:
    """Return CIE 1931 x, y (sRGB gamma, wide gamut D65, as Philips Hue documents it)."""
    red, green, blue = (_linear(part / 255) for part in rgb)
    x = red * 0.664511 + green * 0.154324 + blue * 0.162028
    y = red * 0.283881 + green * 0.668433 + blue * 0.047685
    z = red * 0.000088 + green * 0.072310 + blue * 0.986039
    total = x + y + z
    return (round(x / total, 4), round(y / total, 4)) if total else (0.3227, 0.329)


def name_of_hs(hue: float, saturation: float) -> str:
    """Return the nearest name on the colour wheel."""
    return min(RGB, key=lambda name: math.dist(_wheel(*to_hs(RGB[name])), _wheel(hue, saturation)))


def name_of_rgb(rgb: Rgb) -> str:
    """Return the nearest name, however bright."""
    return name_of_hs(*to_hs(rgb))


def name_of_xy(x: float, y: float) -> str:
    """Return the nearest name in CIE 1931 coordinates."""
    return min(RGB, key=lambda name: math.dist(to_xy(RGB[name]), (x, y)))


def name_of_kelvin(kelvin: float) -> str:
    """Return which white this is."""
    return min(KELVIN, key=lambda name: abs(KELVIN[name] - kelvin))


def mired(kelvin: float) -> int:
    """Return micro reciprocal degrees, the unit most lights count colour temperature in."""
    return round(1_000_000 / kelvin)


def _wheel(hue: float, saturation: float) -> Pair:
    angle = math.radians(hue)
    return saturation * math.cos(angle), saturation * math.sin(angle)


def _linear(part: float) -> float:
    return ((part + 0.055) / 1.055) ** 2.4 if part > 0.04045 else part / 12.92
