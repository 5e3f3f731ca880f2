"""The tools as MCP lists them, and what a receipt looks like as the result of one.

Hints: https://modelcontextprotocol.io/specification/2025-11-25/schema#toolannotations. They tell
a client what to ask its person about; what may happen is decided by the gate alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from agentd.agent import reply
from agentd.api.encode import plain
from agentd.model import WENT_WELL, Device, Receipt, Status
from agentd.tools import specs
from agentd.tools.specs import ToolSpec

MOST_NAMED: Final = 64
"""Devices that a tool's description names; the resource `agentd://devices` has all."""
LONGEST_NAME: Final = 80
NOT_THE_SAME_TWICE: Final = frozenset({"drive", "turn", "set_media", "activate"})
STOPS: Final = frozenset({"stop", "emergency_stop"})

RECEIPT: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "said": {"type": "string", "description": "One sentence for a person."},
        "tool": {"type": "string"},
        "device": {"type": "string"},
        "arguments": {"type": "object"},
        "status": {
            "type": "string",
            "enum": [each.value for each in Status],
            "description": "done: the device said so. unverified: sent, the device does not say.",
        },
        "state": {"type": "object", "description": "What the device itself reported."},
        "message": {"type": "string"},
        "refusal": {"type": ["object", "null"], "description": "reason, value, accepted"},
    },
    "required": ["said", "tool", "device", "arguments", "status", "state", "message"],
}


def listed(devices: Sequence[Device]) -> list[dict[str, Any]]:
    """Return the tools that there is something for."""
    return [_row(tool, devices) for tool in specs.available(devices)]


def _row(tool: ToolSpec, devices: Sequence[Device]) -> dict[str, Any]:
    fitting = [each for each in devices if each.kind in tool.kinds]
    schema = specs.schema(tool, devices)
    if "device" in schema["properties"]:
        named = "; ".join(f"{each.id}: {called(each)}" for each in fitting[:MOST_NAMED])
        schema["properties"]["device"]["description"] = named
    return {
        "name": tool.name,
        "title": tool.name.replace("_", " ").capitalize(),
        "description": tool.description,
        "inputSchema": schema,
        "outputSchema": RECEIPT,
        "annotations": hints(tool, fitting),
    }


def hints(tool: ToolSpec, fitting: Sequence[Device]) -> dict[str, Any]:
    """Return the annotations: what moves, or waits for a person's yes, is destructive."""
    risky = any(each.moves or each.confirm for each in fitting)
    return {
        "readOnlyHint": tool.reads,
        "destructiveHint": risky and not tool.reads and tool.name not in STOPS,
        "idempotentHint": tool.name not in NOT_THE_SAME_TWICE,
        "openWorldHint": False,
    }


def result(receipt: Receipt, language: str, said: str = "") -> dict[str, Any]:
    """Return the result of a call: the receipt, and the same as text.

    What went well is text as JSON, for clients that know no structured content; what did not is
    one sentence, which clients show to the person and give to the model.
    """
    said = said or reply.sentence_in(language, receipt)
    good = receipt.status in WENT_WELL
    row = {"said": said, **plain(receipt.json())}
    shown = json.dumps(row, ensure_ascii=False) if good else said
    found: dict[str, Any] = {"content": [text(shown)], "structuredContent": row}
    return found if good else found | {"isError": True}


def refused(line: str) -> dict[str, Any]:
    """Return the result of a call that did not get as far as a receipt."""
    return {"content": [text(line)], "isError": True}


def text(line: str) -> dict[str, Any]:
    """Return a block of text."""
    return {"type": "text", "text": line}


def called(device: Device) -> str:
    """Return its name and room on one line of bounded length: anyone may have named it."""
    name = f"{device.name} ({device.area})" if device.area else device.name
    return " ".join(name.split())[:LONGEST_NAME]
