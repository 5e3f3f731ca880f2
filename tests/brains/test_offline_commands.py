"""What people say, in both languages, about a home named in either: the calls it becomes."""

# ruff: noqa: E501  the tables read better unwrapped
from __future__ import annotations

import pytest

from agentd.model import Device
from tests.brains.homes import CHINESE, ENGLISH, HOMES, STATES, calls, light, shown, unsure

IN_EITHER_HOME = """
dim the living room light to 30% and close the curtains
    = set_light light.living_room brightness_pct=30; set_cover cover.curtain open=False
把客厅灯调暗、拉上窗帘、播放轻音乐
    = set_light light.living_room brightness_pct=50; set_cover cover.curtain open=False; set_media media_player.living_room media=轻音乐
drive forward 20 cm then turn left 90 degrees
    = drive rover distance_m=0.2; turn rover angle_deg=90.0
前进二十厘米，然后左转九十度
    = drive rover distance_m=0.2; turn rover angle_deg=90.0
drive back half a meter and turn right a quarter turn
    = drive rover distance_m=-0.5; turn rover angle_deg=-90.0
后退半米再右转45度
    = drive rover distance_m=-0.5; turn rover angle_deg=-45.0
move the rover forward 0.5 m at 0.1 m/s
    = drive rover distance_m=0.5 speed_mps=0.1
让小车向前走一米
    = drive rover distance_m=1.0
turn around
    = turn rover angle_deg=180.0
could you please drive forward 10 cm?
    = drive rover distance_m=0.1
turn on the kitchen light
    = set_light light.kitchen on=True
Turn ON the Kitchen Light, please!
    = set_light light.kitchen on=True
打开厨房的灯
    = set_light light.kitchen on=True
请帮我把厨房灯关掉
    = set_light light.kitchen on=False
打开客厅灯好吗？
    = set_light light.living_room on=True
turn on the kitchen light, please?
    = set_light light.kitchen on=True
能不能打开客厅灯？
    = set_light light.living_room on=True
can you turn off the light in the kitchen?
    = set_light light.kitchen on=False
turn on the kitchen light and the fan
    = set_light light.kitchen on=True; set_fan fan.kitchen on=True
turn the kitchen light on and the fan off
    = set_light light.kitchen on=True; set_fan fan.kitchen on=False
turn the living room light, the kitchen light and the fan off
    = set_light light.living_room on=False; set_light light.kitchen on=False; set_fan fan.kitchen on=False
turn on the kitchen light and dim it to 20%
    = set_light light.kitchen on=True; set_light light.kitchen brightness_pct=20
turn on the kitchen and living room lights
    = set_light light.kitchen on=True; set_light light.living_room on=True
打开客厅灯和厨房风扇
    = set_light light.living_room on=True; set_fan fan.kitchen on=True
把客厅和厨房的灯关掉
    = set_light light.living_room on=False; set_light light.kitchen on=False
turn off all lights in the bedroom
    = set_light light.ceiling on=False; set_light light.bedside on=False
关掉卧室所有的灯
    = set_light light.ceiling on=False; set_light light.bedside on=False
dim the kitchen light
    = set_light light.kitchen brightness_pct=10
brighten the kitchen light
    = set_light light.kitchen brightness_pct=55
dim the bedside lamp
    = set_light light.bedside brightness_pct=30
dim the living room light by 20%
    = set_light light.living_room brightness_pct=60
set the living room light to half
    = set_light light.living_room brightness_pct=50
把客厅灯调到百分之三十
    = set_light light.living_room brightness_pct=30
客厅灯亮一点
    = set_light light.living_room brightness_pct=95
make the living room light red
    = set_light light.living_room color=red
把客厅灯调成红色
    = set_light light.living_room color=red
set the living room light to 4000 K
    = set_light light.living_room color_temp_k=4000
close the curtains
    = set_cover cover.curtain open=False
拉开客厅的窗帘
    = set_cover cover.curtain open=True
close the curtains halfway
    = set_cover cover.curtain position_pct=50
turn the lights off in the bedroom
    = set_light light.ceiling on=False; set_light light.bedside on=False
把窗帘拉开一半
    = set_cover cover.curtain position_pct=50
open the curtain to 40 percent
    = set_cover cover.curtain position_pct=40
把窗帘打开一半
    = set_cover cover.curtain position_pct=50
打开车库门
    = set_cover cover.garage open=True
set the fan to fifty percent
    = set_fan fan.kitchen speed_pct=50
set the bedroom thermostat to 21.5 degrees
    = set_climate climate.bedroom temperature_c=21.5
空调调到二十六度
    = set_climate climate.bedroom temperature_c=26
set the temperature to 70 fahrenheit
    = set_climate climate.bedroom temperature_c=21.1
把空调设为制冷
    = set_climate climate.bedroom mode=cool
turn off the thermostat
    = set_climate climate.bedroom mode=off
make it warmer
    = set_climate climate.bedroom temperature_c=21
play soft music
    = set_media media_player.living_room media=soft music
play some jazz in the living room
    = set_media media_player.living_room media=jazz
在客厅播放爵士乐
    = set_media media_player.living_room media=爵士乐
pause the music
    = set_media media_player.living_room playing=False
下一首
    = set_media media_player.living_room skip=next
louder
    = set_media media_player.living_room volume_pct=50
turn the volume down
    = set_media media_player.living_room volume_pct=30
把音量调到15
    = set_media media_player.living_room volume_pct=15
lock the front door
    = set_lock lock.front locked=True
解锁前门
    = set_lock lock.front locked=False
turn on the coffee machine
    = set_switch switch.coffee on=True
open the gripper
    = set_servo arm.gripper open=True
夹爪张开
    = set_servo arm.gripper open=True
set the base to 45 degrees
    = set_servo arm.base angle_deg=45
把底座转到90度
    = set_servo arm.base angle_deg=90
stop the rover
    = stop rover
让小车停下
    = stop rover
"""

IN_THE_ENGLISH_HOME = """
activate the movie scene
    = activate scene.movie
turn on the board LED
    = set_output uno.led on=True
set the board LED to a quarter
    = set_output uno.led level_pct=25
"""

IN_THE_CHINESE_HOME = """
启动电影模式
    = activate scene.movie
打开指示灯
    = set_output uno.led on=True
"""


def table(text: str) -> list[tuple[str, list[str]]]:
    lines = [line.strip() for line in text.strip().splitlines()]
    return [
        (words, wanted.removeprefix("= ").split("; "))
        for words, wanted in zip(lines[::2], lines[1::2], strict=True)
    ]


@pytest.mark.parametrize("home", HOMES.values(), ids=HOMES)
@pytest.mark.parametrize(("words", "wanted"), table(IN_EITHER_HOME))
def test_a_command_becomes_these_calls_in_either_home(
    words: str, wanted: list[str], home: tuple[Device, ...]
) -> None:
    assert [shown(call) for call in calls(words, home)] == wanted


@pytest.mark.parametrize(("words", "wanted"), table(IN_THE_ENGLISH_HOME))
def test_a_command_about_english_names(words: str, wanted: list[str]) -> None:
    assert [shown(call) for call in calls(words, ENGLISH)] == wanted


@pytest.mark.parametrize(("words", "wanted"), table(IN_THE_CHINESE_HOME))
def test_a_command_about_chinese_names(words: str, wanted: list[str]) -> None:
    assert [shown(call) for call in calls(words, CHINESE)] == wanted


def test_a_room_light_means_all_lights_of_the_room_unless_one_is_called_so() -> None:
    assert [call.arguments["device"] for call in calls("turn on the bedroom light")] == [
        "light.ceiling",
        "light.bedside",
    ]
    named = (*ENGLISH, light("Bedroom light", "Bedroom"))
    assert [call.arguments["device"] for call in calls("turn on the bedroom light", named)] == [
        "light.bedroom_light"
    ]


def test_two_that_fit_equally_are_asked_about_by_name() -> None:
    message = unsure("turn on the light")
    for name in ("Living room light", "Kitchen light", "Ceiling light", "Bedside lamp"):
        assert name in message
    assert "“灯”指的是哪一个" in unsure("开灯", CHINESE)


def test_the_light_that_is_on_is_the_one_to_turn_off_when_all_are_known() -> None:
    lights = [device for device in ENGLISH if device.kind == "light"]
    states = {device.id: {"on": device.id == "light.ceiling"} for device in lights}
    assert [shown(call) for call in calls("turn off the light", ENGLISH, states)] == [
        "set_light light.ceiling on=False"
    ]


def test_an_alias_names_a_device_and_wins_over_the_room() -> None:
    home = (light("Lamp 7", "Study", "reading corner"), light("Desk lamp", "Study"))
    assert shown(calls("switch on the reading corner", home)[0]) == "set_light light.lamp_7 on=True"


def test_several_robots_are_asked_about() -> None:
    second = Device(
        id="rover2",
        name="Scout",
        kind=ENGLISH[13].kind,
        arguments=ENGLISH[13].arguments,
        moves=True,
    )
    home = (*ENGLISH, second)
    assert "Rover or Scout" in unsure("drive forward 20 cm", home)
    assert shown(calls("drive scout forward 20 cm", home)[0]) == "drive rover2 distance_m=0.2"


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    message = unsure("turn on the pantry light")
    assert '"the pantry light"' in message
    assert "light" in message.split("Did you mean")[1]


def test_a_slip_of_the_finger_is_put_right_when_only_one_word_is_like_it() -> None:
    assert shown(calls("turn on the kitchn light")[0]) == "set_light light.kitchen on=True"
    assert shown(calls("set the termostat to 21")[0]) == (
        "set_climate climate.bedroom temperature_c=21"
    )


def test_nothing_of_a_half_understood_sentence_is_proposed() -> None:
    message = unsure("turn on the kitchen light and water the plants")
    assert "water the plants" in message
    assert "去喂猫" in unsure("打开厨房灯，然后去喂猫", CHINESE)


def test_a_device_is_not_asked_for_what_it_cannot_do() -> None:
    assert "Coffee machine" in unsure("set the coffee machine to 30%")
    assert "Kitchen light" in unsure("lock the kitchen light")


@pytest.mark.parametrize(
    "words", ["drive forward", "drive forward 20", "turn left", "左转", "前进"]
)
def test_motion_without_an_amount_is_asked_for_it(words: str) -> None:
    assert "20" in unsure(words)


@pytest.mark.parametrize(
    ("words", "figure"),
    [
        ("drive forward 1²m", "1²m"),
        ("drive forward ² m", "²"),
        ("turn left 9⁰ degrees", "9⁰"),
        ("drive forward 1₂ m", "1₂"),
        ("drive forward 1②m", "1②m"),
        ("小车前进1²米", "小车前进1²米"),
        ("in 1² minutes turn on the kitchen light", "1²"),
    ],
)
def test_a_raised_digit_is_no_digit_of_the_number_beside_it(words: str, figure: str) -> None:
    assert f'"{figure}"' in unsure(words, language="en")


def test_full_width_digits_and_a_digit_of_a_name_are_read_as_they_are() -> None:
    assert [shown(each) for each in calls("drive forward １２ cm")] == [
        "drive rover distance_m=0.12"
    ]
    assert "co2" in unsure("what is the CO₂ level")


def test_a_stop_beside_a_raised_digit_is_a_stop() -> None:
    assert [each.tool for each in calls("whoa, stop! drive 1² m less")] == ["stop"]


def test_music_for_a_room_without_a_player_is_not_played_elsewhere() -> None:
    assert "cannot do that" in unsure("play some jazz in the kitchen")


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("stop and turn left 90 degrees", ["stop", "turn rover angle_deg=90.0"]),
        ("drive forward 1 m, then stop", ["drive rover distance_m=1.0", "stop"]),
        ("whoa, stop, you will hit the wall!", ["stop"]),
        ("停，前面有人", ["stop"]),
        ("turn on the kitchen light, stop, water the plants", ["stop"]),
    ],
)
def test_a_stop_among_other_words_is_never_lost(words: str, wanted: list[str]) -> None:
    assert [shown(call) for call in calls(words)] == wanted


def test_an_unknown_value_is_named_and_an_unknown_target_first() -> None:
    assert '"banana"' in unsure("set the kitchen light to banana")
    assert '"the attic lamp"' in unsure("set the attic lamp to banana")
    assert "“浴室的风扇”" in unsure("打开浴室的风扇", CHINESE)


def test_the_message_speaks_the_language_of_the_asker_and_shows_real_devices() -> None:
    english = unsure("sing me a song", ENGLISH)
    assert "I did not understand" in english and "Living room light" in english
    assert "我没听懂" in unsure("今天心情不错", CHINESE)
    assert "客厅灯" in unsure("今天心情不错", CHINESE)
    assert "我没听懂" in unsure("sing me a song", CHINESE, language="zh")


@pytest.mark.parametrize("words", ["help", "What can you do?", "你能做什么？"])
def test_help_shows_what_can_be_asked_here(words: str) -> None:
    message = unsure(words)
    assert "Living room light" in message
    assert "understand" not in message and "没听懂" not in message


def test_an_empty_home_says_that_nothing_is_attached() -> None:
    assert "No devices are attached" in unsure("do something", ())


def test_a_changed_registry_is_understood_at_once() -> None:
    assert "attic" in unsure("turn on the attic light")
    home = (*ENGLISH, light("Attic light", "Attic"))
    assert shown(calls("turn on the attic light", home)[0]) == "set_light light.attic_light on=True"


def test_unknown_levels_are_not_guessed() -> None:
    assert unsure("louder", [each for each in ENGLISH if each.kind != "media_player"])
    no_states = calls("dim the living room light", ENGLISH, {})
    assert shown(no_states[0]) == "set_light light.living_room brightness_pct=30"
    assert STATES["light.living_room"]["brightness_pct"] == 80
