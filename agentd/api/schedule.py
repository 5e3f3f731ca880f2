"""What waits for its time: shown and cancelled."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from agentd.api.asking import asker
from agentd.api.auth import CallKey, ReadKey
from agentd.api.encode import plain
from agentd.api.errors import ApiError
from agentd.api.house import TheHouse

router = APIRouter()


@router.get("/api/schedule")
async def schedule(house: TheHouse, grant: ReadKey) -> dict[str, Any]:
    """List the calls that wait and that this key may touch, the next first."""
    mine = house.schedule.entries(asker(grant, "http", house.settings))
    rows = [
        {
            "id": each.id,
            "due": round(each.due, 3),
            "tool": each.call.tool,
            "device": each.call.arguments.get("device", ""),
            "arguments": plain({k: v for k, v in each.call.arguments.items() if k != "device"}),
            "for_s": each.call.for_s,
            "who": each.asker.who,
            "words": each.asker.words,
        }
        for each in mine
    ]
    return {"schedule": rows}


@router.delete("/api/schedule/{id}")
async def cancel(id: str, house: TheHouse, grant: CallKey) -> dict[str, Any]:
    """Cancel one; 404 when nothing is scheduled under `id`."""
    receipt = await house.schedule.cancel(id, asker(grant, "http", house.settings))
    if receipt.refusal is not None:
        raise ApiError(404, receipt.message, param="id")
    return {"cancelled": id}
