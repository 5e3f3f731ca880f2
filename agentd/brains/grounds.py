"""What a model proposes, held against what the person's own words ask for.

A model also reads device names, media titles, tool results and old messages, and somebody else
may have written those. So only this sentence counts, without what is quoted or pasted into it:
what it does not ask for is declined, whatever talked the model into it. A brain that works from
the sentence alone needs none of this.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from agentd.brains import Decline, Propose, Turn
from agentd.brains.clauses import split
from agentd.brains.language import fold
from agentd.brains.manners import only_asks
from agentd.brains.words import tokenise
from agentd.errors import Reason, Refusal
from agentd.model import Call, Device
from agentd.toml_file import Table, validate

READS: Final = frozenset({"get_state"})
MOTION: Final = frozenset({"drive", "turn", "set_servo", "emergency_stop"})
"""Tools that need grounds on every device. The others need them only where the device moves or
asks for a yes, and then the device must be named, too."""


class _Patterns(Table):
    patterns: tuple[str, ...]


class _Any(Table):
    any: tuple[str, ...]


class _Grounds(Table):
    tools: dict[str, tuple[str, ...]]
    risky: _Any
    about: _Patterns
    pasted: _Patterns


@dataclass(frozen=True, slots=True)
class _Compiled:
    tools: Mapping[str, re.Pattern[str]]
    risky: re.Pattern[str]
    about: re.Pattern[str]
    pasted: re.Pattern[str]


@cache
def _grounds() -> _Compiled:
    text = files("agentd.brains").joinpath("grounds.toml").read_text(encoding="utf-8")
    data = validate(tomllib.loads(text), _Grounds, lambda place: f"grounds.toml: {place}")
    return _Compiled(
        {tool: _either(patterns) for tool, patterns in data.tools.items()},
        _either(data.risky.any),
        _either(data.about.patterns),
        _either(data.pasted.patterns),
    )


def _either(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{each})" for each in patterns), re.IGNORECASE | re.DOTALL)


def own_words(words: str) -> str:
    """Return `words` without what is quoted or pasted into them, folded for comparing."""
    return fold(_grounds().pasted.sub(" ", words))


def admit(
    calls: Sequence[Call], turn: Turn, offered: Sequence[Mapping[str, Any]]
) -> list[Propose | Decline]:
    """Return a proposal for every call; or, when one has no grounds, a decline for every call.

    `offered` are the tools the model was given, in OpenAI's form.
    """
    problems = [_problem(call, turn, offered) for call in calls]
    if not any(problems):
        return [Propose(call) for call in calls]
    along = Refusal(Reason.SKIPPED, "Another part of the same answer was not asked for.")
    return [Decline(call, problem or along) for call, problem in zip(calls, problems, strict=True)]


def _problem(call: Call, turn: Turn, offered: Sequence[Mapping[str, Any]]) -> Refusal | None:
    """Return why `call` may not happen, or None."""
    unknown = _not_offered(call, offered)
    if unknown or call.tool in READS:
        return unknown
    mine = own_words(turn.words)
    if only_asks(turn.words) or only_asks(mine):
        return _not_asked("That sounded like a question, so nothing was changed.")
    if not mine or _grounds().about.search(mine):
        return _not_asked("That was about words, so nothing was changed.")
    return _without_grounds(call, turn, mine)


def _without_grounds(call: Call, turn: Turn, mine: str) -> Refusal | None:
    """Return the refusal of a motion or a risk that the words do not explain, or None."""
    device = next((each for each in turn.devices if each.id == call.arguments.get("device")), None)
    if call.tool not in MOTION and (device is None or not _risky(call, device)):
        return None
    wanted = _wanted_by(call.tool)
    if not any(wanted.search(clause.text) for clause in split(mine)) and not _own_servo(
        call, device, mine
    ):
        return _not_asked(f"Nothing in your own words asks for {call.tool}.")
    if call.tool not in MOTION and device is not None and not _named(device, mine):
        return _not_asked(f"Your own words do not name {device.name}.")
    return None


def _not_asked(message: str) -> Refusal:
    return Refusal(Reason.NOT_ASKED, message)


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


def _risky(call: Call, device: Device) -> bool:
    """Return whether `call` moves `device` or may need a yes there."""
    if call.tool == "stop":
        return False
    waits = any(pair in device.confirm for pair in _plain(call))
    return device.moves or waits or (bool(device.confirm) and "position_pct" in call.arguments)


def _own_servo(call: Call, device: Device | None, mine: str) -> bool:
    """Return whether a servo that the owner plugged in and named is named in the words."""
    owned = call.tool == "set_servo" and device is not None and device.via != "mqtt"
    return owned and device is not None and _named(device, mine)


def _named(device: Device, mine: str) -> bool:
    """Return whether a word of the device's names or area was said, in either language."""
    said = set(tokenise(mine).concepts)
    names = (device.name, device.area, *device.aliases)
    return any(said & set(tokenise(name).concepts) for name in names)


def _plain(call: Call) -> list[tuple[str, Any]]:
    """Return the arguments whose values can be compared; a list or an object is refused later."""
    return [
        (name, value)
        for name, value in call.arguments.items()
        if isinstance(value, bool | int | float | str)
    ]


def _wanted_by(tool: str) -> re.Pattern[str]:
    grounds = _grounds()
    return grounds.tools.get(tool, grounds.risky)
