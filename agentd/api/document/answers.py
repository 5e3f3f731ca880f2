"""What the doors answer, shape by shape."""

from __future__ import annotations

from typing import Final

from agentd.api.document.completions import CHUNK, COMPLETION, EMBEDDINGS, MODEL, RECEIPT
from agentd.api.document.words import (
    ANYTHING,
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
from agentd.api.manifest import ANSWER as PLUGIN
from agentd.api.manifest import ERROR
from agentd.model import Kind, Schema
from agentd.store import Scope

_DEVICE = holds(
    {
        **dict.fromkeys(("id", "name", "area", "floor", "device_class", "via"), TEXT),
        "kind": one_of(list(Kind)),
        "aliases": listed(TEXT),
        "examples": listed(MAP),
        "arguments": MAP,
        "confirm": listed(ANYTHING),
        **dict.fromkeys(("moves", "reports", "armed", "available"), FLAG),
        "state": MAP,
    }
)
_TOOL = holds(
    {
        "type": always("function"),
        "function": holds({"name": TEXT, "description": TEXT, "parameters": MAP}),
    }
)
_KEY = {
    "id": TEXT,
    "name": TEXT,
    "scopes": listed(one_of(list(Scope))),
    "created": NUMBER,
    "last_used": or_null(NUMBER),
    "revoked": or_null(NUMBER),
    "expires": or_null(NUMBER),
    "devices": or_null(listed(TEXT)),
}
_USED = {"tokens": COUNT, "calls": COUNT, "motion_s": NUMBER}
_LIMITS = holds({name: or_null(NUMBER) for name in _USED})
_WAITING = holds(
    {
        **dict.fromkeys(("token", "prompt", "tool", "device", "who", "door", "trace"), TEXT),
        "arguments": MAP,
        "expires_in_s": NUMBER,
    }
)
_PLANNED = holds(
    {
        **dict.fromkeys(("id", "tool", "device", "who", "words"), TEXT),
        "arguments": MAP,
        "due": NUMBER,
        "for_s": NUMBER,
        "left_s": NUMBER,
    }
)
_RPC = holds({"jsonrpc": always("2.0")}, {"id": ANYTHING, "result": MAP, "error": MAP})

SHAPES: Final[dict[str, Schema]] = {
    "Error": ERROR,
    "PluginAnswer": PLUGIN,
    "Receipt": RECEIPT,
    "Completion": COMPLETION,
    "Chunk": CHUNK,
    "Model": MODEL,
    "Models": holds({"object": always("list"), "data": listed(ref("Model"))}),
    "Response": MAP,
    "Embeddings": EMBEDDINGS,
    "Said": holds({"text": TEXT, "brain": TEXT, "receipts": listed(ref("Receipt")), "trace": TEXT}),
    "Devices": holds({"devices": listed(_DEVICE), "ports": listed(MAP), "problems": listed(TEXT)}),
    "Tools": holds({"tools": listed(_TOOL)}),
    "Latched": holds({"latched": FLAG}),
    "Resumed": holds({"latched": FLAG, "unarmed": listed(TEXT)}),
    "Confirmations": holds({"confirmations": listed(_WAITING)}),
    "Schedule": holds({"schedule": listed(_PLANNED)}),
    "Cancelled": holds({"cancelled": TEXT}),
    "Keys": holds({"keys": listed(holds({**_KEY, "valid": FLAG}))}),
    "NewKey": holds({**_KEY, "key": TEXT}),
    "Revoked": holds({"revoked": TEXT, "name": TEXT}),
    "Audit": holds({"audit": listed(MAP)}),
    "Usage": holds(
        {
            "day": TEXT,
            "resets_in_s": COUNT,
            "usage": listed(
                holds(
                    {"day": TEXT, "key": TEXT, **_USED, "asked_tokens": COUNT},
                    {"budget": _LIMITS, "left": _LIMITS},
                )
            ),
        }
    ),
    "Health": holds(
        {
            "status": one_of(["ok", "degraded"]),
            "version": TEXT,
            "ready": FLAG,
            "latched": FLAG,
            "parts": {"type": "object", "additionalProperties": TEXT},
        }
    ),
    "Rpc": {"anyOf": [_RPC, listed(_RPC)]},
    "Document": MAP,
}
