"""Nobody can make the offline brain work long, or make it fail."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentd.brains.language import detect_language, language_of
from agentd.brains.phrases import CONNECTOR
from agentd.brains.stop_words import stop_call
from tests.brains.homes import brain, think, turn, unsure

HOSTILE = [
    "a " * 150,
    "a" * 300,
    "turn on " * 37,
    "set the to " * 27,
    "dim " + "to " * 98,
    "is " + "on " * 98,
    "turn on the light and " * 13,
    "the kitchen light and " * 13,
    "and " * 75,
    "play " + "on " * 98,
    "打开" * 150,
    "把调到" * 100,
    "开" * 300,
    "在播放放" * 75,
    "客厅灯和" * 75,
    "灯、" * 12,
    "😀" * 300,
    "\x00" * 300,
    "\u202e" * 300,
    "\ud800" * 10,
    "ﷺ" * 300,
    "{target} [the] (a|b) <turn> " * 10,
    "%s%n{0}{names}",
    "零" * 300,
    "two hundred and " * 18,
    "打开打开打开打开打开打开打开打开打开、" * 12,
    "set to to to to to to, " * 12,
    "dim the x to the y to z " * 12,
    "把把把调到调到调到到到到，" * 12,
]


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_sentence_burns_little_cpu(words: str) -> None:
    think("turn on the light")
    think("打开灯")
    began = time.process_time()
    assert think(words)
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize("joint", ["after that ", "and then ", "然后", "但是", "，再"])
def test_connectors_are_read_in_one_way_only_however_many_there_are(joint: str) -> None:
    """Two ways to read each of 64 would be more than any machine can try."""
    assert CONNECTOR.fullmatch(joint * 64 + "x") is None
    assert CONNECTOR.fullmatch("after that " * 64)


def test_a_sentence_beyond_the_bound_is_refused_at_once() -> None:
    began = time.perf_counter()
    assert "too long" in unsure("turn on the kitchen light " * 150)
    assert "太长" in unsure("打开客厅灯" * 800)
    assert time.perf_counter() - began < 0.2


def test_too_many_clauses_are_refused() -> None:
    assert "too long" in unsure("; ".join(["turn on the fan"] * 13))


@settings(max_examples=40, deadline=1500)
@given(st.text(max_size=300))
def test_any_text_gets_an_answer(text: str) -> None:
    assert think(text)


@settings(max_examples=15, deadline=1500)
@given(st.text(min_size=301, max_size=4000))
def test_any_long_text_gets_an_answer(text: str) -> None:
    assert think(text)


@given(st.text(max_size=50))
def test_any_text_is_in_one_of_two_languages(text: str) -> None:
    assert language_of(text) == detect_language(text) in ("en", "zh")


@pytest.mark.parametrize(
    "words",
    [
        "stop",
        "Stop!",
        "STOP STOP STOP",
        "halt",
        "freeze",
        "stop.",
        " 停 ",
        "停下！",
        "停！停！",
        "别动",
    ],
)
def test_a_stop_word_stops_everything(words: str) -> None:
    call = stop_call(words)
    assert call is not None and call.tool == "stop" and not call.arguments


@pytest.mark.parametrize(
    "words",
    [
        "emergency stop",
        "E-Stop!",
        "estop",
        "急停",
        "紧急停止！",
        "hit the e-stop",
        "紧急停止，马上",
    ],
)
def test_an_emergency_word_is_the_emergency_stop(words: str) -> None:
    call = stop_call(words)
    assert call is not None and call.tool == "emergency_stop"


@pytest.mark.parametrize("words", ["stop worrying", "don't stop", "stopover", "停车", "stop" * 20])
def test_other_words_are_no_stop(words: str) -> None:
    assert stop_call(words) is None


def test_a_stop_is_recognised_in_less_than_fifty_microseconds() -> None:
    began = time.perf_counter()
    for _ in range(1000):
        stop_call("emergency stop!")
        stop_call("turn on the kitchen light and close the curtains")
    assert (time.perf_counter() - began) / 2000 < 50e-6


def test_a_stop_does_not_wait_behind_a_long_sentence() -> None:
    brain()

    async def scenario() -> float:
        busy = asyncio.create_task(_all("在播放放" * 75))
        await asyncio.sleep(0)
        began = time.perf_counter()
        await _all("stop")
        took = time.perf_counter() - began
        await busy
        return took

    assert asyncio.run(scenario()) < 0.05


async def _all(words: str) -> list[object]:
    return [thought async for thought in brain().think(turn(words))]
