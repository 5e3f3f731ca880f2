"""By how much something changes, as people say it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.brains.changes import Change, parse_change


@pytest.mark.parametrize(
    ("said", "now", "sign", "wanted"),
    [
        ("by 10%", 40, 1, 50),
        ("10 percent", 40, -1, 30),
        ("two degrees", 20, 1, 22),
        ("double", 20, 1, 40),
        ("一倍", 20, 1, 40),
        ("half", 60, -1, 30),
        ("减半", 60, -1, 30),
        ("a bit", 20, 1, 25),
        ("a notch", 20, -1, 15),
        ("two notches", 20, 1, 30),
        ("两档", 20, 1, 30),
        ("a lot", 20, 1, 30),
        ("10 points", 20, 1, 30),
        ("一点", 20, 1, 25),
    ],
)
def test_a_change_is_made_of_what_is_now(said: str, now: float, sign: int, wanted: float) -> None:
    change = parse_change(said)
    assert change is not None
    assert change.of(now, sign, 5) == pytest.approx(wanted)


@pytest.mark.parametrize("said", ["banana", "20 cm", "", "by", "a hundred notches", "-5"])
def test_what_is_no_change_is_none(said: str) -> None:
    assert parse_change(said) is None


@given(st.text(max_size=40))
def test_any_text_gives_a_change_or_none(said: str) -> None:
    assert isinstance(parse_change(said), Change | None)
