"""Routines that a person picks from a menu: what the model is then asked to do, in one message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from agentd.api.mcp.tools import called
from agentd.api.mcp.tools import text as block
from agentd.api.mcp.visit import Visit
from agentd.api.mcp.wire import INVALID_PARAMS, RpcError, table, text
from agentd.model import Device

HONESTLY: Final = (
    "Then tell me in a few lines what was done, what was not and why, going by the receipts alone. "
    "Where a call needs a person's yes, say so and leave it to me."
)


@dataclass(frozen=True, slots=True)
class Routine:
    """One prompt. `room` is whether it asks for one."""

    name: str
    title: str
    description: str
    words: str
    room: bool = False


ROUTINES: Final = (
    Routine(
        "house_report",
        "How is the house?",
        "Reads every device and tells what stands out.",
        "Read the state of the devices below with get_state and tell me in a few lines how the "
        "house is: what is on, open, unlocked, moving or offline. Change nothing.",
    ),
    Routine(
        "good_night",
        "Good night",
        "Lights off, curtains closed, doors locked.",
        "It is night. Turn off the lights, close the curtains and blinds, pause what plays, and "
        f"lock the doors, as far as there are such devices below. {HONESTLY}",
    ),
    Routine(
        "leaving_home",
        "Leaving home",
        "Everything off and closed, robots at rest.",
        "I am leaving. Turn off lights, fans and what plays, close what is open, lock the doors, "
        f"and stop what moves, as far as there are such devices below. {HONESTLY}",
    ),
    Routine(
        "room",
        "One room",
        "Reads one room and asks what to change there.",
        "Read the devices of the room “{room}” below with get_state, tell me how they are, and ask "
        "me what I want changed. Change nothing before I said so.",
        room=True,
    ),
)
BY_NAME: Final = {each.name: each for each in ROUTINES}


def listed(visit: Visit, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return every prompt."""
    return {"prompts": [_row(each) for each in ROUTINES]}


def _row(routine: Routine) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": routine.name,
        "title": routine.title,
        "description": routine.description,
    }
    if routine.room:
        room = {"name": "room", "description": "The room's name.", "required": True}
        row["arguments"] = [room]
    return row


def get(visit: Visit, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return one prompt, with the devices it is about. Raises `RpcError`."""
    routine = BY_NAME.get(text(params, "name"))
    if routine is None:
        raise RpcError(INVALID_PARAMS, f"Unknown prompt; known: {', '.join(BY_NAME)}.")
    devices, words = visit.devices(), routine.words
    if routine.room:
        room = text(table(params.get("arguments")), "room")
        devices = [each for each in devices if each.area.casefold() == room.casefold()]
        if not devices:
            known = ", ".join(rooms(visit)) or "none is known"
            raise RpcError(INVALID_PARAMS, f"There is no room “{room[:80]}”; rooms: {known}.")
        words = words.replace("{room}", devices[0].area)
    told = "\n".join([words, "", "Devices:", *map(_line, devices)])
    message = {"role": "user", "content": block(told)}
    return {"description": routine.description, "messages": [message]}


def rooms(visit: Visit) -> list[str]:
    """Return the rooms that have a device."""
    return sorted({each.area for each in visit.devices() if each.area})


def _line(device: Device) -> str:
    return f"- {device.id}: {called(device)}, {device.kind.value}"
