"""Traditional characters say what simplified ones say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.brains.language import simplified
from agentd.brains.stop_words import stop_call
from tests.brains.homes import CHINESE, calls, shown


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("把廚房的燈關掉啦", "set_light light.kitchen on=False"),
        ("小車向右轉15度", "turn rover angle_deg=-15.0"),
        ("小車退後六十公分", "drive rover distance_m=-0.6"),
    ],
)
def test_an_order_in_traditional_characters_is_understood(said: str, wanted: str) -> None:
    assert [shown(call) for call in calls(said, CHINESE)] == [wanted]


def test_a_home_named_in_traditional_characters_answers_to_both() -> None:
    home = [
        replace(each, name="廚房燈", area="廚房") if each.id == "light.kitchen" else each
        for each in CHINESE
    ]
    for said in ("關掉廚房燈", "关掉厨房灯"):
        assert [shown(call) for call in calls(said, home)] == ["set_light light.kitchen on=False"]


@pytest.mark.parametrize(
    ("said", "tool"),
    [("緊急停止", "emergency_stop"), ("停下來", "stop"), ("別動", "stop"), ("馬上停下", "stop")],
)
def test_a_stop_in_traditional_characters_stops(said: str, tool: str) -> None:
    call = stop_call(said)
    assert call is not None and call.tool == tool


def test_what_is_to_be_played_keeps_the_characters_it_was_said_in() -> None:
    (call,) = calls("在客廳播放鄧麗君的歌", CHINESE)
    assert call.arguments["media"] == "鄧麗君的歌"


@given(st.text(max_size=60))
def test_every_character_stays_in_its_place(text: str) -> None:
    assert len(simplified(text)) == len(text)
    assert simplified(simplified(text)) == simplified(text)
