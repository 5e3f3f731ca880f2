"""An order and its reason without the comma between them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.brains.pauses import with_pauses, without_reason
from tests.brains.homes import CHINESE, ENGLISH, calls, shown, unsure


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("kitchen light on im chopping onions", "set_light light.kitchen on=True"),
        ("coffee machine off i dont trust it", "set_switch switch.coffee on=False"),
        ("I'm leaving turn off the coffee machine", "set_switch switch.coffee on=False"),
        ("kitchen light off they are all asleep", "set_light light.kitchen on=False"),
        ("厨房灯开一下 煮个泡面", "set_light light.kitchen on=True"),
        ("厨房灯关了 都睡了", "set_light light.kitchen on=False"),
    ],
)
def test_a_reason_without_a_comma_does_not_hide_the_order(words: str, wanted: str) -> None:
    home = ENGLISH if words.isascii() else CHINESE
    assert [shown(call) for call in calls(words, home)] == [wanted]


@pytest.mark.parametrize(
    "words",
    [
        "I'm just going to close the curtain by hand",
        "I don't want to turn off the kitchen light",
        "she will open the garage door",
        "厨房灯太费电了",
        "turn off what they are all asleep about",
        "kitchen light off she told me",
        "turn off either lamp, I don't care which",
        "厨房灯关了，骗你的",
        "万一厨房灯坏了，那可真麻烦",
        "open the gripper i am holding something soft",
        "turn on the kitchen light once I am home",
        "turn on the kitchen light provided she is home",
        "kitchen light on the moment they are asleep",
        "turn off the lights in here",
        "open the garage door they are waiting outside",
    ],
)
def test_a_pause_makes_no_order_of_what_is_none(words: str) -> None:
    unsure(words, ENGLISH if words.isascii() else CHINESE)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("counter light on im chopping onions", 'I know no "counter light" here.'),
        ("turn on the attic light, i am chopping onions", 'I know no "the attic light" here.'),
        ("阳台灯开一下 煮个泡面", "这里没有“阳台灯”。"),
    ],
)
def test_a_reason_does_not_hide_what_is_not_here(words: str, told: str) -> None:
    assert unsure(words, ENGLISH if words.isascii() else CHINESE).startswith(told)


def test_one_title_is_skipped_though_a_reason_speaks_of_it_again() -> None:
    found = [shown(call) for call in calls("next one please, I am bored of this on the speaker")]
    assert found == ["set_media media_player.living_room skip=next"]


@given(st.text(max_size=120).filter(lambda words: "so" not in words.casefold()))
def test_nothing_but_commas_is_added(words: str) -> None:
    assert _bare(with_pauses(words)) == _bare(words)


def _bare(words: str) -> str:
    return "".join(char for char in words if char != "," and not char.isspace())


def test_a_reason_that_names_another_thing_is_not_left_out() -> None:
    assert without_reason(with_pauses("lamp on it's dark"), lambda _: []) == "lamp on"
    assert without_reason("lamp on, it's dark in the hall", lambda why: "hall" in why) == ""


def test_two_orders_in_a_row_are_two() -> None:
    assert [shown(call) for call in calls("kitchen light off bedside lamp on")] == [
        "set_light light.kitchen on=False",
        "set_light light.bedside on=True",
    ]
