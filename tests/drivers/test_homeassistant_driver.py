"""The home driver against a real mosquitto; devices are played by an independent client."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from agentd.config import Mqtt
from agentd.drivers.homeassistant.driver import HomeDriver
from agentd.errors import LinkError, Reason, RefusedError
from agentd.model import Action, Outcome, Status, Value
from agentd.transport.mqtt import MqttLink
from tests.peers.mosquitto import Mosquitto, mosquitto
from tests.peers.mqtt_client import Peer, until
from tests.peers.recorder import Recorder

pytestmark = pytest.mark.needs("mosquitto")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path) as running:
        yield running


class House:
    def __init__(self, port: int, peer: Peer, timeout_s: float) -> None:
        self.settings = Mqtt(port=port, command_timeout_s=timeout_s)
        self.host = Recorder()
        self.link = MqttLink(self.settings, "test")
        self.driver = HomeDriver(self.link, self.settings, self.host)
        self.peer = peer

    async def announce(self, topic: str, config: object, *, count: int = 1) -> None:
        before = set(self.host.devices)
        self.peer.publish(f"homeassistant/{topic}/config", json.dumps(config), retain=True)
        await until(lambda: len(set(self.host.devices) - before) == count)
        await self.link.subscribed()

    async def do(self, device: str, tool: str = "set", **arguments: Value) -> Outcome:
        return await self.driver.apply(Action(tool=tool, device_id=device, arguments=arguments))


@contextlib.asynccontextmanager
async def house(port: int, timeout_s: float = 1) -> AsyncIterator[House]:
    with Peer(port, "#") as peer:
        home = House(port, peer, timeout_s)
        tasks = [asyncio.create_task(home.link.run()), asyncio.create_task(home.driver.run())]
        try:
            await until(lambda: home.link.connected)
            yield home
            assert home.host.strays == []
        finally:
            for task in reversed(tasks):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task


SWITCH = {
    "name": "Pump",
    "unique_id": "pump1",
    "command_topic": "pump/set",
    "state_topic": "pump/state",
}
SHUTTER = {
    "name": "Gate",
    "unique_id": "gate1",
    "command_topic": "gate/set",
    "state_topic": "gate/state",
}

STORIES: list[tuple[str, dict[str, object], dict[str, Value], list[tuple[str, str]], str, str]] = [
    (
        "light/0x1/light",
        {
            "name": "Desk",
            "schema": "json",
            "brightness": True,
            "supported_color_modes": ["xy", "color_temp"],
            "brightness_scale": 254,
            "command_topic": "zigbee2mqtt/Desk/set",
            "state_topic": "zigbee2mqtt/Desk",
            "unique_id": "0x1_light",
        },
        {"brightness_pct": 50},
        [("zigbee2mqtt/Desk/set", '{"state": "ON", "brightness": 127}')],
        "zigbee2mqtt/Desk",
        '{"state":"ON","brightness":127,"color_mode":"xy","color":{"x":0.3,"y":0.3}}',
    ),
    (
        "light/esp",
        {"name": "Lamp", "cmd_t": "esp/light/command", "stat_t": "esp/light/state"},
        {"on": True},
        [("esp/light/command", "ON")],
        "esp/light/state",
        "ON",
    ),
    (
        "switch/tasmota",
        {
            "name": "Boiler",
            "cmd_t": "cmnd/boiler/POWER",
            "stat_t": "tele/boiler/STATE",
            "val_tpl": "{{ value_json.POWER }}",
        },
        {"on": False},
        [("cmnd/boiler/POWER", "OFF")],
        "tele/boiler/STATE",
        '{"POWER":"OFF","Uptime":"1T"}',
    ),
    (
        "cover/blind",
        {"name": "Blind", "cmd_t": "b/set", "pos_t": "b/pos", "set_pos_t": "b/pos/set"},
        {"position_pct": 40},
        [("b/pos/set", "40")],
        "b/pos",
        "41",
    ),
    (
        "cover/0x2/cover",
        {
            "name": "Roller",
            "command_topic": "zigbee2mqtt/Roller/set",
            "position_topic": "zigbee2mqtt/Roller",
            "position_template": "{{ value_json.position }}",
            "set_position_topic": "zigbee2mqtt/Roller/set",
            "set_position_template": '{ "position": {{ position }} }',
            "state_topic": "zigbee2mqtt/Roller",
            "value_template": "{{ value_json.state }}",
            "state_open": "OPEN",
            "state_closed": "CLOSE",
        },
        {"position_pct": 40},
        [("zigbee2mqtt/Roller/set", '{ "position": 40 }')],
        "zigbee2mqtt/Roller",
        '{"position":40,"state":"OPEN","linkquality":90}',
    ),
    (
        "siren/alarm",
        {"name": "Alarm", "command_topic": "alarm/set", "state_topic": "alarm"},
        {"on": False},
        [("alarm/set", '{"state": "OFF"}')],
        "alarm",
        '{"state":"OFF","duration":10}',
    ),
    (
        "valve/garden",
        {
            "name": "Sprinkler",
            "command_topic": "sprinkler/set",
            "state_topic": "sprinkler",
            "reports_position": True,
        },
        {"position_pct": 40},
        [("sprinkler/set", "40")],
        "sprinkler",
        '{"state": "open", "position": 40}',
    ),
    (
        "vacuum/robo",
        {
            "name": "Robo",
            "command_topic": "robo/set",
            "state_topic": "robo",
            "supported_features": ["start", "pause", "fan_speed"],
            "set_fan_speed_topic": "robo/fan",
            "fan_speed_list": ["low", "max"],
        },
        {"task": "start", "fan_speed": "max"},
        [("robo/fan", "max"), ("robo/set", "start")],
        "robo",
        '{"state":"cleaning","battery_level":88,"fan_speed":"max"}',
    ),
    (
        "lawn_mower/grass",
        {"name": "Grass", "dock_cmd_t": "grass/dock", "act_stat_t": "grass"},
        {"task": "dock"},
        [("grass/dock", "dock")],
        "grass",
        "docked",
    ),
    (
        "climate/trv",
        {
            "name": "Radiator",
            "temp_cmd_t": "trv/set/occupied_heating_setpoint",
            "temp_stat_t": "trv",
            "temp_stat_tpl": "{{ value_json.occupied_heating_setpoint }}",
            "temp_step": 0.5,
        },
        {"temperature_c": 21.5},
        [("trv/set/occupied_heating_setpoint", "21.5")],
        "trv",
        '{"occupied_heating_setpoint":21.5}',
    ),
    (
        "fan/f",
        {
            "name": "Fan",
            "cmd_t": "f/set",
            "stat_t": "f",
            "pct_cmd_t": "f/speed",
            "spd_rng_max": 3,
        },
        {"on": True},
        [("f/set", "ON")],
        "f",
        "ON",
    ),
    (
        "lock/door",
        {"name": "Door", "cmd_t": "door/set", "stat_t": "door"},
        {"locked": True},
        [("door/set", "LOCK")],
        "door",
        "LOCKED",
    ),
    (
        "media_player/tv",
        {
            "name": "TV",
            "unique_id": "tv",
            "state_state_topic": "tv/state",
            "command_play_topic": "tv/play",
            "command_pause_topic": "tv/pause",
        },
        {"playing": False},
        [("tv/pause", "Pause")],
        "tv/state",
        "paused",
    ),
]


@pytest.mark.parametrize("story", STORIES, ids=[story[0] for story in STORIES])
def test_an_announced_device_is_commanded_on_the_wire_and_done_by_its_own_report(
    broker: Mosquitto,
    story: tuple[str, dict[str, object], dict[str, Value], list[tuple[str, str]], str, str],
) -> None:
    topic, config, asked, wire, answer_topic, answer = story

    async def scenario() -> None:
        async with house(broker.port, timeout_s=9) as home:
            await home.announce(topic, config)
            (device,) = home.host.devices
            home.peer.answer(wire[-1][0], (answer_topic, answer))
            outcome = await home.do(device, **asked)
            assert outcome.status is Status.DONE, outcome
            sent = [each for each in home.peer.heard if each in wire]
            assert sent == wire

    asyncio.run(scenario())


def test_nothing_that_is_announced_adds_a_sentence(broker: Mosquitto) -> None:
    said = [{"say": "good morning", "set": {"on": True}, "do": ["drive rover distance_m=1"]}]

    async def scenario() -> None:
        async with house(broker.port) as home:
            await home.announce("switch/pump", {**SWITCH, "examples": said, "words": said})
            (device,) = home.host.devices.values()
            assert device.name == "Pump"
            assert device.examples == ()

    asyncio.run(scenario())


def test_mosquitto_sub_sees_the_very_bytes(broker: Mosquitto) -> None:
    async def scenario() -> None:
        async with house(broker.port) as home:
            await home.announce("button/bell", {"name": "Bell", "cmd_t": "bell/set"})
            listener = subprocess.Popen(
                [
                    "mosquitto_sub",
                    "-p",
                    str(broker.port),
                    "-t",
                    "bell/#",
                    "-C",
                    "1",
                    "-F",
                    "%q %t %p",
                ],
                stdout=subprocess.PIPE,
            )
            assert listener.stdout is not None
            while listener.poll() is None:
                outcome = await home.do("button.bell", tool="activate")
                assert outcome.status is Status.UNVERIFIED
                await asyncio.sleep(0.1)
            with listener.stdout:
                assert listener.stdout.read() == b"0 bell/set PRESS\n"

    asyncio.run(scenario())


def test_no_report_is_a_failure_that_names_the_wait_and_the_last_known_state(
    broker: Mosquitto,
) -> None:
    async def scenario() -> None:
        async with house(broker.port) as home:
            await home.announce("switch/pump", SWITCH)
            home.peer.publish("pump/state", "OFF")
            await until(lambda: home.host.states["switch.pump"].get("on") is False)
            outcome = await home.do("switch.pump", on=True)
            assert outcome.status is Status.FAILED
            assert outcome.message == "no report within 1 s; last known: on false"
            assert outcome.state == {"on": False}

    asyncio.run(scenario())


def test_a_device_that_does_not_repeat_itself_is_done_quickly(broker: Mosquitto) -> None:
    async def scenario() -> None:
        async with house(broker.port, timeout_s=9) as home:
            await home.announce("switch/pump", SWITCH)
            home.peer.publish("pump/state", "ON")
            await until(lambda: home.host.states["switch.pump"].get("on") is True)
            started = time.monotonic()
            outcome = await home.do("switch.pump", on=True)
            assert outcome.status is Status.DONE
            assert time.monotonic() - started < 4
            assert home.peer.on("pump/set") == ["ON"]

    asyncio.run(scenario())


def test_what_only_the_broker_remembers_is_not_taken_for_the_devices_word(
    broker: Mosquitto,
) -> None:
    async def scenario() -> None:
        async with house(broker.port) as home:
            home.peer.publish("pump/state", "ON", retain=True)
            await home.announce("switch/pump", SWITCH)
            await until(lambda: home.host.states["switch.pump"].get("on") is True)
            outcome = await home.do("switch.pump", on=True)
            assert outcome.status is Status.UNVERIFIED
            assert outcome.message == "only the broker remembers it so"

    asyncio.run(scenario())


def test_an_optimistic_device_and_an_attribute_without_a_report_are_unverified(
    broker: Mosquitto,
) -> None:
    async def scenario() -> None:
        async with house(broker.port, timeout_s=9) as home:
            await home.announce("switch/blind", {"name": "Blind", "cmd_t": "blind/set"})
            assert (await home.do("switch.blind", on=True)).status is Status.UNVERIFIED
            half = {"name": "Half", "cmd_t": "h/set", "stat_t": "h", "bri_cmd_t": "h/bri"}
            await home.announce("light/half", half)
            home.peer.answer("h/set", ("h", "ON"))
            outcome = await home.do("light.half", brightness_pct=20)
            assert outcome.status is Status.UNVERIFIED
            assert outcome.message == "it does not report brightness_pct"

    asyncio.run(scenario())


def test_a_cover_is_done_as_soon_as_it_says_that_it_opens(broker: Mosquitto) -> None:
    async def scenario() -> None:
        async with house(broker.port, timeout_s=9) as home:
            await home.announce("cover/gate", SHUTTER)
            home.peer.publish("gate/state", "closed")
            await until(lambda: home.host.states["cover.gate"].get("open") is False)
            home.peer.answer("gate/set", ("gate/state", "opening"))
            outcome = await home.do("cover.gate", open=True)
            assert (outcome.status, outcome.message) == (Status.DONE, "opening")
            home.peer.answer("gate/set", ("gate/state", "stopped"))
            stopped = await home.do("cover.gate", tool="stop")
            assert stopped.status is Status.DONE
            assert home.peer.on("gate/set") == ["OPEN", "STOP"]

    asyncio.run(scenario())


def test_a_valve_is_done_when_it_says_that_it_opens_and_can_be_stopped_on_the_way(
    broker: Mosquitto,
) -> None:
    config = {
        "name": "Main",
        "command_topic": "main/set",
        "state_topic": "main/state",
        "payload_stop": "STOP",
        "reports_position": True,
    }

    async def scenario() -> None:
        async with house(broker.port, timeout_s=9) as home:
            await home.announce("valve/main", config)
            home.peer.answer("main/set", ("main/state", '{"state":"opening","position":1}'))
            outcome = await home.do("valve.main", open=True)
            assert (outcome.status, outcome.message) == (Status.DONE, "opening")
            home.driver.halt()
            await until(lambda: home.peer.on("main/set") == ["100", "STOP"])
            home.peer.answer("main/set", ("main/state", '{"state":"open","position":20}'))
            stopped = await home.do("valve.main", tool="stop")
            assert stopped.status is Status.DONE
            assert stopped.state["position_pct"] == 20

    asyncio.run(scenario())


def test_a_vacuum_cleans_when_it_says_so_and_halt_stops_it_but_not_a_docked_one(
    broker: Mosquitto,
) -> None:
    def config(name: str) -> dict[str, object]:
        return {"name": name, "command_topic": f"{name}/set", "state_topic": name}

    async def scenario() -> None:
        async with house(broker.port, timeout_s=9) as home:
            for name in ("busy", "home"):
                await home.announce(f"vacuum/{name}", config(name))
                home.peer.publish(name, '{"state":"docked"}')
            await until(lambda: home.host.states["vacuum.home"].get("activity") == "docked")
            home.peer.answer("busy/set", ("busy", '{"state":"cleaning"}'))
            outcome = await home.do("vacuum.busy", task="start")
            assert (outcome.status, outcome.message) == (Status.DONE, "")
            assert outcome.state["task"] == "start"
            home.driver.halt()
            await until(lambda: home.peer.on("busy/set") == ["start", "stop"])
            home.peer.answer("busy/set", ("busy", '{"state":"idle"}'))
            stopped = await home.do("vacuum.busy", tool="stop")
            assert stopped.status is Status.DONE
            assert stopped.state["moving"] == ""
            assert home.peer.on("home/set") == []

    asyncio.run(scenario())


def test_a_vacuum_that_does_not_start_has_failed_and_one_that_was_located_is_unverified(
    broker: Mosquitto,
) -> None:
    config = {
        "name": "Robo",
        "command_topic": "robo/set",
        "state_topic": "robo",
        "supported_features": ["start", "locate"],
    }

    async def scenario() -> None:
        async with house(broker.port) as home:
            await home.announce("vacuum/robo", config)
            home.peer.answer("robo/set", ("robo", '{"state":"error"}'))
            failed = await home.do("vacuum.robo", task="start")
            assert failed.status is Status.FAILED
            assert failed.message == "after 1 s it reports activity error"
            assert (await home.do("vacuum.robo", task="locate")).status is Status.UNVERIFIED
            await until(lambda: home.peer.on("robo/set") == ["start", "locate"])

    asyncio.run(scenario())


def test_motion_is_over_when_the_sensor_says_how_long_it_lasts(broker: Mosquitto) -> None:
    motion = {"name": "Motion", "state_topic": "motion", "off_delay": 1, "device_class": "motion"}

    async def scenario() -> None:
        async with house(broker.port) as home:
            await home.announce("binary_sensor/motion", motion)
            seen = home.host.states["binary_sensor.motion"]
            home.peer.publish("motion", "ON")
            await until(lambda: seen.get("on") is True)
            started = time.monotonic()
            await until(lambda: seen.get("on") is False)
            assert time.monotonic() - started > 0.5
            assert seen["value"] is False
            home.peer.publish("motion", "ON")
            await until(lambda: seen.get("on") is True)
            home.peer.publish("homeassistant/binary_sensor/motion/config", "", retain=True)
            await until(lambda: "binary_sensor.motion" not in home.host.devices)

    asyncio.run(scenario())


def test_halt_stops_every_cover_but_those_that_say_that_they_rest(broker: Mosquitto) -> None:
    async def scenario() -> None:
        async with house(broker.port) as home:
            await home.announce("cover/gate", SHUTTER)
            await home.announce("cover/mute", {"name": "Mute", "cmd_t": "mute/set"})
            still = {"name": "Still", "cmd_t": "still/set", "stat_t": "still/state"}
            await home.announce("cover/still", still)
            home.peer.publish("gate/state", "closing")
            home.peer.publish("still/state", "open")
            await until(lambda: home.host.states["cover.gate"].get("moving") == "closing")
            await until(lambda: home.host.states["cover.still"].get("moving") == "")
            home.driver.halt()
            await until(lambda: home.peer.on("mute/set") == ["STOP"])
            await until(lambda: home.peer.on("gate/set") == ["STOP"])
            assert home.peer.on("still/set") == []
            await asyncio.to_thread(broker.kill)
            await until(lambda: not home.link.connected)
            home.driver.halt()

    asyncio.run(scenario())


def test_a_cancelled_command_stops_the_cover_it_started(broker: Mosquitto) -> None:
    async def scenario() -> None:
        async with house(broker.port) as home:
            await home.announce("cover/gate", SHUTTER)
            command = asyncio.create_task(home.do("cover.gate", open=True))
            await until(lambda: home.peer.on("gate/set") == ["OPEN"])
            command.cancel()
            await until(lambda: home.peer.on("gate/set") == ["OPEN", "STOP"])
            with contextlib.suppress(asyncio.CancelledError):
                await command

    asyncio.run(scenario())


def test_a_device_that_is_offline_is_not_commanded(broker: Mosquitto) -> None:
    async def scenario() -> None:
        async with house(broker.port, timeout_s=9) as home:
            await home.announce("switch/pump", {**SWITCH, "availability_topic": "pump/up"})
            assert not home.host.available("switch.pump")
            outcome = await home.do("switch.pump", on=True)
            assert outcome.status is Status.FAILED
            assert outcome.message == "Pump is offline by its own word."
            home.peer.publish("pump/up", "online", retain=True)
            await until(lambda: home.host.available("switch.pump"))
            command = asyncio.create_task(home.do("switch.pump", on=True))
            await until(lambda: home.peer.on("pump/set") == ["ON"])
            home.peer.publish("pump/up", "offline", retain=True)
            with pytest.raises(LinkError, match="Pump went offline before it reported"):
                await command

    asyncio.run(scenario())


def test_an_unknown_device_or_argument_is_refused_and_nothing_is_sent(broker: Mosquitto) -> None:
    async def scenario() -> None:
        async with house(broker.port) as home:
            await home.announce("switch/pump", SWITCH)
            await home.announce("sensor/t", {"name": "T", "stat_t": "t"})
            for device, asked, reason in (
                ("switch.nowhere", {"on": True}, Reason.UNKNOWN_DEVICE),
                ("switch.pump", {"brightness_pct": 3}, Reason.UNSUPPORTED),
                ("switch.pump", {}, Reason.UNSUPPORTED),
                ("sensor.t", {}, Reason.UNSUPPORTED),
            ):
                with pytest.raises(RefusedError) as caught:
                    await home.do(device, **asked)
                assert caught.value.refusal.reason is reason
            with pytest.raises(RefusedError, match="Pump cannot be stopped"):
                await home.do("switch.pump", tool="stop")
            assert home.peer.on("pump/set") == []

    asyncio.run(scenario())


def test_announcements_change_move_and_are_withdrawn(broker: Mosquitto) -> None:
    async def scenario() -> None:
        async with house(broker.port) as home:
            await home.announce("switch/pump", SWITCH)
            renamed = {**SWITCH, "name": "Well pump", "command_topic": "well/set"}
            home.peer.publish("homeassistant/switch/moved/config", json.dumps(renamed))
            await until(lambda: home.host.devices["switch.pump"].name == "Well pump")
            assert set(home.host.devices) == {"switch.pump"}
            home.peer.publish("homeassistant/switch/pump/config", "", retain=True)
            await home.announce("switch/other", {**SWITCH, "unique_id": "pump2", "name": "Pump"})
            assert set(home.host.devices) == {"switch.pump", "switch.pump_2"}
            await home.do("switch.pump", on=True)
            assert home.peer.on("well/set") == ["ON"]
            home.peer.publish("homeassistant/switch/moved/config", "")
            await until(lambda: set(home.host.devices) == {"switch.pump_2"})
            assert home.host.gone[0][0] == "switch.pump"
            home.peer.publish("pump/state", "OFF")
            await until(lambda: "on" in home.host.states["switch.pump_2"])

    asyncio.run(scenario())


def test_a_whole_device_comes_with_its_parts_and_loses_one(broker: Mosquitto) -> None:
    parts = {
        "relay": {"p": "switch", "uniq_id": "r", "name": "Relay", "cmd_t": "d/set"},
        "power": {"p": "sensor", "uniq_id": "w", "name": "Power", "unit_of_meas": "W"},
        "novel": {"p": "water_heater", "uniq_id": "m", "name": "Boiler"},
    }
    config = {"dev": {"ids": "d", "name": "Plug"}, "o": {"name": "x"}, "stat_t": "d", "cmps": parts}

    async def scenario() -> None:
        async with house(broker.port) as home:
            await home.announce("device/d", config, count=2)
            assert set(home.host.devices) == {"switch.plug_relay", "sensor.plug_power"}
            fewer = {**config, "cmps": {**parts, "power": {"p": "sensor"}}}
            home.peer.publish("homeassistant/device/d/config", json.dumps(fewer))
            await until(lambda: set(home.host.devices) == {"switch.plug_relay"})
            assert home.driver.problems == {}

    asyncio.run(scenario())


def test_a_bad_announcement_is_one_line_and_harms_nobody(
    broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        async with house(broker.port) as home:
            for _ in range(3):
                home.peer.publish("homeassistant/light/bad/config", "{", retain=True)
            home.peer.publish("homeassistant/light/odd/config", '{"cmd_t": "x", "schema": "z"}')
            home.peer.publish("homeassistant/humidifier/h/config", "{")
            home.peer.publish("homeassistant/light/huge/config", b" " * 300_000 + b"{}")
            await home.announce("switch/pump", SWITCH)
            assert set(home.driver.problems) == {
                "homeassistant/light/bad/config",
                "homeassistant/light/odd/config",
                "homeassistant/light/huge/config",
            }

    with caplog.at_level(logging.WARNING):
        asyncio.run(scenario())
    lines = [line for line in caplog.messages if "is not used" in line]
    assert len(lines) == 3
    assert lines[0].startswith("homeassistant/light/bad/config is not used: not valid JSON")


def test_devices_come_back_with_the_broker_and_no_command_is_delivered_late(
    broker: Mosquitto,
) -> None:
    async def scenario() -> None:
        async with house(broker.port) as home:
            await home.announce("switch/pump", SWITCH)
            await until(lambda: home.host.available("switch.pump"))
            await asyncio.to_thread(broker.kill)
            await until(lambda: not home.host.available("switch.pump"))
            started = time.monotonic()
            outcome = await home.do("switch.pump", on=True)
            assert outcome.status is Status.FAILED
            assert "the MQTT broker is not connected" in outcome.message
            assert time.monotonic() - started < 0.5
            await asyncio.to_thread(broker.start)
            with Peer(broker.port, "pump/#") as later:
                later.answer("pump/set", ("pump/state", "OFF"))
                await until(lambda: home.host.available("switch.pump"))
                assert (await home.do("switch.pump", on=False)).status is Status.DONE
                assert later.on("pump/set") == ["OFF"]

    asyncio.run(scenario())


def test_after_a_restart_only_the_devices_own_word_makes_it_available(broker: Mosquitto) -> None:
    async def scenario() -> None:
        async with house(broker.port) as home:
            await home.announce("switch/pump", {**SWITCH, "availability_topic": "pump/up"})
            home.peer.publish("pump/up", "online", retain=True)
            await until(lambda: home.host.available("switch.pump"))
            await asyncio.to_thread(broker.kill)
            await until(lambda: not home.link.connected)
            await asyncio.to_thread(broker.start)
            await until(lambda: home.link.connected)
            outcome = await home.do("switch.pump", on=True)
            assert outcome.message == "Pump is offline by its own word."
            with Peer(broker.port) as device:
                device.publish("pump/up", "online", retain=True)
            await until(lambda: home.host.available("switch.pump"))

    asyncio.run(scenario())


def test_three_hundred_announcements_are_taken_in_at_once(broker: Mosquitto) -> None:
    async def scenario() -> None:
        with Peer(broker.port) as peer:
            for n in range(300):
                names = {"name": f"Pump {n}", "unique_id": f"p{n}", "state_topic": f"pump/{n}"}
                config = {**SWITCH, **names}
                topic = f"homeassistant/switch/p{n}/config"
                peer.publish(topic, json.dumps(config), retain=True, wait=False)
            peer.publish("homeassistant/switch/last/config", json.dumps(SWITCH), retain=True)
        started = time.monotonic()
        async with house(broker.port) as home:
            await until(lambda: len(home.host.devices) == 301)
            assert time.monotonic() - started < 5

    asyncio.run(scenario())
