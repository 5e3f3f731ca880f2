"""What one device accepts, checked again at the gate whatever the door or the brain checked."""

from __future__ import annotations

from agentd.errors import Reason, nearest, refuse
from agentd.model import Action, Device, Kind, Number

SLOWEST_DEFAULT_MPS = 0.1
SLOWEST_DEFAULT_DPS = 30.0


def check(action: Action, device: Device, max_motion_s: float) -> None:
    """Raise `RefusedError` unless every argument is one of `device`'s, within its limits."""
    for name, value in action.arguments.items():
        argument = device.arguments.get(name)
        if argument is None:
            _refuse_unknown(name, device)
        else:
            argument.check(name, value)
    if device.kind is Kind.DRIVE:
        _check_duration(action, device, max_motion_s)


def _refuse_unknown(name: str, device: Device) -> None:
    known = sorted(device.arguments)
    near = nearest(name, known) or known
    accepted = ", ".join(near) or "nothing"
    raise refuse(
        Reason.UNSUPPORTED,
        f"{device.name} has no {name}; it accepts {accepted}.",
        value=name,
        accepted=accepted,
    )


def _check_duration(action: Action, device: Device, max_motion_s: float) -> None:
    seconds = motion_seconds(action, device)
    if seconds > max_motion_s:
        raise refuse(
            Reason.OUT_OF_RANGE,
            f"That would move {device.name} for {seconds:.0f} s; one motion may last at most "
            f"{max_motion_s:g} s. Ask for less, or faster.",
            value=f"{seconds:.1f} s",
            accepted=f"at most {max_motion_s:g} s",
        )


def motion_seconds(action: Action, device: Device) -> float:
    """Return how long a motion lasts at the speed asked for, or the slowest we would pick."""
    distance = abs(float(action.arguments.get("distance_m") or 0))
    angle = abs(float(action.arguments.get("angle_deg") or 0))
    seconds = 0.0
    if distance:
        seconds += distance / _speed(action, device, "speed_mps", SLOWEST_DEFAULT_MPS)
    if angle:
        seconds += angle / _speed(action, device, "speed_dps", SLOWEST_DEFAULT_DPS)
    return seconds


def _speed(action: Action, device: Device, name: str, default: float) -> float:
    asked = action.arguments.get(name)
    if asked:
        return abs(float(asked))
    limit = device.arguments.get(name)
    return min(default, limit.high) if isinstance(limit, Number) else default
