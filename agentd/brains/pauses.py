"""Pauses that were spoken and not written: "counter light on im chopping onions".

Who speaks into a telephone or types in a hurry leaves the comma out between an order and why it is
given. Tried only where a sentence is not understood as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from agentd.brains.language import CJK

_SUBJECT: Final = (
    r"(?:(?:im|ive|its|hes|shes|theyre|theyve|weve|thats|theres)\b"
    r"|(?:i|we|he|she|they|it|there|that|this|everyone|everybody|someone|somebody|nobody)"
    r"(?:'(?:m|s|re|ve|ll|d)|\s+(?:am|is|are|was|were|have|has|had|need|needs|want|wants|think|feel"
    r"|don'?t|doesn'?t|didn'?t|can'?t|won'?t|cannot|can|got|just|hate|hates|love|smell|see|hear|keep"
    r"|keeps|look|looks|feels|sounds|will))\b)"
)
_BEFORE_REASON: Final = re.compile(
    rf"(?<=[\w%])\s+(?={_SUBJECT}|(?:because|cos|cause|coz|since|or else|before)\s)", re.IGNORECASE
)
_JOINING: Final = re.compile(
    r"\b(?:when|once|if|until|till|while|as|after|before|because|cos|cause|coz|that|so|and|but|or|than"
    r"|whether|where|what|how|who|which|to|of|unless|since|though|except|says?|said|think|know|hope"
    r"|told|like|case|whenever|wherever|for|with|by|provided|providing|assuming|given|suppose|supposing"
    r"|lest|whilst|moment|minute|second|time|day|night|morning|evening|week|long|soon|only)$",
    re.IGNORECASE,
)
"""Behind these a subject belongs to what was said before: "once I am home"."""
_BEHIND_REASON: Final = re.compile(
    rf"^(?P<why>(?:ok(?:ay)?\s+|so\s+)?{_SUBJECT}[^,.;!?]*?)"
    r"(?<!\bto)(?<!gonna)(?<!n't)(?<!\bnot)(?<!\bjust)(?<!\band)(?<!\byou)(?<!\bwill)(?<!'ll)"
    r"\s+(?:so\s+)?(?=(?:please|can|could|turn|switch|set|put|open|close|shut|lock|dim|make|start|play)\s)",
    re.IGNORECASE,
)
_SPOKEN: Final = re.compile(
    rf"{_SUBJECT}|(?:because|cos|cause|coz|since)\s|[{CJK}]{{3}}", re.IGNORECASE
)
_AND_ANOTHER: Final = re.compile(
    r"\b(?P<way>on|off)\s+(?=(?:(?:the|my)\s+)?\w+(?:\s+\w+){0,2}\s+(?:on|off)\W*$)", re.IGNORECASE
)
"""Two orders in a row: "tv off lamp on"."""
_SPACE: Final = re.compile(rf"(?<=[{CJK}][{CJK}])\s+(?=[{CJK}][{CJK}])")
_BEHIND_ORDER: Final = re.compile(
    rf"(?<=[{CJK}]吧)(?=[{CJK}]{{3}})|(?<=一下)(?=有人|我|他|她|外面|太|要|快|客人)"
    rf"|(?<=[一再]度)(?=太)|(?<=[一再]点)(?=太)"
)


def with_pauses(words: str) -> str:
    """Return `words` with a comma where an order and its reason meet, the same where none do."""
    for pause in (_SPACE, _BEHIND_ORDER):
        words = pause.sub(",", words)
    words = _AND_ANOTHER.sub(r"\g<way>, ", words)
    words = _BEHIND_REASON.sub(r"\g<why>, ", words)
    if words.startswith(("I ", "i ")):
        return words
    return _BEFORE_REASON.sub(
        lambda gap: " " if _JOINING.search(words[: gap.start()]) else ", ", words
    )


_NO_REASON: Final = re.compile(
    r"\b(?:want|wants|wanted|mean|meant|said|says|told|tells|was|were|did|did ?n'?t|would|wouldn'?t"
    r"|could|joking|kidding|wait|never|rather|instead|wrong|wish|if|unless|when|until|till|later"
    r"|tomorrow|yesterday|tonight|think|thought|guess|maybe|no|not|except|but|only|too|also|then"
    r"|and|or|please|turn|switch|set|put|open|close|lock|unlock|play|stop|leave|keep)\b|[?\d]"
    r"|[不别没甭莫勿骗假算等说讲问想要若吗？]|如果|刚才|昨|明|以为|玩笑|除|只|也|都|再|还|然后|[开关调放锁停]"
)
"""What makes words behind an order more than its reason: an order, a doubt, a change of mind."""
_NO_ORDER: Final = re.compile(
    r"\b(?:either|whether|mind|if|not)\b|n't\b|[?？]|万一|如果|要是|别|不"
)
_LONGEST_REASON: Final = 60


def without_reason(paused: str, names: Callable[[str], object]) -> str:
    """Return the order in front of the first pause, "" where what follows is not just its reason.

    What follows must start with a subject (English) or behind a pause (Chinese), and hold nothing
    that could be part of the order or take it back, or that `names` something of this home: "lamp
    on, the hall is dark" is about the hall's.
    """
    order, comma, why = paused.partition(",")
    if names(why):
        return ""
    plain = bool(comma) and len(why) <= _LONGEST_REASON and not _NO_REASON.search(why)
    plain = plain and not _NO_ORDER.search(order)
    told = _SPOKEN.match(why.strip())
    return order if plain and told else ""
