"""The words that stop things: looked up before anything else, in microseconds.

A stop must never wait for a template, a model or a thread.
"""

from __future__ import annotations

from typing import Final

from agentd.model import Call

LONGEST: Final = 40
_PUNCTUATION: Final = " \t\r\n.,!?;:~-…。，！？；、~"

STOP: Final = frozenset(
    {
        *("stop", "stop now", "stop it", "stop moving", "stop everything", "stop all", "stop that"),
        *("please stop", "stop please", "halt", "freeze", "hold it", "whoa", "stop stop"),
        *("stop stop stop", "stop the robot", "all stop", "full stop", "stop right now", "abort"),
        *("停", "停下", "停止", "停下来", "停住", "停一下", "快停", "快停下", "别动", "不要动"),
        *("停停停", "停停", "全部停止", "全部停下", "都停下", "立刻停止", "马上停下", "站住"),
    }
)
EMERGENCY: Final = frozenset(
    {
        *("emergency stop", "emergency stop now", "e-stop", "e stop", "estop", "emergency"),
        *("紧急停止", "急停", "紧急停车", "紧急制动", "紧急"),
    }
)


def stop_call(words: str) -> Call | None:
    """Return the stop that the whole of `words` asks for, or None."""
    if len(words) > LONGEST:
        return None
    said = " ".join(words.casefold().translate(_SPACES).split())
    forms = {said, said.replace(" ", "")}
    if forms & EMERGENCY:
        return Call("emergency_stop")
    return Call("stop") if forms & STOP else None


_SPACES: Final = {ord(char): " " for char in _PUNCTUATION if char != "-"}
