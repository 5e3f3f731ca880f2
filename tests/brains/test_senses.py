"""Questions that only a binary sensor can answer are asked of it, and of nothing else."""

from __future__ import annotations

import pytest

from agentd.brains.senses import sensed
from agentd.model import Device, Kind
from tests.brains.homes import CHINESE, ENGLISH, calls, unsure


def sensor(name: str, device_class: str, area: str = "") -> Device:
    id = f"binary_sensor.{device_class}_{len(name)}"
    return Device(id=id, name=name, kind=Kind.SENSOR, area=area, device_class=device_class)


ENGLISH_SENSORS = (
    sensor("Kitchen smoke", "smoke", "Kitchen"),
    sensor("Hall smoke detector", "smoke", "Hall"),
    sensor("Leak sensor", "moisture", "Bathroom"),
    sensor("Washer", "running"),
    sensor("Phone", "plug"),
    sensor("Phone", "presence"),
    sensor("Motion sensor", "motion", "Garage"),
)
CHINESE_SENSORS = (
    sensor("厨房烟雾报警器", "smoke", "厨房"),
    sensor("漏水传感器", "moisture", "卫生间"),
    sensor("洗衣机", "running"),
    sensor("手机", "plug"),
    sensor("手机", "presence"),
    sensor("宠物喂食器", "problem"),
    sensor("人体传感器", "motion", "车库"),
)


@pytest.mark.parametrize(
    ("words", "device_class", "is_so"),
    [
        ("any smoke in the kitchen?", "smoke", True),
        ("is there a leak", "moisture", True),
        ("is the washer done", "running", False),
        ("is the phone plugged in", "plug", True),
        ("is the phone unplugged", "plug", False),
        ("is my phone away", "presence", False),
        ("is there any movement in the garage?", "motion", True),
        ("厨房有烟吗", "smoke", True),
        ("有没有漏水", "moisture", True),
        ("洗衣机洗完了吗", "running", False),
        ("手机拔了吗", "plug", False),
        ("手机不在家吗", "presence", False),
        ("宠物喂食器正常吗", "problem", False),
        ("宠物喂食器有任何问题吗", "problem", True),
        ("车库里有没有动静", "motion", True),
        ("有没有检测到烟雾", "smoke", True),
    ],
)
def test_a_question_is_asked_of_the_sensor_that_knows(
    words: str, device_class: str, is_so: bool
) -> None:
    home = (*ENGLISH, *ENGLISH_SENSORS) if words.isascii() else (*CHINESE, *CHINESE_SENSORS)
    (call,) = calls(words, home, {})
    assert f".{device_class}_" in str(call.arguments["device"])
    assert call.expect == {"on": is_so}


def test_without_a_room_all_sensors_of_the_class_are_asked() -> None:
    found = sensed("is there smoke anywhere?", ENGLISH_SENSORS)
    assert len(found) == 2
    assert [call.tool for call in found] == ["get_state"] * 2


@pytest.mark.parametrize(
    "words",
    ["is there smoke in the attic?", "does smoke hurt the cat?", "阁楼着火了吗", "有人爱我吗"],
)
def test_what_no_sensor_here_can_know_is_asked_of_none(words: str) -> None:
    assert sensed(words, (*ENGLISH_SENSORS, *CHINESE_SENSORS)) == []


def test_half_of_two_questions_is_not_answered() -> None:
    home = (*ENGLISH, *ENGLISH_SENSORS)
    unsure("is the washer done and is the sauna hot?", home)
