"""Sentences that start a timer, those that do not, and what the clock says."""

from __future__ import annotations

import contextlib
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.brains import Say
from agentd.brains.clock import told
from agentd.brains.delays import parse_duration, spell
from agentd.brains.misunderstanding import NotUnderstood
from agentd.brains.targets import Home
from agentd.brains.timers import ring, started
from agentd.drivers.timer import TIMER
from tests.brains.homes import CHINESE, ENGLISH, calls, think, unsure


def timer(words: str, near: str = "") -> tuple[float, str, str] | None:
    """Return length, name and room of the timer that `words` start."""
    devices = ENGLISH if words.isascii() else CHINESE
    talk = started(words, (*devices, TIMER), Home(devices))
    if talk is None:
        return None
    call = ring(talk, (TIMER,), Home(devices), near)
    assert call.after_s == call.arguments["length_s"]
    return call.after_s, call.arguments.get("called", ""), call.arguments.get("room", "")


@pytest.mark.parametrize(
    ("words", "length_s", "name", "room"),
    [
        ("set a timer for 10 minutes", 600, "", ""),
        ("please start a ninety second timer", 90, "", ""),
        ("5 minute timer", 300, "", ""),
        ("could you set me a timer for an hour and a half?", 5400, "", ""),
        ("set a 10 minute pasta timer", 600, "pasta", ""),
        ("set an egg timer for six and a half minutes", 390, "egg", ""),
        ("start a timer called laundry for 40 minutes", 2400, "laundry", ""),
        ("timer for 3 minutes for the tea", 180, "tea", ""),
        ("set a kitchen timer for 20 minutes", 1200, "", "kitchen"),
        ("countdown of 30 seconds", 30, "", ""),
        ("设置一个十分钟的计时器", 600, "", ""),
        ("设置披萨计时器5分钟", 300, "披萨", ""),
        ("倒计时三十秒", 30, "", ""),
        ("请开始计时1个小时15分30秒", 4530, "", ""),
        ("厨房计时器半个小时", 1800, "", "厨房"),
    ],
)
def test_a_timer_is_started_for_that_long_under_that_name(
    words: str, length_s: float, name: str, room: str
) -> None:
    assert timer(words) == (length_s, name, room)


def test_a_timer_belongs_to_the_room_it_was_asked_for_in() -> None:
    assert timer("set a timer for 10 minutes", "Kitchen") == (600, "", "Kitchen")


@pytest.mark.parametrize(
    "words",
    [
        "is there a 10 minute timer?",
        "add 5 minutes to the timer",
        "pause the timer for 5 minutes",
        "I set a timer for 10 minutes",
        "don't set a timer for 10 minutes",
        "set a timer",
        "turn on the kitchen light for 10 minutes",
        "set a timer for 10 minutes to turn off the kitchen light",
        "kitchen fan timer 10 minutes",
        "空调定时30分钟",
        "我设置了一个十分钟的计时器",
    ],
)
def test_what_starts_no_timer(words: str) -> None:
    assert timer(words) is None


def test_without_a_timer_in_the_home_none_is_started() -> None:
    assert unsure("set a timer for 10 minutes")


def test_the_brain_proposes_the_ring_for_later() -> None:
    (call,) = calls("set a 10 minute pasta timer", (*ENGLISH, TIMER))
    assert (call.tool, call.after_s) == ("ring_timer", 600)


@given(st.integers(1, 86399), st.sampled_from(["en", "zh"]))
def test_every_length_in_words_is_that_length(seconds: int, language: str) -> None:
    said = spell(seconds, language)
    assert parse_duration(said) == seconds
    words = f"set a timer for {said}" if language == "en" else f"设置{said}的计时器"
    assert timer(words) == (seconds, "", "")


@given(st.text(alphabet="set a 10 minute for¤计时器分钟 timer'", max_size=200))
def test_any_words_are_read(words: str) -> None:
    with contextlib.suppress(NotUnderstood):
        timer(words)


NOW = datetime(2026, 11, 26, 14, 5)


@pytest.mark.parametrize(
    ("words", "language", "answer"),
    [
        ("what time is it?", "en", "It is 14:05."),
        ("Tell me the time, please", "en", ""),
        ("tell me the time", "en", "It is 14:05."),
        ("what's the date today", "en", "It is Thursday, 26 November 2026."),
        ("现在几点了", "zh", "现在是14:05。"),
        ("今天星期几？", "zh", "今天是2026年11月26日，星期四。"),
        ("what time is the movie", "en", ""),
        ("the time", "en", ""),
        ("turn off the lights at what time", "en", ""),
        ("几点关灯", "zh", ""),
    ],
)
def test_who_asks_for_the_time_is_told_it(words: str, language: str, answer: str) -> None:
    assert told(words, language, NOW) == answer


def test_the_brain_says_the_time_itself() -> None:
    (thought,) = think("what time is it?", ENGLISH)
    assert isinstance(thought, Say) and f"{datetime.now():%Y}" not in thought.text
