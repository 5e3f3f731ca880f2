"""How a small differential rover moves: wheels with inertia, a pose, a battery. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

TRACK_M = 0.172
"""Between the wheels (ugv_base_general movtion_module.h, UGV Rover)."""
TOP_MPS = 1.3
INERTIA_S = 0.08
"""Time constant of a wheel under the firmware's PID."""
TOP_ACCEL_MPS2 = 3.0
REST_MPS = 0.001
FULL_V, EMPTY_V = 12.6, 9.6
CAPACITY_AS = 2.2 * 3600
IDLE_A, AMPS_PER_MPS = 0.35, 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Where it is (x ahead, y to the left, heading counter-clockwise) and how it moves.

    `left_m` and `right_m` are how far each wheel has rolled; `charge` goes from 1 to 0.
    """

    x_m: float = 0.0
    y_m: float = 0.0
    heading_rad: float = 0.0
    left_mps: float = 0.0
    right_mps: float = 0.0
    left_m: float = 0.0
    right_m: float = 0.0
    charge: float = 1.0

    @property
    def at_rest(self) -> bool:
        """Whether neither wheel turns."""
        return self.left_mps == 0 and self.right_mps == 0

    @property
    def battery_v(self) -> float:
        """Voltage of three lithium cells at this charge."""
        return EMPTY_V + (FULL_V - EMPTY_V) * self.charge


def step(
    body: Body, left_goal: float, right_goal: float, dt: float, *, stalled: bool = False
) -> Body:
    """Return the body `dt` seconds later (at most some tens of ms) with these wheel goals."""
    left = 0.0 if stalled else _wheel(body.left_mps, left_goal, dt)
    right = 0.0 if stalled else _wheel(body.right_mps, right_goal, dt)
    rolled_left = (body.left_mps + left) / 2 * dt
    rolled_right = (body.right_mps + right) / 2 * dt
    ahead = (rolled_left + rolled_right) / 2
    turned = (rolled_right - rolled_left) / TRACK_M
    toward = body.heading_rad + turned / 2
    return Body(
        x_m=body.x_m + ahead * math.cos(toward),
        y_m=body.y_m + ahead * math.sin(toward),
        heading_rad=body.heading_rad + turned,
        left_mps=left,
        right_mps=right,
        left_m=body.left_m + rolled_left,
        right_m=body.right_m + rolled_right,
        charge=drained(body.charge, abs(left) + abs(right), dt),
    )


def drained(charge: float, speeds_mps: float, dt: float) -> float:
    """Return the charge left after `dt` seconds at this sum of wheel speeds."""
    return max(0.0, charge - (IDLE_A + AMPS_PER_MPS * speeds_mps) * dt / CAPACITY_AS)


def _wheel(speed: float, goal: float, dt: float) -> float:
    goal = min(max(goal, -TOP_MPS), TOP_MPS)
    change = (goal - speed) * (1 - math.exp(-dt / INERTIA_S))
    limit = TOP_ACCEL_MPS2 * dt
    new = speed + min(max(change, -limit), limit)
    return 0.0 if goal == 0 and abs(new) < REST_MPS else new
