"""A turn whose client wants no tool called (`tool_choice` none): nothing runs but a stop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from agentd.errors import Reason, Refusal
from agentd.model import Call

_STOPS: Final = frozenset({"stop", "emergency_stop"})
_SAID: Final = {
    "en": 'The program asked for no tool to be called ("tool_choice" none).',
    "zh": "程序要求不调用任何工具（tool_choice 为 none）。",
}


def apart(calls: Sequence[Call]) -> tuple[list[Call], list[Call]]:
    """Return the calls that stop something, and all others."""
    stops = [call for call in calls if call.tool in _STOPS]
    return stops, [call for call in calls if call.tool not in _STOPS]


def tools_off(language: str) -> Refusal:
    """Return the refusal of a call that came all the same."""
    return Refusal(Reason.TOOLS_OFF, _SAID[language])
