"""Driving two wheels a given way, decided from what the wheels report. Pure: time is passed in.

A straight line and a turn on the spot are the same task: both wheels roll the same way, once in
the same and once in opposite directions. `straight` and `turn` say how far each has to roll,
`Course` says how fast at each moment and when it is over.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

LONGEST_STEP_S = 0.1
"""A host that was held up for longer learned nothing meanwhile: silence counts steps, not time."""
ODOMETER_JUMP_M = 0.3
"""More than any report can add: the robot was switched off and counts from zero again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A differential drive: geometry, limits and patience. Metres, seconds, m/s."""

    track_m: float
    """Between the wheels, as it acts on the floor: skidding wheels make it wider."""
    max_wheel_mps: float
    accel_mps2: float = 0.4
    creep_mps: float = 0.04
    """The slowest speed at which the wheels surely turn."""
    creep_m: float = 0.01
    """The last bit goes at that speed: what is steady can be foreseen."""
    coast_s: float = 0.08
    """How long the wheels roll on, at the speed they have, after the stop is decided."""
    stall_s: float = 0.8
    silence_s: float = 0.5

    def angle_deg(self, left_m: float, right_m: float) -> float:
        """Return how far it turned (left is positive) while its wheels rolled this far."""
        return math.degrees((right_m - left_m) / self.track_m)


@dataclass(frozen=True, slots=True)
class Goal:
    """How far each wheel has to roll (signed, equal amounts) and its cruising speed (positive)."""

    left_m: float
    right_m: float
    cruise_mps: float


def straight(base: Base, distance_m: float, speed_mps: float) -> Goal:
    """Return the goal for a straight line; a negative distance goes backwards."""
    return Goal(distance_m, distance_m, min(abs(speed_mps), base.max_wheel_mps))


def turn(base: Base, angle_deg: float, speed_dps: float) -> Goal:
    """Return the goal for a turn on the spot; a positive angle turns left."""
    radius = base.track_m / 2
    arc = math.radians(angle_deg) * radius
    return Goal(-arc, arc, min(math.radians(abs(speed_dps)) * radius, base.max_wheel_mps))


class Verdict(StrEnum):
    """Why a course goes on or is over."""

    RUNNING = "running"
    ARRIVED = "arrived"
    STALLED = "a wheel does not turn although it is told to"
    SILENT = "the robot stopped reporting its wheels"
    OVERRUN = "it went further than asked"
    ASTRAY = "a wheel turns the wrong way"
    RUNAWAY = "a wheel turns much faster than told"
    LATE = "it took too long"
    HALTED = "it was stopped"
    """Said by whoever stops it, never by the course."""
    ROLLING = "the wheels still turn although they were told to stop"
    """Found after the course."""


@dataclass(frozen=True, slots=True)
class Step:
    """What the wheels are to do now; zero unless the verdict is `RUNNING`."""

    left_mps: float
    right_mps: float
    verdict: Verdict


class Course:
    """One way to go. Feed it each report with `measured`, ask it often with `step`.

    It ends by itself: on arrival, after a distance and a time that no good run needs, and when
    the reports stop or make no sense.
    """

    def __init__(self, base: Base, goal: Goal, now: float) -> None:
        self._base = base
        self._length = abs(goal.left_m)
        self._cruise = min(goal.cruise_mps, base.max_wheel_mps)
        self._signs = (math.copysign(1, goal.left_m), math.copysign(1, goal.right_m))
        self._rolled = (0.0, 0.0)
        self._speeds = (0.0, 0.0)
        self._smooth_mps = self._told = 0.0
        self._measured_at = self._stepped_at = now
        self._ends = now + time_bound(base, self._length, self._cruise)
        self._silent_s = self._stalled_s = self._runaway_s = 0.0
        self._verdict = Verdict.RUNNING

    @property
    def progress_m(self) -> float:
        """How far the wheels have rolled the right way, on average."""
        return sum(self._rolled) / 2

    def measured(
        self, rolled_m: tuple[float, float], speeds_mps: tuple[float, float], now: float
    ) -> None:
        """Take in a report: what each wheel (left, right) rolled since the start, its speed."""
        left, right = self._signs
        self._rolled = (rolled_m[0] * left, rolled_m[1] * right)
        self._speeds = (speeds_mps[0] * left, speeds_mps[1] * right)
        self._smooth_mps += (sum(self._speeds) / 2 - self._smooth_mps) / 2
        self._measured_at = now
        self._silent_s = 0.0

    def step(self, now: float) -> Step:
        """Return what to tell the wheels now. After the end it says the same for ever."""
        passed = min(max(now - self._stepped_at, 0.0), LONGEST_STEP_S)
        self._stepped_at = now
        if self._verdict is Verdict.RUNNING:
            self._verdict = self._judge(passed, now)
        if self._verdict is not Verdict.RUNNING:
            return Step(0.0, 0.0, self._verdict)
        self._told = next_speed(self._base, self._remaining(now), self._cruise, self._told, passed)
        left, right = balanced(self._told, self._rolled)
        return Step(left * self._signs[0], right * self._signs[1], Verdict.RUNNING)

    def _remaining(self, now: float) -> float:
        """How far it still has to go, counting what it rolls before it can stand."""
        age = min(max(now - self._measured_at, 0.0), LONGEST_STEP_S)
        ahead = max(self._smooth_mps, 0.0) * (age + self._base.coast_s)
        return self._length - self.progress_m - ahead

    def _judge(self, passed: float, now: float) -> Verdict:
        self._silent_s += passed
        slowest, fastest = min(self._speeds), max(self._speeds)
        stalled = self._told > 0 and slowest < 0.1 * self._told
        self._stalled_s = self._stalled_s + passed if stalled else 0.0
        runaway = fastest > 1.5 * self._told + 0.15
        self._runaway_s = self._runaway_s + passed if runaway else 0.0
        margin = 0.05 + 0.1 * self._length
        verdicts = {
            Verdict.OVERRUN: max(self._rolled) > self._length + margin,
            Verdict.ASTRAY: min(self._rolled) < -0.03,
            Verdict.ARRIVED: self._remaining(now) <= 0,
            Verdict.RUNAWAY: self._runaway_s > 0.3,
            Verdict.SILENT: self._silent_s > self._base.silence_s,
            Verdict.STALLED: self._stalled_s > self._base.stall_s,
            Verdict.LATE: now > self._ends,
        }
        return next((verdict for verdict, holds in verdicts.items() if holds), Verdict.RUNNING)


def next_speed(base: Base, remaining: float, cruise: float, told: float, passed: float) -> float:
    """Return the speed to tell next: up by the ramp, down in time to stop, never above `cruise`."""
    creep = min(base.creep_mps, cruise)
    brake = math.sqrt(2 * base.accel_mps2 * max(remaining - base.creep_m, 0.0))
    faster = max(told, creep) + base.accel_mps2 * passed
    return max(min(cruise, brake, faster), creep)


def balanced(speed: float, rolled: tuple[float, float]) -> tuple[float, float]:
    """Slow the wheel that is ahead (by at most a quarter), so that the line stays straight."""
    ahead = rolled[0] - rolled[1]
    trim = min(abs(ahead) * 5.0, 0.25)
    left, right = (1 - trim, 1.0) if ahead > 0 else (1.0, 1 - trim)
    return speed * left, speed * right


def time_bound(base: Base, length: float, cruise: float) -> float:
    """Return the seconds after which a course of `length` metres has surely gone wrong."""
    ramps = 2 * cruise / base.accel_mps2
    return 2.0 + 1.5 * (length / cruise + ramps) if cruise > 0 else 0.0


class Odometry:
    """Where the wheels have carried the robot: metres, x ahead, y left, heading in radians."""

    def __init__(self) -> None:
        self.x_m = self.y_m = self.heading_rad = 0.0
        self.left_m = self.right_m = 0.0

    def roll(self, left_m: float, right_m: float, track_m: float) -> None:
        """Move on by what each wheel has rolled since the last time."""
        ahead, turned = (left_m + right_m) / 2, (right_m - left_m) / track_m
        toward = self.heading_rad + turned / 2
        self.x_m += ahead * math.cos(toward)
        self.y_m += ahead * math.sin(toward)
        self.heading_rad += turned
        self.left_m += left_m
        self.right_m += right_m


class WheelTrack:
    """How far one wheel rolled, from its speed, held to its odometer where it has one.

    The speed that firmwares report is one short look at the encoder, so that its sum drifts. The
    odometer does not, but counts whole centimetres, rounded toward zero. Each report narrows
    where the odometer's true zero can be; the sum is corrected only when nothing is left of that.
    """

    def __init__(self) -> None:
        self._speed = 0.0
        self._at: float | None = None
        self._position = 0.0
        self._zero = (-math.inf, math.inf)

    def rolled(self, speed_mps: float, odometer_cm: float | None, now: float) -> float:
        """Take in one report and return the metres rolled since the one before."""
        passed = 0.0 if self._at is None else min(max(now - self._at, 0.0), 1.0)
        before = self._position
        self._position += (self._speed + speed_mps) / 2 * passed
        self._speed, self._at = speed_mps, now
        if odometer_cm is not None:
            self._hold(odometer_cm)
        return self._position - before

    def _hold(self, odometer_cm: float) -> None:
        low = (odometer_cm - (odometer_cm <= 0)) / 100 - self._position
        high = (odometer_cm + (odometer_cm >= 0)) / 100 - self._position
        behind, beyond = max(low - self._zero[1], 0.0), max(self._zero[0] - high, 0.0)
        if max(behind, beyond) > ODOMETER_JUMP_M:
            self._zero = (low, high)
            return
        correction = behind - beyond
        self._position += correction
        self._zero = (
            max(self._zero[0], low - correction),
            min(self._zero[1], high - correction),
        )
