"""The firmware of a simulated rover: obeys frames, watches the heartbeat, sends feedback.

Behaves as the General Driver's source does (ugv_base_general uart_ctrl.h, movtion_module.h,
ugv_advance.h): only T=1 feeds the heartbeat, an asked feedback obeys the interval too, received
commands are echoed until T=143 says no. The odometers are the ROS firmware's. Time is passed in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from agentd.drivers.waveshare.codec import (
    AskFeedback,
    BaseFeedback,
    Frame,
    SetEcho,
    SetFeedbackFlow,
    SetFeedbackInterval,
    SetHeartbeat,
    WheelSpeeds,
    encode,
)
from agentd.simulation.rover_physics import Body, drained, step

SLICE_S = 0.01
"""One turn of the firmware's loop."""
POWER_UP_HEARTBEAT_S = 3.0


@dataclass(slots=True)
class Faults:
    """What a test breaks: wheels that are held, feedback that stops, feedback that is noise."""

    stalled: bool = False
    silent: bool = False
    garbage: bool = False


class Firmware:
    """Everything of the rover but its wire."""

    def __init__(self, now: float) -> None:
        self.body = Body()
        self.faults = Faults()
        self.why_stopped = ""
        self.heartbeat_s = POWER_UP_HEARTBEAT_S
        self._now = self._fed = now
        self._goal = WheelSpeeds(0, 0)
        self._flow = False
        self._echo = True
        self._interval_s = SLICE_S
        self._sent = -math.inf

    @property
    def moving(self) -> bool:
        """Whether a wheel turns or is asked to."""
        return not self.body.at_rest or self._goal != WheelSpeeds(0, 0)

    def obey(self, frame: Frame, now: float) -> bytes:
        """Carry out one received frame and return what goes back at once."""
        self._pass_time(now)
        match frame:
            case WheelSpeeds():
                self._fed, self._goal = now, frame
                self.why_stopped = "" if frame.left_mps or frame.right_mps else "command"
            case SetHeartbeat(ms):
                self.heartbeat_s = ms / 1000
            case SetFeedbackFlow(on):
                self._flow = on
            case SetFeedbackInterval(ms):
                self._interval_s = max(ms / 1000, SLICE_S)
            case SetEcho(on):
                echoed, self._echo = self._echo, on
                return encode(frame) if echoed else b""
        echo = encode(frame) if self._echo else b""
        return echo + (self._feedback(now) if isinstance(frame, AskFeedback) else b"")

    def advance(self, now: float) -> bytes:
        """Let time pass until `now` and return the feedback that fell due."""
        self._pass_time(now)
        return self._feedback(now) if self._flow else b""

    def due_in(self, now: float) -> float:
        """Return the seconds until the next feedback falls due; infinity without a flow."""
        return max(0.0, self._sent + self._interval_s - now) if self._flow else math.inf

    def _pass_time(self, now: float) -> None:
        while self._now + SLICE_S <= now:
            if not self.moving:
                charge = drained(self.body.charge, 0, now - self._now)
                self.body = replace(self.body, charge=charge)
                self._now = now
                break
            self._now += SLICE_S
            if self._now - self._fed > self.heartbeat_s and self._goal != WheelSpeeds(0, 0):
                self._goal = WheelSpeeds(0, 0)
                self.why_stopped = "heartbeat"
            goal, stalled = self._goal, self.faults.stalled
            self.body = step(self.body, goal.left_mps, goal.right_mps, SLICE_S, stalled=stalled)

    def _feedback(self, now: float) -> bytes:
        if now - self._sent < self._interval_s:
            return b""
        self._sent = now
        if self.faults.silent:
            return b""
        if self.faults.garbage:
            return b'{"T":1001,"L":NaN,"R":\xff\n'
        body = self.body
        return encode(
            BaseFeedback(
                left_mps=body.left_mps,
                right_mps=body.right_mps,
                roll_deg=0,
                pitch_deg=0,
                yaw_deg=math.degrees(math.remainder(body.heading_rad, math.tau)),
                temperature_c=31.5,
                battery_v=body.battery_v,
                odometer_left_cm=int(body.left_m * 100),
                odometer_right_cm=int(body.right_m * 100),
            )
        )
