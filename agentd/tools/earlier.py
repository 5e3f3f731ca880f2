"""The call that brings an earlier state back, or none: what moved is never moved back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from agentd.errors import RefusedError
from agentd.model import NOTHING, Call, Device, Kind, State, Value

_TOGETHER: Final = (("color", "color_temp_k"), ("open", "position_pct"))
_EXACT: Final = {"open": "position_pct"}
_IN_PLACE: Final = frozenset({Kind.COVER, Kind.VALVE})
_PASSING: Final = frozenset({"media", "skip"})


def moves(device: Device) -> bool:
    """Return whether a command to `device` is motion; covers and valves stay in place."""
    return device.kind not in _IN_PLACE and (device.moves or device.kind is Kind.DRIVE)


def restoring(device: Device, call: Call, before: State) -> Call | None:
    """Return the call that sets what `call` sets back to `before`.

    None when `call` was motion, set nothing, or when nothing is known of the state before.
    """
    if device.kind is Kind.TODO:
        return _put_back(call, before)
    asked = {name for name in call.arguments if name != "device"} - _PASSING
    if "media" in call.arguments:
        asked.add("playing")
    if moves(device) or not asked:
        return None
    wanted = _wanted(device, asked, before)
    return Call(call.tool, {"device": device.id, **wanted}) if wanted else None


def _put_back(call: Call, before: State) -> Call | None:
    """Return the call that takes off what was added, or puts back what was taken off."""
    was = str(before.get("items") or "").casefold().splitlines()
    for name, other in (("add", "remove"), ("remove", "add")):
        entry = call.arguments.get(name)
        if isinstance(entry, str) and (entry.casefold() in was) == (name == "remove"):
            return Call(call.tool, {"device": call.arguments["device"], other: entry})
    return None


def opposite(device: Device, call: Call) -> Call | None:
    """Return `call` with its flags turned over, when it sets nothing but flags."""
    flags = {name: value for name, value in call.arguments.items() if name != "device"}
    if "media" in flags and "playing" in device.arguments:
        flags = {"playing": True}
    if moves(device) or not flags or not all(isinstance(each, bool) for each in flags.values()):
        return None
    turned = {name: not value for name, value in flags.items()}
    return Call(call.tool, {"device": device.id, **turned})


def _wanted(device: Device, asked: set[str], before: State) -> Mapping[str, Value]:
    if before.get("on") is False and "on" in device.arguments:
        return {"on": False}
    names = set(asked)
    for pair in _TOGETHER:
        names |= set(pair) if names & set(pair) else set()
    if "on" in device.arguments:
        names.add("on")
    found = {name: before[name] for name in sorted(names) if _fits(device, name, before)}
    for rough, exact in _EXACT.items():
        if exact in found:
            found.pop(rough, None)
    if "color" in found and "color_temp_k" in found:
        found.pop("color" if "color" not in asked else "color_temp_k")
    return found if set(found) - {"on"} or "on" in asked else NOTHING


def _fits(device: Device, name: str, state: State) -> bool:
    argument = device.arguments.get(name)
    if argument is None or state.get(name) is None:
        return False
    try:
        argument.check(name, state[name])
    except RefusedError:
        return False
    return True
