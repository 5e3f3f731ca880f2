"""Robots that the home itself announces: a stop reaches them, a latch and a loss hold them."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agentd.errors import Reason
from agentd.model import Call, Receipt, Status, Value
from agentd.transport.mqtt import MqttLink
from tests.peers.mqtt_client import Peer, until
from tests.peers.toy_home import toy_home
from tests.peers.toys import ToyHouse, asker

pytestmark = pytest.mark.needs("mosquitto")

VACUUM = {"name": "Robo", "command_topic": "robo/set", "state_topic": "robo"}
MOWER = {
    "name": "Mower",
    "start_mowing_command_topic": "mower/set",
    "pause_command_topic": "mower/set",
    "activity_state_topic": "mower",
}
GAS = {
    "name": "Gas",
    "command_topic": "gas/set",
    "state_topic": "gas",
    "device_class": "gas",
    "reports_position": True,
}


class Home:
    def __init__(self, house: ToyHouse, peer: Peer, link: MqttLink) -> None:
        self.house = house
        self.link = link
        self.peer = peer

    def announce(self, topic: str, config: object) -> None:
        payload = json.dumps(config) if config else ""
        self.peer.publish(f"homeassistant/{topic}/config", payload, retain=True)

    async def there(self, device_id: str, is_there: bool = True) -> None:
        await until(lambda: (device_id in self.house.fleet.devices) is is_there)
        await self.link.subscribed()

    async def call(self, tool: str, device: str, **arguments: Value) -> Receipt:
        return await self.house.toolbox.run(Call(tool, {"device": device, **arguments}), asker())


@contextlib.asynccontextmanager
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    async with toy_home(tmp_path, 5) as (house, peer, link):
        yield Home(house, peer, link)


def refused(receipt: Receipt) -> Reason | None:
    return receipt.refusal.reason if receipt.refusal else None


def test_an_emergency_stop_reaches_a_cleaning_vacuum_and_it_does_not_start_again(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with home(tmp_path) as home_:
            house, peer = home_.house, home_.peer
            home_.announce("vacuum/robo", VACUUM)
            await home_.there("vacuum.robo")
            peer.answer("robo/set", ("robo", '{"state":"cleaning"}'))
            started = await home_.call("set_vacuum", "vacuum.robo", task="start")
            assert started.status is Status.DONE
            house.gate.estop("ann", "stop")
            await until(lambda: peer.on("robo/set") == ["start", "stop"])
            held = await home_.call("set_vacuum", "vacuum.robo", task="start")
            assert refused(held) is Reason.ESTOP
            assert peer.on("robo/set") == ["start", "stop"]
            house.gate.reset("ann")
            again = await home_.call("set_vacuum", "vacuum.robo", task="start")
            assert again.status is Status.DONE

    asyncio.run(main())


def test_a_stop_is_done_when_the_vacuum_says_that_it_stands(tmp_path: Path) -> None:
    async def main() -> None:
        async with home(tmp_path) as home_:
            peer = home_.peer
            home_.announce("vacuum/robo", VACUUM)
            await home_.there("vacuum.robo")
            peer.publish("robo", '{"state":"cleaning"}')
            await until(lambda: home_.house.states.get("vacuum.robo").get("moving") == "cleaning")
            ignored = await home_.call("stop", "vacuum.robo")
            assert ignored.status is Status.FAILED
            assert ignored.message == "Robo still reports that it moves."
            peer.answer("robo/set", ("robo", '{"state":"idle"}'))
            assert (await home_.call("stop", "vacuum.robo")).status is Status.DONE

    asyncio.run(main())


def test_a_vacuum_that_went_away_and_came_back_waits_for_a_person(tmp_path: Path) -> None:
    async def main() -> None:
        async with home(tmp_path) as home_:
            home_.announce("vacuum/robo", VACUUM)
            await home_.there("vacuum.robo")
            home_.announce("vacuum/robo", None)
            await home_.there("vacuum.robo", False)
            home_.announce("vacuum/robo", VACUUM)
            await home_.there("vacuum.robo")
            receipt = await home_.call("set_vacuum", "vacuum.robo", task="start")
            assert refused(receipt) is Reason.NOT_ARMED
            assert home_.peer.on("robo/set") == []

    asyncio.run(main())


@pytest.mark.parametrize(
    ("topic", "config", "device", "tool", "arguments", "sent"),
    [
        (
            *("lawn_mower/m", MOWER, "lawn_mower.mower", "set_vacuum"),
            *({"task": "start"}, ("mower/set", "start_mowing", "mower", "mowing")),
        ),
        (
            *("valve/g", GAS, "valve.gas", "set_valve"),
            *({"open": True}, ("gas/set", "100", "gas", "100")),
        ),
    ],
)
def test_blades_and_gas_wait_for_a_yes(
    tmp_path: Path,
    topic: str,
    config: dict[str, object],
    device: str,
    tool: str,
    arguments: dict[str, Value],
    sent: tuple[str, str, str, str],
) -> None:
    command, payload, state, word = sent

    async def main() -> None:
        async with home(tmp_path) as home_:
            home_.announce(topic, config)
            await home_.there(device)
            home_.peer.answer(command, (state, word))
            receipt = await home_.call(tool, device, **arguments)
            assert refused(receipt) is Reason.NEEDS_CONFIRMATION
            assert home_.peer.on(command) == []
            (pending,) = home_.house.gate.pending()
            done = await home_.house.toolbox.confirm(pending.token, asker())
            assert (done.status, home_.peer.on(command)) == (Status.DONE, [payload])

    asyncio.run(main())


def test_going_about_is_never_scheduled_but_a_valve_is(tmp_path: Path) -> None:
    async def main() -> None:
        async with home(tmp_path) as home_:
            home_.announce("vacuum/robo", VACUUM)
            home_.announce("valve/v", {"name": "Tap", "command_topic": "tap/set"})
            await home_.there("valve.tap")
            start = Call("set_vacuum", {"device": "vacuum.robo", "task": "start"}, after_s=60)
            receipt = await home_.house.schedule.run(start, asker())
            assert refused(receipt) is Reason.NEVER_SCHEDULED
            water = Call("set_valve", {"device": "valve.tap", "open": False}, after_s=60)
            assert (await home_.house.schedule.run(water, asker())).status is Status.ACCEPTED

    asyncio.run(main())
