"""What may wait, and for how long."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from agentd.errors import Reason, refuse
from agentd.model import Asker, Call, Device, State
from agentd.tools import Toolbox
from agentd.tools.earlier import moves, opposite, restoring

MOST: Final = 100
LONGEST_S: Final = 7 * 86400.0
RING: Final = "ring_timer"
_NOW_ONLY: Final = frozenset({"get_state", "stop", "emergency_stop"})
_MOTION: Final = frozenset({"drive", "turn", "set_servo"})


def check(toolbox: Toolbox, call: Call, asker: Asker) -> Device:
    """Return the device of a call that may wait. Raises `RefusedError`.

    What is held for a yes may not: when it is due nobody is there to give it, and it would never
    happen, though it was accepted. A way back that is known already may not either.
    """
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
    device = toolbox.vet(replace(call, after_s=0.0, for_s=0.0), asker)
    if moves(device):
        raise _motion()
    if toolbox.needs_yes(call):
        raise _risky(call)
    back = opposite(device, call) if call.after_s and call.for_s else None
    if back and toolbox.needs_yes(back):
        raise _risky_back()
    return device


def ringing_later(call: Call) -> Call:
    """Return a call of the timer with its wait: it rings when its length is over."""
    length = call.arguments.get("length_s")
    if call.tool != RING or isinstance(length, bool) or not isinstance(length, int | float):
        return call
    return replace(call, after_s=call.after_s or float(length), for_s=0.0)


def way_back(toolbox: Toolbox, device: Device, call: Call, before: State) -> Call:
    """Return the call that ends a `for_s`: to the state before, else to the opposite.

    Raises `RefusedError` when there is no way back, or when it waits for a yes.
    """
    known = before if before.get("available") is not False else {}
    back = restoring(device, call, known) or opposite(device, call)
    if back is None:
        raise refuse(
            Reason.NEVER_SCHEDULED,
            f"I do not know what {device.name} is now, so I could not put it back.",
        )
    if toolbox.needs_yes(back):
        raise _risky_back()
    return back


def _risky(call: Call) -> Exception:
    """Of what is done for a while, nobody would know after the yes when it has to end."""
    told = "What needs your yes is never scheduled: say it when it is to happen."
    if call.for_s and not call.after_s:
        told = "What needs your yes is not done for a while; say both commands yourself."
    return refuse(Reason.NEVER_SCHEDULED, told)


def _risky_back() -> Exception:
    return refuse(
        Reason.NEVER_SCHEDULED,
        "The way back would need your yes, and is never scheduled; say both commands yourself.",
    )


def _motion() -> Exception:
    return refuse(
        Reason.NEVER_SCHEDULED,
        "Motion is never scheduled: somebody must be looking when it starts.",
    )
