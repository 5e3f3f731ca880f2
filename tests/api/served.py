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
from agentd.brains.figures import Tally
from agentd.brains.router import build_brain
from agentd.config import Brain, Budgets, Daemon, Http, Settings
from agentd.guests.brain import guest_brains
from agentd.metrics import Look, Metrics
from agentd.model import Call
from agentd.store import Audit, Database, Keys
from agentd.store.keys import EVERYDAY
from agentd.usage import Ledger, Meter
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


def settings(tmp_path: Path, *, brain: Brain | None = None, **http: Any) -> Settings:
    return Settings(
        daemon=Daemon(state_dir=str(tmp_path)),
        http=Http(**{"port": 0, "keep_alive_s": 5, **http}),
        brain=brain or Brain(),
    )


@contextlib.asynccontextmanager
async def serve(
    tmp_path: Path,
    brain: Scripted | None = None,
    *,
    brains: Brain | None = None,
    budgets: Budgets | None = None,
    **http: Any,
) -> AsyncIterator[Served]:
    """Serve a house; with `brains` the real ones think, as they are set there."""
    database = Database.open(tmp_path)
    ledger = Ledger(database, budgets or Budgets())
    toys, brain, parts = ToyHouse(tmp_path, purse=ledger), brain or Scripted(), {"http": "ready"}
    router = build_brain(brains, toys.bus) if brains else None
    keys, audit = Keys(database), Audit(database, toys.bus, 30)
    key = keys.create_first() or keys.create("again", EVERYDAY)[1]
    look = Look(
        devices=lambda: toys.gate.devices,
        states=toys.states.all,
        unarmed=toys.gate.unarmed,
        latched=lambda: toys.gate.latched,
        parts=lambda: parts,
        brains=lambda: {"scripted": Tally(asked=1).figures()},
        queues=lambda: {"streams": 0},
        dropped=lambda: toys.bus.dropped,
        used=ledger.today,
        budget=ledger.budget,
    )
    house = House(
        settings=settings(tmp_path, brain=brains, **http),
        bus=toys.bus,
        states=toys.states,
        gate=toys.gate,
        toolbox=toys.toolbox,
        agent=toys.agent(
            router or brain, Meter(toys.bus, ledger), guest_brains(router) if router else None
        ),
        schedule=toys.schedule,
        keys=keys,
        audit=audit,
        ledger=ledger,
        metrics=Metrics(toys.bus, look),
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
        if router:
            await router.close()
        database.close()


def scenario(
    tmp_path: Path,
    test: Callable[[Served], Any],
    brain: Scripted | None = None,
    *,
    seconds: float = 20,
    **http: Any,
) -> None:
    """Run `test` against a served house, for at most `seconds`."""

    async def main() -> None:
        async with serve(tmp_path, brain, **http) as served, asyncio.timeout(seconds):
            await test(served)

    asyncio.run(main())


async def until(condition: Callable[[], Any], seconds: float = 5.0) -> None:
    """Wait for `condition`, at most `seconds`."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


def chat(words: str = "hi", **more: Any) -> dict[str, Any]:
    return {"model": "agentd", "messages": [{"role": "user", "content": words}], **more}
