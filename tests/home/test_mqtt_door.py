"""Sentences over MQTT, on a real mosquitto: answered once, never replayed, always stoppable."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from agentd.brains import Brain, Propose
from agentd.config import Budgets, Mqtt, Settings
from agentd.events import DeviceAttached
from agentd.home import MqttDoor
from agentd.model import Call
from agentd.store import Database
from agentd.transport.mqtt import MqttLink
from agentd.usage import Ledger, Meter
from tests.agent.test_agent import Scripted
from tests.peers.mosquitto import mosquitto
from tests.peers.mqtt_client import Peer
from tests.peers.toys import CART, ToyHouse

pytestmark = pytest.mark.needs("mosquitto")
LIGHT_ON = Call("set_light", {"device": "light.lamp", "on": True})


async def until(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
    return condition()


@contextlib.asynccontextmanager
async def door(
    tmp_path: Path, brain: Brain, budgets: Budgets | None = None
) -> AsyncIterator[tuple[ToyHouse, Peer]]:
    with mosquitto(tmp_path) as broker:
        database = Database.open(tmp_path)
        ledger = Ledger(database, budgets or Budgets())
        house = ToyHouse(tmp_path, purse=ledger)
        settings = Settings(mqtt=Mqtt(enabled=True, port=broker.port))
        link = MqttLink(settings.mqtt, "home")
        doors = MqttDoor(
            link=link,
            agent=house.agent(brain, Meter(house.bus, ledger)),
            toolbox=house.toolbox,
            gate=house.gate,
            states=house.states,
            bus=house.bus,
            settings=settings,
        )
        with Peer(broker.port, "agentd/#") as peer:
            peer.publish("agentd/home/say", "turn on the lamp", retain=True)
            peer.publish("agentd/home/estop/set", "stop", retain=True)
            tasks = [asyncio.create_task(link.run()), asyncio.create_task(doors.run())]
            try:
                await until(lambda: link.connected)
                await link.subscribed()
                yield house, peer
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                database.close()


def replies(peer: Peer) -> list[dict[str, Any]]:
    return [json.loads(each) for each in peer.on("agentd/home/reply")]


def test_a_sentence_is_answered_with_text_and_receipts(tmp_path: Path) -> None:
    async def main() -> None:
        async with door(tmp_path, Scripted(Propose(LIGHT_ON))) as (_, peer):
            peer.publish("agentd/home/say", '{"text": "lamp on", "conversation": "c1"}')
            reply = (await until(lambda: replies(peer)))[0]
            assert reply["ok"] is True
            assert reply["text"] == "Lamp: on."
            assert (reply["conversation"], reply["brain"]) == ("c1", "scripted")
            assert reply["receipts"][0]["status"] == "done"
            assert reply["receipts"][0]["trace"] == reply["trace"]
            event = json.loads((await until(lambda: peer.on("agentd/home/event")))[0])
            assert (event["type"], event["device"]) == ("receipt", "light.lamp")
            assert event["trace"] == reply["trace"]

    asyncio.run(main())


def test_over_budget_the_reply_says_so_and_a_stop_still_stops(tmp_path: Path) -> None:
    async def main() -> None:
        brain = Scripted(Propose(LIGHT_ON))
        async with door(tmp_path, brain, Budgets(tokens=1)) as (house, peer):
            for number, words in enumerate(("lamp on", "lamp on", "stop")):
                peer.publish("agentd/home/say", words)
                await until(lambda: len(replies(peer)) > number)  # noqa: B023
            first, second, third = replies(peer)
            assert (first["ok"], second["ok"]) == (True, False)
            assert '"mqtt" has used' in second["text"]
            assert "has used" not in third["text"]
            assert len(house.driver.applied) == 2  # the scripted brain makes a lamp of everything

    asyncio.run(main())


def test_an_e_stop_over_mqtt_has_a_trace_to_be_found_by(tmp_path: Path) -> None:
    async def main() -> None:
        async with door(tmp_path, Scripted()) as (_, peer):
            peer.publish("agentd/home/estop/set", "stop")
            told = json.loads((await until(lambda: peer.on("agentd/home/event")))[0])
            assert (told["type"], len(told["trace"])) == ("estop", 16)

    asyncio.run(main())


def test_what_was_retained_on_the_broker_neither_acts_nor_stops_at_start(tmp_path: Path) -> None:
    async def main() -> None:
        async with door(tmp_path, Scripted(Propose(LIGHT_ON))) as (house, peer):
            peer.publish("agentd/home/say", "now")  # behind the retained ones, in order
            await until(lambda: replies(peer))
            assert len(house.driver.applied) == 1
            assert not house.gate.latched

    asyncio.run(main())


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        (b"", "at most 4000 characters"),
        (b"   ", "at most 4000 characters"),
        (b"{", "not JSON: Expecting property name"),
        (b'{"text": ""}', "at most 4000 characters"),
        (b'{"text": " "}', "at most 4000 characters"),
        (b'{"other": 1}', "at most 4000 characters"),
        (b"x" * 5000, "at most 4000 characters"),
        (b"\xff" * 70000, "at most 4000 characters"),
        (b'{"a":' * 12000, "nested too deeply"),
        (b'{"text": null}', '"text" must be a string, not None'),
        (b'{"text": ["x"]}', "\"text\" must be a string, not ['x']"),
        (b'{"text": "lamp on", "conversation": 7}', '"conversation" must be a string'),
        (b'{"text": "lamp on", "area": "%s"}' % (b"x" * 101), '"area" may have at most 100'),
        (b'{"text": "\\ud800 lamp on"}', "surrogates not allowed"),
        (b'{"text": "\xed\xa0\x80 lamp on"}', "can't decode byte 0xed"),
        (b'{"text": "lamp on", "x": Infinity}', "Infinity is not a number in JSON"),
    ],
    ids=range(16),
)
def test_what_is_not_a_sentence_gets_one_line_and_moves_nothing(
    tmp_path: Path, payload: bytes, told: str
) -> None:
    async def main() -> None:
        async with door(tmp_path, Scripted(Propose(LIGHT_ON))) as (house, peer):
            peer.publish("agentd/home/say", payload)
            reply = (await until(lambda: replies(peer)))[0]
            assert reply["ok"] is False
            assert told in reply["text"]
            assert house.driver.applied == []

    asyncio.run(main())


def test_an_emergency_stop_is_heard_in_any_usual_form_and_is_not_released_here(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with door(tmp_path, Scripted()) as (house, peer):
            for word in ("stop", "ON", "1", '{"estop": true}'):
                peer.publish("agentd/home/estop/set", word)
                await until(lambda: house.gate.latched)
                house.gate.reset("test")
            peer.publish("agentd/home/estop/set", "stop")
            await until(lambda: house.gate.latched)
            for word in ("reset", "off", "OFF", "0"):
                peer.publish("agentd/home/estop/set", word)
            peer.publish("agentd/home/say", "are you there")
            await until(lambda: replies(peer))
            assert house.gate.latched
            told = [json.loads(each)["type"] for each in peer.on("agentd/home/event")]
            assert "estop" in told

    asyncio.run(main())


def test_a_robots_state_is_told_retained(tmp_path: Path) -> None:
    async def main() -> None:
        async with door(tmp_path, Scripted()) as (house, peer):
            house.bus.publish(DeviceAttached(device=CART))
            house.fleet.report("cart", {"left_mps": 0.1})
            told = await until(lambda: peer.on("agentd/home/device/cart/state"))
            assert json.loads(told[-1]) == {"left_mps": 0.1}

    asyncio.run(main())
