"""Which tools a language model is offered for one sentence: a dozen at most, always the same way.

A small model chooses badly among many tools, and every tool costs prompt. The choice depends on
the tools there are and on the words of the sentence alone; the order never changes, so that a
home with few kinds of devices gives the same bytes for every sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from agentd.brains import Turn
from agentd.brains.words import tokenise
from agentd.model import Device, Kind

MAX_TOOLS: Final = 12
_KEEP: Final = ("get_state", "stop")
_LAST: Final = ("emergency_stop",)
"""Stop words latch without any model; so this is the first to go."""
_SAID: Final[Mapping[str, frozenset[str]]] = {
    "set_light": frozenset({"light", "brightness", "red", "blue", "green", "dim", "亮", "暗"}),
    "set_switch": frozenset({"switch", "machine", "coffee", "pump"}),
    "set_cover": frozenset({"curtain", "shutter", "awning", "cover", "gate", "door", "window"}),
    "set_valve": frozenset({"valve", "water", "gas"}),
    "set_vacuum": frozenset({"vacuum", "mower", "clean", "sweep", "mow", "dock", "扫", "割", "清"}),
    "set_climate": frozenset({"climate", "temperature", "warmer", "cooler", "heat", "热", "冷"}),
    "set_fan": frozenset({"fan", "speed"}),
    "set_lock": frozenset({"lock", "door", "unlock"}),
    "set_media": frozenset({"speaker", "tv", "music", "volume", "play", "pause", "播", "听"}),
    "activate": frozenset({"scene", "button", "movie", "activate"}),
    "change_list": frozenset({"list", "shopping", "groceries", "add", "清", "单", "记", "买"}),
    "ring_timer": frozenset({"timer", "countdown", "计", "时", "倒"}),
    "drive": frozenset({"rover", "drive", "forward", "back", "move", "进", "退"}),
    "turn": frozenset({"rover", "left", "right", "rotate", "spin", "转"}),
    "set_servo": frozenset({"arm", "servo", "gripper", "elbow", "wrist", "shoulder", "base"}),
    "set_output": frozenset({"output", "led", "level"}),
}
"""Concepts (see `sentences/words.toml`) that speak for a tool."""


def offered(turn: Turn) -> list[Mapping[str, Any]]:
    """Return at most `MAX_TOOLS` of the turn's tools, in their own order.

    An answer that must be JSON is words about a matter: it comes with no tool.
    """
    if turn.wishes.shape is not None:
        return []
    if len(turn.tools) <= MAX_TOOLS:
        return list(turn.tools)
    said = frozenset(tokenise(turn.words).concepts)
    named = {device.kind for device in turn.devices if _named(device, said)}
    names = [str(tool["function"]["name"]) for tool in turn.tools]
    kinds = {device.id: device.kind for device in turn.devices}

    def rank(place: int) -> tuple[int, int]:
        name = names[place]
        if name in _KEEP:
            return 0, place
        about = bool(_SAID.get(name, frozenset()) & said) or bool(
            named & _kinds(turn.tools[place], kinds)
        )
        return (3 if name in _LAST else 1 if about else 2), place

    best = sorted(range(len(names)), key=rank)[:MAX_TOOLS]
    return [turn.tools[place] for place in sorted(best)]


def _named(device: Device, said: frozenset[str]) -> bool:
    """Return whether every word of one of the device's names was said."""
    names = (set(tokenise(name).concepts) for name in (device.name, *device.aliases))
    return any(words and words <= said for words in names)


def _kinds(tool: Mapping[str, Any], kinds: Mapping[str, Kind]) -> set[Kind]:
    """Return the kinds of the devices that `tool` lists."""
    listed = tool["function"]["parameters"]["properties"].get("device", {}).get("enum", ())
    return {kinds[each] for each in listed if each in kinds}
