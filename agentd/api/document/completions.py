"""What a chat completion is, whole and in chunks, with the receipts that come along."""

from __future__ import annotations

from typing import Final

from agentd.api.document.words import (
    COUNT,
    FLAG,
    MAP,
    NUMBER,
    TEXT,
    always,
    holds,
    listed,
    one_of,
    or_null,
    ref,
)
from agentd.errors import Reason
from agentd.model import Schema, Status

_REFUSAL = holds({"reason": one_of(list(Reason)), "value": TEXT, "accepted": TEXT})
RECEIPT = holds(
    {
        **dict.fromkeys(("id", "tool", "device", "message", "trace", "scheduled"), TEXT),
        **dict.fromkeys(("started", "took_s", "due"), NUMBER),
        "arguments": MAP,
        "status": one_of(list(Status)),
        "state": MAP,
        "refusal": or_null(_REFUSAL),
    }
)
_EXTRA = holds({"brain": TEXT, "receipts": listed(ref("Receipt")), "trace": TEXT})
_FUNCTION = holds({"name": TEXT, "arguments": TEXT})
_CALL = holds({"id": TEXT, "type": always("function"), "function": _FUNCTION})
_MESSAGE = holds(
    {"role": always("assistant"), "content": or_null(TEXT), "refusal": or_null(TEXT)},
    {"tool_calls": listed(_CALL)},
)
_FIRST: Final[dict[str, Schema]] = {
    "index": {"type": "integer", "const": 0},
    "logprobs": {"type": "null"},
}
_FINISH = one_of(["stop", "length", "tool_calls"])
_CHOICE = holds({**_FIRST, "message": _MESSAGE, "finish_reason": _FINISH})
_USAGE = holds(dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), COUNT))
_DELTA = holds(
    {},
    {
        "role": always("assistant"),
        "content": TEXT,
        "refusal": TEXT,
        "tool_calls": listed(
            holds(
                {"index": COUNT, "function": holds({"arguments": TEXT}, {"name": TEXT})},
                {"id": TEXT, "type": always("function")},
            )
        ),
    },
)
CHUNK = holds(
    {
        "id": TEXT,
        "object": always("chat.completion.chunk"),
        "created": COUNT,
        "model": TEXT,
        "choices": listed(
            holds({**_FIRST, "delta": _DELTA, "finish_reason": or_null(_FINISH)}), most=1
        ),
    },
    {"usage": or_null(_USAGE), "agentd": _EXTRA},
)
COMPLETION = holds(
    {
        "id": TEXT,
        "object": always("chat.completion"),
        "created": COUNT,
        "model": TEXT,
        "choices": {**listed(_CHOICE), "minItems": 1, "maxItems": 1},
        "usage": _USAGE,
        "agentd": _EXTRA,
    }
)
EMBEDDINGS = holds(
    {
        "object": always("list"),
        "data": listed(
            holds(
                {
                    "object": always("embedding"),
                    "index": COUNT,
                    "embedding": {"anyOf": [listed(NUMBER), TEXT]},
                }
            )
        ),
        "model": TEXT,
        "usage": holds(dict.fromkeys(("prompt_tokens", "total_tokens"), COUNT)),
    }
)
MODEL = holds(
    {
        **dict.fromkeys(("id", "owned_by", "displayName", "description"), TEXT),
        "object": always("model"),
        "created": COUNT,
        "functionCall": FLAG,
        "enabled": FLAG,
        "type": always("chat"),
    },
    {"contextWindowTokens": COUNT, "vision": FLAG},
)
