"""Devices and their state as resources: `agentd://devices`, `agentd://devices/{id}`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, unquote

from agentd.api.devices import card
from agentd.api.encode import plain
from agentd.api.mcp.visit import Visit
from agentd.api.mcp.wire import INVALID_PARAMS, NO_RESOURCE, RpcError, text

ALL: Final = "agentd://devices"
ONE: Final = "agentd://devices/{id}"
MIME: Final = "application/json"


def listed(visit: Visit, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return every resource: the list of devices, and each device."""
    everything = {
        "uri": ALL,
        "name": "devices",
        "title": "Every device and its state",
        "description": "What can be addressed now, what each accepts, and what each last reported.",
        "mimeType": MIME,
    }
    each = [
        {
            "uri": f"{ALL}/{quote(device.id, safe='')}",
            "name": device.id,
            "title": device.name,
            "description": f"{device.kind.value} {device.area}".strip(),
            "mimeType": MIME,
        }
        for device in visit.devices()
    ]
    return {"resources": [everything, *each]}


def templates(visit: Visit, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the one template."""
    template = {
        "uriTemplate": ONE,
        "name": "device",
        "title": "One device and its state",
        "description": "What it is, what it accepts, and what it last reported.",
        "mimeType": MIME,
    }
    return {"resourceTemplates": [template]}


def read(visit: Visit, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return one resource as JSON text. Raises `RpcError` for what is none."""
    uri = text(params, "uri")
    rows = cards(visit)
    if uri == ALL:
        return _contents(uri, {"devices": list(rows.values())})
    device_id = unquote(uri.removeprefix(f"{ALL}/")) if uri.startswith(f"{ALL}/") else ""
    if device_id not in rows:
        code = INVALID_PARAMS if visit.per_request else NO_RESOURCE
        raise RpcError(code, "Resource not found; resources/list has all.", {"uri": uri})
    return _contents(uri, rows[device_id])


def cards(visit: Visit) -> dict[str, dict[str, Any]]:
    """Return what is known of each device that the key may touch, by id."""
    house, unarmed = visit.house, set(visit.house.gate.unarmed())
    return {each.id: card(each, house, each.id not in unarmed) for each in visit.devices()}


def _contents(uri: str, found: Mapping[str, Any]) -> dict[str, Any]:
    shown = json.dumps(plain(found), ensure_ascii=False)
    return {"contents": [{"uri": uri, "mimeType": MIME, "text": shown}]}
