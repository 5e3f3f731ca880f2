"""From a question to what must be read, and the state in which its answer is yes."""

from __future__ import annotations

from typing import Final

from agentd.model import NOTHING, Call, Device, Kind, State, Value


def ask(device: Device, said: list[tuple[str, str]]) -> Call | None:
    """Ask for the state; `said` is the yes of a yes/no question. None where it makes no sense."""
    call = Call("get_state", {"device": device.id})
    moving = device.kind is Kind.DRIVE and any(name in _MOVING for name, _ in said)
    if not said or moving:
        return call
    for name, value in said:
        wanted = expected(device, name, value)
        if wanted:
            return Call("get_state", {"device": device.id}, wanted)
    return None


_MOVING: Final = frozenset({"motion", "running"})
"""What may be asked of a robot on wheels; its state tells how fast it goes."""
_RUNNING: Final = frozenset({Kind.FAN, Kind.SWITCH, Kind.OUTPUT})
"""Kinds that run when they are on."""
_OPENINGS: Final = frozenset({"door", "window", "opening", "garage_door", "garage"})


def expected(device: Device, name: str, value: str) -> State:
    """Return the state in which `device` is what was asked, empty where that makes no sense."""
    truth = {"true": True, "false": False}.get(value, value)
    if device.kind is Kind.SENSOR:
        return _sensed(device, name, truth)
    if device.kind is Kind.VACUUM and name == "on":
        return {"task": "start"} if truth else {"moving": ""}
    if name == "running" and device.kind in _RUNNING:
        name = "on"
    if name in ("on", "open"):
        name = next((each for each in (name, "on", "open") if each in device.arguments), "")
    return {name: truth} if name in device.arguments else NOTHING


def _sensed(device: Device, name: str, truth: Value) -> State:
    """Return what a binary sensor says when it is so: a lock that is "on" is unlocked."""
    if not device.id.startswith("binary_sensor."):
        return NOTHING
    if name == "locked" and device.device_class == "lock":
        return {"on": not truth}
    here = {device.device_class}
    classes = {"open": _OPENINGS, "on": here, "detected": here}.get(name, {name})
    return {"on": truth} if device.device_class in classes else NOTHING
