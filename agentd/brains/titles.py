"""What is to be played may be called anything: "play Turn Off the Lights on the TV", 播放《关灯》.

The title is taken out before the sentence is read and put back behind it, so that no word of it is
ever an order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from agentd.brains.language import detect_language
from agentd.brains.targets import Home
from agentd.model import Call

_INSTEAD: Final = {"en": "music", "zh": "音乐"}
_MARKED: Final = re.compile(
    r"(?:\b(?:play|put on|listen to|hear|queue|stream)\b|播放|放|听|来)"
    r"[^\"“”《》「」『』,，.。;；]{0,16}(?P<title>[\"“《「『][^\"“”《》「」『』]{1,80}[\"”》」』])",
    re.IGNORECASE,
)
_BARE: Final = re.compile(
    r"(?:^|\band (?:then )?)\W*(?:(?:please|can you|could you|would you|just) )*"
    r"play (?:(?:some|me|us|a bit of|a little) )*(?P<title>[^,;.!?\"]{2,80}?)"
    r" (?:on|in) (?P<where>(?:the |my |our )?[^,;.!?\"]{2,40})[.!]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Titled:
    """A sentence without its title; `title` is "" where none was found."""

    words: str
    title: str = ""
    stand_in: str = ""

    def restored(self, calls: Sequence[Call]) -> list[Call] | None:
        """Return the calls with the title in its place; None where that is not plain."""
        if not self.title:
            return list(calls)
        found = [call for call in calls if self.stand_in in str(call.arguments.get("media", ""))]
        if len(found) != 1:
            return None
        return [self._put_back(call) if call is found[0] else call for call in calls]

    def _put_back(self, call: Call) -> Call:
        media = str(call.arguments["media"]).replace(self.stand_in, self.title)
        return replace(call, arguments={**call.arguments, "media": media})


def untitled(words: str, home: Home) -> Titled:
    """Return `words` with a stand-in for the one title in them."""
    found = _MARKED.search(words) or _BARE.search(words)
    if found is None or not _is_place(found, home):
        return Titled(words)
    stand_in = _INSTEAD[detect_language(words)]
    start, end = found.span("title")
    rest = f"{words[:start]}{stand_in}{words[end:]}"
    return Titled(rest, found["title"].strip('"“”《》「」『』'), stand_in)


def _is_place(found: re.Match[str], home: Home) -> bool:
    """Return whether a bare title is followed by where it is to be played, and is no place."""
    if found.re is _MARKED:
        return True
    where = found["where"]
    known = home.is_place(where) or home.knows(where)
    return known and not home.knows(found["title"]) and not home.is_place(found["title"])
