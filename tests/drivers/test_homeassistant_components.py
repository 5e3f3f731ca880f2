"""Each component's payloads, as the protocol facts spell them, without a broker."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.drivers.homeassistant import color
from agentd.drivers.homeassistant.components import COMPONENTS
from agentd.drivers.homeassistant.config import ConfigTopic, parse
from agentd.drivers.homeassistant.entity import Entity
from agentd.drivers.homeassistant.errors import DiscoveryError
from agentd.model import Choice, Number


def build(component: str, **config: object) -> Entity:
    where = ConfigTopic(f"homeassistant/{component}/x/config", component, "", "x")
    (entity,) = parse(where, json.dumps(config).encode()).entities
    return COMPONENTS[component](entity)


def json_light(**more: object) -> Entity:
    return build("light", schema="json", command_topic="l/set", state_topic="l", **more)


def sent(entity: Entity, **asked: Any) -> dict[str, Any]:
    ((topic, payload),) = entity.encode(asked)
    assert topic == "l/set"
    found: dict[str, Any] = json.loads(payload)
    return found


def test_a_json_light_takes_state_brightness_colour_and_temperature() -> None:
    light = json_light(brightness=True, supported_color_modes=["color_temp", "hs"])
    assert sent(light, on=False) == {"state": "OFF"}
    assert sent(light, brightness_pct=0) == {"state": "OFF"}
    assert sent(light, on=True) == {"state": "ON"}
    assert sent(light, brightness_pct=30) == {"state": "ON", "brightness": 76}
    assert sent(light, color="blue") == {"state": "ON", "color": {"h": 240.0, "s": 100.0}}
    assert sent(light, color_temp_k=2700) == {"state": "ON", "color_temp": 370}
    assert sent(light, color="warm white") == {"state": "ON", "color_temp": 370}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("rgb", {"r": 0, "g": 255, "b": 0}),
        ("rgbw", {"r": 0, "g": 255, "b": 0, "w": 0}),
        ("rgbww", {"r": 0, "g": 255, "b": 0, "c": 0, "w": 0}),
        ("xy", {"x": 0.1724, "y": 0.7468}),
    ],
)
def test_a_json_light_is_sent_the_coordinates_it_announced(
    mode: str, expected: dict[str, float]
) -> None:
    light = json_light(supported_color_modes=[mode])
    assert sent(light, color="green")["color"] == expected


def test_a_json_light_counts_in_its_own_scale_and_in_kelvin_where_it_says_so() -> None:
    light = json_light(
        brightness_scale=100, supported_color_modes=["color_temp"], color_temp_kelvin=True
    )
    assert sent(light, brightness_pct=30, color_temp_k=4200) == {
        "state": "ON",
        "brightness": 30,
        "color_temp": 4200,
    }
    assert light.decode("l", '{"state":"ON","brightness":50,"color_temp":4000}') == {
        "on": True,
        "brightness_pct": 50,
        "color_temp_k": 4000,
        "color": "white",
    }


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ('{"state":"OFF"}', {"on": False}),
        ('{"state":"ON","brightness":76}', {"on": True, "brightness_pct": 30}),
        ('{"color_mode":"hs","color":{"h":0,"s":100}}', {"color": "red"}),
        ('{"color":{"x":0.7006,"y":0.2993}}', {"color": "red"}),
        ('{"color_mode":"rgb","color":{"r":0,"g":9,"b":250,"h":3,"s":3}}', {"color": "blue"}),
        ('{"color_mode":"color_temp","color_temp":370,"color":{"x":0.4,"y":0.4}}', None),
        ("[]", {}),
        ("garbage", {}),
        ('{"state": 5, "brightness": "x", "color": [1]}', {}),
        ('{"brightness": NaN}', {}),
    ],
)
def test_a_json_light_report_is_read(payload: str, expected: dict[str, object] | None) -> None:
    light = json_light(brightness=True, supported_color_modes=["hs", "color_temp"])
    if expected is None:
        expected = {"color_temp_k": 2703, "color": "warm white"}
    assert light.decode("l", payload) == expected


@pytest.mark.parametrize("mode", ["hs", "xy", "rgb", "rgbw"])
@pytest.mark.parametrize("name", sorted(color.RGB))
def test_every_colour_name_survives_the_way_there_and_back(mode: str, name: str) -> None:
    light = json_light(supported_color_modes=[mode])
    said = {**sent(light, color=name), "color_mode": mode}
    assert light.decode("l", json.dumps(said))["color"] == name


@given(st.integers(1, 100), st.sampled_from([10, 100, 254, 255, 1000]))
def test_any_brightness_is_met_by_the_report_of_what_was_sent(percent: int, scale: int) -> None:
    light = json_light(brightness=True, brightness_scale=scale)
    asked = {"brightness_pct": percent}
    state = light.decode("l", json.dumps(sent(light, **asked)))
    assert light.verdict(asked, state) == ""


def test_a_default_light_takes_plain_payloads_in_the_order_it_wants() -> None:
    topics = {"command_topic": "c", "brightness_command_topic": "b", "rgb_command_topic": "rgb"}
    last = build("light", **topics)
    first = build("light", **topics, on_command_type="first")
    only = build("light", **topics, on_command_type="brightness")
    asked = {"brightness_pct": 50, "color": "orange"}
    colour, brightness, on = ("rgb", "255,128,0"), ("b", "128"), ("c", "ON")
    assert last.encode(asked) == [colour, brightness, on]
    assert first.encode(asked) == [on, colour, brightness]
    assert only.encode(asked) == [colour, brightness]
    assert only.encode({"on": True}) == [("b", "255")]
    assert last.encode({"on": False}) == [("c", "OFF")]


def test_a_default_light_reports_each_attribute_on_its_own_topic() -> None:
    light = build(
        "light",
        command_topic="c",
        state_topic="s",
        payload_on="1",
        payload_off="0",
        brightness_command_topic="b",
        brightness_state_topic="bs",
        brightness_value_template="{{ value_json.level }}",
        color_temp_command_topic="t",
        color_temp_state_topic="ts",
        hs_command_topic="h",
        hs_state_topic="hs",
    )
    assert light.decode("s", "1") == {"on": True}
    assert light.decode("bs", '{"level": 51}') == {"brightness_pct": 20}
    assert light.decode("ts", "250") == {"color_temp_k": 4000, "color": "white"}
    assert light.decode("hs", "120,100") == {"color": "green"}
    assert light.decode("hs", "120") == {}
    assert light.decode("s", "unknown") == {}


def test_a_switch_uses_the_announced_payloads_and_state_words() -> None:
    switch = build(
        "switch",
        command_topic="c",
        state_topic="s",
        payload_on="on",
        payload_off="off",
        state_on="running",
        state_off="idle",
        command_template='{"output": "{{ value }}"}',
    )
    assert switch.encode({"on": True}) == [("c", '{"output": "on"}')]
    assert switch.decode("s", "running") == {"on": True}
    assert switch.decode("s", "idle") == {"on": False}
    assert switch.decode("s", "on") == {}


def test_a_siren_is_told_and_tells_in_json_or_through_its_templates() -> None:
    plain = build("siren", command_topic="c", state_topic="s", device_class=None)
    assert plain.encode({"on": True}) == [("c", '{"state": "ON"}')]
    assert plain.decode("s", '{"state": "ON", "tone": "bell"}') == {"on": True}
    assert plain.decode("s", "OFF") == {"on": False}
    assert plain.decode("s", "[1]") == plain.decode("s", '{"tone": 1}') == {}
    own = build(
        "siren",
        command_topic="c",
        command_template="CMD {{ value }} {{ state }}",
        payload_on="loud",
        state_on="howling",
        state_topic="s",
    )
    assert own.encode({"on": True}) == [("c", "CMD loud loud")]
    assert own.encode({"on": False}) == [("c", "CMD OFF OFF")]
    assert own.decode("s", "howling") == {"on": True}


def test_a_cover_opens_closes_stops_and_takes_positions_either_way_round() -> None:
    cover = build(
        "cover",
        command_topic="c",
        state_topic="s",
        position_topic="p",
        set_position_topic="sp",
        position_open=0,
        position_closed=255,
        payload_stop="HALT",
    )
    assert cover.encode({"open": True}) == [("c", "OPEN")]
    assert cover.encode({"open": False}) == [("c", "CLOSE")]
    assert cover.encode({"position_pct": 40}) == [("sp", "153")]
    assert cover.stop() == [("c", "HALT")]
    assert build("cover", command_topic="c", payload_stop=None).stop() == []
    assert cover.decode("p", "153") == {"position_pct": 40, "open": True}
    assert cover.decode("p", "255") == {"position_pct": 0, "open": False}
    assert cover.decode("s", "closing") == {"moving": "closing"}
    assert cover.decode("s", "closed") == {"moving": "", "open": False}
    assert cover.decode("s", "stopped") == {"moving": ""}


def test_a_cover_is_done_when_there_or_when_it_says_that_it_moves_there() -> None:
    cover = build("cover", command_topic="c", state_topic="s", position_topic="p")
    assert cover.verdict({"open": True}, {"open": False, "moving": ""}) is None
    assert cover.verdict({"open": True}, {"open": False, "moving": "opening"}) == "opening"
    assert cover.verdict({"open": True}, {"open": True, "moving": "closing"}) is None
    assert cover.verdict({"open": True}, {"open": True, "moving": ""}) == ""
    asked = {"position_pct": 40}
    assert cover.verdict(asked, {"position_pct": 80, "moving": "closing"}) == "closing"
    assert cover.verdict(asked, {"position_pct": 80, "moving": "opening"}) is None
    assert cover.under_way(asked, {"position_pct": 90}, {"position_pct": 70}) == "closing"
    assert cover.under_way(asked, {"position_pct": 70}, {"position_pct": 90}) == ""


@pytest.mark.parametrize("device_class", ["garage", "gate", "door"])
def test_opening_a_door_waits_for_a_yes_and_no_position_gets_around_it(device_class: str) -> None:
    cover = build("cover", command_topic="c", set_position_topic="p", device_class=device_class)
    device = cover.device("cover.x")
    assert device.confirm == {("open", True)}
    assert set(device.arguments) == {"open"}
    assert device.moves


def test_a_valve_without_positions_opens_closes_and_stops_by_words() -> None:
    valve = build("valve", command_topic="c", state_topic="s", payload_stop="HALT")
    assert set(valve.device("valve.x").arguments) == {"open"}
    assert valve.device("valve.x").confirm == frozenset()
    assert valve.encode({"open": True}) == [("c", "OPEN")]
    assert valve.encode({"open": False}) == [("c", "CLOSE")]
    assert valve.stop() == [("c", "HALT")]
    assert build("valve", command_topic="c").stop() == []
    assert valve.decode("s", "opening") == {"moving": "opening"}
    assert valve.decode("s", "closed") == {"open": False, "moving": ""}
    assert valve.decode("s", '{"state": "open"}') == {"open": True, "moving": ""}
    assert valve.decode("s", "55") == {}
    assert valve.decode("s", '{"position": 55}') == {}
    optimistic = build("valve", command_topic="c", state_topic="s", optimistic=True)
    assert not optimistic.device("valve.x").reports


def test_a_valve_with_positions_is_set_and_read_in_its_own_numbers() -> None:
    valve = build(
        "valve",
        command_topic="c",
        state_topic="s",
        reports_position=True,
        position_closed=0,
        position_open=254,
        payload_stop="STOP",
        command_template='{"to": {{ value }}, "pct": {{ position }}, "of": {{ position_open }}}',
    )
    assert set(valve.arguments) == {"open", "position_pct"}
    assert valve.encode({"open": True}) == [("c", '{"to": 254, "pct": 100, "of": 254}')]
    assert valve.encode({"position_pct": 50}) == [("c", '{"to": 127, "pct": 50, "of": 254}')]
    assert valve.stop() == [("c", '{"to": STOP, "pct": STOP, "of": 254}')]
    assert valve.decode("s", "127") == {"position_pct": 50, "open": True}
    said = '{"state": "closing", "position": 64}'
    assert valve.decode("s", said) == {"moving": "closing", "position_pct": 25, "open": True}
    assert valve.verdict({"open": False}, valve.decode("s", said)) == "closing"


def test_a_valve_rests_at_its_end_only_when_it_is_one_that_says_that_it_moves() -> None:
    valve = build("valve", command_topic="c", state_topic="s", reports_position=True)
    assert valve.decode("s", "0") == {"position_pct": 0, "open": False}
    assert valve.decode("s", "opening") == {"moving": "opening"}
    assert valve.decode("s", "60") == {"position_pct": 60, "open": True}
    assert valve.decode("s", "100") == {"position_pct": 100, "open": True, "moving": ""}


def test_opening_gas_waits_for_a_yes_and_no_position_gets_around_it() -> None:
    gas = build("valve", command_topic="c", reports_position=True, device_class="gas")
    assert gas.device("valve.x").confirm == {("open", True)}
    assert set(gas.arguments) == {"open"}
    assert gas.encode({"open": False}) == [("c", "0")]


@given(st.integers(0, 100), st.integers(-10, 10), st.integers(50, 1000), st.booleans())
def test_any_valve_position_is_met_by_the_report_of_what_was_sent(
    percent: int, closed: int, span: int, in_json: bool
) -> None:
    ends = {"position_closed": closed, "position_open": closed + span}
    valve = build("valve", command_topic="c", state_topic="s", reports_position=True, **ends)
    ((_, payload),) = valve.encode({"position_pct": percent})
    said = json.dumps({"position": int(payload), "state": "open"}) if in_json else payload
    assert valve.verdict({"position_pct": percent}, valve.decode("s", said)) == ""


@given(st.text(max_size=40), st.booleans())
def test_any_report_of_a_valve_is_read_or_ignored(said: str, positions: bool) -> None:
    valve = build("valve", command_topic="c", state_topic="s", reports_position=positions)
    for payload in (said, json.dumps({"state": said, "position": said}), f"[{said}"):
        assert set(valve.decode("s", payload)) <= {"open", "moving", "position_pct"}


EVERYTHING = ["start", "pause", "stop", "return_home", "locate", "fan_speed", "clean_spot"]


def vacuum(**more: object) -> Entity:
    return build("vacuum", command_topic="v/set", state_topic="v", **more)


def test_a_vacuum_offers_what_it_announces_and_by_default_neither_pause_nor_locate() -> None:
    assert vacuum().arguments == {"task": Choice(("start", "stop", "dock"))}
    speeds = {"set_fan_speed_topic": "v/fan", "fan_speed_list": ["low", "max", "evil\x00", ""]}
    assert vacuum(supported_features=EVERYTHING, **speeds).arguments == {
        "task": Choice(("start", "pause", "stop", "dock", "locate")),
        "fan_speed": Choice(("low", "max")),
    }
    assert set(vacuum(**speeds).arguments) == {"task"}


def test_a_vacuum_is_sent_its_own_payloads_and_the_speed_first() -> None:
    robot = vacuum(
        supported_features=EVERYTHING,
        set_fan_speed_topic="v/fan",
        fan_speed_list=["max"],
        payload_return_to_base="home",
    )
    assert robot.encode({"task": "start"}) == [("v/set", "start")]
    assert robot.encode({"task": "dock"}) == [("v/set", "home")]
    assert robot.encode({"task": "locate"}) == [("v/set", "locate")]
    both = {"task": "start", "fan_speed": "max"}
    assert robot.encode(both) == [("v/fan", "max"), ("v/set", "start")]


@pytest.mark.parametrize(
    ("said", "task", "moving"),
    [
        ("cleaning", "start", "cleaning"),
        ("returning", "dock", "returning"),
        ("docked", "dock", ""),
        ("paused", "pause", ""),
        ("idle", "stop", ""),
        ("error", "", ""),
    ],
)
def test_a_vacuums_word_for_what_it_does_is_read_as_the_task_it_fulfils(
    said: str, task: str, moving: str
) -> None:
    report = json.dumps({"state": said, "battery_level": 61, "fan_speed": "max"})
    assert vacuum().decode("v", report) == {
        "task": task,
        "activity": said,
        "moving": moving,
        "battery_pct": 61,
        "fan_speed": "max",
    }


def test_a_task_is_done_when_the_vacuum_says_so_and_locating_never_is() -> None:
    robot = vacuum(supported_features=EVERYTHING)

    def done(task: str) -> set[str]:
        words = ("cleaning", "returning", "docked", "paused", "idle", "error")
        states = {word: robot.decode("v", json.dumps({"state": word})) for word in words}
        return {word for word in words if robot.verdict({"task": task}, states[word]) == ""}

    assert done("start") == {"cleaning"}
    assert done("dock") == {"returning", "docked"}
    assert done("pause") == {"paused", "idle"}
    assert done("stop") == {"idle", "paused", "docked"}
    assert not set(robot.expected({"task": "locate"})) & robot.reported


def test_stopping_reaches_every_vacuum_also_one_that_announces_no_stop() -> None:
    assert vacuum().device("vacuum.x").moves
    assert vacuum(payload_stop="halt").stop() == [("v/set", "halt")]
    assert vacuum(supported_features=["start"]).stop() == [("v/set", "stop")]
    assert vacuum(supported_features=["start", "pause"]).stop() == [("v/set", "pause")]


@given(st.text(max_size=40), st.floats() | st.none() | st.text(max_size=4))
def test_any_report_of_a_vacuum_is_read_or_ignored(said: str, battery: object) -> None:
    for payload in (said, json.dumps({"state": said, "battery_level": battery, "fan_speed": said})):
        found = vacuum().decode("v", payload)
        assert set(found) <= {"task", "activity", "moving", "battery_pct", "fan_speed"}
        assert 0 <= found.get("battery_pct", 0) <= 100  # type: ignore[operator]


def test_a_lawn_mower_is_a_robot_with_three_tasks_and_mowing_waits_for_a_yes() -> None:
    mower = build(
        "lawn_mower",
        start_mowing_command_topic="m/go",
        start_mowing_command_template='{"do": "{{ value }}"}',
        pause_command_topic="m/pause",
        dock_command_topic="m/dock",
        activity_state_topic="m",
        activity_value_template="{{ value_json.activity }}",
    )
    assert mower.arguments == {"task": Choice(("start", "pause", "dock"))}
    assert mower.device("lawn_mower.x").confirm == {("task", "start")}
    assert mower.encode({"task": "start"}) == [("m/go", '{"do": "start_mowing"}')]
    assert mower.encode({"task": "dock"}) == [("m/dock", "dock")]
    assert mower.stop() == [("m/pause", "pause")]
    state = mower.decode("m", '{"activity": "mowing"}')
    assert state == {"task": "start", "activity": "mowing", "moving": "mowing"}
    assert mower.verdict({"task": "start"}, state) == ""
    assert mower.verdict({"task": "pause"}, state) is None
    assert build("lawn_mower", dock_command_topic="d").stop() == []


def test_a_climate_offers_its_modes_and_range_and_snaps_to_its_step() -> None:
    climate = build(
        "climate",
        mode_command_topic="m",
        mode_state_topic="ms",
        temperature_command_topic="t",
        temperature_state_topic="ts",
        current_temperature_topic="ct",
        modes=["off", "heat", "boost"],
        min_temp=5,
        max_temp=30,
        temp_step=0.5,
    )
    assert climate.arguments["mode"] == Choice(("off", "heat"))
    assert climate.arguments["temperature_c"] == Number(5, 30, "°C")
    asked = {"mode": "heat", "temperature_c": 21.3}
    assert climate.encode(asked) == [("m", "heat"), ("t", "21.5")]
    assert climate.decode("ts", "21.5") == {"temperature_c": 21.5}
    assert climate.decode("ct", "19.84") == {"current_temperature_c": 19.84}
    assert climate.verdict(asked, {"mode": "heat", "temperature_c": 21.5}) == ""
    assert climate.verdict(asked, {"mode": "heat", "temperature_c": 22.0}) is None


def test_a_climate_that_counts_in_fahrenheit_is_spoken_to_in_fahrenheit() -> None:
    climate = build(
        "climate", temperature_command_topic="t", temperature_state_topic="s", temperature_unit="F"
    )
    assert climate.arguments["temperature_c"] == Number(7, 35, "°C")
    ((_, payload),) = climate.encode({"temperature_c": 20.0})
    assert 67.5 <= float(payload) <= 68.5
    state = climate.decode("s", payload)
    assert climate.verdict({"temperature_c": 20.0}, state) == ""


def test_a_fan_counts_its_steps_and_speed_nought_is_off() -> None:
    fan = build(
        "fan",
        command_topic="c",
        percentage_command_topic="p",
        percentage_state_topic="ps",
        speed_range_min=1,
        speed_range_max=4,
    )
    assert fan.encode({"speed_pct": 50}) == [("c", "ON"), ("p", "2")]
    assert fan.encode({"speed_pct": 1}) == [("c", "ON"), ("p", "1")]
    assert fan.encode({"speed_pct": 0}) == [("c", "OFF")]
    assert fan.decode("ps", "2") == {"speed_pct": 50}
    assert fan.decode("ps", "4") == {"speed_pct": 100}


@given(st.integers(1, 100), st.integers(0, 20), st.integers(1, 255))
def test_any_fan_speed_is_met_by_the_report_of_what_was_sent(
    percent: int, low: int, steps: int
) -> None:
    fan = build(
        "fan",
        command_topic="c",
        state_topic="s",
        percentage_command_topic="p",
        percentage_state_topic="ps",
        speed_range_min=low,
        speed_range_max=low + steps - 1,
    )
    payload = dict(fan.encode({"speed_pct": percent}))["p"]
    assert low <= int(payload) < low + steps
    state = {"on": True, **fan.decode("ps", payload)}
    assert fan.verdict({"speed_pct": percent}, state) == ""


def test_a_lock_locks_and_unlocking_waits_for_a_yes() -> None:
    lock = build("lock", command_topic="c", state_topic="s")
    assert lock.encode({"locked": True}) == [("c", "LOCK")]
    assert lock.encode({"locked": False}) == [("c", "UNLOCK")]
    assert lock.decode("s", "LOCKED") == {"locked": True}
    assert lock.decode("s", "JAMMED") == {}
    assert lock.device("lock.x").confirm == {("locked", False)}


def test_scenes_and_buttons_send_their_payload_and_report_nothing() -> None:
    assert build("scene", command_topic="c").encode({}) == [("c", "ON")]
    assert build("button", command_topic="c").encode({}) == [("c", "PRESS")]
    assert not build("button", command_topic="c").device("button.x").reports


def media_player(**more: object) -> Entity:
    return build(
        "media_player",
        state_state_topic="ss",
        state_volume_topic="sv",
        command_play_topic="play",
        command_pause_topic="pause",
        command_pause_payload="Halt",
        command_volume_topic="vol",
        command_next_topic="next",
        command_playmedia_topic="media",
        **more,
    )


def test_a_media_player_speaks_the_communitys_payloads() -> None:
    player = media_player()
    assert player.arguments["skip"] == Choice(("next",))
    assert player.encode({"playing": True}) == [("play", "Play")]
    assert player.encode({"playing": False}) == [("pause", "Halt")]
    assert player.encode({"skip": "next"}) == [("next", "Next")]
    assert player.encode({"media": "light music"}) == [("media", "light music")]
    assert player.decode("ss", "paused") == {"playing": False, "on": True}
    assert player.verdict({"media": "x"}, {"playing": True}) == ""


def test_a_media_players_volume_scale_is_learnt_and_quiet_until_known() -> None:
    player = media_player()
    assert player.encode({"volume_pct": 30}) == [("vol", "0.3")]
    assert player.decode("sv", "0.35") == {"volume_pct": 35}
    assert player.decode("sv", "35") == {"volume_pct": 35}
    assert player.encode({"volume_pct": 30}) == [("vol", "30")]
    assert media_player(volume_scale=100).encode({"volume_pct": 7}) == [("vol", "7")]


def test_sensors_report_numbers_words_and_yes_or_no() -> None:
    sensor = build("sensor", state_topic="s", unit_of_measurement="W", device_class="power")
    assert sensor.decode("s", "12.50") == {"value": 12.5, "unit": "W", "device_class": "power"}
    assert sensor.decode("s", "12") == {"value": 12, "unit": "W", "device_class": "power"}
    assert sensor.decode("s", "a\x00b" + "c" * 999)["value"] == "ab" + "c" * 253
    door = build("binary_sensor", state_topic="s", device_class="door")
    assert door.decode("s", "ON") == {"value": True, "on": True, "device_class": "door"}
    assert door.decode("s", "OFF") == {"value": False, "on": False, "device_class": "door"}
    assert door.decode("s", "ajar") == {}


def test_a_binary_sensor_takes_its_own_payloads_also_as_json_has_them() -> None:
    contact = build(
        "binary_sensor",
        state_topic="s",
        value_template="{{ value_json.contact }}",
        payload_on=False,
        payload_off=True,
        device_class="window",
    )
    assert contact.decode("s", '{"contact": false, "battery": 80}')["on"] is True
    assert contact.decode("s", '{"contact": true}')["on"] is False
    assert contact.decode("s", '{"battery": 80}') == {}


def test_a_device_says_what_it_measures_or_is_without_anything_hidden_in_it() -> None:
    battery = build("sensor", state_topic="s", device_class="battery", unit_of_measurement="%")
    assert battery.device("sensor.x").device_class == "battery"
    assert battery.decode("s", "12")["value"] == 12
    cover = build("cover", command_topic="c", device_class="sh\x00ade" + "e" * 99)
    assert cover.device("cover.x").device_class == "shade" + "e" * 59
    assert build("light", command_topic="c", device_class=None).device("l.x").device_class == ""


@pytest.mark.parametrize(
    ("component", "config", "reason"),
    [
        ("switch", {}, '"command_topic" is missing'),
        ("switch", {"command_topic": "a/#"}, "is not a topic"),
        ("switch", {"command_topic": ["a"]}, '"command_topic" must be text'),
        ("light", {"command_topic": "c", "schema": "template"}, "is not supported"),
        ("light", {"command_topic": "c", "brightness_scale": "bright"}, "must be a number"),
        ("light", {"command_topic": "c", "state_value_template": "{% x %}"}, "plain lookups"),
        ("lock", {"command_topic": "c", "code_format": "^\\d{4}$"}, "wants a code"),
        ("cover", {"command_topic": "c", "position_open": 0}, "are the same"),
        ("climate", {}, "is missing"),
        ("climate", {"mode_command_topic": "m", "temp_step": 0}, "make no range"),
        ("sensor", {}, '"state_topic" is missing'),
        ("media_player", {}, "no command topic"),
        ("vacuum", {}, '"command_topic" is missing'),
        ("vacuum", {"command_topic": "c", "schema": "legacy"}, "not supported"),
        ("vacuum", {"command_topic": "c", "sup_feat": ["battery"]}, "nothing that it can be told"),
        ("lawn_mower", {}, "is missing"),
        ("siren", {}, '"command_topic" is missing'),
        ("valve", {}, '"command_topic" is missing'),
        ("valve", {"command_topic": "c", "pos": True, "pl_open": "O"}, "does not go with"),
        ("valve", {"command_topic": "c", "pos_clsd": 5, "pos_open": 5}, "are the same"),
    ],
)
def test_what_cannot_be_used_is_refused_by_key(
    component: str, config: dict[str, object], reason: str
) -> None:
    with pytest.raises(DiscoveryError, match=reason):
        build(component, **config)
