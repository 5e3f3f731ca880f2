"""What words do to each other: the others, the one, before and after, more or less closed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agentd.model import Device, Kind, State
from tests.brains.homes import CHINESE, ENGLISH, STATES, brain, calls, shown, unsure


def done(words: str) -> list[str]:
    home = ENGLISH if words.isascii() else CHINESE
    return [shown(call) for call in calls(words, home)]


def test_before_and_after_are_done_in_the_order_meant() -> None:
    left_then_back = ["turn rover angle_deg=20.0", "drive rover distance_m=-0.5"]
    assert done("before you reverse 50 cm, turn left 20 degrees") == left_then_back
    assert done("drive 60 cm ahead after turning 90 degrees left") == [
        "turn rover angle_deg=90.0",
        "drive rover distance_m=0.6",
    ]
    assert done("turn left 20 degrees, after that reverse 50 cm") == left_then_back
    assert done("reverse 50 cm, but before that turn left 20 degrees") == left_then_back
    assert done("reverse 50 cm but turn left 20 degrees first") == left_then_back
    assert done("倒车五十厘米之前先左转二十度") == left_then_back
    assert done("左转二十度后退半米") == left_then_back


def test_two_moves_that_were_not_told_apart_move_nothing() -> None:
    found = calls("turn left 15 degrees, turn right 30 degrees, turn left 15 degrees")
    assert [shown(call) for call in found] == [
        "turn rover angle_deg=15.0",
        "turn rover angle_deg=-30.0",
        "turn rover angle_deg=15.0",
    ]
    unsure("left right 15 degrees")


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("turn right 90", "turn rover angle_deg=-90.0"),
        ("turn left 90 degrees at 45 degrees per second", ""),
    ],
)
def test_a_bare_number_for_a_turn_is_degrees(said: str, wanted: str) -> None:
    if wanted:
        assert done(said) == [wanted]
    else:
        unsure(said)  # This rover cannot be told how fast it turns.


def test_one_stands_for_the_thing_that_was_said_last() -> None:
    assert done("turn on the living room light and turn off the kitchen one") == [
        "set_light light.living_room on=True",
        "set_light light.kitchen on=False",
    ]


def test_the_other_lights_are_those_that_were_not_named() -> None:
    found = done("turn on the bedside lamp and turn off all other lights")
    assert found[0] == "set_light light.bedside on=True"
    assert sorted(found[1:]) == [
        "set_light light.ceiling on=False",
        "set_light light.kitchen on=False",
        "set_light light.living_room on=False",
    ]


def test_an_exception_that_is_not_understood_is_not_left_out() -> None:
    unsure("turn off all lights excepting whatsit")
    unsure("turn off all the lights but not the dragon")


def test_three_quarters_closed_is_one_quarter_open() -> None:
    assert done("close the curtain three quarters of the way") == [
        "set_cover cover.curtain position_pct=25"
    ]


def test_a_cover_opens_and_closes_by_so_much() -> None:
    states: dict[str, State] = {**STATES, "cover.curtain": {"open": True, "position_pct": 60}}
    for said, position in (
        ("close the curtain by 20 percent", 40),
        ("open the curtain by 20 percent", 80),
        ("close the curtain 20 percent", 80),
        ("close the curtain to 20 percent", 20),
        ("窗帘关一点", 40),
        ("窗帘再打开20%", 80),
    ):
        home = ENGLISH if said.isascii() else CHINESE
        (call,) = calls(said, home, states)
        assert shown(call) == f"set_cover cover.curtain position_pct={position}", said


def test_what_is_to_be_done_now_does_not_wait_for_what_is_done_later() -> None:
    found = calls("in 10 minutes turn on the bedside lamp and turn off the kitchen light now")
    assert [call.after_s for call in found] == [600, 0]


def test_the_door_may_be_another_than_the_one_that_opens() -> None:
    unsure("open the door")
    assert done("open the garage door") == ["set_cover cover.garage open=True"]


def test_a_warmer_white_is_of_fewer_kelvin() -> None:
    states: dict[str, State] = {**STATES, "light.kitchen": {"on": True, "color_temp_k": 4000}}
    (call,) = calls("make the kitchen light warmer", ENGLISH, states)
    assert shown(call) == "set_light light.kitchen color_temp_k=3500"


def test_coffee_is_not_played() -> None:
    unsure("来杯咖啡")


def test_names_that_stand_side_by_side_are_two_things() -> None:
    assert sorted(done("吸顶灯床头灯都关掉")) == [
        "set_light light.bedside on=False",
        "set_light light.ceiling on=False",
    ]


def test_a_narrow_comma_means_what_a_wide_one_means() -> None:
    wide, narrow = (
        brain()._tagger.tag(said) for said in ("打开厨房灯，关掉床头灯", "打开厨房灯,关掉床头灯")
    )
    assert [each.verb for each in wide.clauses] == [each.verb for each in narrow.clauses]
    assert wide.sure == narrow.sure


def test_a_light_cannot_change_by_degrees() -> None:
    unsure("turn the kitchen light left 90 degrees")


def test_everything_but_one_thing_is_everything_else() -> None:
    found = done("turn off everything but the kitchen light")
    assert "set_light light.living_room on=False" in found
    assert "set_fan fan.kitchen on=False" in found
    assert not any("light.kitchen" in each for each in found)


@pytest.mark.parametrize(
    "said",
    ["with the exception of the kitchen, switch off every light", "除了厨房灯,其他灯全关了"],
)
def test_what_is_spared_may_be_said_before_the_order(said: str) -> None:
    found = done(said)
    assert "set_light light.living_room on=False" in found
    assert not any("light.kitchen" in each for each in found)


def test_a_speed_behind_a_comma_is_that_of_the_drive_before_it() -> None:
    assert done("forward 2 m, top speed 0.4 m/s") == ["drive rover distance_m=2.0 speed_mps=0.4"]


def test_a_tint_is_no_warmth_of_the_room() -> None:
    states: dict[str, State] = {**STATES, "light.kitchen": {"on": True, "color_temp_k": 4000}}
    found = calls("厨房灯色温再暖一点", CHINESE, states)
    assert [shown(call) for call in found] == ["set_light light.kitchen color_temp_k=3500"]


def test_degrees_warmer_are_those_of_the_room() -> None:
    (call,) = calls("one and a half degrees warmer please", ENGLISH)
    assert call.tool == "set_climate"


def test_half_of_what_it_is_now_is_half_of_that() -> None:
    states: dict[str, State] = {**STATES, "light.kitchen": {"on": True, "brightness_pct": 80}}
    for said in ("cut the kitchen light to half of what it is now", "厨房灯调到现在的一半"):
        (call,) = calls(said, ENGLISH if said.isascii() else CHINESE, states)
        assert shown(call) == "set_light light.kitchen brightness_pct=40"
    (call,) = calls("set the kitchen light to three quarters of what it is now", ENGLISH, states)
    assert shown(call) == "set_light light.kitchen brightness_pct=60"


def test_a_tone_is_a_colour_temperature() -> None:
    states: dict[str, State] = {**STATES, "light.kitchen": {"on": True, "color_temp_k": 3000}}
    (call,) = calls("i'd like a colder tone from the kitchen light", ENGLISH, states)
    assert shown(call) == "set_light light.kitchen color_temp_k=3500"
    (call,) = calls("kitchen light 500 kelvin warmer", ENGLISH, states)
    assert shown(call) == "set_light light.kitchen color_temp_k=2500"


def test_every_other_light_is_those_that_were_not_named() -> None:
    found = done("leave the kitchen light alone but every other light can go off")
    assert "set_light light.living_room on=False" in found
    assert not any("light.kitchen" in each or "fan" in each for each in found)


@pytest.mark.parametrize(
    "said",
    [
        "turn it down",
        "we need to turn up the heat on the competition",
        "i'm about to go and lock the front door",
        "莫开窗帘哈，我还要睡",
        "play some, ah you know what, skip the idea",
    ],
)
def test_what_only_sounds_like_an_order_does_nothing(said: str) -> None:
    unsure(said, ENGLISH if said.isascii() else CHINESE)


def test_words_cut_short_by_stops_are_one_order() -> None:
    assert done("FAN. OFF. NOW.") == ["set_fan fan.kitchen on=False"]


def test_every_scene_at_once_is_never_meant() -> None:
    evening = Device(id="scene.evening", name="晚间场景", kind=Kind.SCENE)
    morning = replace(evening, id="scene.morning", name="清晨场景")
    home = [each for each in CHINESE if each.kind is not Kind.SCENE]
    unsure("打开那个场景", [*home, evening, morning])
    (call,) = calls("打开晚间场景", [*home, evening, morning])
    assert shown(call) == "activate scene.evening"
    unsure("晚间场景这个名字太难听了", [*home, evening, morning])


def test_both_doors_are_the_two_that_lock() -> None:
    front = next(each for each in ENGLISH if each.id == "lock.front")
    home = [*ENGLISH, replace(front, id="lock.back", name="Back door", aliases=())]
    found = [shown(call) for call in calls("unlock both doors", home)]
    assert sorted(found) == ["set_lock lock.back locked=False", "set_lock lock.front locked=False"]


def test_two_deeds_told_apart_without_a_comma_are_two() -> None:
    assert done("把前门锁打开车库门关上") == [
        "set_lock lock.front locked=False",
        "set_cover cover.garage open=False",
    ]


def test_the_other_light_of_several_is_asked_about() -> None:
    unsure("put on the bedside lamp and the other lamp too")


def test_a_stop_of_everything_needs_no_other_stop() -> None:
    assert done("紧急停止,所有东西都别动") == ["emergency_stop"]
    assert done("stop. stop the rover") == ["stop"]


@pytest.mark.parametrize(
    "said", ["pull the curtain on that chapter", "the speaker of the house quit"]
)
def test_what_is_said_of_no_thing_touches_none(said: str) -> None:
    unsure(said)


def floors(*names: str) -> tuple[Device, ...]:
    """Return one light a floor."""
    light = next(each for each in ENGLISH if each.kind is Kind.LIGHT)
    return tuple(
        replace(light, id=f"light.{at}", name=f"Lamp {at}", area=f"Room {at}", floor=name)
        for at, name in enumerate(names)
    )


@pytest.mark.parametrize(
    ("names", "words", "which"),
    [
        (("Ground floor", "First floor"), "turn off the lights upstairs", [1]),
        (("Ground floor", "First floor"), "turn off the downstairs lights", [0]),
        (("First floor", "Second floor", "Third floor"), "turn off the upstairs lights", [1, 2]),
        (("First floor", "Second floor"), "turn off the lights downstairs", [0]),
        (("Basement", "Ground floor", "First floor"), "lights off downstairs", [1]),
        (("一楼", "二楼"), "楼上的灯都关掉", [1]),
        (("一楼", "二楼", "三楼"), "关掉楼下的灯", [0]),
        (("楼下", "楼上"), "一楼的灯统统关掉", [0]),
        (("楼下", "楼上"), "关掉二楼的灯", [1]),
        (("Downstairs", "Upstairs"), "turn off the lights upstairs", [1]),
    ],
)
def test_upstairs_is_what_lies_above_the_lowest_floor(
    names: tuple[str, ...], words: str, which: list[int]
) -> None:
    found = [shown(call) for call in calls(words, floors(*names), {})]
    assert found == [f"set_light light.{at} on=False" for at in which]


def test_of_one_floor_nothing_is_upstairs() -> None:
    unsure("turn off the lights upstairs", floors("First floor"))


def test_a_mode_and_a_temperature_in_one_word_are_two_values() -> None:
    for words, mode, degrees in (
        ("空调开制热二十二度", "heat", 22),
        ("空调设成冷房二十五度", "cool", 25),
    ):
        wanted = f"set_climate climate.bedroom mode={mode} temperature_c={degrees}"
        assert done(words) == [wanted]


def test_both_of_them_repeats_what_was_named() -> None:
    assert done("kitchen lights to 60, both of them") == [
        "set_light light.kitchen brightness_pct=60"
    ]


def test_one_that_is_left_alone_is_the_thing_of_that_room() -> None:
    found = done("lights off but leave the kitchen one as it is")
    assert found and not any("kitchen" in each for each in found)


def test_whatever_is_lit_are_the_lights_that_are_on() -> None:
    assert done("switch off whatever's lit in the kitchen") == ["set_light light.kitchen on=False"]
    assert done("switch off whatever's lit") == [
        "set_light light.living_room on=False",
        "set_light light.kitchen on=False",
    ]


def test_a_room_of_somebody_is_not_here() -> None:
    grandma = replace(
        next(each for each in CHINESE if each.id == "light.bedside"), name="奶奶屋里的灯", area=""
    )
    found = [shown(call) for call in calls("关掉奶奶屋里的灯", (*CHINESE, grandma))]
    assert found == ["set_light light.bedside on=False"]


def test_things_in_a_row_need_no_commas() -> None:
    assert done("turn off the coffee machine the kitchen light and the kitchen fan") == [
        "set_switch switch.coffee on=False",
        "set_light light.kitchen on=False",
        "set_fan fan.kitchen on=False",
    ]


def test_a_white_beside_its_kelvins_is_no_colour_of_its_own() -> None:
    assert done("give the bedside lamp a warm glow, 2700 kelvin") == [
        "set_light light.bedside color_temp_k=2700"
    ]


@pytest.mark.parametrize("words", ["turn both lights on", "两盏灯都打开"])
def test_both_of_more_than_two_is_asked_back_about(words: str) -> None:
    unsure(words, ENGLISH if words.isascii() else CHINESE)


def test_a_dark_house_is_one_without_light_and_nothing_more() -> None:
    found = done("every room should be dark")
    assert found and all(each.startswith("set_light") for each in found)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("小车前近七十厘米", "drive rover distance_m=0.7"),
        ("后腿二十厘米", "drive rover distance_m=-0.2"),
        ("小车佑转三十度", "turn rover angle_deg=-30.0"),
        ("坐转九十度", "turn rover angle_deg=90.0"),
    ],
)
def test_a_way_that_is_spelt_as_it_sounds_is_that_way(words: str, wanted: str) -> None:
    assert done(words) == [wanted]


def test_all_the_lights_at_home_are_found_though_nothing_was_marked() -> None:
    lights = [each.id for each in CHINESE if each.kind is Kind.LIGHT]
    found = done("家里所有的灯都关掉，我要出门了")
    assert found == [f"set_light {each} on=False" for each in lights]


def test_a_greeting_in_front_hides_no_order() -> None:
    assert done("早，咖啡机开一下") == ["set_switch switch.coffee on=True"]


def test_tenths_of_the_light_are_a_level() -> None:
    assert done("厨房灯七成亮") == ["set_light light.kitchen brightness_pct=70"]


def test_what_can_be_switched_off_is() -> None:
    assert done("the coffee machine can be switched off now") == [
        "set_switch switch.coffee on=False"
    ]
    unsure("the coffee machine can switch itself off")
