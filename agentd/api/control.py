"""Stop, go on, and a person's yes."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from agentd.api.asking import asker, json_object, text_field
from agentd.api.auth import AdminKey, CallKey, StopKey
from agentd.api.encode import plain
from agentd.api.errors import ApiError
from agentd.api.feed import unless_gone
from agentd.api.house import TheHouse
from agentd.model import touches

router = APIRouter()


@router.post("/api/stop")
async def stop(house: TheHouse, grant: StopKey) -> JSONResponse:
    """Stop everything that moves, now, and latch. Any valid key; the body is not read."""
    house.gate.estop(grant.who, "asked over HTTP")
    return JSONResponse({"latched": True})


@router.post("/api/resume")
async def resume(request: Request, house: TheHouse, grant: CallKey) -> dict[str, Any]:
    """Release the e-stop and re-arm what waits for it; `{"device": id}` re-arms only that one.

    A key that is limited to some devices may re-arm those, and not release the e-stop.
    """
    body = await json_object(request)
    device = text_field(body, "device", longest=200, needed=False)
    if not (touches(grant.devices, device) if device else grant.devices is None):
        what = f"may not touch {device}" if device else "may not let every device move again"
        raise ApiError(403, f'The key "{grant.who}" {what}.', code="not_allowed")
    if device:
        house.gate.rearm(device, grant.who)
    else:
        house.gate.reset(grant.who)
    return {"latched": house.gate.latched, "unarmed": house.gate.unarmed()}


@router.get("/api/confirmations")
async def confirmations(house: TheHouse, grant: AdminKey) -> dict[str, Any]:
    """List the risky calls that wait for a person's yes."""
    now = time.monotonic()
    rows = [
        {
            "token": each.token,
            "prompt": each.prompt,
            "tool": each.action.tool,
            "device": each.action.device_id,
            "arguments": plain(each.action.arguments),
            "who": each.asker.who,
            "door": each.asker.door,
            "trace": each.asker.trace,
            "expires_in_s": round(max(0.0, each.expires - now), 1),
        }
        for each in house.gate.pending()
    ]
    return {"confirmations": rows}


@router.post("/api/confirmations/{token}")
async def confirm(token: str, request: Request, house: TheHouse, grant: AdminKey) -> dict[str, Any]:
    """Say yes to a waiting call and return its receipt; 404 when nothing waits under `token`.

    Only an admin's key may: one that a model or a plugin holds must not say yes to itself.
    """
    await request.body()
    who = asker(grant, "http", house.settings)
    receipt = await unless_gone(request, house.toolbox.confirm(token, who))
    row: dict[str, Any] = plain(receipt.json())
    return row
