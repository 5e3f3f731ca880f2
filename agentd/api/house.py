"""What the doors may reach: filled by the composition root, handed to every route."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from agentd.agent import Agent
from agentd.config import Settings
from agentd.events import Bus
from agentd.metrics import Metrics
from agentd.safety import Gate
from agentd.schedule import Schedule
from agentd.state import States
from agentd.store import Audit, Keys
from agentd.tools import Toolbox
from agentd.usage import Ledger


@dataclass(frozen=True)
class House:
    """The rooms behind the doors."""

    settings: Settings
    bus: Bus
    states: States
    gate: Gate
    toolbox: Toolbox
    agent: Agent
    schedule: Schedule
    keys: Keys
    audit: Audit
    ledger: Ledger
    metrics: Metrics
    ports: Callable[[], list[dict[str, Any]]]
    """What is plugged in, as JSON rows."""
    problems: Callable[[], list[str]]
    """Device files and announcements that are not used, one line each with the reason."""
    parts: Callable[[], Mapping[str, str]]
    """Each part of the daemon: `ready`, `degraded` or `stopped`, and `: why` when not ready."""


async def _house(request: Request) -> House:
    house: House = request.app.state.house
    return house


TheHouse = Annotated[House, Depends(_house)]
