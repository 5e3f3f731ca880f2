from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentd.drivers.differential import (
    Base,
    Course,
    Goal,
    Odometry,
    Verdict,
    WheelTrack,
    straight,
    time_bound,
    turn,
)
from agentd.simulation.rover_physics import Body, step

BASE = Base(track_m=0.172, max_wheel_mps=0.5)
TICK_S = 0.05
PULSE_M = math.pi * 0.08 / 660
"""UGV Rover: 8 cm wheels, 660 pulses a turn (ugv_base_ros movtion_module.h)."""

distances = st.floats(-5, 5)
speeds = st.floats(0.05, 0.5)


def follow(goal: Goal, *, stalled: bool = False, reverse: int = 1) -> tuple[Verdict, Body, float]:
    """Run a course on the physics, with a report and a step each tick, until the wheels rest."""
    body, course, now = Body(), Course(BASE, goal, 0.0), 0.0
    verdict = Verdict.RUNNING
    while verdict is Verdict.RUNNING or not body.at_rest:
        told = course.step(now)
        verdict = told.verdict
        assert max(abs(told.left_mps), abs(told.right_mps)) <= BASE.max_wheel_mps
        for _ in range(5):
            body = step(body, reverse * told.left_mps, told.right_mps, TICK_S / 5, stalled=stalled)
        now += TICK_S
        course.measured((body.left_m, body.right_m), (body.left_mps, body.right_mps), now)
        assert now < 300
    return verdict, body, now


@settings(max_examples=40, deadline=None)
@given(distances, speeds)
def test_a_straight_line_ends_where_it_should(distance: float, speed: float) -> None:
    verdict, body, now = follow(straight(BASE, distance, speed))
    assert verdict is Verdict.ARRIVED
    assert abs(body.x_m - distance) < 0.01
    assert abs(body.y_m) < 0.01
    assert now < time_bound(BASE, abs(distance), speed) + 2


@settings(max_examples=40, deadline=None)
@given(st.floats(-720, 720), st.floats(10, 120))
def test_a_turn_ends_at_its_angle(angle: float, speed: float) -> None:
    verdict, body, _ = follow(turn(BASE, angle, speed))
    assert verdict is Verdict.ARRIVED
    assert abs(math.degrees(body.heading_rad) - angle) < 3
    assert math.hypot(body.x_m, body.y_m) < 0.01


def follow_by_encoder(goal: Goal, seed: int, *, odometer: bool) -> tuple[Verdict, Body]:
    """Like `follow`, but all that is known is counted pulses, as a real base reports them.

    The speed is the pulses of one turn of the firmware's loop (about 10 ms, never the same), so
    that one pulse more or less is 4 cm/s.
    """
    random = Random(seed)
    body, course, now, verdict = Body(), Course(BASE, goal, 0.0), 0.0, Verdict.RUNNING
    tracks, rolled = (WheelTrack(), WheelTrack()), [0.0, 0.0]
    while verdict is Verdict.RUNNING or not body.at_rest:
        told = course.step(now)
        verdict, report_at = told.verdict, now + TICK_S
        while now < report_at:
            passed, before = random.uniform(0.007, 0.013), body
            body = step(body, told.left_mps, told.right_mps, passed)
            now += passed
        speeds = [
            (pulses(new) - pulses(old)) * PULSE_M / passed
            for old, new in ((before.left_m, body.left_m), (before.right_m, body.right_m))
        ]
        for wheel, metres in enumerate((body.left_m, body.right_m)):
            count = math.trunc(metres * 100) if odometer else None
            rolled[wheel] += tracks[wheel].rolled(speeds[wheel], count, now)
        course.measured((rolled[0], rolled[1]), (speeds[0], speeds[1]), now)
    return verdict, body


def pulses(metres: float) -> int:
    return math.floor(metres / PULSE_M + 0.5)


@pytest.mark.parametrize("odometer", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_counted_pulses_are_enough_to_arrive(seed: int, odometer: bool) -> None:
    verdict, body = follow_by_encoder(straight(BASE, 0.2, 0.2), seed, odometer=odometer)
    assert verdict is Verdict.ARRIVED
    assert abs(body.x_m - 0.2) < 0.012
    verdict, body = follow_by_encoder(turn(BASE, 90, 60), seed, odometer=odometer)
    assert verdict is Verdict.ARRIVED
    assert abs(math.degrees(body.heading_rad) - 90) < 6


def test_the_slowest_turn_is_not_mistaken_for_a_stall() -> None:
    for seed in range(4):
        verdict, _ = follow_by_encoder(turn(BASE, 45, 10), seed, odometer=True)
        assert verdict is Verdict.ARRIVED


reports = st.tuples(*[st.floats(-10, 10)] * 4, st.floats(0, 3), st.booleans())


@given(distances, st.floats(0, 100), st.lists(reports, max_size=80))
def test_whatever_is_reported_no_wheel_is_told_more_than_the_limit(
    distance: float, speed: float, heard: list[tuple[float, float, float, float, float, bool]]
) -> None:
    course, now, over = Course(BASE, straight(BASE, distance, speed), 0.0), 0.0, False
    for left_m, right_m, left, right, passed, arrives in heard:
        now += passed
        if arrives:
            course.measured((left_m, right_m), (left, right), now)
        told = course.step(now)
        assert max(abs(told.left_mps), abs(told.right_mps)) <= BASE.max_wheel_mps
        assert math.copysign(1, told.left_mps or distance) == math.copysign(1, distance)
        over = over or told.verdict is not Verdict.RUNNING
        assert (told.verdict is not Verdict.RUNNING) == over
        assert not over or (told.left_mps, told.right_mps) == (0, 0)


@settings(max_examples=30, deadline=None)
@given(distances, speeds, st.floats(0.05, 0.5), st.tuples(st.floats(0, 5), st.floats(0, 5)))
def test_a_course_always_ends(
    distance: float, speed: float, tick: float, rolled: tuple[float, float]
) -> None:
    goal = straight(BASE, distance, speed)
    course, now = Course(BASE, goal, 0.0), 0.0
    while course.step(now).verdict is Verdict.RUNNING:
        now += tick
        assert now < time_bound(BASE, abs(distance), goal.cruise_mps) + 2 * tick
        course.measured(rolled, (speed, speed), now)


@given(distances.filter(lambda metres: abs(metres) > 0.01), speeds)
def test_it_stops_when_the_reports_stop(distance: float, speed: float) -> None:
    course, now = Course(BASE, straight(BASE, distance, speed), 0.0), 0.0
    while (told := course.step(now)).verdict is Verdict.RUNNING:
        now += TICK_S
    assert told.verdict is Verdict.SILENT
    assert now <= BASE.silence_s + 2 * TICK_S


def test_a_host_that_was_held_up_does_not_blame_the_robot() -> None:
    course = Course(BASE, straight(BASE, 1, 0.3), 0.0)
    course.step(0.0)
    assert course.step(1.5).verdict is Verdict.RUNNING


def test_held_wheels_are_a_stall() -> None:
    verdict, body, now = follow(straight(BASE, 0.2, 0.2), stalled=True)
    assert verdict is Verdict.STALLED
    assert body.left_m == body.right_m == 0
    assert now < BASE.stall_s + 4 * TICK_S


def test_one_swapped_motor_is_found_before_it_has_gone_far() -> None:
    verdict, body, _ = follow(straight(BASE, 1, 0.2), reverse=-1)
    assert verdict in (Verdict.ASTRAY, Verdict.STALLED)
    assert abs(body.left_m) < 0.2


@pytest.mark.parametrize(
    ("rolled", "speeds", "verdict"),
    [
        ((0.5, 0.5), (0.1, 0.1), Verdict.OVERRUN),
        ((-0.1, 0.1), (0.1, 0.1), Verdict.ASTRAY),
        ((0.21, 0.20), (0.1, 0.1), Verdict.ARRIVED),
    ],
)
def test_a_report_can_end_a_course(
    rolled: tuple[float, float], speeds: tuple[float, float], verdict: Verdict
) -> None:
    course = Course(BASE, straight(BASE, 0.2, 0.2), 0.0)
    course.measured(rolled, speeds, 0.05)
    assert course.step(0.05).verdict is verdict


def test_wheels_much_faster_than_told_are_stopped() -> None:
    course, now = Course(BASE, straight(BASE, 5, 0.1), 0.0), 0.0
    while course.step(now).verdict is Verdict.RUNNING:
        now += TICK_S
        course.measured((now, now), (1.0, 1.0), now)
    assert course.step(now).verdict is Verdict.RUNAWAY
    assert now < 0.6


def test_a_way_of_zero_is_over_at_once() -> None:
    assert Course(BASE, straight(BASE, 0, 0.2), 0.0).step(0.0).verdict is Verdict.ARRIVED


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), max_size=60))
def test_odometry_follows_the_physics(goals: list[tuple[float, float]]) -> None:
    body, odometry = Body(), Odometry()
    for left, right in goals:
        new = step(body, left, right, 0.05)
        odometry.roll(new.left_m - body.left_m, new.right_m - body.right_m, 0.172)
        body = new
    assert odometry.x_m == pytest.approx(body.x_m, abs=1e-9)
    assert odometry.y_m == pytest.approx(body.y_m, abs=1e-9)
    assert odometry.heading_rad == pytest.approx(body.heading_rad, abs=1e-9)


@given(st.floats(-0.5, 0.5), st.floats(-3, 3), st.floats(0.8, 1.2))
def test_the_odometer_bounds_the_drift_of_biased_speeds(
    speed: float, start_m: float, bias: float
) -> None:
    track, rolled, where = WheelTrack(), 0.0, start_m
    for tick in range(200):
        rolled += track.rolled(speed * bias, math.trunc(where * 100), tick * TICK_S)
        error = abs(rolled - (where - start_m))
        assert error < 0.03
        where += speed * TICK_S


@given(st.floats(-0.5, 0.5), st.floats(-3, 3))
def test_the_odometer_does_not_spoil_true_speeds(speed: float, start_m: float) -> None:
    track, rolled, where = WheelTrack(), 0.0, start_m
    for tick in range(100):
        rolled += track.rolled(speed, math.trunc(where * 100), tick * TICK_S)
        assert rolled == pytest.approx(where - start_m, abs=1e-6)
        where += speed * TICK_S


def test_a_robot_that_counts_from_zero_again_does_not_jump() -> None:
    track = WheelTrack()
    track.rolled(0.0, 400, 0.0)
    assert track.rolled(0.0, 0, 0.1) == 0
    assert track.rolled(0.0, 0, 0.2) == 0
