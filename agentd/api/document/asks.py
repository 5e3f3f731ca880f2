"""What the doors are asked: the bodies of requests."""

from __future__ import annotations

from typing import Final

from agentd.api.content import DETAILS
from agentd.api.document.words import (
    COUNT,
    FLAG,
    MAP,
    TEXT,
    always,
    holds,
    listed,
    one_of,
    or_null,
    text,
)
from agentd.api.embeddings import ENCODINGS, MOST_INPUTS
from agentd.api.mcp.wire import MOST_IN_BATCH
from agentd.api.wishes import LARGEST, LONGEST_STOP, MOST_STOPS, RANGES
from agentd.guests import MOST_TOOLS, NAME
from agentd.model import Schema
from agentd.store import Scope
from agentd.store.keys import LONGEST_GRACE_S

_NAME: Final[Schema] = {"type": "string", "pattern": f"^{NAME.pattern}$"}
_PART = holds({"type": always("text"), "text": TEXT}, more=True)
_SPOKEN: Final[Schema] = {"anyOf": [TEXT, listed(_PART)]}
_SHOWN = holds(
    {
        "type": always("image_url"),
        "image_url": holds({"url": TEXT}, {"detail": or_null(one_of(DETAILS))}, more=True),
    },
    more=True,
)
"""A picture, where a server has `vision`: a data: URL or one of https."""
_FUNCTION = holds({"name": TEXT, "arguments": TEXT}, more=True)
_CALLS = listed(holds({"id": TEXT, "function": _FUNCTION}, more=True))
_EARLIER: Final[Schema] = {
    "anyOf": [
        holds({"role": one_of(["system", "developer"]), "content": _SPOKEN}, more=True),
        holds(
            {
                "role": always("user"),
                "content": {"anyOf": [TEXT, listed({"anyOf": [_PART, _SHOWN]})]},
            },
            more=True,
        ),
        holds(
            {"role": always("assistant")},
            {"content": or_null(_SPOKEN), "tool_calls": or_null(_CALLS)},
            more=True,
        ),
        holds({"role": always("tool"), "tool_call_id": TEXT, "content": _SPOKEN}, more=True),
    ]
}
"""A message; the last one is a person's, or what a tool of the client brought."""
_TOOL = holds(
    {
        "type": always("function"),
        "function": holds({"name": _NAME}, {"description": TEXT, "parameters": MAP}, more=True),
    },
    more=True,
)
_NAMED = holds({"type": always("function"), "function": holds({"name": _NAME}, more=True)})
_STOP = text(LONGEST_STOP, 1)
_FORM: Final[Schema] = {
    "anyOf": [
        holds({"type": one_of(["text", "json_object"])}),
        holds(
            {
                "type": always("json_schema"),
                "json_schema": holds({"name": _NAME}, {"schema": MAP, "strict": FLAG}, more=True),
            }
        ),
    ]
}
_WHOLE: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": LARGEST}
_CHAT_FIELDS: Final[dict[str, Schema]] = {
    "model": TEXT,
    "stream": FLAG,
    "stream_options": holds({}, {"include_usage": FLAG}, more=True),
    "n": {"type": "integer", "const": 1},
    "stop": {"anyOf": [_STOP, listed(_STOP, most=MOST_STOPS)]},
    "max_tokens": _WHOLE,
    "max_completion_tokens": _WHOLE,
    "seed": {"type": "integer", "minimum": -LARGEST, "maximum": LARGEST},
    **{
        name: {"type": "number", "minimum": low, "maximum": high, "default": usual}
        for name, (low, high, usual) in RANGES.items()
    },
    "response_format": _FORM,
    "tools": listed(_TOOL, most=MOST_TOOLS),
    "tool_choice": {"anyOf": [one_of(["none", "auto", "required"]), _NAMED]},
    "parallel_tool_calls": FLAG,
    "user": TEXT,
    "metadata": holds({}, {"area": text(100)}, more=True),
}
_SECONDS: Final[Schema] = {"type": "number", "minimum": 0}
ARGUMENTS: Final[Schema] = MAP
"""A tool's arguments: which they are, `/api/tools` says, with the devices of the moment."""
CHAT = holds(
    {"messages": {**listed(_EARLIER), "minItems": 1}},
    {name: or_null(schema) for name, schema in _CHAT_FIELDS.items()},
    more=True,
)
RESPONSE = holds(
    {"model": TEXT},
    {"input": {"anyOf": [TEXT, listed(MAP)]}, "stream": or_null(FLAG)},
    more=True,
)
"""As its server wants it: nothing is left out."""
_TOKENS: Final[Schema] = {**listed({**COUNT, "maximum": LARGEST}), "minItems": 1}
_INPUT: Final[Schema] = {"anyOf": [{**TEXT, "minLength": 1}, _TOKENS]}
EMBEDDINGS = holds(
    {
        "model": TEXT,
        "input": {"anyOf": [_INPUT, {**listed(_INPUT, most=MOST_INPUTS), "minItems": 1}]},
    },
    {
        "encoding_format": or_null(one_of(ENCODINGS)),
        "dimensions": or_null(_WHOLE),
        "user": or_null(TEXT),
    },
    more=True,
)
SAY = holds(
    {"text": {**TEXT, "minLength": 1}}, {"conversation": text(200), "area": text(100)}, more=True
)
RESUME = holds({}, {"device": text(200)}, more=True)
NEW_KEY = holds(
    {"name": text(64, 1), "scopes": {**listed(one_of(list(Scope))), "minItems": 1}},
    {"devices": or_null(listed(TEXT)), "expires_in_s": or_null(_SECONDS)},
    more=True,
)
ROTATE = holds({}, {"grace_s": or_null({**_SECONDS, "maximum": LONGEST_GRACE_S})}, more=True)
LISTING = holds({}, {"kind": TEXT, "area": TEXT}, more=True)
_ID: Final[Schema] = {"type": ["string", "integer"]}
_METHOD = text(200, 1)
_VERSION: Final = {"jsonrpc": always("2.0")}
_MESSAGE: Final[Schema] = {
    "anyOf": [
        holds({**_VERSION, "method": _METHOD}, {"id": _ID, "params": MAP}, more=True),
        holds({**_VERSION, "id": _ID, "result": MAP}, more=True),
    ]
}
RPC: Final[Schema] = {"anyOf": [_MESSAGE, {**listed(_MESSAGE, most=MOST_IN_BATCH), "minItems": 1}]}
