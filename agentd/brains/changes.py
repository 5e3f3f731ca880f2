"""By how much: "by 10 percent", "two notches", "double", 一半, 两档."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from agentd.brains.language import fold
from agentd.brains.quantity import parse_number, parse_quantity

_FACTORS: Final = {
    **dict.fromkeys(
        (
            *("double", "doubled", "twice", "twice as", "2x"),
            *("一倍", "两倍", "加倍", "翻倍", "翻一番", "翻一倍", "多一倍"),
        ),
        2.0,
    ),
    **dict.fromkeys(("triple", "three times", "三倍", "两倍多"), 3.0),
    **dict.fromkeys(
        (
            "half",
            "halve",
            "in half",
            "by half",
            "half as",
            "一半",
            "半",
            "减半",
            "减一半",
            "降一半",
            "砍一半",
        ),
        0.5,
    ),
    **dict.fromkeys(("a third", "one third", "三分之一"), 1 / 3),
    **dict.fromkeys(("a quarter", "one quarter", "四分之一"), 0.25),
}
_LITTLE: Final = frozenset(
    [
        "a bit",
        "a little",
        "a little bit",
        "slightly",
        "a tad",
        "a touch",
        "a notch",
        "a step",
        "some",
        "一点",
        "一些",
        "点",
        "一点点",
        "一点儿",
        "些",
        "稍微",
        "一档",
        "一格",
        "一级",
    ]
)
_LOT: Final = frozenset(
    ["a lot", "much", "way", "far", "many", "considerably", "很多", "许多", "不少", "多", "好多"]
)
_NOTCHES: Final = re.compile(
    r"(?P<count>.+?)\s*(?:notch(?:es)?|steps?|clicks?|levels?|档|格|级|挡)"
)
OF_NOW: Final = re.compile(
    r"(?P<part>half|(?:an?|one|two|three) (?:third|quarter|fifth|tenth)s?|\d+(?: ?%| percent))"
    r" (?:of )?(?:what it(?:'s| is| was)(?: now)?|(?:its|the) (?:current|present|usual)(?: \w+)?)"
    r"|(?:现在|目前|当前|原来)的?(?:亮度|音量|风速|温度)?的(?P<zh>一半|.分之.|百分之.{1,3})"
)
"""A part of what something is now: three quarters of 80 % are 60 %."""
_UNITS: Final = ("%", "", "C", "deg", "K")
_UNITS_OF: Final = {
    "temperature_c": ("C", "deg", "%"),
    "angle_deg": ("deg",),
    "color_temp_k": ("K", "%"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """A change: `steps` of the usual size, unless `by` (its unit) or `factor` was said."""

    steps: float = 1.0
    by: float | None = None
    factor: float | None = None
    little: bool = False
    """True for "a bit": of a light that is half a step."""
    unit: str = ""
    """Of `by`: `%`, `deg`, `C`, `K`, or none said."""

    @property
    def said(self) -> bool:
        """True when an amount was said."""
        return self.by is not None or self.factor is not None

    def fits(self, argument: str) -> bool:
        """Return whether `argument` can change by this unit: no light by 90 degrees."""
        return not self.unit or self.unit in _UNITS_OF.get(argument, ("%",))

    def of(self, now: float, sign: int, step: float) -> float:
        """Return the value after the change of `now`, up or down as `sign`."""
        if self.factor is not None:
            if self.factor > 1:
                return now * self.factor if sign > 0 else now / self.factor
            return now * (1 + sign * self.factor) if sign > 0 else now * (1 - self.factor)
        return now + sign * (step * self.steps if self.by is None else self.by)


def parse_change(phrase: str) -> Change | None:
    """Return the change that the whole of `phrase` says, or None."""
    said = fold(phrase).strip(" .,，。").removeprefix("by ").strip()
    if said in _FACTORS:
        return Change(factor=_FACTORS[said])
    if said in _LITTLE or said in _LOT:
        return Change(steps=2.0) if said in _LOT else Change(little=True)
    if of_now := OF_NOW.fullmatch(said):
        return _part_of_now(of_now["part"] or of_now["zh"])
    notches = _NOTCHES.fullmatch(said)
    count = parse_number(_bare(notches["count"])) if notches else None
    if count is not None and 0 < count <= 20:
        return Change(steps=count)
    quantity = parse_quantity(_bare(re.sub(r"\s*points?$|个?百分点$", "", said)))
    if quantity is None or quantity.unit not in _UNITS or quantity.value < 0:
        return None
    return Change(by=quantity.value, unit=quantity.unit)


def _part_of_now(said: str) -> Change | None:
    part = parse_quantity(said)
    return Change(factor=1 - part.value / 100) if part and part.unit == "%" else None


def _bare(said: str) -> str:
    return re.sub(
        r"^(?:a|an)\s+(?=degree|percent|notch|step)", "one ", re.sub(r"^a couple of ", "two ", said)
    )
