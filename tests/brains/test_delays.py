"""When and for how long, taken off a sentence in English and Chinese."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.brains.delays import parse_duration, read, spell
from tests.brains.homes import CHINESE, calls

NOW = datetime(2026, 5, 4, 18, 0, 0)


@given(st.integers(1, 7 * 86400), st.sampled_from(["en", "zh"]))
def test_a_duration_that_is_spelt_is_read_again(seconds: int, language: str) -> None:
    assert parse_duration(spell(seconds, language)) == seconds


@given(st.text(max_size=80))
def test_anything_can_be_read_without_harm(text: str) -> None:
    rest, when = read(text, NOW)
    assert when is not None or rest == text


@pytest.mark.parametrize(
    ("phrase", "seconds"),
    [
        ("ten minutes", 600),
        ("an hour and a half", 5400),
        ("one and a half hours", 5400),
        ("half an hour", 1800),
        ("2 hours and 15 minutes", 8100),
        ("1h30m", 5400),
        ("90s", 90),
        ("a couple of minutes", 120),
        ("半小时", 1800),
        ("一个半小时", 5400),
        ("一小时三十分钟", 5400),
        ("一刻钟", 900),
        ("两天", 172800),
        ("ten metres", None),
        ("5 m", None),
        ("a while", None),
        ("", None),
    ],
)
def test_durations_as_people_say_them(phrase: str, seconds: float | None) -> None:
    assert parse_duration(phrase) == seconds


@pytest.mark.parametrize(
    ("words", "rest", "after_s", "for_s"),
    [
        ("turn on the lamp for ten minutes", "turn on the lamp", 0, 600),
        ("in five minutes turn it off", "turn it off", 300, 0),
        ("turn on the lamp at 7 pm", "turn on the lamp", 3600, 0),
        ("at 17:30 turn on the lamp", "turn on the lamp", 84600, 0),
        ("turn on the lamp until 7pm", "turn on the lamp", 0, 3600),
        ("in ten minutes turn on the lamp for one hour", "turn on the lamp", 600, 3600),
        ("十分钟后关灯", "关灯", 600, 0),
        ("开灯十分钟", "开灯", 0, 600),
        ("晚上七点半开灯", "开灯", 5400, 0),
        ("半小时后开灯五分钟", "开灯", 1800, 300),
    ],
)
def test_the_time_is_taken_off_a_clause(
    words: str, rest: str, after_s: float, for_s: float
) -> None:
    bare, when = read(words, NOW)
    assert bare == rest
    assert when is not None
    assert (when.after_s, when.for_s) == (after_s, for_s)


@pytest.mark.parametrize(
    "words",
    [
        "turn on the light in the kitchen",
        "play music for the kids",
        "set the lamp to 20",
        "drive forward for 5 m",
        "set the thermostat at 21",
        "前进零点五米",
        "把空调调到二十五点五度",
        "十点",
    ],
)
def test_what_is_no_time_stays(words: str) -> None:
    assert read(words, NOW) == (words, None)


def test_a_time_said_first_holds_for_the_commands_behind_it() -> None:
    said = calls("in ten minutes turn off the kitchen light and close the curtain")
    assert [call.after_s for call in said] == [600, 600]
    said = calls("turn on the kitchen light and turn it off in ten minutes")
    assert [call.after_s for call in said] == [0, 600]
    (said_zh,) = calls("过十分钟再关厨房灯", CHINESE)
    assert (said_zh.after_s, said_zh.arguments["on"]) == (600, False)
