"""The tools a model sees come from what is attached, in bytes that only change when that does."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from agentd.model import Device, Kind, Number
from agentd.tools.specs import TOOLS, openai_tools
from tests.peers.toys import CART, DIM_LAMP, LAMP, LOCK

HOME = [LAMP, DIM_LAMP, LOCK, CART]


def parameters(devices: list[Device], tool: str) -> dict[str, object]:
    tools = {each["function"]["name"]: each["function"] for each in openai_tools(devices)}
    found: dict[str, object] = tools[tool]["parameters"]
    return found


def test_only_tools_with_a_device_are_offered_and_stopping_always_is() -> None:
    names = [each["function"]["name"] for each in openai_tools([LAMP])]
    assert names == ["set_light", "get_state", "stop", "emergency_stop"]
    assert [each["function"]["name"] for each in openai_tools([])] == ["emergency_stop"]


def test_targets_are_enumerated_and_ranges_carry_units() -> None:
    light = parameters(HOME, "set_light")
    properties = light["properties"]
    assert isinstance(properties, dict)
    assert properties["device"]["enum"] == ["light.dim", "light.lamp"]
    assert properties["brightness_pct"] == {
        "type": "integer",
        "minimum": 0,
        "maximum": 100,
        "description": "%",
    }
    assert light["additionalProperties"] is False


def test_drive_and_turn_take_their_own_arguments_of_one_device() -> None:
    drive, turn = parameters(HOME, "drive"), parameters(HOME, "turn")
    assert list(drive["properties"]) == ["device", "distance_m", "speed_mps"]  # type: ignore[call-overload]
    assert list(turn["properties"]) == ["device", "angle_deg", "speed_dps"]  # type: ignore[call-overload]
    assert drive["required"] == ["device", "distance_m"]


def test_sixteen_tools_and_three_to_stop_and_look_are_all_there_is() -> None:
    assert len(TOOLS) == 16 + 3


@given(st.permutations(HOME))
def test_the_order_in_which_devices_appeared_changes_no_byte(devices: list[Device]) -> None:
    assert json.dumps(openai_tools(devices)) == json.dumps(openai_tools(HOME))


@given(st.lists(st.tuples(st.integers(-100, 0), st.integers(1, 100)), min_size=1, max_size=5))
def test_the_offered_range_covers_every_devices_own(ranges: list[tuple[int, int]]) -> None:
    servos = [
        Device(id=f"s{i}", name="s", kind=Kind.SERVO, arguments={"angle_deg": Number(low, high)})
        for i, (low, high) in enumerate(ranges)
    ]
    properties = parameters(servos, "set_servo")["properties"]
    assert isinstance(properties, dict)
    angle = properties["angle_deg"]
    assert angle["minimum"] == min(low for low, _ in ranges)
    assert angle["maximum"] == max(high for _, high in ranges)
