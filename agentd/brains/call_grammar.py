"""The grammar of a small model's answer: plain words, or calls that fit the tools of this moment.

In Lark form, as llguidance reads it. Names, device ids, arguments and their ranges are those of
the tools that are offered; whatever the model would like to write, nothing else can come out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from agentd.errors import BrainError
from agentd.model import Call

OPEN, CLOSE = "<tool_call>", "</tool_call>"
MOST_CALLS: Final = 8
LONGEST_TEXT: Final = 60
"""Characters of a free text in a call: what to play has a short name."""
_SEPARATE: Final = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
_CALL: Final = re.compile(re.escape(OPEN) + "(.*?)" + re.escape(CLOSE), re.DOTALL)


def call_grammar(tools: Sequence[Mapping[str, Any]]) -> str:
    """Return the grammar for `tools`, in OpenAI's form; words hold no "<", which begins a call."""
    words = "WORDS: /[^<\\s][^<]*/"
    usable = [tool for tool in tools if _usable(tool["function"])]
    if not usable:
        return f"start: WORDS\n{words}\n"
    schema = {
        "x-guidance": _SEPARATE,
        "anyOf": [_schema(tool["function"], variant) for tool in usable for variant in _ways(tool)],
    }
    return "\n".join(
        (
            f'start: WORDS | call ("\\n" call){{0,{MOST_CALLS - 1}}}',
            f'call: "{OPEN}" object "{CLOSE}"',
            f"object: %json {json.dumps(schema)}",
            words,
            "",
        )
    )


def demanded_grammar(tools: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the grammar for one call and nothing else, of names with their arguments' schemas.

    Each schema is a grammar of its own, so that what it refers to inside itself is found.
    """
    rules = [f"start: {' | '.join(f'call{at}' for at in range(len(tools)))}"]
    for at, (name, schema) in enumerate(tools.items()):
        before = json.dumps(f'{OPEN}{{"name": "{name}", "arguments": ')
        rules.append(f'call{at}: {before} given{at} "}}{CLOSE}"')
        rules.append(f"given{at}: %json {json.dumps({**schema, 'x-guidance': _SEPARATE})}")
    return "\n".join((*rules, ""))


def json_grammar(schema: Mapping[str, Any]) -> str:
    """Return the grammar for JSON of `schema`, without needless white space."""
    return f"start: %json {json.dumps({**schema, 'x-guidance': _SEPARATE})}\n"


def read_calls(text: str) -> list[Call]:
    """Return the calls in an answer that followed the grammar. Raises `BrainError` otherwise."""
    found = []
    for part in _CALL.findall(text):
        try:
            value = json.loads(part)
            found.append(Call(str(value["name"]), dict(value["arguments"])))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise BrainError("The local model wrote a call that is none.") from error
    if not found:
        raise BrainError("The local model stopped in the middle of a call.")
    return found


def written(call: Call) -> str:
    """Return a call as the model writes it."""
    value = {"name": call.tool, "arguments": dict(call.arguments)}
    return OPEN + json.dumps(value, ensure_ascii=False) + CLOSE


def _usable(function: Mapping[str, Any]) -> bool:
    """Return whether a tool has a device left to name, or needs none."""
    device = function["parameters"].get("properties", {}).get("device")
    return device is None or bool(_argument(device).get("enum", True))


def _ways(tool: Mapping[str, Any]) -> list[list[str]]:
    """Return which arguments must be given: a tool that takes some takes at least one of them."""
    parameters = tool["function"]["parameters"]
    required = list(parameters.get("required", ()))
    optional = [
        name
        for name, each in parameters.get("properties", {}).items()
        if name not in required and _argument(each).get("enum", True) != []
    ]
    if "device" in optional or not optional or set(required) - {"device"}:
        return [required]
    return [[*required, name] for name in optional]


def _schema(function: Mapping[str, Any], required: Sequence[str]) -> dict[str, Any]:
    properties = function["parameters"].get("properties", {})
    bounded = {name: _argument(each) for name, each in properties.items()}
    arguments = {
        "type": "object",
        "properties": {
            name: each for name, each in bounded.items() if each.get("enum", True) != []
        },
        "required": list(required),
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"name": {"const": function["name"]}, "arguments": arguments},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }


def _argument(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return an argument's schema with a bound on how long it can get."""
    found = {name: value for name, value in schema.items() if name != "description"}
    if found.get("type") == "number":
        span = found.get("maximum", 1.0) - found.get("minimum", 0.0)
        found["multipleOf"] = 0.01 if span >= 1 else 0.001
    if found.get("type") == "string" and "enum" not in found:
        found["maxLength"] = min(found.get("maxLength", LONGEST_TEXT), LONGEST_TEXT)
    if "enum" in found:
        # A name that may hold one of the model's marks ("<|im_end|>") is nothing it can write.
        found["enum"] = [each for each in found["enum"] if "<" not in str(each)]
    return found
