"""A home without wires: every call is checked as the toolbox and the gate would, then is so."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from agentd.errors import RefusedError
from agentd.model import Action, Call, Device, Kind, State, Value
from agentd.safety import limits
from agentd.tools import specs
from eval import entities

MAX_MOTION_S: Final = 30.0
MOVING: Final = frozenset({"drive", "turn", "set_servo"})
Deed = tuple[str, tuple[tuple[str, Value], ...]]


class House:
    """Devices, their states, and the deeds that leave no state (a drive, a scene, a skip)."""

    def __init__(self, devices: Sequence[Device], states: Mapping[str, State]) -> None:
        self._devices = {device.id: device for device in devices}
        self.states: dict[str, dict[str, Value]] = {
            device.id: dict(states.get(device.id, {})) for device in devices
        }
        self.deeds: dict[str, list[Deed]] = {}
        self.read: list[str] = []

    def play(self, call: Call) -> str:
        """Carry `call` out and return nothing, or return why it would be refused."""
        arguments = dict(call.arguments)
        target = arguments.pop("device", None)
        tool = specs.BY_NAME.get(call.tool)
        if tool is None:
            return f"no tool {call.tool}"
        if tool.name in ("stop", "emergency_stop"):
            return self._stop(tool.name, target)
        device = self._devices.get(target) if isinstance(target, str) else None
        if device is None or device.kind not in tool.kinds:
            return f"{call.tool} has no target {target!r}"
        if tool.reads:
            self.read.append(device.id)
            return ""
        reason = _refusal(tool, device, arguments)
        if not reason:
            self._do(tool.name, device, arguments)
        return reason

    def _stop(self, name: str, target: object) -> str:
        if target is not None and target not in list(self._devices):
            return f"stop has no target {target!r}"
        self.deeds.setdefault(str(target or ""), []).append((name, ()))
        return ""

    def _do(self, tool: str, device: Device, arguments: Mapping[str, Value]) -> None:
        lasting = {n: v for n, v in arguments.items() if n != "skip" and v != "locate"}
        if device.kind is Kind.DRIVE or lasting != arguments or not lasting:
            deed = (tool, tuple(sorted(arguments.items())))
            self.deeds.setdefault(device.id, []).append(deed)
        if device.kind is not Kind.DRIVE:
            state = self.states[device.id]
            if device.kind is Kind.TODO:
                _note(state, arguments)
                return
            state |= lasting
            state |= {n: v for n, v in _follows(device.kind, lasting).items() if n not in lasting}


def _note(state: dict[str, Value], arguments: Mapping[str, Value]) -> None:
    """Keep what is on a list, and how much: some cases say only that."""
    ((name, said),) = arguments.items()
    items = str(state.get("items") or "").splitlines()
    step, entry = {"add": 1, "remove": -1}.get(name), _bare(str(said))
    kept = [each for each in items if step and _bare(each) != entry]
    state["items"] = "\n".join(sorted([*kept, entry] if step == 1 else kept))
    state["entries"] = max(0, int(state.get("entries") or 0) + step) if step else 0


def _bare(entry: str) -> str:
    """Return an entry without case and article: "a dozen eggs" is written either way."""
    return re.sub(r"^(?:an?|the|some) ", "", entry.casefold())


def _refusal(tool: specs.ToolSpec, device: Device, arguments: Mapping[str, Any]) -> str:
    accepted = {} if tool.bare else specs.arguments(tool, [device])
    strange = sorted(str(name) for name in arguments if name not in accepted)
    if strange:
        return f"{device.id} has no {', '.join(strange)}"
    if (tool.needs and tool.needs not in arguments) or (not tool.bare and not arguments):
        return f"{tool.name} needs {tool.needs or 'an argument'}"
    try:
        action = Action(tool=tool.name, device_id=device.id, arguments=arguments)
        limits.check(action, device, MAX_MOTION_S)
    except RefusedError as error:
        return str(error)
    return ""


_LEVELS: Final = {
    Kind.LIGHT: "brightness_pct",
    Kind.FAN: "speed_pct",
    Kind.OUTPUT: "level_pct",
}


def _follows(kind: Kind, now: Mapping[str, Value]) -> dict[str, Value]:
    """Return what else becomes true: a dimmed light is on, an opened blind is at 100 %."""
    if kind in _LEVELS and "on" not in now:
        return {"on": now.get(_LEVELS[kind]) != 0}
    if kind is Kind.VACUUM and "task" in now:
        return {"activity": entities.ACTIVITIES[str(now["task"])][0]}
    if kind in (Kind.COVER, Kind.VALVE):
        if "position_pct" in now:
            return {"open": now["position_pct"] != 0}
        return {"position_pct": 100 if now.get("open") else 0}
    if kind is Kind.MEDIA:
        if now.get("on") is False:
            return {"playing": False}
        if "media" in now or now.get("playing") is True:
            return {"playing": True, "on": True}
    return {}
