"""The simulated home: its state machines alone, and all of it driven over real brokers."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.config import Mqtt
from agentd.drivers.homeassistant.driver import HomeDriver
from agentd.errors import LinkError
from agentd.model import Action, Kind, Outcome, Status, Value
from agentd.simulation.appliances import Appliance
from agentd.simulation.broker import running_broker
from agentd.simulation.home import CHINESE_NAMES, SimulatedHome
from agentd.simulation.movers import Shutter, Thermostat, Valve
from agentd.simulation.rooms import household
from agentd.simulation.vacuum import Vacuum
from agentd.transport.mqtt import MqttLink
from tests.peers.mosquitto import mosquitto
from tests.peers.mqtt_client import Peer, until
from tests.peers.recorder import Recorder

# amqtt leaves closed connections to the garbage collector, which Python 3.13 reports.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@contextlib.asynccontextmanager
async def house(port: int) -> AsyncIterator[tuple[HomeDriver, Recorder, SimulatedHome]]:
    settings = Mqtt(port=port, command_timeout_s=5)
    host = Recorder()
    link = MqttLink(settings, "test", first="3.1.1")
    driver = HomeDriver(link, settings, host, CHINESE_NAMES)
    home = SimulatedHome(settings)
    tasks = [asyncio.create_task(each.run()) for each in (link, driver, home)]
    try:
        await until(lambda: len(host.devices) == 22)
        await until(lambda: all(host.available(name) for name in host.devices))
        await until(lambda: "current_temperature_c" in host.states["climate.hall"])
        await until(lambda: "value" in host.states["binary_sensor.garage_window"])
        yield driver, host, home
    finally:
        for task in reversed(tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def do(driver: HomeDriver, device: str, **arguments: Value) -> Outcome:
    return await driver.apply(Action(tool="set", device_id=device, arguments=arguments))


def test_every_simulated_device_is_found_in_its_room_and_does_what_it_is_told() -> None:
    async def scenario() -> None:
        async with running_broker(0) as port, house(port) as (driver, host, _):
            rooms = {device.area for device in host.devices.values()}
            assert rooms == {"Living room", "Kitchen", "Bedroom", "Hall", "Garage", "Garden"}
            assert driver.problems == {}
            assert host.devices["cover.living_room_curtains"].aliases == ("客厅窗帘", "窗帘")
            for device, arguments in COMMANDS:
                outcome = await do(driver, device, **arguments)
                assert outcome.status is Status.DONE, (device, outcome)
            for device in ("scene.movie_night", "scene.good_night", "button.door_chime"):
                assert (await do(driver, device)).status is Status.UNVERIFIED

    asyncio.run(scenario())


COMMANDS: list[tuple[str, dict[str, Value]]] = [
    ("light.living_room", {"brightness_pct": 30}),
    ("light.living_room", {"color": "purple"}),
    ("light.living_room", {"color": "warm white"}),
    ("cover.living_room_curtains", {"open": False}),
    ("media_player.living_room_speaker", {"media": "light music", "volume_pct": 20}),
    ("switch.television", {"on": True}),
    ("light.kitchen", {"brightness_pct": 55}),
    ("switch.coffee_machine", {"on": True}),
    ("light.bedroom", {"color_temp_k": 3000}),
    ("cover.bedroom_blind", {"position_pct": 90}),
    ("fan.bedroom", {"speed_pct": 50}),
    ("light.hall", {"on": True}),
    ("lock.front_door", {"locked": False}),
    ("climate.hall", {"temperature_c": 22.5, "mode": "auto"}),
    ("cover.garage_door", {"open": True}),
    ("light.garage", {"on": True}),
    ("light.garage", {"on": False}),
    ("valve.irrigation", {"open": True}),
    ("valve.irrigation", {"position_pct": 40}),
    ("vacuum.downstairs", {"task": "start", "fan_speed": "max"}),
    ("vacuum.downstairs", {"task": "pause"}),
    ("vacuum.downstairs", {"task": "dock"}),
]


def test_its_sensors_say_what_they_measure_and_in_what_unit() -> None:
    async def scenario() -> None:
        async with running_broker(0) as port, house(port) as (_, host, _):
            air = host.states["sensor.kitchen_air_temperature"]
            assert (air["value"], air["unit"]) == (21.5, "°C")
            assert host.states["binary_sensor.garage_window"]["value"] is False
            assert host.devices["sensor.kitchen_air_humidity"].kind is Kind.SENSOR

    asyncio.run(scenario())


@pytest.mark.needs("mosquitto")
def test_a_stranger_sees_the_command_on_the_wire_and_the_home_outlives_the_broker(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        async with house(broker.port) as (driver, host, _):
            with Peer(broker.port, "simulated/#") as peer:
                assert (await do(driver, "light.living_room", brightness_pct=30)).state["on"]
                sent = json.loads(peer.on("simulated/living/light/set")[-1])
                assert sent == {"state": "ON", "brightness": 76}
            await asyncio.to_thread(broker.kill)
            await until(lambda: not host.available("light.hall"))
            failed = await do(driver, "light.hall", on=True)
            assert failed.status is Status.FAILED
            assert failed.message.endswith("the MQTT broker is not connected.")
            await asyncio.to_thread(broker.start)
            await until(lambda: host.available("light.hall") and "on" in host.states["light.hall"])
            assert (await do(driver, "light.hall", on=True)).status is Status.DONE

    with mosquitto(tmp_path) as broker:
        asyncio.run(scenario())


def test_the_plug_is_pulled_and_every_device_that_says_so_is_offline() -> None:
    async def scenario() -> None:
        async with running_broker(0) as port:
            settings = Mqtt(port=port)
            host = Recorder()
            link = MqttLink(settings, "test", first="3.1.1")
            driver = HomeDriver(link, settings, host)
            home = asyncio.create_task(SimulatedHome(settings).run())
            tasks = [asyncio.create_task(link.run()), asyncio.create_task(driver.run()), home]
            await until(lambda: host.available("light.hall"))
            home.cancel()
            await until(lambda: not host.available("light.hall"))
            outcome = await do(driver, "light.hall", on=True)
            assert (outcome.status, outcome.message) == (
                Status.FAILED,
                "Hall light is offline by its own word.",
            )
            for task in tasks:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    asyncio.run(scenario())


def test_a_taken_port_is_named_with_the_setting_to_change() -> None:
    async def scenario() -> None:
        async with running_broker(0) as port:
            with pytest.raises(LinkError, match=str(port)) as caught:
                async with running_broker(port):
                    pass
            assert "simulation.broker_port" in caught.value.line()

    asyncio.run(scenario())


def test_a_shutter_travels_in_its_time_and_stops_where_it_is_told() -> None:
    shutter = Shutter("t", {}, "b", travel_s=10)
    shutter.hear("b/set", "CLOSE")
    shutter.pass_time(4)
    assert shutter.reports() == {"b/state": "closing", "b/position": "60"}
    shutter.hear("b/set", "STOP")
    assert shutter.reports() == {"b/state": "stopped", "b/position": "60"}
    shutter.hear("b/position/set", "65")
    shutter.pass_time(4)
    assert (shutter.position, shutter.busy) == (65.0, False)


def test_a_thermostat_warms_its_room_to_the_set_point() -> None:
    thermostat = Thermostat("t", {}, "b")
    thermostat.hear("b/temperature/set", "22.4")
    for _ in range(100):
        thermostat.pass_time(1)
    assert thermostat.reports()["b/current"] == "22.5"


def test_a_valve_turns_in_its_time_and_stops_where_it_is_told() -> None:
    valve = Valve("t", {}, "b", travel_s=10, turns=40)
    valve.hear("b/set", "40")
    valve.pass_time(5)
    assert json.loads(valve.reports()["b/state"]) == {"state": "opening", "position": 20}
    valve.hear("b/set", "STOP")
    assert json.loads(valve.reports()["b/state"]) == {"state": "open", "position": 20}
    valve.hear("b/set", "0")
    valve.pass_time(10)
    assert json.loads(valve.reports()["b/state"]) == {"state": "closed", "position": 0}


def test_a_vacuum_cleans_until_its_battery_is_low_and_goes_home_to_charge() -> None:
    vacuum = Vacuum("t", {}, "b")

    def said() -> dict[str, object]:
        found: dict[str, object] = json.loads(vacuum.reports()["b/state"])
        return found

    vacuum.hear("b/command", "start")
    vacuum.pass_time(100)
    assert (said()["state"], said()["battery_level"]) == ("cleaning", 86)
    vacuum.hear("b/command", "stop")
    assert (said()["state"], vacuum.busy) == ("idle", False)
    vacuum.hear("b/command", "start")
    vacuum.pass_time(800)
    assert said()["state"] == "returning"
    vacuum.hear("b/command", "start")
    assert said()["state"] == "returning", "the battery is too low"
    vacuum.pass_time(10)
    assert said()["state"] == "docked"
    vacuum.pass_time(1000)
    assert (said()["battery_level"], vacuum.busy) == (100, False)


AWKWARD = ["ON", "OPEN", "start", "40", "²", "9" * 5000, "1e999", "nan", "[" * 9999]
APPLIANCES = household("homeassistant", "simulated", "simulated/home/status")


@given(
    st.sampled_from(APPLIANCES),
    st.text(max_size=20) | st.sampled_from(AWKWARD),
    st.floats(0, 60),
)
def test_any_payload_leaves_an_appliance_with_something_to_report(
    appliance: Appliance, payload: str, seconds: float
) -> None:
    for topic in appliance.commands:
        appliance.hear(topic, payload)
        appliance.pass_time(seconds)
        assert all(isinstance(said, str) for said in appliance.reports().values())
