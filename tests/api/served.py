"""A real server on a free port, with the real rooms behind it and toys at the bottom."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from agentd.api.house import House
from agentd.api.server import HttpServer
from agentd.brains import Answered, Say, Thought, Turn
from agentd.config import Daemon, Http, Settings
from agentd.model import Call
from agentd.store import Audit, Database, Keys
from agentd.store.keys import EVERYDAY
from tests.peers.toys import ToyHouse

LIGHT_ON = Call("set_light", {"device": "light.lamp", "on": True})
FORWARD = Call("drive", {"device": "cart", "distance_m": 0.2})


class Scripted:
    """A brain that thinks what the test wrote; `hold` keeps it silent until set."""

    name = "scripted"

    def __init__(self, *thoughts: Thought, error: Exception | None = None) -> None:
        self.thoughts = thoughts or (Say("Hello."),)
        self.error = error
        self.answered = True
        self.hold: asyncio.Event | None = None
        self.turns: list[Turn] = []
        self.gone = asyncio.Event()

    async def think(self, turn: Turn) -> AsyncIterator[Thought]:
        self.turns.append(turn)
        try:
            if self.answered:
                yield Answered(self.name)
            if self.hold:
                await self.hold.wait()
            for thought in self.thoughts:
                yield thought
            if self.error:
                raise self.error
        except (asyncio.CancelledError, GeneratorExit):
            self.gone.set()
            raise


@dataclass
class Served:
    """What a test needs to knock."""

    url: str
    key: str
    toys: ToyHouse
    brain: Scripted
    house: House
    server: HttpServer
    client: httpx.AsyncClient
    parts: dict[str, str] = field(default_factory=dict)

    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}

    def new_key(self, name: str, *scopes: Any) -> dict[str, str]:
        return {"authorization": f"Bearer {self.house.keys.create(name, scopes)[1]}"}


def settings(tmp_path: Path, **http: Any) -> Settings:
    return Settings(
        daemon=Daemon(state_dir=str(tmp_path)), http=Http(**{"port": 0, "keep_alive_s": 5, **http})
    )


@contextlib.asynccontextmanager
async def serve(
    tmp_path: Path, brain: Scripted | None = None, **http: Any
) -> AsyncIterator[Served]:
    toys, brain, parts = ToyHouse(tmp_path), brain or Scripted(), {"http": "ready"}
    database = Database.open(tmp_path)
    keys, audit = Keys(database), Audit(database, toys.bus, 30)
    key = keys.create_first() or keys.create("again", EVERYDAY)[1]
    house = House(
        settings=settings(tmp_path, **http),
        bus=toys.bus,
        states=toys.states,
        gate=toys.gate,
        toolbox=toys.toolbox,
        agent=toys.agent(brain),
        schedule=toys.schedule,
        keys=keys,
        audit=audit,
        ports=lambda: [{"port": "/dev/ttyTEST", "state": "ready"}],
        problems=lambda: ["a.toml: left out"],
        parts=lambda: parts,
    )
    server = HttpServer(house)
    running = asyncio.create_task(server.run())
    await server.started.wait()
    headers = {"authorization": f"Bearer {key}"}
    try:
        async with httpx.AsyncClient(
            base_url=server.url, headers=headers, timeout=10, trust_env=False, verify=False
        ) as client:
            yield Served(server.url, key, toys, brain, house, server, client, parts)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        database.close()


def scenario(
    tmp_path: Path, test: Callable[[Served], Any], brain: Scripted | None = None, **http: Any
) -> None:
    """Run `test` against a served house."""

    async def main() -> None:
        async with serve(tmp_path, brain, **http) as served, asyncio.timeout(20):
            await test(served)

    asyncio.run(main())


async def until(condition: Callable[[], Any], seconds: float = 5.0) -> None:
    """Wait for `condition`, at most `seconds`."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


def chat(words: str = "hi", **more: Any) -> dict[str, Any]:
    return {"model": "agentd", "messages": [{"role": "user", "content": words}], **more}
