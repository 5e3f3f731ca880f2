"""The simulated home on a broker: it announces itself, obeys and reports, as strangers would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from agentd.config import Mqtt
from agentd.errors import LinkError
from agentd.simulation.appliances import Appliance
from agentd.simulation.rooms import CHINESE_NAMES, household
from agentd.transport.mqtt import MqttLink

BASE = "simulated"
REACTION_S = 0.08
TICK_S = 0.25
"""Radios and motors are not instant: a command is obeyed, and time passes, in such steps."""

__all__ = ["BASE", "CHINESE_NAMES", "SimulatedHome"]


class SimulatedHome:
    """Runs its own connection to the broker in `settings`; create it on the event loop.

    Availability of all its devices is its connection's last will.
    """

    def __init__(self, settings: Mqtt) -> None:
        own = settings.model_copy(update={"topic": BASE})
        self._link = MqttLink(own, "home", first="3.1.1")
        self._prefix = settings.discovery_prefix
        self.appliances: Sequence[Appliance] = household(
            self._prefix, BASE, self._link.status_topic
        )
        self._by_command = {
            topic: appliance for appliance in self.appliances for topic in appliance.commands
        }
        self._said: dict[str, str] = {}
        self._commands: asyncio.Queue[tuple[str, str]] = asyncio.Queue(1000)
        self._connected = asyncio.Event()

    async def run(self) -> None:
        """Live for ever: connect, announce, obey, report. Cancel it to pull the plug."""
        for topic in self._by_command:
            self._link.subscribe(topic, self._on_command)
        self._link.watch(self._on_link)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._link.run())
            group.create_task(self._obey())
            group.create_task(self._live())

    def _on_command(self, topic: str, payload: bytes, retained: bool) -> None:
        if not self._commands.full():
            self._commands.put_nowait((topic, payload.decode("utf-8", "replace")))

    def _on_link(self, connected: bool, reason: str) -> None:
        self._said.clear()
        if connected:
            self._connected.set()
        else:
            self._connected.clear()

    async def _obey(self) -> None:
        while True:
            topic, payload = await self._commands.get()
            await asyncio.sleep(REACTION_S)
            for other, what in self._by_command[topic].hear(topic, payload):
                await self._say(other, what, retain=False)
            await self._report(self._by_command[topic])

    async def _live(self) -> None:
        while True:
            await self._connected.wait()
            if not self._said:
                await self._announce()
            await asyncio.sleep(TICK_S)
            for appliance in self.appliances:
                if appliance.busy:
                    appliance.pass_time(TICK_S)
                    await self._report(appliance)

    async def _announce(self) -> None:
        for appliance in self.appliances:
            await self._say(appliance.config_topic, json.dumps(appliance.config), retain=True)
        for appliance in self.appliances:
            await self._report(appliance)

    async def _report(self, appliance: Appliance) -> None:
        for topic, payload in appliance.reports().items():
            if self._said.get(topic) != payload:
                self._said[topic] = payload
                await self._say(topic, payload, retain=True)

    async def _say(self, topic: str, payload: str, *, retain: bool) -> None:
        try:
            await self._link.publish(topic, payload, retain=retain)
        except LinkError:
            self._said.pop(topic, None)  # said again when the broker is back
