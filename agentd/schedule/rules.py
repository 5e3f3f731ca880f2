"""What may wait, and for how long."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from agentd.errors import Reason, refuse
from agentd.model import Call, Device, State
from agentd.safety.confirmation import risky
from agentd.tools.earlier import moves, opposite, restoring

MOST: Final = 100
LONGEST_S: Final = 7 * 86400.0
_NOW_ONLY: Final = frozenset({"get_state", "stop", "emergency_stop"})
_MOTION: Final = frozenset({"drive", "turn", "set_servo"})


def check(vet: Callable[[Call], Device], call: Call) -> Device:
    """Return the device of a call that may wait. Raises `RefusedError`."""
    total = call.after_s + call.for_s
    if not math.isfinite(total) or min(call.after_s, call.for_s) < 0 or total > LONGEST_S:
        raise refuse(
            Reason.OUT_OF_RANGE,
            f"{total / 86400:g} days is too far ahead: at most 7 days.",
            value=f"{total:g} s",
            accepted="0 to 7 days",
        )
    if call.tool in _NOW_ONLY:
        raise refuse(
            Reason.NEVER_SCHEDULED, "Only commands can wait; a question or a stop is for now."
        )
    if call.tool in _MOTION:
        raise _motion()
    device = vet(replace(call, after_s=0.0, for_s=0.0))
    if moves(device):
        raise _motion()
    return device


def way_back(device: Device, call: Call, before: State) -> Call:
    """Return the call that ends a `for_s`: to the state before, else to the opposite.

    Raises `RefusedError` when there is no way back, or when the call waits for a yes: after that
    yes nobody would know when it has to end.
    """
    arguments = {name: value for name, value in call.arguments.items() if name != "device"}
    if risky(arguments, device):
        raise refuse(
            Reason.NEVER_SCHEDULED,
            "What needs your yes is not done for a while; say both commands yourself.",
        )
    known = before if before.get("available") is not False else {}
    back = restoring(device, call, known) or opposite(device, call)
    if back is None:
        raise refuse(
            Reason.NEVER_SCHEDULED,
            f"I do not know what {device.name} is now, so I could not put it back.",
        )
    return back


def _motion() -> Exception:
    return refuse(
        Reason.NEVER_SCHEDULED,
        "Motion is never scheduled: somebody must be looking when it starts.",
    )
