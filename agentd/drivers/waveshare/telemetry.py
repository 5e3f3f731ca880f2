"""What a Waveshare rover says about itself, folded into the state that people are shown."""

from __future__ import annotations

import math
from collections.abc import Callable

from agentd.drivers.differential import Odometry, WheelTrack
from agentd.drivers.waveshare.codec import BaseFeedback
from agentd.model import State, Value

REST_MPS = 0.01
REPORT_EVERY_S = 0.25
BATTERY_STEP_V = 0.1

Report = Callable[[str, State], None]


class Telemetry:
    """Adds up feedback into a pose and reports it: on change, at most four times a second."""

    def __init__(self, rover_id: str, battery_id: str, track_m: float, report: Report) -> None:
        self._rover_id = rover_id
        self._battery_id = battery_id
        self._track_m = track_m
        self._report = report
        self._wheels = (WheelTrack(), WheelTrack())
        self._odometry = Odometry()
        self._speeds = (0.0, 0.0)
        self._battery_v = math.nan
        self._reported: State = {}
        self._reported_at = -math.inf
        self.heard_at = -math.inf
        self.count = 0

    @property
    def rolled_m(self) -> tuple[float, float]:
        """How far each wheel (left, right) has rolled since the link was opened."""
        return self._odometry.left_m, self._odometry.right_m

    @property
    def speeds_mps(self) -> tuple[float, float]:
        """The last speed of each wheel."""
        return self._speeds

    @property
    def at_rest(self) -> bool:
        """Whether the last feedback said that neither wheel turns."""
        return max(map(abs, self._speeds)) < REST_MPS

    @property
    def state(self) -> State:
        """What the rover is now. Heading is in (-180, 180], 0 where the link was opened."""
        pose, (left, right) = self._odometry, self._speeds
        heading = math.degrees(math.remainder(pose.heading_rad, math.tau))
        state: dict[str, Value] = {
            "left_mps": short(left, 2),
            "right_mps": short(right, 2),
            "x_m": short(pose.x_m, 3),
            "y_m": short(pose.y_m, 3),
            "heading_deg": short(heading, 1),
        }
        if math.isfinite(self._battery_v):
            state["battery_v"] = short(self._battery_v, 1)
        return state

    def hear(self, feedback: BaseFeedback, now: float) -> None:
        """Take in one feedback that arrived at `now`."""
        left, right = self._wheels
        self._odometry.roll(
            left.rolled(feedback.left_mps, feedback.odometer_left_cm, now),
            right.rolled(feedback.right_mps, feedback.odometer_right_cm, now),
            self._track_m,
        )
        self._speeds = (feedback.left_mps, feedback.right_mps)
        self.heard_at = now
        self.count += 1
        self._hear_battery(feedback.battery_v)
        if now - self._reported_at >= REPORT_EVERY_S:
            self.tell(now)

    def tell(self, now: float) -> None:
        """Report the state now, unless it is what was reported last."""
        state = self.state
        if state != self._reported:
            self._reported, self._reported_at = state, now
            self._report(self._rover_id, state)

    def _hear_battery(self, volts: float | None) -> None:
        if volts is None or abs(volts - self._battery_v) < BATTERY_STEP_V:
            return
        self._battery_v = volts
        if self._battery_id:
            self._report(self._battery_id, {"value": short(volts, 1), "unit": "V"})


def short(value: float, digits: int) -> float:
    """Round, and never to a negative zero."""
    return round(value, digits) + 0.0
