"""Which calls of one sentence may run side by side."""

from __future__ import annotations

from typing import Final

from agentd.model import Call, Receipt, Status

MOVING: Final = frozenset({"drive", "turn", "set_servo"})


def batches(calls: list[Call]) -> list[list[Call]]:
    """Group calls that may run side by side; each motion is alone."""
    found: list[list[Call]] = []
    for call in calls:
        alone = call.tool in MOVING or (found and found[-1][0].tool in MOVING)
        if alone or not found or _same_target(call, found[-1]):
            found.append([call])
        else:
            found[-1].append(call)
    return found


def fell_short(receipt: Receipt) -> bool:
    """Return whether what should have happened did not."""
    return receipt.status in (Status.FAILED, Status.REFUSED)


def _same_target(call: Call, batch: list[Call]) -> bool:
    """Two calls to one device keep their order."""
    return any(each.arguments.get("device") == call.arguments.get("device") for each in batch)
