"""A lamp and a cart that do exactly what a test tells them, to try the gate from below.

Real firmware and a real broker prove the drivers; these prove what the gate lets through.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from agentd.agent import Agent
from agentd.brains import Brain
from agentd.config import Safety
from agentd.events import Bus, Event
from agentd.fleet import Fleet
from agentd.guests.brain import GuestBrains
from agentd.model import (
    Action,
    Asker,
    Choice,
    Device,
    Flag,
    Kind,
    Number,
    Outcome,
    Status,
)
from agentd.safety import Gate
from agentd.safety.gate import Purse
from agentd.schedule import Schedule
from agentd.state import States
from agentd.store import Scheduled
from agentd.tools import Toolbox
from agentd.usage import Meter

LAMP = Device(
    id="light.lamp",
    name="Lamp",
    kind=Kind.LIGHT,
    area="Study",
    arguments={
        "on": Flag(),
        "brightness_pct": Number(0, 100, "%", whole=True),
        "color": Choice(("red", "blue")),
    },
)
DIM_LAMP = Device(
    id="light.dim",
    name="Dim lamp",
    kind=Kind.LIGHT,
    arguments={"on": Flag(), "brightness_pct": Number(10, 50, "%", whole=True)},
)
LOCK = Device(
    id="lock.front",
    name="Front door",
    kind=Kind.LOCK,
    arguments={"locked": Flag()},
    confirm=frozenset({("locked", False)}),
)
CART = Device(
    id="cart",
    name="Cart",
    aliases=("trolley", "小车"),
    kind=Kind.DRIVE,
    moves=True,
    arguments={
        "distance_m": Number(-2, 2, "m"),
        "speed_mps": Number(0.05, 0.5, "m/s"),
        "angle_deg": Number(-360, 360, "degrees"),
        "speed_dps": Number(10, 90, "degrees/s"),
    },
)


@dataclass
class ToyDriver:
    """Obeys at once, unless `hold` is set: then it moves until released, halted or cancelled."""

    fleet: Fleet
    hold: bool = False
    applied: list[Action] = field(default_factory=list)
    halts: int = 0
    error: Exception | None = None
    outcome: Outcome | None = None
    moving: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def apply(self, action: Action) -> Outcome:
        self.applied.append(action)
        if self.error:
            raise self.error
        if self.hold:
            self.moving.set()
            await self.release.wait()
        if self.outcome:
            return self.outcome
        self.fleet.report(action.device_id, action.arguments)
        return Outcome(Status.DONE, state=dict(action.arguments))

    def halt(self) -> None:
        self.halts += 1
        if CART.id in self.fleet.devices:
            self.fleet.report(CART.id, {"left_mps": 0.0, "right_mps": 0.0})

    def close(self) -> None:
        pass


class Paper:
    """Keeps what is scheduled as long as the test lasts."""

    def __init__(self) -> None:
        self.kept: dict[str, Scheduled] = {}

    def add(self, entry: Scheduled) -> None:
        self.kept[entry.id] = entry

    def remove(self, entry_id: str) -> None:
        self.kept.pop(entry_id, None)

    def all(self) -> list[Scheduled]:
        return list(self.kept.values())


class ToyHouse:
    """Everything from the toolbox down, with toys at the bottom."""

    def __init__(
        self, tmp_path: Path, safety: Safety | None = None, purse: Purse | None = None
    ) -> None:
        self.purse = purse
        self.bus = Bus()
        self.events: list[Event] = []
        self.bus.listen(self.events.append)
        self.states = States(self.bus)
        self.fleet = Fleet(self.bus)
        self.latch_path = tmp_path / "estop.json"
        self.settings = safety or Safety()
        self.gate = self.new_gate()
        self.toolbox = Toolbox(self.gate, self.states, self.bus)
        self.schedule = Schedule(self.toolbox, self.states, Paper())
        self.driver = ToyDriver(self.fleet)
        for device in (LAMP, DIM_LAMP, LOCK, CART):
            self.fleet.add(device, self.driver)

    def new_gate(self) -> Gate:
        return Gate(
            fleet=self.fleet,
            bus=self.bus,
            states=self.states,
            settings=self.settings,
            latch_path=self.latch_path,
            purse=self.purse,
        )

    def agent(
        self, brain: Brain, meter: Meter | None = None, guest_brain: GuestBrains | None = None
    ) -> Agent:
        return Agent(
            brain=brain,
            toolbox=self.toolbox,
            states=self.states,
            schedule=self.schedule,
            meter=meter,
            guest_brain=guest_brain,
        )

    def said(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


def asker(**changes: str) -> Asker:
    """Return a person at the keyboard."""
    return Asker(**{"who": "ann", "door": "test", **changes})
