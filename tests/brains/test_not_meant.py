"""Sentences that sound like orders and are none, or say more than can be told apart."""

from __future__ import annotations

import pytest

from tests.brains.homes import CHINESE, ENGLISH, calls, shown, unsure

NOT_MEANT = {
    "negated": """
        nobody should unlock the front door
        please refrain from opening the curtain
        make sure the garage door isn't open
        hold off on turning off the kitchen light
        without turning off the kitchen light, turn on the bedside lamp
        不让车库门打开
        少开空调
        现在不想听音乐
        """,
    "some of several": """
        turn off no lights
        turn off none of the lights
        close none of the blinds
        turn off half the lights
        turn off some lights
        """,
    "on a condition": """
        turn on the bedside lamp once the kitchen light is off
        unlock the front door provided that the garage door is closed
        unlock the front door while the garage door is closed
        open the garage door once I am home
        turn off the kitchen light when the film starts
        turn off the kitchen light otherwise turn off the bedside lamp
        等厨房灯关了再开床头灯
        """,
    "spared in words that were not found": """
        turn on all lights but the dragon
        turn off all lights minus the dragon
        close everything but the dragon
        """,
    "two deeds in one": """
        把前门锁和车库门一个打开一个关上
        turn the kitchen light off and on
        set the ceiling and kitchen lights to 20% and 40%
        """,
    "another way": """
        nudge the arm base by 5 degrees
        drive right 1 m
        drive forward backward 20 cm
        drive forward less than 1 m
        drive -50 cm forward
        turn left minus 30 degrees
        向左后退一米
        前进不到一米
        前进一米，不，后退一米
        """,
    "no deed of ours": """
        rename the kitchen light
        swap the kitchen light and the bedside lamp
        delete the kitchen light
        """,
    "perhaps, or by oneself": """
        我也许晚点再开厨房灯
        let me turn the kitchen light down, I am right beside it
        turn off the kitchen light later on
        """,
    "said to others": """
        tell Peter to unlock the front door
        Hey Siri drive forward 1 m
        hey mom, open the garage door
        天猫精灵，打开车库门
        爸，打开车库门
        """,
    "at a time that is not kept": """
        turn off the kitchen light on friday at 8pm
        turn off the kitchen light on monday
        turn off the kitchen light in 90
        open the garage door soon
        turn on the kitchen light from 8pm until midnight
        turn on the kitchen light at 8pm until midnight
        一小时后关厨房灯两小时后开厨房灯
        等会儿再开厨房灯
        周五八点关厨房灯
        """,
}
CASES = [
    pytest.param(line.strip(), id=f"{why}: {line.strip()}")
    for why, lines in NOT_MEANT.items()
    for line in lines.strip().splitlines()
]


@pytest.mark.parametrize("said", CASES)
def test_nothing_is_done(said: str) -> None:
    unsure(said, ENGLISH if said.isascii() else CHINESE)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("turn off the kitchen light when you can", "set_light light.kitchen on=False"),
        ("Alexa, turn on the kitchen light", "set_light light.kitchen on=True"),
        ("kitchen light red", "set_light light.kitchen color=red"),
        ("set the kitchen light - 30%", "set_light light.kitchen brightness_pct=30"),
        ("turn on the kitchen fan in two hours", "set_fan fan.kitchen on=True"),
        ("等十分钟再开厨房灯", "set_light light.kitchen on=True"),
        ("set the thermostat to 22,5", "set_climate climate.bedroom temperature_c=22.5"),
        ("set the arm base to -45°", "set_servo arm.base angle_deg=-45"),
        ("set the curtain to 20% closed", "set_cover cover.curtain position_pct=80"),
        ("窗帘关到20%", "set_cover cover.curtain position_pct=20"),
    ],
)
def test_what_only_looks_like_it_is_done(said: str, wanted: str) -> None:
    home = ENGLISH if said.isascii() or "°" in said else CHINESE
    assert [shown(call) for call in calls(said, home)] == [wanted]


@pytest.mark.parametrize(
    "said", ['Stop! "now"', 'whoa, stop, "look out"!', "no, no, no! " * 40 + "stop!"]
)
def test_a_stop_is_heard_in_quotes_and_in_long_speeches(said: str) -> None:
    assert [shown(call) for call in calls(said)] == ["stop"]


def test_a_quoted_stop_alone_is_none() -> None:
    unsure('the sign says "stop"')
