"""What a small local model reads: the same first bytes as any other model, its tools in few words,
and a few examples from this very home, without which so small a model calls nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from agentd.brains import Turn
from agentd.brains.call_grammar import CLOSE, OPEN, written
from agentd.brains.chat_request import chat_request
from agentd.model import Call, Device

MAX_HISTORY: Final = 6
MAX_HISTORY_CHARACTERS: Final = 1_500
_HOW: Final = (
    f'To call a tool, write {OPEN}{{"name": ..., "arguments": {{...}}}}{CLOSE} and nothing else; '
    "to speak, write plain words. The tools:"
)
_FIRST: Final = (
    ("set_light", "turn on the {}", {"on": True}),
    ("set_light", "dim the {} to 40%", {"brightness_pct": 40}),
    ("set_switch", "turn off the {}", {"on": False}),
    ("set_cover", "close the {}", {"open": False}),
    ("drive", "drive the {} forward 20 cm", {"distance_m": 0.2}),
)
"""Tool, words and arguments of an example; the first that this home can show are taken."""
_COMMANDS: Final = 3


def messages(turn: Turn, tools: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the conversation to answer, each message with `role` and `content`.

    All up to the first message of the conversation stays the same while the registry and the
    offered tools do.
    """
    first, *history = chat_request(turn, "", ())["messages"]
    shape = turn.wishes.shape
    if shape is not None:
        wanted = f"{first['content']}\nIts JSON Schema: {json.dumps(shape.schema)}"
        return [{"role": "system", "content": wanted}, *newest(history)]
    lines = [_line(tool["function"]) for tool in tools]
    system = "\n".join((first["content"], *([_HOW, *lines] if tools else [])))
    return [{"role": "system", "content": system}, *_examples(turn, tools), *newest(history)]


def _line(function: Mapping[str, Any]) -> str:
    """Return a tool on one line; the devices it takes are known from their ids."""
    arguments = function["parameters"].get("properties", {})
    shown = ", ".join(_argument(name, each) for name, each in arguments.items())
    return f"{function['name']}({shown}): {function['description']}"


def _argument(name: str, schema: Mapping[str, Any]) -> str:
    kinds = sorted({str(each).partition(".")[0] for each in schema.get("enum", ())})
    if name == "device":
        return f"device: {'|'.join(kinds)}" if len(kinds) < 4 else "device"
    if "enum" in schema:
        return f"{name}: {'|'.join(map(str, schema['enum']))}"
    if "minimum" in schema:
        unit = f" {schema['description']}" if schema.get("description") else ""
        return f"{name}: {schema['minimum']:g} to {schema['maximum']:g}{unit}"
    return f"{name}: {'true|false' if schema.get('type') == 'boolean' else 'text'}"


def _examples(turn: Turn, tools: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return commands, a question and a greeting, each with its answer."""
    offered = {tool["function"]["name"]: tool["function"] for tool in tools}
    named = {device.id: device for device in turn.devices}
    shown: list[tuple[str, str]] = []
    for tool, words, arguments in _FIRST:
        device = _first_device(offered.get(tool), named)
        if device is not None and set(arguments) <= set(device.arguments):
            call = Call(tool, {"device": device.id, **arguments})
            shown.append((words.format(device.name), written(call)))
    del shown[_COMMANDS:]
    device = _first_device(offered.get("get_state"), named)
    if device is not None:
        call = Call("get_state", {"device": device.id})
        shown.append((f"what is the state of the {device.name}?", written(call)))
    shown.append(("hello", "Hello! What can I do for you?"))
    return [
        {"role": role, "content": text}
        for pair in shown
        for role, text in zip(("user", "assistant"), pair, strict=True)
    ]


def _first_device(function: Mapping[str, Any] | None, named: Mapping[str, Device]) -> Device | None:
    properties = function["parameters"].get("properties", {}) if function else {}
    ids = properties.get("device", {}).get("enum", ())
    return next((named[each] for each in ids if each in named), None)


def newest(history: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Return the newest messages that a small context has room for; the last one always."""
    kept: list[dict[str, str]] = []
    room = MAX_HISTORY_CHARACTERS
    for message in reversed(history[-MAX_HISTORY:]):
        room -= len(message["content"])
        if kept and room < 0:
            break
        kept.append(message)
    kept.reverse()
    return kept
