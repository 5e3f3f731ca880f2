"""What is said to a valve and to a robot that goes about on its own, and what it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from agentd.brains.deeds import Deeds
from agentd.brains.offer import MAX_TOOLS, offered
from agentd.brains.reading import Reading
from agentd.model import Argument, Call, Choice, Device, Flag, Kind, Number
from agentd.tools.specs import openai_tools
from tests.brains.homes import ENGLISH, calls, light, shown, turn

TASKS: dict[str, Argument] = {"task": Choice(("start", "pause", "stop", "dock", "locate"))}
VALVE = Device(
    id="valve.sprinkler",
    name="Sprinkler",
    kind=Kind.VALVE,
    area="Garden",
    aliases=("洒水阀",),
    arguments={"open": Flag(), "position_pct": Number(0, 100, "%", whole=True)},
    moves=True,
)
VACUUM = Device(
    id="vacuum.robo",
    name="Robo",
    kind=Kind.VACUUM,
    area="Living room",
    aliases=("小白",),
    arguments=TASKS,
    moves=True,
)
SIREN = Device(
    id="siren.alarm",
    name="Alarm",
    kind=Kind.SWITCH,
    area="Garden",
    arguments={"on": Flag()},
)
HOME = (light("Garden light", "Garden"), light("Desk lamp", "Living room"), VALVE, VACUUM, SIREN)


def said(words: str, devices: Sequence[Device] = HOME) -> str:
    return "; ".join(map(shown, calls(words, devices)))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("open the sprinkler", "set_valve valve.sprinkler open=True"),
        ("turn on the garden valve", "set_valve valve.sprinkler open=True"),
        ("turn off the water in the garden", "set_valve valve.sprinkler open=False"),
        ("set the sprinkler to 40%", "set_valve valve.sprinkler position_pct=40"),
        ("打开花园的阀门", "set_valve valve.sprinkler open=True"),
        ("关闭洒水阀", "set_valve valve.sprinkler open=False"),
        ("stop the sprinkler", "stop valve.sprinkler"),
        ("turn on the vacuum", "set_vacuum vacuum.robo task=start"),
        ("turn the vacuum off", "set_vacuum vacuum.robo task=dock"),
        ("pause the vacuum", "set_vacuum vacuum.robo task=pause"),
        ("resume Robo", "set_vacuum vacuum.robo task=start"),
        ("启动扫地机器人", "set_vacuum vacuum.robo task=start"),
        ("关掉扫地机", "set_vacuum vacuum.robo task=dock"),
        ("stop the vacuum", "stop vacuum.robo"),
        ("turn off the siren", "set_switch siren.alarm on=False"),
    ],
)
def test_what_is_said_is_what_is_set(words: str, expected: str) -> None:
    assert said(words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("turn on the garden", "set_light light.garden_light on=True"),
        ("turn on all in the living room", "set_light light.desk_lamp on=True"),
        ("打开客厅所有的", "set_light light.desk_lamp on=True"),
    ],
)
def test_a_room_switched_on_as_a_whole_waters_nothing_and_wakes_neither_robot_nor_siren(
    words: str, expected: str
) -> None:
    assert said(words) == expected


@pytest.mark.parametrize(
    ("verb", "task"), [("clean", "start"), ("dock", "dock"), ("locate", "locate")]
)
def test_the_robots_own_verbs_give_it_its_tasks(verb: str, task: str) -> None:
    deed = Deeds({}).deed(Reading(verb, verb, {}))
    assert deed(VACUUM) == Call("set_vacuum", {"device": VACUUM.id, "task": task})
    assert deed(VALVE) is None


def test_a_robot_is_given_no_task_that_it_does_not_have() -> None:
    mower = Device(
        id="lawn_mower.x",
        name="Mower",
        kind=Kind.VACUUM,
        arguments={"task": Choice(("dock",))},
    )
    deeds = Deeds({})
    assert deeds.deed(Reading("on", "on", {}))(mower) is None
    assert deeds.deed(Reading("locate", "locate", {}))(mower) is None
    home = (*HOME, mower)
    assert said("turn off the lawn mower", home) == "set_vacuum lawn_mower.x task=dock"


def sensor(name: str, device_class: str) -> Device:
    slug = name.lower().replace(" ", "_")
    return Device(
        id=f"binary_sensor.{slug}", name=name, kind=Kind.SENSOR, device_class=device_class
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("is the washer on?", "get_state binary_sensor.washer on?True"),
        ("is the shed window open?", "get_state binary_sensor.shed_window on?True"),
        ("is the shed window closed?", "get_state binary_sensor.shed_window on?False"),
        ("is the pet door locked?", "get_state binary_sensor.pet_door on?False"),
        ("is the vacuum on?", "get_state vacuum.robo task?start"),
        ("is Robo off?", "get_state vacuum.robo moving?"),
    ],
)
def test_yes_and_no_are_asked_of_what_the_device_reports(words: str, expected: str) -> None:
    sensors = (
        sensor("Washer", "running"),
        sensor("Shed window", "window"),
        sensor("Pet door", "lock"),
    )
    assert said(words, (*HOME, *sensors)) == expected


def test_a_home_with_every_tool_is_still_offered_a_dozen_and_the_one_that_was_meant() -> None:
    home = (*ENGLISH, VALVE, VACUUM)
    for words, tool in (
        ("send Robo to clean up", "set_vacuum"),
        ("扫一下地", "set_vacuum"),
        ("water please", "set_valve"),
    ):
        asked = replace(turn(words, home), tools=openai_tools(home))
        names = [each["function"]["name"] for each in offered(asked)]
        assert len(names) == MAX_TOOLS
        assert tool in names
