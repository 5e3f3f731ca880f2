from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.simulation.rover_physics import (
    EMPTY_V,
    FULL_V,
    TOP_ACCEL_MPS2,
    TOP_MPS,
    TRACK_M,
    Body,
    step,
)

goals = st.tuples(st.floats(-3, 3), st.floats(-3, 3), st.floats(0.001, 0.05))


def after(goals: list[tuple[float, float, float]]) -> Body:
    body = Body()
    for left, right, dt in goals:
        body = step(body, left, right, dt)
    return body


@given(st.lists(goals, max_size=60), goals)
def test_wheels_have_inertia_and_a_top_speed(
    before: list[tuple[float, float, float]], now: tuple[float, float, float]
) -> None:
    old = after(before)
    new = step(old, *now)
    assert abs(new.left_mps) <= TOP_MPS and abs(new.right_mps) <= TOP_MPS
    assert abs(new.left_mps - old.left_mps) <= TOP_ACCEL_MPS2 * now[2] + 0.001
    assert abs(new.right_mps - old.right_mps) <= TOP_ACCEL_MPS2 * now[2] + 0.001


@given(st.lists(goals, max_size=60))
def test_it_never_goes_further_than_its_wheels_roll(
    driven: list[tuple[float, float, float]],
) -> None:
    body, rolled = Body(), 0.0
    for goal in driven:
        new = step(body, *goal)
        rolled += abs(new.left_m - body.left_m) / 2 + abs(new.right_m - body.right_m) / 2
        body = new
    assert math.hypot(body.x_m, body.y_m) <= rolled + 1e-9
    assert body.heading_rad == pytest.approx((body.right_m - body.left_m) / TRACK_M, abs=1e-9)


@given(st.lists(goals, max_size=60))
def test_the_battery_only_drains(driven: list[tuple[float, float, float]]) -> None:
    body = Body()
    for goal in driven:
        new = step(body, *goal)
        assert new.charge < body.charge
        assert EMPTY_V <= new.battery_v <= FULL_V
        body = new
    assert step(Body(charge=0), 1, 1, 0.01).charge == 0


@given(st.lists(goals, max_size=60))
def test_told_to_stop_it_comes_to_rest(driven: list[tuple[float, float, float]]) -> None:
    body = after(driven)
    for _ in range(150):
        body = step(body, 0, 0, 0.01)
    assert body.at_rest


@given(st.lists(goals, max_size=60), goals)
def test_held_wheels_do_not_turn(
    before: list[tuple[float, float, float]], now: tuple[float, float, float]
) -> None:
    assert step(after(before), *now, stalled=True).at_rest


def test_equal_wheels_go_straight_and_opposite_wheels_turn_left() -> None:
    ahead, around = Body(), Body()
    for _ in range(100):
        ahead = step(ahead, 0.3, 0.3, 0.01)
        around = step(around, -0.1, 0.1, 0.01)
    assert ahead.x_m > 0.25 and ahead.y_m == ahead.heading_rad == 0
    assert around.heading_rad > 0.9 and around.x_m == pytest.approx(0)
