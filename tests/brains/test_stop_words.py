"""A stop is heard in any wording, and only a stop is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.brains.stop_words import LONGEST, stop_call
from agentd.model import Call

STOPS = (
    *("stop!", "STOP STOP", "halt everything this instant", "no, stop!", "whoa, stop right there"),
    *("please stop now", "stop moving", "freeze, don't move", "stop it immediately"),
    *("bring the rover to a standstill", "come to a complete stop now", "停低呀", "唔好郁"),
    *("停", "快停下来", "别动了，停", "停停停", "立刻停止一切运动", "全都停下", "打住"),
)
OTHERS = (
    *("stop the music", "stop at the church and turn left", "the bus stop", "don't stop now"),
    *("we stopped", "stop by tomorrow", "can't stop laughing", "停电了", "停车场在哪", "别停"),
    *("停止播放", "不要停", "停了", "the rover came to a stop", "it comes to a standstill"),
    "bring the talks to a halt tomorrow",
)


@pytest.mark.parametrize("said", STOPS)
def test_a_stop_is_a_stop(said: str) -> None:
    assert stop_call(said) == Call("stop")


@pytest.mark.parametrize("said", OTHERS)
def test_what_speaks_of_stopping_is_none(said: str) -> None:
    assert stop_call(said) is None


@given(st.text(max_size=4 * LONGEST))
def test_anything_is_answered_at_once(said: str) -> None:
    assert stop_call(said) in (None, Call("stop"), Call("emergency_stop"))


@given(st.lists(st.sampled_from(["stop", "now", "right", "停", "别动", "了", " ", "全部"])))
def test_words_of_stopping_in_any_number_are_answered_at_once(words: list[str]) -> None:
    assert stop_call("".join(words)) in (None, Call("stop"))
