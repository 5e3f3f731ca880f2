"""What a model puts on a list or takes off it: only what the person said."""

from __future__ import annotations

import re
from typing import Final

from agentd.brains.language import CJK, fold
from agentd.model import Call

_WORD: Final = re.compile(rf"[{CJK}]|[^\W_{CJK}]+")


def unsaid(call: Call, mine: str) -> str:
    """Return the entry of `call` that the words `mine` do not say, or "".

    Every word of what is added must be said; of what is taken off one is enough, for a person says
    "milk" of the "oat milk" that stands there.
    """
    said = set(_words(mine))
    for name, enough in (("add", all), ("remove", any)):
        entry = call.arguments.get(name)
        if isinstance(entry, str) and not enough(each in said for each in _words(entry)):
            return entry[:80]
    return ""


def _words(text: str) -> list[str]:
    """Return the words without their plural, Chinese ones by character."""
    return [each.removesuffix("s") or each for each in _WORD.findall(fold(text))]
