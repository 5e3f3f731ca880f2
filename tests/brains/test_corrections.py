"""Who changes their mind in the middle gets what they want in the end."""

from __future__ import annotations

import pytest

from tests.brains.homes import CHINESE, ENGLISH, calls, shown, unsure


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("turn on the kitchen light, no wait, the bedside lamp", "set_light light.bedside on=True"),
        ("forward 20, no wait, make that 30 centimetres", "drive rover distance_m=0.3"),
        ("set the thermostat to 21, no wait, 23", "set_climate climate.bedroom temperature_c=23"),
        (
            "dim the kitchen light to 20, no, make it 15 percent",
            "set_light light.kitchen brightness_pct=15",
        ),
        ("前进二十，不对，三十厘米", "drive rover distance_m=0.3"),
        ("打开厨房灯，不对，床头灯", "set_light light.bedside on=True"),
        ("前进两米，啊不，一米", "drive rover distance_m=1.0"),
        ("ahead 50 cm... make that 15", "drive rover distance_m=0.15"),
        ("turn left, i mean right, 60 degrees", "turn rover angle_deg=-60.0"),
        ("don't turn left, turn right 45", "turn rover angle_deg=-45.0"),
        ("别转弯,直接后退25厘米", "drive rover distance_m=-0.25"),
        ("左转，说错了，右转六十度", "turn rover angle_deg=-60.0"),
        (
            "turn on the kitchen light, no wait, turn off the bedside lamp",
            "set_light light.bedside on=False",
        ),
    ],
)
def test_what_was_said_last_counts(said: str, wanted: str) -> None:
    home = ENGLISH if said.isascii() else CHINESE
    assert [shown(call) for call in calls(said, home)] == [wanted]


@pytest.mark.parametrize(
    "said",
    [
        "turn on the kitchen light, never mind",
        "open the garage door, no wait, forget it",
        "turn on the kitchen light, no wait, the purple dragon",
        "打开厨房灯，不对，算了",
        "don't turn left, turn left 45",
        "turn on the kitchen light, wait, forget it",
        "前进一米，等等",
    ],
)
def test_where_it_is_not_plain_what_is_meant_nothing_is_done(said: str) -> None:
    unsure(said)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("turn the kitchen light on... i mean off", "set_light light.kitchen on=False"),
        ("把厨房灯打开,说错了,关掉", "set_light light.kitchen on=False"),
        ("小车前进50厘米,不对,是后退", "drive rover distance_m=-0.5"),
        ("左转90度,错了,右转", "turn rover angle_deg=-90.0"),
        ("thermostat to 23, sorry, 22", "set_climate climate.bedroom temperature_c=22"),
    ],
)
def test_another_verb_takes_the_place_of_the_first(said: str, wanted: str) -> None:
    assert [shown(call) for call in calls(said, ENGLISH if said.isascii() else CHINESE)] == [wanted]
