"""A whole world to try agentd in: a broker, a home that announces itself, a rover on a pty.

It runs in a process of its own, because a robot does not die with the computer that drives it:
kill the daemon in the middle of a drive and the rover stops by its own heartbeat, for all to see
on the topic `sim/rover`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import math
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path

from agentd.config import Mqtt
from agentd.errors import AgentdError, LinkError
from agentd.simulation.broker import running_broker
from agentd.simulation.home import SimulatedHome
from agentd.simulation.rover import SimulatedRover, Snapshot
from agentd.transport.mqtt import MqttLink

log = logging.getLogger(__name__)

POSE_TOPIC = "sim/rover"
COMMAND_TOPIC = "sim/rover/set"
POSE_EVERY_S = 0.2
PORT_WAIT_S = 8.0
FAREWELL_S = 5.0


class World:
    """Everything simulated, in `folder`, with its broker on `broker_port` (0: any free one)."""

    def __init__(self, folder: Path, broker_port: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.rover = SimulatedRover(folder / "rover")
        self.rover_path = folder / "rover"
        self._broker_port = broker_port
        self._told = self.rover.snapshot()

    @contextlib.asynccontextmanager
    async def alive(self) -> AsyncIterator[int]:
        """Live while the context is open; yields the broker's port."""
        async with contextlib.AsyncExitStack() as stack:
            port = await _start_broker(stack, self._broker_port)
            settings = Mqtt(enabled=True, port=port, topic="sim")
            link = MqttLink(settings, "world", first="3.1.1")
            link.subscribe(COMMAND_TOPIC, self._on_command)
            async with asyncio.TaskGroup() as group:
                work = (
                    link.run(),
                    self.rover.run(),
                    SimulatedHome(settings).run(),
                    self._tell_pose(link),
                )
                tasks = [group.create_task(each) for each in work]
                try:
                    yield port
                finally:
                    for task in tasks:
                        task.cancel()

    async def until_the_rover_stands(self) -> Snapshot:
        """Wait (bounded) until the wheels stand and that was told; return where."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                while _moves(self.rover.snapshot()) or _moves(self._told):
                    await asyncio.sleep(0.05)
        return self.rover.snapshot()

    def _on_command(self, topic: str, payload: bytes, retained: bool) -> None:
        word = payload[:40].decode(errors="replace").strip().lower()
        if word == "unplug":
            self.rover.unplug()
        elif word == "plug":
            self.rover.plug()
        else:
            log.warning("%s: %r is not understood; publish plug or unplug", topic, word)

    async def _tell_pose(self, link: MqttLink) -> None:
        told = ""
        while True:
            now = self.rover.snapshot()
            shown = {key: _rounded(value) for key, value in asdict(now).items()}
            text = json.dumps(shown)
            if text != told and link.connected:
                with contextlib.suppress(AgentdError):
                    await link.publish(POSE_TOPIC, text, retain=True)
                    told, self._told = text, now
            await asyncio.sleep(POSE_EVERY_S)


async def _start_broker(stack: contextlib.AsyncExitStack, port: int) -> int:
    """Start the broker; an earlier world may need a moment to leave the port."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PORT_WAIT_S
    while True:
        try:
            return await stack.enter_async_context(running_broker(port))
        except LinkError:
            if loop.time() > deadline:
                raise
        await asyncio.sleep(0.25)


def _moves(rover: Snapshot) -> bool:
    return max(abs(rover.left_mps), abs(rover.right_mps)) > 0.001


def _rounded(value: object) -> object:
    return round(value, 3) if isinstance(value, float) and math.isfinite(value) else value


async def serve(folder: Path, broker_port: int, *, with_parent: bool) -> None:
    """Run a world until the parent closes our standard input, or for ever without one.

    Prints one JSON line once it is up. When the parent is gone the rover is left alone until its
    own heartbeat has stopped it.
    """
    world = World(folder, broker_port)
    async with world.alive() as port:
        ready = {"broker_port": port, "rover": str(world.rover_path)}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        if not with_parent:
            await asyncio.Event().wait()
        await _parent_gone()
        moved = _moves(world.rover.snapshot())
        end = await world.until_the_rover_stands()
        if moved:
            why = end.why_stopped or "command"
            log.warning(
                "agentd is gone; the rover stopped (%s) at x %.2f m, y %.2f m",
                why,
                end.x_m,
                end.y_m,
            )


async def _parent_gone() -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    try:
        while await reader.read(64):
            pass
    finally:
        transport.close()
