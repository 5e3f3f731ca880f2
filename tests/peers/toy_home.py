"""A toy house whose Home Assistant driver listens to a real broker."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from agentd.config import Mqtt
from agentd.drivers.homeassistant.driver import HomeDriver
from agentd.fleet.fleet import DriverHost
from agentd.transport.mqtt import MqttLink
from tests.peers.mosquitto import mosquitto
from tests.peers.mqtt_client import Peer, until
from tests.peers.toys import ToyHouse


@contextlib.asynccontextmanager
async def toy_home(
    tmp_path: Path, timeout_s: float
) -> AsyncIterator[tuple[ToyHouse, Peer, MqttLink]]:
    """Yield the house, a client of the broker that hears everything, and the house's link."""
    with mosquitto(tmp_path) as broker, Peer(broker.port, "#") as peer:
        house = ToyHouse(tmp_path)
        settings = Mqtt(port=broker.port, command_timeout_s=timeout_s)
        link = MqttLink(settings, "test")
        host = DriverHost(house.fleet)
        driver = HomeDriver(link, settings, host)
        host.bind(driver)
        tasks = [asyncio.create_task(link.run()), asyncio.create_task(driver.run())]
        try:
            await until(lambda: link.connected)
            yield house, peer, link
        finally:
            for task in reversed(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
