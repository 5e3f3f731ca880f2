"""Turns of phrase are put into plain words, and titles are never orders."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.brains.rewording import plain
from agentd.brains.targets import Home
from agentd.brains.titles import untitled
from agentd.model import Choice, Device, Kind, Number, State
from tests.brains.homes import CHINESE, ENGLISH, STATES, calls, shown, unsure


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("all lights off, kitchen excluded", "all lights off except the kitchen"),
        ("the kitchen excepted, all lights off", "all lights off except the kitchen"),
        ("all lights off, only the hall stays on", "all lights off except the hall"),
        ("把所有的灯关掉,走廊的除外", "除了走廊,把所有的灯关掉"),
        ("除卧室外,灯都关了", "除了卧室,灯都关了"),
        ("turn off the lamp, everything else stays as it is", "turn off the lamp"),
        ("i don't want the tv on any more", "turn off the tv"),
        ("we no longer need the curtain open", "close the curtain"),
        ("there's no need for the hall light any more", "turn off the hall light"),
        ("走廊灯没必要再亮着了", "关掉走廊灯"),
        ("kitchen n hall lights off", "kitchen and hall lights off"),
    ],
)
def test_a_turn_of_phrase_is_the_plain_words_for_it(said: str, wanted: str) -> None:
    assert plain(said) == wanted


@pytest.mark.parametrize(
    "said",
    [
        "turn on the kitchen light",
        "i don't want the tv on when the kids are asleep",
        "除了卧室灯都关掉",
        "everything off",
        "别亮着灯睡觉",
    ],
)
def test_other_words_stay_as_they_are(said: str) -> None:
    assert plain(said) == said


@given(st.text(max_size=80))
def test_words_without_a_title_stay_whole(words: str) -> None:
    found = untitled(words, Home(ENGLISH))
    assert found.stand_in in found.words if found.title else found.words == words


@pytest.mark.parametrize("words", ["除了,", "the a ", "play x ", "我不想让", "除a", "i want ", '"'])
def test_the_longest_sentence_is_reworded_in_a_moment(words: str) -> None:
    whole = (words * 300)[:300]
    began = time.perf_counter()
    plain(whole), untitled(whole, Home(ENGLISH))
    assert time.perf_counter() - began < 0.2


@pytest.mark.parametrize(
    ("said", "media"),
    [
        ("play Turn Off the Lights in the living room", "Turn Off the Lights"),
        ('play "Unlock the Door" in the living room', "Unlock the Door"),
        ("play Don't Stop Me Now in the living room", "Don't Stop Me Now"),
        ("在客厅播放《关灯》", "关灯"),
        ("在客厅播放周杰伦的《晴天》", "周杰伦的晴天"),
    ],
)
def test_a_title_is_played_and_never_carried_out(said: str, media: str) -> None:
    home = ENGLISH if said.isascii() else CHINESE
    (call,) = calls(said, home)
    assert call.tool == "set_media" and call.arguments["media"] == media


@pytest.mark.parametrize(
    "said", ['she said "turn off the light"', "“关灯”", '"play jazz"', "他说来一句“打开门”"]
)
def test_what_is_quoted_and_no_title_is_no_order(said: str) -> None:
    unsure(said, ENGLISH if said.isascii() else CHINESE)


def test_of_several_only_those_that_are_so_are_meant() -> None:
    states: dict[str, State] = {
        **STATES,
        "light.living_room": {"on": True, "brightness_pct": 80},
        "light.kitchen": {"on": True, "brightness_pct": 80},
        "light.bedside": {"on": False},
        "light.ceiling": {"on": False},
    }
    for said in ("set all the lights that are on to 20 percent", "开着的灯都调到百分之二十"):
        found = calls(said, ENGLISH if said.isascii() else CHINESE, states)
        assert sorted(shown(call) for call in found) == [
            "set_light light.kitchen brightness_pct=20",
            "set_light light.living_room brightness_pct=20",
        ]


def test_a_later_clause_starts_from_what_the_one_before_it_sets() -> None:
    states: dict[str, State] = {**STATES, "arm.base": {"angle_deg": 10}}
    found = calls("turn the arm base up by 20 degrees, then down by 10 degrees", ENGLISH, states)
    assert [call.arguments["angle_deg"] for call in found] == [30, 20]


@pytest.mark.parametrize(
    "said",
    [
        "set the thermostat",
        "厨房灯的亮度调一下",
        "make the kitchen light as bright as the living room light",
        "i don't want the kitchen light off",
        "我不想让厨房灯关掉",
    ],
)
def test_what_does_not_say_how_changes_nothing(said: str) -> None:
    unsure(said, ENGLISH if said.isascii() else CHINESE)


def test_a_bit_is_less_than_a_step_and_a_lot_is_more() -> None:
    states: dict[str, State] = {**STATES, "light.kitchen": {"on": True, "brightness_pct": 40}}
    sizes = []
    for how in ("a bit brighter", "brighter", "a lot brighter"):
        (call,) = calls(f"make the kitchen light {how}", ENGLISH, states)
        sizes.append(call.arguments["brightness_pct"])
    assert 40 < sizes[0] < sizes[1] < sizes[2]


def test_warm_white_light_is_no_shade_of_white() -> None:
    tinted = Device(
        id="light.desk",
        name="台灯",
        kind=Kind.LIGHT,
        arguments={
            "color": Choice(("white", "red")),
            "color_temp_k": Number(2000, 6500, "K"),
        },
    )
    (call,) = calls("台灯换成暖白光", [tinted])
    assert shown(call) == "set_light light.desk color_temp_k=2700"
