"""What waits for its time: shown and cancelled."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from agentd.api.asking import asker
from agentd.api.auth import CallKey, ReadKey
from agentd.api.encode import plain
from agentd.api.errors import ApiError
from agentd.api.house import TheHouse
from agentd.model import Asker
from agentd.store import Grant

router = APIRouter()


@router.get("/api/schedule")
async def schedule(house: TheHouse, grant: ReadKey) -> dict[str, Any]:
    """List the calls that wait and that this key may touch, the next first.

    One that is held has `left_s`, the seconds it still has to wait then; `due` tells nothing there.
    """
    mine = house.schedule.entries(asker(grant, "http", house.settings))
    rows = [
        {
            "id": each.id,
            "due": round(each.due, 3),
            "tool": each.call.tool,
            "device": each.call.arguments.get("device", ""),
            "arguments": plain({k: v for k, v in each.call.arguments.items() if k != "device"}),
            "for_s": each.call.for_s,
            "left_s": round(each.left_s, 3),
        }
        | _whose(each.asker, grant)
        for each in mine
    ]
    return {"schedule": rows}


def _whose(who: Asker, grant: Grant) -> dict[str, str]:
    """Return who asked and in which words; of another asker nothing to a limited key."""
    mine = grant.devices is None or who.who == grant.who
    return {"who": who.who, "words": who.words} if mine else {"who": "", "words": ""}


@router.delete("/api/schedule/{id}")
async def cancel(id: str, house: TheHouse, grant: CallKey) -> dict[str, Any]:
    """Cancel one; 404 when nothing is scheduled under `id`."""
    receipt = await house.schedule.cancel(id, asker(grant, "http", house.settings))
    if receipt.refusal is not None:
        raise ApiError(404, receipt.message, param="id")
    return {"cancelled": id}
