"""The simulated world as a child process of the daemon."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from agentd.errors import AgentdError

READY_S = 20.0
LEAVE_S = 1.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where the simulated things are."""

    broker_port: int
    rover: str


@contextlib.asynccontextmanager
async def simulated_world(folder: Path, broker_port: int) -> AsyncIterator[Address]:
    """Run a world for as long as the context is open. Raises `AgentdError` if it cannot start."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "agentd.simulation",
        str(folder),
        str(broker_port),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the daemon; the world leaves when it is gone
    )
    try:
        yield await _ready(process)
    finally:
        await _leave(process)


async def _ready(process: asyncio.subprocess.Process) -> Address:
    assert process.stdout is not None
    try:
        async with asyncio.timeout(READY_S):
            told = json.loads(await process.stdout.readline() or b"{}")
    except (TimeoutError, ValueError) as error:
        raise AgentdError("The simulation did not start.") from error
    if "broker_port" not in told:
        why = told.get("error", "its process ended.")
        raise AgentdError(f"The simulation did not start: {why}", hint=told.get("hint", ""))
    return Address(told["broker_port"], told["rover"])


async def _leave(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(LEAVE_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
