"""Who changes their mind in the middle: "forward 20, no wait, make that 30 cm" is forward 30 cm.

The sentence is put as it would have been said at once, and only where it is plain what was
corrected: a value, or what is meant. Anything else stays as it is, and is not understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from agentd.brains.deeds import is_motion
from agentd.brains.language import detect_language
from agentd.brains.naming import names
from agentd.brains.phrases import EVIDENCE, TO_AND_FRO
from agentd.brains.quantity import parse_quantity
from agentd.brains.settings import is_value
from agentd.brains.tagger import Tagged, Tagging
from agentd.brains.targets import Home

_TURN: Final = re.compile(
    r"[\s,.;，。…-]*(?:\b(?:(?:no|oh|sorry|actually|hang on|hold on)[\s,]+)*"
    r"(?:no,? wait|wait,? no|no,? sorry|scratch that|strike that|oops|or rather|i mean(?:t)?"
    r"|correction|no,? no|actually,? no|no,? (?=make (?:that|it)))\b"
    r"|(?:啊|哦|噢|呃|哎)?(?:不对|说?错了|我是说|哦不|啊不|哎不是|不不+|算了))[\s,:，：。.-]*",
    re.IGNORECASE,
)
_HESITATION: Final = re.compile(
    r"\s*[,.;，。…-]+\s*(?:\b(?:hang on|hold on|wait|hm+|(?:oh )?(?:no|sorry)"
    r"|(?:actually,? )?make (?:that|it))\b"
    r"|等等|等一?下|不|改成)[\s,:，：。.-]*",
    re.IGNORECASE,
)
"""Weaker: behind it a value is put in another's place, and nothing else."""
_NOT_THAT: Final = re.compile(
    r"^(?:no,?\s*)?(?:don'?t|do not|not|别|不要)(?P<way>[^,，]{1,24})[,，]\s*(?:but |just )?",
    re.IGNORECASE,
)
SURELY: Final = 0.9
"""How sure a whole order must be to stand in the place of the one before it."""
_MAKE_IT: Final = re.compile(
    r"^(?:(?:make|have) (?:that|it)|i meant?|rather|instead|to\b|the one in\b"
    r"|是|应该是|改成|换成)\s*",
    re.IGNORECASE,
)
_INSTEAD: Final = re.compile(
    r"[\s,]*\b(?:instead|rather|please|that is)\W*$|[，,]?(?:才对|吧|就够了|就行|就好)\W*$"
)
_I_MEAN: Final = re.compile(r"(?<=\w)[\s,]+i mean(?:t)?\W*$", re.IGNORECASE)


def corrected(words: str, tag: Callable[[str], Tagging], home: Home) -> str:
    """Return `words` as they are meant, or as they are."""
    if (bare := _without_ban(words, tag)) != words:
        return bare
    surely = len(parts := _TURN.split(_I_MEAN.sub("", words))) == 2
    parts = parts if surely else _HESITATION.split(words)
    if len(parts) != 2 or not all(part.strip() for part in parts):
        return words
    before, after = parts
    meant = _INSTEAD.sub("", _MAKE_IT.sub("", after)).strip(" .!,，。！")
    if not meant or not (surely or _is_value(meant)):
        return words
    clauses = tag(before).clauses
    if surely and len(clauses) == 1 and (again := _again(clauses[0], meant)):
        return again
    wrong = _corrected_span(clauses[-1], meant, home) if clauses else ""
    if before.count(wrong or "\n") == 1:
        return before.replace(wrong, _with_unit(meant, wrong))
    return meant if surely and len(clauses) == 1 and _is_order(tag(meant)) else words


def _without_ban(words: str, tag: Callable[[str], Tagging]) -> str:
    """Return the way to go behind one that is not: "don't turn left, turn right 45"."""
    ban = _NOT_THAT.match(words)
    if ban is None:
        return words
    rest = words[ban.end() :]
    banned = [way for way in _WAYS if way.search(ban["way"])]
    banned = banned or [way for way in (_TURNING,) if way.search(ban["way"])]
    if not banned or any(way.search(rest) for way in banned):
        return words
    tagging = tag(rest)
    moves = all(is_motion(each.verb) for each in tagging.clauses)
    return rest if moves and _is_order(tagging) else words


def _again(clause: Tagged, meant: str) -> str:
    """Return the order of `clause` with another verb, "" where `meant` is none: "i mean off"."""
    targets, _ = names(clause)
    target, value = "".join(targets), "".join(clause.all("value"))
    if _WAY.fullmatch(meant) and is_motion(clause.verb) and value:
        return f"{_GO.get(meant, '')}{meant} {value}".strip()
    if len(targets) != 1 or not _DEED.fullmatch(meant):
        return ""
    chinese = detect_language(meant) == "zh"
    order = "turn {} {}" if meant in ("on", "off") else "{1} {0}"
    return f"把{target}{meant}" if chinese else order.format(target, meant)


def _is_order(tagging: Tagging) -> bool:
    """Return whether this is surely one order, and a whole one."""
    if tagging.kind != "command" or len(tagging.clauses) != 1:
        return False
    (order,) = tagging.clauses
    return order.verb not in ("none", "other", "keep") and min(tagging.sure, order.sure) > SURELY


def _is_value(said: str) -> bool:
    return parse_quantity(said) is not None or is_value(said)


def _with_unit(meant: str, wrong: str) -> str:
    """Return `meant` with the unit that was said before: "50 cm... make that 15"."""
    new, old = parse_quantity(meant), _DIGITS.match(wrong)
    return f"{meant}{wrong[old.end() :]}" if new and not new.unit and old else meant


_DIGITS: Final = re.compile(r"[\d.]+|[零一二两三四五六七八九十百半点]+")
_TURNING: Final = re.compile(r"\bturn(?:ing)?\b|转")
_WAY: Final = re.compile(
    r"left|right|forwards?|back(?:wards?)?|[左右]转|[向往][左右]转?|前进|后退|倒车|[向往][前后]"
)
_GO: Final = {
    **dict.fromkeys(("left", "right"), "turn "),
    **dict.fromkeys(("forward", "forwards", "back", "backward", "backwards"), "drive "),
}
_DEED: Final = re.compile(
    r"on|off|open|close|shut|lock|unlock|mute|pause|打开|关掉|关上|拉上|拉开|锁上|静音|暂停|开|关"
)
_WAYS: Final = (*TO_AND_FRO, EVIDENCE["turn_left"], EVIDENCE["turn_right"])


def _corrected_span(clause: Tagged, meant: str, home: Home) -> str:
    """Return the words of `clause` that `meant` stands for instead, "" when that is not plain."""
    values = clause.all("value")
    if _is_value(meant):
        return values[-1] if values else ""
    rooms = clause.all("room")
    if home.is_place(meant) and rooms:
        return rooms[-1]
    targets, _ = names(clause)
    return targets[-1] if targets and (home.is_place(meant) or home.knows(meant)) else ""
