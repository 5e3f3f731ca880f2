"""Who changes their mind in the middle: "forward 20, no wait, make that 30 cm" is forward 30 cm.

The sentence is put as it would have been said at once, and only where it is plain what was
corrected: a value, or what is meant. Anything else stays as it is, and is not understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from agentd.brains.naming import names
from agentd.brains.quantity import parse_quantity
from agentd.brains.settings import is_value
from agentd.brains.tagger import Tagged, Tagging
from agentd.brains.targets import Home

_TURN: Final = re.compile(
    r"[\s,.;，。…-]*(?:\b(?:(?:no|oh|sorry|actually|hang on|hold on)[\s,]+)*"
    r"(?:no,? wait|wait,? no|no,? sorry|scratch that|i mean(?:t)?|correction|no,? no|actually,? no"
    r"|no,? (?=make (?:that|it)))\b"
    r"|(?:啊|哦|噢|呃)?(?:不对|说错了|我是说|哦不|不不))[\s,:，：。.-]*",
    re.IGNORECASE,
)
_MAKE_IT: Final = re.compile(
    r"^(?:(?:make|have) (?:that|it)|i meant?|rather|instead|to\b|the one in\b"
    r"|是|应该是|改成|换成)\s*",
    re.IGNORECASE,
)
_INSTEAD: Final = re.compile(r"[\s,]*\b(?:instead|rather|please)\W*$|[，,]?(?:才对|吧)\W*$")


def corrected(words: str, tag: Callable[[str], Tagging], home: Home) -> str:
    """Return `words` as they are meant, or as they are."""
    parts = _TURN.split(words)
    if len(parts) != 2 or not all(part.strip() for part in parts):
        return words
    before, after = parts
    meant = _INSTEAD.sub("", _MAKE_IT.sub("", after)).strip(" .!,，。！")
    clauses = tag(before).clauses
    wrong = _corrected_span(clauses[-1], meant, home) if clauses else ""
    if not meant or before.count(wrong or "\n") != 1:
        return words
    return before.replace(wrong, meant)


def _corrected_span(clause: Tagged, meant: str, home: Home) -> str:
    """Return the words of `clause` that `meant` stands for instead, "" when that is not plain."""
    values = clause.all("value")
    if parse_quantity(meant) is not None or is_value(meant):
        return values[-1] if values else ""
    rooms = clause.all("room")
    if home.is_place(meant) and rooms:
        return rooms[-1]
    targets, _ = names(clause)
    return targets[-1] if targets and (home.is_place(meant) or home.knows(meant)) else ""
