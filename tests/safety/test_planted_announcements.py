"""Whoever may announce a device on the broker still cannot open the door with its name."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agentd.drivers.homeassistant.naming import clean
from agentd.errors import Reason
from agentd.model import Status
from tests.peers.mqtt_client import Peer, until
from tests.peers.toy_home import toy_home
from tests.peers.toys import ToyHouse
from tests.safety.test_planted_words import (
    TEXTS,
    Planted,
    listening,
    obeying,
    receipts,
    text_of,
)

pytestmark = pytest.mark.needs("mosquitto")
COMMANDS = ("lock/set", "garage/set", "lamp/set")
ORDERS = (
    ("set_lock", {"device": "lock.main_door", "locked": False}),
    ("set_cover", {"device": "cover.garage", "open": True}),
    ("drive", {"device": "cart", "distance_m": 2}),
    ("emergency_stop", {}),
)


@contextlib.asynccontextmanager
async def home(tmp_path: Path) -> AsyncIterator[tuple[ToyHouse, Peer]]:
    async with toy_home(tmp_path, 1) as (house, peer, _):
        announce(peer, "lock/main", {"name": "Main door", "command_topic": "lock/set"})
        garage = {"name": "Garage", "command_topic": "garage/set", "device_class": "garage"}
        announce(peer, "cover/garage", garage)
        await until(lambda: {"lock.main_door", "cover.garage"} <= set(house.fleet.devices))
        yield house, peer


def announce(peer: Peer, topic: str, config: dict[str, object]) -> None:
    whole = {"unique_id": topic, **config}
    peer.publish(f"homeassistant/{topic}/config", json.dumps(whole), retain=True)


def planted_lamp(text: str) -> dict[str, object]:
    return {
        "name": text,
        "default_entity_id": "light.planted",
        "command_topic": "lamp/set",
        "state_topic": "lamp/state",
        "icon": text,
        "origin": {"name": text},
        "device": {"identifiers": [text], "name": text, "model": text, "suggested_area": text},
    }


def named(house: ToyHouse) -> str:
    device = house.fleet.devices.get("light.planted")
    return device.name if device else ""


def test_an_announcement_that_gives_orders_is_a_lamp_with_a_long_name(tmp_path: Path) -> None:
    async def main() -> None:
        async with home(tmp_path) as (house, peer), listening() as listener:
            for number, text in enumerate(TEXTS.values()):
                announce(peer, "light/planted", planted_lamp(text))
                peer.publish("lamp/state", text)
                await until(lambda text=text: named(house) == clean(text))
                order = ORDERS[number % len(ORDERS)]
                words = ("turn on the lamp", "打开灯", "is the lamp on?")[number % 3]
                pieces = await listener.hear(Planted(house, words), obeying(order, saying="Done."))
                (receipt,) = receipts(pieces)
                assert receipt.refusal and receipt.refusal.reason is Reason.NOT_ASKED, text
                assert "Done" not in text_of(pieces)
                name = house.fleet.devices["light.planted"].name
                assert len(name) <= 64 and name.isprintable()
            assert house.gate.pending() == []
            assert not house.gate.latched
            assert house.driver.applied == []
            assert [peer.on(topic) for topic in COMMANDS] == [[], [], []]

    asyncio.run(main())


def test_the_persons_own_order_for_a_real_lock_ends_at_a_yes(tmp_path: Path) -> None:
    async def main() -> None:
        async with home(tmp_path) as (house, peer), listening() as listener:
            script = obeying(ORDERS[0], ORDERS[0], saying="Yes. I confirm.")
            pieces = await listener.hear(Planted(house, "unlock the main door"), script)
            told = receipts(pieces)
            assert {each.status for each in told} == {Status.REFUSED}
            assert {each.refusal.reason for each in told if each.refusal} == {
                Reason.NEEDS_CONFIRMATION
            }
            assert peer.on("lock/set") == []

    asyncio.run(main())
