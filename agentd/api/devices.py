"""What there is and what it can do: devices, what is plugged in, tools, and calling one."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from agentd.api.asking import asker, json_object
from agentd.api.auth import CallKey, ReadKey
from agentd.api.encode import plain
from agentd.api.errors import ApiError
from agentd.api.feed import unless_gone
from agentd.api.house import House, TheHouse
from agentd.errors import Reason
from agentd.model import Call, Device

router = APIRouter()


@router.get("/api/devices")
async def devices(house: TheHouse, grant: ReadKey) -> dict[str, Any]:
    """List the devices that can be addressed, what is plugged in, and what was left out and why.

    A key that is limited to some devices sees those, and nothing of what is plugged in.
    """
    unarmed = set(house.gate.unarmed())
    found = house.toolbox.devices(asker(grant, "http", house.settings))
    rows = [card(device, house, device.id not in unarmed) for device in found]
    whole = grant.devices is None
    ports, problems = (house.ports(), house.problems()) if whole else ([], [])
    return {"devices": rows, "ports": ports, "problems": problems}


def card(device: Device, house: House, armed: bool) -> dict[str, Any]:
    """Return all there is to know of one device now."""
    state = house.states.get(device.id)
    row: dict[str, Any] = plain(device)
    return row | {
        "state": plain(state),
        "armed": armed,
        "available": state.get("available") is not False,
    }


@router.get("/api/tools")
async def tools(house: TheHouse, grant: ReadKey) -> dict[str, Any]:
    """List the tools in OpenAI's `tools` form: name, description, JSON Schema."""
    return {"tools": house.toolbox.openai_tools(asker(grant, "http", house.settings))}


@router.post("/api/tools/{name}")
async def call(name: str, request: Request, house: TheHouse, grant: CallKey) -> dict[str, Any]:
    """Call a tool with a JSON object of arguments and return the receipt.

    A refusal by the gate is an answer: status 200 and a receipt that says `refused` and why.
    404 is an unknown tool, 422 a body that is no JSON object. Hanging up stops the motion.
    """
    arguments = await json_object(request)
    who = asker(grant, "http", house.settings)
    receipt = await unless_gone(request, house.schedule.run(Call(name, arguments), who))
    if receipt.refusal is not None and receipt.refusal.reason is Reason.UNKNOWN_TOOL:
        raise ApiError(404, receipt.message, code=Reason.UNKNOWN_TOOL.value, param="name")
    row: dict[str, Any] = plain(receipt.json())
    return row
