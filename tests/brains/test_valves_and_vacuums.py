"""What is said to a valve and to a robot that goes about on its own, and what it becomes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agentd.brains.deeds import Deeds
from agentd.brains.grammar import Reading
from agentd.model import Argument, Call, Choice, Device, Flag, Kind, Number
from tests.brains.homes import calls, light, shown

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
HOME = (light("Garden light", "Garden"), light("Desk lamp", "Living room"), VALVE, VACUUM)


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
def test_a_room_switched_on_as_a_whole_waters_nothing_and_sends_no_robot_out(
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
