"""Puts turns of phrase into the plain words for them: "the hall excluded" is "except the hall".

Only where the whole of a phrase says it; what is not known here stays as it was said.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_THING: Final = r"[^,，.;；]{1,40}?"
_SPARED: Final = rf"(?:the |my |our )?(?P<x>{_THING})"
_STATE: Final = "on|lit|running|playing|burning"
_LATELY: Final = r"(?:,? (?:any ?more|any longer|now|tonight|for now|at the moment|please))*\W*$"
_UNWANTED: Final = (
    r"^\W*(?:i|we)(?:'d)? (?:don'?t|do not|no longer) (?:really )?(?:want|need)(?: to have)?"
)

_Rule = tuple[str, str | Callable[[re.Match[str]], str]]
_RULES: Final[tuple[_Rule, ...]] = (
    (r"(?<=\w) '?n'? (?=\w)", " and "),
    (r"莫(?=要?[开关动锁调放拉打])", "别"),
    # What sounds like a way and is spelt like nothing.
    (r"前近|前劲", "前进"),
    (r"后腿|候退|厚退", "后退"),
    (r"[佑祐又幼]转(?=\s*(?:[\d一二三四五六七八九十两半]|个?直角))", "右转"),
    (r"[做座坐作]转(?=\s*(?:[\d一二三四五六七八九十两半]|个?直角))", "左转"),
    (r"\bturn rite\b", "turn right"),
    # What stands in front and says nothing.
    (r"^\W*(?:早|早啊|早上好|晚上好|那什么|嗯+|呃+|哦+|好了|对了|话说|诶|唉|哎呀?)[,，]\s*", ""),
    # What is spared.
    (
        rf",\s*(?:with )?{_SPARED} (?:excluded|excepted|aside|exempt(?:ed)?|not included)\W*$",
        r" except the \g<x>",
    ),
    (
        rf"^\W*(?:with )?{_SPARED} (?:excluded|excepted|aside)\s*,\s*(?P<rest>.+)$",
        r"\g<rest> except the \g<x>",
    ),
    (
        r"[,;.]?\s*(?:and |but )?\b(?:everything|all|the rest)(?: else| others?)? "
        r"(?:can |should |is to |may )?(?:stays?|remains?)"
        r"(?: (?:on|as (?:it|they) (?:is|are)|as is|put|like that|untouched))?\W*$",
        "",
    ),
    (
        rf",?\s*(?:and |but )?only (?:the )?(?P<x>{_THING}) (?:remains?|stays?|(?:should|can) stay)"
        r"(?: (?:on|lit|as (?:it|they) (?:is|are)|as is))?\W*$",
        r" except the \g<x>",
    ),
    (rf"^(?P<rest>.+)[,，]\s*(?P<x>{_THING})的?(?:除外|例外|不算)\W*$", r"除了\g<x>,\g<rest>"),
    (
        r"除(?![了外非去湿尘])(?P<x>[^,，]{1,10}?)(?:之外|以外|外)[,，]?\s*(?:的)?",
        r"除了\g<x>,",
    ),
    (r"(?:调|降|减|设|开)(?:低|小|暗)?[到成为至](?:现在|目前|当前|原来)的?一半", "减半"),
    (r",\s*(?:both|all(?: two| three| four)?|the lot) of (?:them|it)(?=\W*$)", ""),
    (
        r"\b(?:whatever|everything)(?: light)?(?:'s| is|s)(?: still)? (?:lit|burning)\b",
        "all the lights that are on",
    ),
    (
        r"\b(?:every room|everywhere|the (?:whole|entire) (?:house|home|place|flat)) "
        r"(?:should|must|has to|needs to|is to) be dark\b",
        "all the lights off",
    ),
    # What is no longer wanted.
    (
        rf"^\W*(?P<t>{_THING}) can (?:be (?:turned|switched) off|go off)(?: now| again)?"
        r"(?=\W*$|[,.;])",
        r"turn off \g<t>",
    ),
    (
        rf"^\W*stop (?:heating|warming)(?: up)? (?:the |my |our )?(?P<t>{_THING})(?=\W*$|,)",
        r"turn the \g<t> heater off",
    ),
    (rf"{_UNWANTED} (?P<t>{_THING}) (?:to be )?(?:{_STATE}){_LATELY}", r"turn off \g<t>"),
    (rf"{_UNWANTED} (?P<t>{_THING}) (?:to be )?open{_LATELY}", r"close \g<t>"),
    (
        rf"^\W*(?:there(?:'s| is) no (?:more )?need for|(?:i|we) can do without) (?P<t>{_THING})"
        rf"(?: to be (?:{_STATE}))?{_LATELY}",
        r"turn off \g<t>",
    ),
    (
        rf"^(?P<t>{_THING})(?:就)?(?:没必要|没有必要|不用|不必|不需要|无需|别)(?:再|一直|总)*"
        r"(?:亮|开)着[了吧啊呀]*\W*$",
        r"关掉\g<t>",
    ),
    (
        rf"^\W*(?:我|我们)?不想(?:让|要)?(?P<t>{_THING})(?:再|一直)*(?:亮|开)着[了吧]*\W*$",
        r"关掉\g<t>",
    ),
)
_READY: Final = tuple((re.compile(said, re.IGNORECASE), plain) for said, plain in _RULES)
_STACCATO: Final = re.compile(r"(?:[A-Za-z]{1,12}[.!]+\s*){2,5}")


def plain(words: str) -> str:
    """Return `words` in the plain words for what they say."""
    if _STACCATO.fullmatch(words):  # "TV. OFF. NOW."
        words = " ".join(re.findall(r"[A-Za-z]+", words))
    for said, instead in _READY:
        words = said.sub(instead, words)
    return words
