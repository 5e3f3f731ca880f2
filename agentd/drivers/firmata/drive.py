"""A differential rover made of two motors on a Firmata board: open loop, by time and speed.

There are no encoders: a distance is an estimate and its receipt says so. What is verified is
that the motors are at their stop values afterwards, by the board's own pin states.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from dataclasses import dataclass

from agentd.catalogue.spec import Channel
from agentd.drivers.firmata import frames as f
from agentd.drivers.firmata.board import Board
from agentd.drivers.firmata.motor import DriveWire, Motor
from agentd.drivers.firmata.pins import Report, read_wire, within
from agentd.errors import LinkError, ProtocolError, Reason, refuse
from agentd.model import NOTHING, Action, Device, Outcome, State, Status


@dataclass(frozen=True, slots=True)
class Motion:
    """Wheel speeds for a time, and how a person says it."""

    left_mps: float
    right_mps: float
    seconds: float
    words: str


ESTIMATED = "by time and speed, as there are no encoders; the motors stand"
ROUNDING = 1.001
STANDING: State = {"left_mps": 0.0, "right_mps": 0.0}


class Drive:
    """The rover's base. One motion at a time; every motion ends by itself."""

    def __init__(self, device: Device, channel: Channel, board: Board, report: Report) -> None:
        self.device, self._board, self._report = device, board, report
        self._wire = wire = read_wire(channel, DriveWire)
        self._left = Motor(wire, "left", board, device.id)
        self._right = Motor(wire, "right", board, device.id)
        self.pins = self._left.pins + self._right.pins
        self._standing = dict.fromkeys(self.pins, False)
        self._cut = asyncio.Event()
        self._moving = False
        within(device, "speed_mps", 0, wire.max_mps)
        within(device, "speed_dps", 0, math.degrees(2 * wire.max_mps / wire.track_m))

    def modes(self) -> list[f.Frame]:
        """Make the pins of both motors PWM and outputs."""
        return self._left.modes() + self._right.modes()

    def stop(self) -> list[f.Frame]:
        """Stop both motors."""
        return self._left.stop() + self._right.stop()

    def stopped(self) -> dict[int, tuple[f.Mode, int]]:
        """Expect no PWM and the direction pins low."""
        return self._left.stopped() | self._right.stopped()

    def cut(self) -> None:
        """End the motion under way."""
        self._cut.set()

    def hear(self, frame: f.Frame) -> None:
        """Report standing still once the board has said it of all pins, the last one last."""
        if not isinstance(frame, f.PinState) or frame.pin not in self.pins:
            return
        self._standing[frame.pin] = self.stopped()[frame.pin] == (frame.mode, frame.value)
        if frame.pin == self.pins[-1] and all(self._standing.values()) and not self._moving:
            self._report(STANDING)

    async def apply(self, action: Action) -> Outcome:
        """Drive `distance_m` or turn `angle_deg`, then stop and see that the motors stand."""
        if self._moving:
            raise refuse(Reason.BUSY, f"{self.device.name} is still moving.")
        motion = self._plan(action)
        took, whole = await self._move(motion)
        try:
            wrong = await self._board.mismatch(self.stopped())
        except ProtocolError as error:
            wrong = str(error)
        if wrong:
            return Outcome(Status.FAILED, NOTHING, f"The stop could not be verified. {wrong}")
        if not whole:
            message = f"Cut short after {took:.1f} of {motion.seconds:.1f} s; the motors stand."
            return Outcome(Status.FAILED, STANDING, message)
        return Outcome(Status.UNVERIFIED, STANDING, f"{motion.words}, {ESTIMATED}.")

    async def _move(self, motion: Motion) -> tuple[float, bool]:
        """Turn the wheels for the motion's time; return the time it took and if it was whole."""
        self._cut.clear()
        self._moving, begun = True, time.monotonic()
        full = self._wire.max_mps
        try:
            left = self._left.turn(motion.left_mps / full)
            self._board.send(*left, *self._right.turn(motion.right_mps / full))
            self._report({"left_mps": motion.left_mps, "right_mps": motion.right_mps})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._cut.wait(), motion.seconds)
        finally:
            self._moving = False
            with contextlib.suppress(LinkError):
                self._board.send(*self.stop(), *map(f.PinStateQuery, self.pins))
        return time.monotonic() - begun, not self._cut.is_set()

    def _plan(self, action: Action) -> Motion:
        motion = self._turn(action) if action.tool == "turn" else self._straight(action)
        fastest = max(abs(motion.left_mps), abs(motion.right_mps))
        full, longest = self._wire.max_mps, self._wire.longest_s
        if fastest > full * ROUNDING:
            said = f"The wheels of {self.device.name} reach {full:g} m/s, not {fastest:.2f} m/s."
            raise refuse(Reason.OUT_OF_RANGE, said, value=fastest, accepted=f"{full:g} m/s")
        if motion.seconds > longest:
            said = f"That takes {motion.seconds:.0f} s; one motion may take {longest:g} s."
            raise refuse(Reason.OUT_OF_RANGE, said, value=motion.seconds, accepted=f"{longest:g} s")
        return motion

    def _straight(self, action: Action) -> Motion:
        easy = self._wire.speed_mps or self._wire.max_mps / 2
        distance_m, speed_mps = _pair(action, "distance_m", "speed_mps", easy)
        speed = math.copysign(speed_mps, distance_m)
        words = f"About {abs(distance_m):.2f} m {'forward' if distance_m >= 0 else 'backward'}"
        return Motion(speed, speed, abs(distance_m) / speed_mps, words)

    def _turn(self, action: Action) -> Motion:
        easy = self._wire.speed_dps or math.degrees(self._wire.max_mps / self._wire.track_m)
        angle_deg, speed_dps = _pair(action, "angle_deg", "speed_dps", easy)
        wheel = math.copysign(math.radians(speed_dps) * self._wire.track_m / 2, angle_deg)
        words = f"About {abs(angle_deg):.0f} degrees {'left' if angle_deg >= 0 else 'right'}"
        return Motion(-wheel, wheel, abs(angle_deg) / speed_dps, words)


def _pair(action: Action, way: str, speed: str, easy: float) -> tuple[float, float]:
    """Return how far and how fast. Raises `RefusedError` unless both are sound numbers."""
    far, fast = action.arguments.get(way), action.arguments.get(speed, easy)
    if not isinstance(far, int | float) or not math.isfinite(far) or not far:
        raise refuse(Reason.BAD_ARGUMENT, f"{way} must say how far: every motion has an end.")
    if not isinstance(fast, int | float) or not 0 < fast < math.inf:
        raise refuse(Reason.BAD_ARGUMENT, f"{speed} must be above 0.", value=fast)
    return float(far), float(fast)
