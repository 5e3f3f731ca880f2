"""What a model proposes, held against what the person's own words ask for.

A model also reads device names, media titles, tool results and old messages, and somebody else
may have written those. So only this sentence counts, without what is quoted or pasted into it:
what it does not ask for is declined, whatever talked the model into it. A brain that works from
the sentence alone needs none of this.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from agentd.brains import Decline, Propose, Turn
from agentd.brains.clauses import split
from agentd.brains.grounds import noted
from agentd.brains.grounds.asked import MOTION, Asked, is_risky
from agentd.brains.grounds.meant import polite
from agentd.brains.grounds.often import too_often
from agentd.brains.grounds.patterns import patterns
from agentd.brains.grounds.replies import not_asked
from agentd.brains.language import fold, normalise
from agentd.brains.manners import only_asks
from agentd.errors import Reason, Refusal
from agentd.model import Call

__all__ = ["READS", "admit", "own_words"]

READS: Final = frozenset({"get_state"})
_APOSTROPHE: Final = re.compile(r"(?<=\w)[´`‘ʼ′＇](?=\w)")
"""What keyboards write for one: "don´t" is a don't."""
_LATCH: Final = "emergency_stop"
SAID_AT_ONCE: Final = 300
"""Characters; what is longer was hardly spoken or typed for a lamp."""


def own_words(words: str) -> str:
    """Return `words` without what is quoted or pasted into them, folded for comparing."""
    plain = _APOSTROPHE.sub("'", words)
    return fold(patterns().parts["pasted"].sub(" ", plain))


def may_be_pasted(words: str) -> bool:
    """Return whether `words` are more than a person says to a house: several lines, or a page.

    Then what would need no grounds needs them as well.
    """
    said = words.strip()
    return len(said) > SAID_AT_ONCE or "\n" in said


def admit(
    calls: Sequence[Call], turn: Turn, offered: Sequence[Mapping[str, Any]]
) -> list[Propose | Decline]:
    """Return a proposal for every call; or, when one has no grounds, a decline for every call.

    `offered` are the tools the model was given, in OpenAI's form.
    """
    mine = own_words(turn.words)
    asked = Asked(mine, turn)
    problems = [_problem(call, turn, mine, asked, offered) for call in calls]
    if not any(problems):
        problems = [
            not_asked(mine, "often") if more else None for more in too_often(calls, asked, mine)
        ]
    if not any(problems):
        return [Propose(call) for call in calls]
    along = Refusal(Reason.SKIPPED, "Another part of the same answer was not asked for.")
    return [Decline(call, problem or along) for call, problem in zip(calls, problems, strict=True)]


def _problem(
    call: Call, turn: Turn, mine: str, asked: Asked, offered: Sequence[Mapping[str, Any]]
) -> Refusal | None:
    """Return why `call` may not happen, or None."""
    unknown = _not_offered(call, offered)
    if unknown or call.tool in READS:
        return unknown
    if only_asks(polite(normalise(turn.words))) or only_asks(polite(mine)):
        return not_asked(mine, "question")
    if not mine or patterns().sentence["about"].search(mine):
        return not_asked(mine, "words")
    if call.tool == _LATCH:
        wanted = patterns().tools[_LATCH]
        said = any(wanted.search(clause.text) for clause in split(mine))
        return None if said else not_asked(mine, "tool", call.tool)
    return _without_grounds(call, turn, mine, asked)


def _without_grounds(call: Call, turn: Turn, mine: str, asked: Asked) -> Refusal | None:
    """Return the refusal of a motion or a risk that the words do not explain, or None."""
    device = next((each for each in turn.devices if each.id == call.arguments.get("device")), None)
    if device is None:
        return not_asked(mine, "tool", call.tool) if call.tool in MOTION else None
    if unsaid := noted.unsaid(call, mine):
        return not_asked(mine, "entry", unsaid)
    needs_none = call.tool not in MOTION and not is_risky(call, device)
    if needs_none and not may_be_pasted(turn.words):
        why = asked.opposes(call, device)
    else:
        why = asked.against(call, device)
    what = device.name if why == "name" else _amount(call) if why == "amount" else call.tool
    return not_asked(mine, why, what) if why else None


def _amount(call: Call) -> object:
    """Return the number of `call` that was not said."""
    names = ("distance_m", "angle_deg", "position_pct")
    return next((call.arguments[name] for name in names if name in call.arguments), "")


def _not_offered(call: Call, offered: Sequence[Mapping[str, Any]]) -> Refusal | None:
    for tool in offered:
        function = tool["function"]
        if function["name"] == call.tool:
            known = function["parameters"].get("properties", {}).get("device", {}).get("enum", ())
            device = call.arguments.get("device")
            if device is None or device in known:
                return None
            message = f"{call.tool} was not offered for this device."
            return Refusal(Reason.UNKNOWN_DEVICE, message, str(device)[:80])
    return Refusal(Reason.UNKNOWN_TOOL, "This tool was not offered.", call.tool)
