"""The tools as data, and their JSON Schemas made from the devices that are attached.

A schema's numeric range is the widest any attached device accepts; the gate holds each device
to its own. Devices and arguments are sorted, so that equal homes give equal bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from agentd.model import Argument, Device, Kind, Schema

DRIVE_ARGUMENTS = frozenset({"distance_m", "speed_mps"})
TURN_ARGUMENTS = frozenset({"angle_deg", "speed_dps"})


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """One tool: what it is for, which kinds of device it takes, and which arguments.

    `only` narrows the devices' arguments (None: all of them). `needs` must be given.
    """

    name: str
    description: str
    kinds: frozenset[Kind]
    only: frozenset[str] | None = None
    needs: str = ""
    bare: bool = False
    """True when the tool takes no argument besides the device."""
    device_optional: bool = False
    reads: bool = False
    """True when the tool changes nothing."""


TOOLS: tuple[ToolSpec, ...] = (
    ToolSpec(
        "set_light",
        "Turn a light on or off, dim it, or change its colour.",
        frozenset({Kind.LIGHT}),
    ),
    ToolSpec("set_switch", "Turn a switch or plug on or off.", frozenset({Kind.SWITCH})),
    ToolSpec(
        "set_cover",
        "Open or close a curtain, blind, shutter or garage door, or move it to "
        "a position (100 is open).",
        frozenset({Kind.COVER}),
    ),
    ToolSpec(
        "set_valve",
        "Open or close a water or gas valve, or move it to a position (100 is open).",
        frozenset({Kind.VALVE}),
    ),
    ToolSpec(
        "set_vacuum",
        "Give a robot vacuum or lawn mower a task (dock sends it home), or set its suction.",
        frozenset({Kind.VACUUM}),
    ),
    ToolSpec(
        "set_climate", "Set a thermostat's target temperature or mode.", frozenset({Kind.CLIMATE})
    ),
    ToolSpec("set_fan", "Turn a fan on or off or set its speed.", frozenset({Kind.FAN})),
    ToolSpec("set_lock", "Lock or unlock a lock.", frozenset({Kind.LOCK})),
    ToolSpec(
        "set_media",
        "Play, pause, skip, choose what to play, or set the volume.",
        frozenset({Kind.MEDIA}),
    ),
    ToolSpec(
        "activate",
        "Activate a scene or press a button.",
        frozenset({Kind.SCENE, Kind.BUTTON}),
        bare=True,
    ),
    ToolSpec(
        "change_list",
        "Put something on a shopping or to-do list, take it off, or clear the list.",
        frozenset({Kind.TODO}),
    ),
    ToolSpec(
        "ring_timer",
        "Start a timer: it rings when `length_s` are over. `called` is its name.",
        frozenset({Kind.TIMER}),
        needs="length_s",
    ),
    ToolSpec(
        "drive",
        "Drive a robot straight: a positive distance is forward, a negative one backward.",
        frozenset({Kind.DRIVE}),
        DRIVE_ARGUMENTS,
        needs="distance_m",
    ),
    ToolSpec(
        "turn",
        "Turn a robot on the spot: a positive angle is left, a negative one right.",
        frozenset({Kind.DRIVE}),
        TURN_ARGUMENTS,
        needs="angle_deg",
    ),
    ToolSpec(
        "set_servo",
        "Move a servo or arm joint to an angle, or open or close a gripper.",
        frozenset({Kind.SERVO}),
    ),
    ToolSpec("set_output", "Switch an output pin or set its level.", frozenset({Kind.OUTPUT})),
    ToolSpec(
        "get_state",
        "Read what a device last reported. Changes nothing.",
        frozenset(Kind),
        bare=True,
        reads=True,
    ),
    ToolSpec(
        "stop",
        "Stop motion at once: one device, or everything when no device is given.",
        frozenset(Kind),
        bare=True,
        device_optional=True,
    ),
    ToolSpec(
        "emergency_stop",
        "Stop everything and latch: nothing moves until a person resets it.",
        frozenset(),
        bare=True,
    ),
)
BY_NAME = {tool.name: tool for tool in TOOLS}


def available(devices: Sequence[Device]) -> list[ToolSpec]:
    """Return the tools that have at least one device, and the ones that need none."""
    kinds = {device.kind for device in devices}
    return [tool for tool in TOOLS if not tool.kinds or tool.kinds & kinds]


def openai_tools(devices: Sequence[Device]) -> list[dict[str, Any]]:
    """Return the available tools in OpenAI's `tools` form."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": schema(tool, devices),
            },
        }
        for tool in available(devices)
    ]


def schema(tool: ToolSpec, devices: Iterable[Device]) -> Schema:
    """Return the JSON Schema of `tool`'s arguments for these devices."""
    fitting = sorted((each for each in devices if each.kind in tool.kinds), key=lambda d: d.id)
    properties: dict[str, Schema] = {}
    required: list[str] = []
    if tool.kinds:
        properties["device"] = {"type": "string", "enum": [device.id for device in fitting]}
        required += [] if tool.device_optional else ["device"]
    if not tool.bare:
        merged = arguments(tool, fitting)
        properties |= {name: merged[name].schema() for name in sorted(merged)}
    if tool.needs:
        required.append(tool.needs)
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def arguments(tool: ToolSpec, devices: Iterable[Device]) -> dict[str, Argument]:
    """Return what `tool` accepts over all `devices`, widest range first."""
    merged: dict[str, Argument] = {}
    for device in devices:
        for name, argument in device.arguments.items():
            if tool.only is None or name in tool.only:
                merged[name] = merged[name].merge(argument) if name in merged else argument
    return merged
