"""The sentence about one receipt, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from agentd.agent.reply import sentence_in, which
from agentd.model import Receipt, State, Status


def receipt(tool: str, state: State, status: Status = Status.DONE, **more: Any) -> Receipt:
    fields: dict[str, Any] = {"device_id": "x", "device_name": "Thing", "arguments": {}, **more}
    return Receipt(tool=tool, state=state, status=status, **fields)


def robot(activity: str, task: str) -> dict[str, Any]:
    moving = activity if activity in ("cleaning", "returning") else ""
    return {"task": task, "activity": activity, "moving": moving, "battery_pct": 61}


@pytest.mark.parametrize(
    ("task", "activity", "english", "chinese"),
    [
        ("start", "cleaning", "Thing: cleaning.", "Thing：正在清扫。"),
        ("dock", "returning", "Thing: returning.", "Thing：正在返回。"),
        ("dock", "docked", "Thing: docked.", "Thing：已回到基座。"),
        ("pause", "paused", "Thing: paused.", "Thing：已暂停。"),
    ],
)
def test_a_vacuum_is_told_of_in_its_own_word_for_what_it_does(
    task: str, activity: str, english: str, chinese: str
) -> None:
    done = receipt("set_vacuum", robot(activity, task), arguments={"task": task})
    assert (sentence_in("en", done), sentence_in("zh", done)) == (english, chinese)


def test_the_state_of_a_vacuum_is_each_thing_once() -> None:
    asked = receipt("get_state", robot("docked", "dock"), expect={"task": "start"})
    assert sentence_in("en", asked) == "No. Thing: docked, battery 61 %."
    cleaning = receipt("get_state", robot("cleaning", "start") | {"fan_speed": "max"})
    assert sentence_in("en", cleaning) == "Thing: cleaning, battery 61 %, suction max"
    assert sentence_in("zh", cleaning) == "Thing：正在清扫，电量61%，吸力max"


def test_a_vacuum_that_was_at_home_already_is_said_to_have_been() -> None:
    state = robot("docked", "dock")
    done = receipt("set_vacuum", state, arguments={"task": "dock"}, before=state)
    assert sentence_in("en", done) == "Thing: was already docked."


def test_an_opening_valve_is_told_of_as_it_moves() -> None:
    state: State = {"open": True, "position_pct": 3, "moving": "opening"}
    done = receipt("set_valve", state, arguments={"open": True}, message="opening")
    assert sentence_in("en", done) == "Thing: opening."


@pytest.mark.parametrize(
    ("device_class", "yes", "english", "chinese"),
    [
        ("window", True, "Thing: open", "Thing：打开"),
        ("window", False, "Thing: closed", "Thing：关闭"),
        ("lock", True, "Thing: unlocked", "Thing：未上锁"),
        ("battery", True, "Thing: low", "Thing：电量低"),
        ("running", False, "Thing: not running", "Thing：未运行"),
        ("", True, "Thing: on", "Thing：开"),
    ],
)
def test_a_binary_sensors_yes_is_what_it_means_there(
    device_class: str, yes: bool, english: str, chinese: str
) -> None:
    state: State = {"value": yes, "on": yes, "device_class": device_class}
    told = receipt("get_state", state)
    assert (sentence_in("en", told), sentence_in("zh", told)) == (english, chinese)


def test_a_number_is_told_of_with_its_unit_alone() -> None:
    told = receipt("get_state", {"value": 21.5, "unit": "°C", "device_class": "temperature"})
    assert sentence_in("en", told) == "Thing: 21.5 °C"


def test_the_open_ones_of_several_windows_are_named() -> None:
    windows = [
        receipt(
            "get_state",
            {"value": yes, "on": yes, "device_class": "window"},
            device_name=name,
            expect={"on": True},
        )
        for name, yes in (("Attic", True), ("Cellar", False))
    ]
    assert which("en", windows) == "Yes: Attic."
