"""The tools that a client brings with a chat completion, checked before a model sees them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from agentd.api.errors import ApiError
from agentd.api.manifest import IDENTIFIER
from agentd.guests import MOST_TOOLS, NAME, Guests, TheirCall
from agentd.tools.specs import BY_NAME

OWN_PLUGIN = f"{IDENTIFIER}____"
"""How LobeChat begins the names of our plugin's tools, and of our MCP server's."""


OURS = (
    "must not name a tool of agentd: a device moves when a person's own words ask for it, never "
    'because a call is demanded; send "auto", and say it in the message'
)


def guests_of(body: Mapping[str, Any], *, continues: bool) -> Guests:
    """Return what `tools`, `tool_choice` and the messages' calls say.

    Raises `ApiError` 400 and names the field that does not fit.
    """
    tools = _tools(body.get("tools"))
    choice = _choice(body.get("tool_choice"), tools)
    together = body.get("parallel_tool_calls")
    if together not in (None, True, False):
        raise _wrong("parallel_tool_calls", "must be true or false")
    for number, message in enumerate(body["messages"]):
        _check_calls(message.get("tool_calls"), f"messages[{number}].tool_calls")
    # Our own plugin's tools come back here when it is switched on beside the model: a model that
    # was offered both would do everything twice.
    kept = tuple(tool for tool in tools if not tool["function"]["name"].startswith(OWN_PLUGIN))
    if choice == "none":
        return Guests(choice=choice, continues=continues)
    if choice != "auto":
        _check_demand(choice, kept)
    if not kept:
        return Guests(continues=continues)
    return Guests(kept, None if choice == "auto" else choice, continues, single=together is False)


def call_of(call: TheirCall) -> dict[str, Any]:
    """Return a call in OpenAI's form."""
    arguments = json.dumps(dict(call.arguments), ensure_ascii=False)
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.tool, "arguments": arguments},
    }


def _tools(tools: object) -> tuple[Mapping[str, Any], ...]:
    if tools is None:
        return ()
    if not isinstance(tools, list) or len(tools) > MOST_TOOLS:
        raise _wrong("tools", f"must be a list of at most {MOST_TOOLS} tools")
    names = [_checked_tool(tool, f"tools[{number}]") for number, tool in enumerate(tools)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise _wrong("tools", f'must have different names; "{twice}" is there twice')
    return tuple(tools)


def _checked_tool(tool: object, place: str) -> str:
    """Return the tool's name."""
    if not isinstance(tool, Mapping) or tool.get("type") != "function":
        raise _wrong(f"{place}.type", 'must be "function"')
    function = tool.get("function")
    if not isinstance(function, Mapping):
        raise _wrong(f"{place}.function", "must be an object")
    name = function.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise _wrong(f"{place}.function.name", "must be 1 to 64 letters, digits, _ and -")
    if not isinstance(function.get("description", ""), str):
        raise _wrong(f"{place}.function.description", "must be a string")
    if not isinstance(function.get("parameters", {}), Mapping):
        raise _wrong(f"{place}.function.parameters", "must be a JSON Schema")
    return name


def _choice(choice: object, tools: Sequence[Mapping[str, Any]]) -> str | Mapping[str, Any]:
    if choice is None or choice in ("auto", "none"):
        return str(choice or "auto")
    if choice == "required":
        if tools:
            return "required"
        raise _wrong("tool_choice", "needs tools")
    if isinstance(choice, Mapping) and isinstance(choice.get("function"), Mapping):
        name = choice["function"].get("name")
        if name in [tool["function"]["name"] for tool in tools]:
            return choice
        raise _wrong(
            "tool_choice", OURS if name in tuple(BY_NAME) else "must name one of the tools"
        )
    raise _wrong("tool_choice", "must be none, auto, required or name a function")


def _check_demand(choice: str | Mapping[str, Any], kept: Sequence[Mapping[str, Any]]) -> None:
    """Raise `ApiError` when a call of ours is demanded, which only a person's words may do."""
    if isinstance(choice, Mapping) and choice["function"]["name"] not in _names(kept):
        raise _wrong("tool_choice", OURS)
    if not kept:
        raise _wrong("tool_choice", "needs a tool that is not agentd's: those wait for your words")


def _names(tools: Sequence[Mapping[str, Any]]) -> list[str]:
    return [tool["function"]["name"] for tool in tools]


def _check_calls(calls: object, place: str) -> None:
    """Raise `ApiError` unless `calls` of an earlier answer are what a server accepts."""
    if calls is None:
        return
    for number, call in enumerate(calls if isinstance(calls, list) else [None]):
        function = call.get("function") if isinstance(call, Mapping) else None
        if (
            not isinstance(function, Mapping)
            or not isinstance(function.get("name"), str)
            or not isinstance(function.get("arguments"), str)
        ):
            raise _wrong(f"{place}[{number}]", "must hold a function with a name and arguments")


def _wrong(param: str, why: str) -> ApiError:
    return ApiError(400, f'"{param}" {why}.', param=param)
