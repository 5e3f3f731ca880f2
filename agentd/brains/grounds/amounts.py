"""The quantities that stand in a person's words, and whether a proposed number is one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from agentd.brains.language import detect_language
from agentd.brains.manners import Manners
from agentd.brains.quantity import Quantity, parse_quantity

TOLERANCE: Final = 0.01
"""A model may round what was said by so much of it."""
_LONGEST: Final = 40
_READ: Final = 400
"""Characters of one order in which quantities are looked for; people say less."""
_STARTS: Final = re.compile(
    r"(?<![\w.])(?<!\d[, ])(?<!\bin )(?<!\bwithin )(?:-?\d|minus|an?\b|half"
    r"|quarter|third|zero|one|two|three|four|five|six"
    r"|seven|eight|nine|ten|eleven|twelve|[a-z]+teen|twenty|thirty|forty|fifty|sixty|seventy|eighty"
    r"|ninety)|(?<![\d.零〇一二两三四五六七八九十百千负])[零〇一二两三四五六七八九十百千半负]|(?<=[^\x00-\x7f])-?\d",
    re.IGNORECASE,
)
"""Where a quantity may begin; "in 2 m" is a time or a place, and no way to go."""
_GOES_ON: Final = re.compile(r"\s*[.,:/]?\s*[-\d零〇一二两三四五六七八九十百千半]")
"""Behind a quantity this is more of it: "1 m 20", 1米5. Half a number is none."""
_BARE_END: Final = re.compile(
    r"[\s,.!。，]*(?:$|(?:to|towards?) the\b|to your\b|left|right|clockwise|counter|anti|ccw|cw"
    r"|please|now|吧|。)",
    re.IGNORECASE,
)
"""Behind a number without a unit nothing else may be counted: "in 5 rooms" is no angle."""
_SOME_TURN: Final = re.compile(r"an? (?:turn|rotation|spin)", re.IGNORECASE)
"""An article makes it no whole turn: "make a turn to the left"."""


def quantities(text: str) -> list[Quantity]:
    """Return every quantity in `text` in order, each as long as it was said."""
    return list(_quantities(text[:_READ]))


def _quantities(text: str) -> Iterator[Quantity]:
    position = 0
    while start := _STARTS.search(text, position):
        position = start.end()
        for end in range(min(len(text), start.start() + _LONGEST), start.start(), -1):
            quantity = _quantity(text, start.start(), end)
            if quantity is not None:
                yield quantity
                position = end
                break


def _quantity(text: str, start: int, end: int) -> Quantity | None:
    """Return the quantity that ends right there, None where a word or a number goes on."""
    said, behind = text[start:end], text[end:]
    if said != said.strip() or (_is_latin(said[-1:]) and _is_latin(behind[:1])):
        return None
    if _GOES_ON.match(behind) or _SOME_TURN.fullmatch(said):
        return None
    quantity = parse_quantity(said)
    if quantity is None or (not quantity.unit and not _BARE_END.match(behind)):
        return None
    return quantity


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def is_amount(text: str) -> bool:
    """Return whether `text` is a quantity and at most a "please": "a metre, and a half"."""
    return parse_quantity(Manners(detect_language(text)).strip(text).words) is not None


def fits(value: float, said: Iterable[float]) -> bool:
    """Return whether `value` is one of the numbers that were `said`."""
    return any(abs(value - each) <= abs(each) * TOLERANCE for each in said)
