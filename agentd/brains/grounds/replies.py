"""What is answered to a proposal without grounds, in the language of the person's words."""

from __future__ import annotations

from typing import Final

from agentd.brains.language import detect_language
from agentd.errors import Reason, Refusal

_SAID: Final[dict[str, tuple[str, str]]] = {
    "question": (
        "That sounded like a question, so nothing was changed.",
        "这听起来是个问题，所以什么都没有改变。",
    ),
    "words": (
        "That was about words, so nothing was changed.",
        "这说的是文字，所以什么都没有改变。",
    ),
    "tool": ("Nothing in your own words asks for {what}.", "您的话里没有要求{what}。"),
    "unmeant": (
        "Your words ask for {what} only as something forbidden, past, reported or not for now.",
        "您提到的{what}是不要做的、过去的、转述的或假设的。",
    ),
    "name": ("Your own words do not name {what}.", "您的话里没有提到{what}。"),
    "way": ("Your own words say another direction.", "您说的方向不是这个。"),
    "side": ("Which way? Say left or right, too.", "往哪边？请同时说左或右。"),
    "far": (
        'How far? Say it with the distance, like "forward 20 cm".',
        "多远？请连距离一起说，比如前进二十厘米。",
    ),
    "turn": (
        'How far? Say it with the angle, like "left 90 degrees".',
        "转多少？请连角度一起说，比如左转九十度。",
    ),
    "angle": (
        'To which angle? Say it with the number, like "to 90 degrees".',
        "到多少度？请连角度一起说，比如转到九十度。",
    ),
    "position": (
        'How far? Say "open", "close" or a number of percent.',
        "开多少？请说打开、关上，或者百分之几。",
    ),
    "part": ("You said only a part of the way.", "您说的只是一部分。"),
    "amount": ("You said another amount than {what}.", "您说的数值不是{what}。"),
    "entry": ('Your own words do not say "{what}".', "您的话里没有说到“{what}”。"),
    "often": ("You asked for it less often.", "您没有要求做这么多次。"),
}


def not_asked(words: str, why: str, what: object = "") -> Refusal:
    """Return the refusal of what `words` do not ask for; `why` is a key of the list above."""
    english, chinese = _SAID[why]
    text = chinese if detect_language(words) == "zh" else english
    return Refusal(Reason.NOT_ASKED, text.format(what=what))
