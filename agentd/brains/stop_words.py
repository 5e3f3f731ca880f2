"""The words that stop things: looked up before anything else, in microseconds.

A stop must never wait for a template, a model or a thread.
"""

from __future__ import annotations

import re
from typing import Final

from agentd.brains.language import simplified
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


_EMERGENCY: Final = re.compile(
    r"(?:(?:please|now|quick|quickly|hit|press|push|activate|trigger|do|the|an|my) )*"
    r"(?:emergency (?:stop|halt|brake)|e-?stop)"
    r"(?: (?:now|please|right|button|quick|quickly|at once))*"
)
_EMERGENCY_ZH: Final = re.compile(
    r"(?:快|赶紧|赶快|马上|立刻|立即|请|给我|按|按下|启动|执行)*"
    r"(?:紧急停止|急停|紧急停车|紧急制动)(?:按钮|马上|立刻|快|现在|啊|呀|一下)*"
)
_URGENT: Final = re.compile(
    r"(?:please |no |now |just |oh |hey |quick |ok |okay |right )*"
    r"(?:stop|halt|freeze|whoa|abort|cease|brake|hold it|stand still|don't move|do not move)"
    r"(?: (?:it|that|this|all|everything|everyone|moving|motion|movement|all movement|the robot"
    r"|robot|all robots|now|right|here|there|away|at once|this|instant|second"
    r"|immediately|please|dead|in your tracks|where you are|will you|for god's sake|stop|halt"
    r"|freeze|brake|don't move|do not move|stand still|and|quick|quickly|straight|any further"
    r"|an inch|another inch|a muscle))*"
)
_TO_A_STOP: Final = re.compile(
    r"(?:please |now |just )*(?:bring (?:it|that|this|him|her|everything|(?:the|my|our) \w+)|come)"
    r" to (?:a|an) (?:full |complete |dead |immediate )?(?:stop|halt|standstill)"
    r"(?: (?:now|please|right|at once|immediately|here|there))*"
)
_URGENT_ZH: Final = re.compile(
    r"(?:快|赶紧|赶快|马上|立刻|立即|请|给我|都|全部?|不行|别动了?|先|喂|哎)*"
    r"(?:停止?|停下来?|停低|停住|刹车|站住|别动了?|不要动了?|[唔咪]好?郁|打住)"
    r"(?:下来|一下|啊|呀|吧|快|停|别动了?|不要动了?|所有|一切|运动|动作|活动|全部)*"
)


def stop_call(words: str) -> Call | None:
    """Return the stop that the whole of `words` asks for, or None."""
    if len(words) > LONGEST:
        return None
    said = " ".join(simplified(words).casefold().translate(_SPACES).split())
    bare = said.replace(" ", "")
    forms = {said, bare}
    if forms & EMERGENCY or _EMERGENCY.fullmatch(said) or _EMERGENCY_ZH.fullmatch(bare):
        return Call("emergency_stop")
    urgent = any(each.fullmatch(said) for each in (_URGENT, _TO_A_STOP))
    urgent = urgent or bool(_URGENT_ZH.fullmatch(bare))
    return Call("stop") if urgent or forms & STOP else None


_SPACES: Final = {ord(char): " " for char in _PUNCTUATION if char != "-"}
