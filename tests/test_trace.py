"""One id from the door to the wire, in every log line on the way."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import os
import pty
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentd import logs, trace
from agentd.events import CommandFinished
from agentd.model import Action, Asker, Call, Outcome, Status
from agentd.transport.serial import open_serial
from tests.peers.toys import ToyHouse, asker

ON = Call("set_light", {"device": "light.lamp", "on": True})


@contextlib.contextmanager
def written(level: str) -> Iterator[io.StringIO]:
    """Yield what the daemon's own log handler writes."""
    root = logging.getLogger()
    before, level_before = root.handlers[:], root.level
    stream = io.StringIO()
    logs.start(level, stream)
    try:
        yield stream
    finally:
        root.handlers[:] = before
        root.setLevel(level_before)


def test_a_task_takes_the_trace_along_and_the_outside_keeps_its_own() -> None:
    async def main() -> None:
        with trace.under("outer"):
            with trace.under("inner"):
                task = asyncio.create_task(later())
            assert trace.current() == "outer"
            assert await task == "inner"
        assert trace.current() == ""

    async def later() -> str:
        await asyncio.sleep(0)
        return trace.current()

    asyncio.run(main())


def test_who_asks_within_a_trace_carries_it_and_outside_gets_a_fresh_one() -> None:
    with trace.under("abc"):
        assert Asker(who="ann", door="http").trace == "abc"
    fresh = {Asker(who="ann", door="http").trace for _ in range(100)}
    assert len(fresh) == 100
    assert all(len(each) == 16 for each in fresh)


def test_a_generator_closed_by_another_task_does_not_fail() -> None:
    async def main() -> None:
        async def pieces():  # type: ignore[no-untyped-def]
            with trace.under("way"):
                yield 1
                yield 2

        source = pieces()
        await asyncio.create_task(anext(source))
        await source.aclose()

    asyncio.run(main())


def test_every_log_line_from_the_gate_to_a_real_wire_names_the_trace(tmp_path: Path) -> None:
    controller, device = pty.openpty()
    tty.setraw(device)

    async def main(house: ToyHouse) -> None:
        link = open_serial(os.ttyname(device), 115200)
        apply = house.driver.apply

        async def through_the_wire(action: Action) -> Outcome:
            await asyncio.sleep(0)
            link.write(b"\x90\x01")
            return await apply(action)

        house.driver.apply = through_the_wire  # type: ignore[method-assign]
        try:
            receipt = await house.toolbox.run(ON, asker(trace="cafe0123"))
        finally:
            link.close()
        assert receipt.status is Status.DONE
        assert receipt.trace == "cafe0123"
        assert list(receipt.stages) == ["gate", "wire", "acknowledge"]
        assert all(took_s >= 0 for took_s in receipt.stages.values())
        logging.getLogger("agentd.fleet").info("something else")

    try:
        with written("debug") as log:
            asyncio.run(main(ToyHouse(tmp_path)))
        assert os.read(controller, 10) == b"\x90\x01"
    finally:
        os.close(controller)
        os.close(device)
    lines = log.getvalue().splitlines()
    mine = [line for line in lines if line.endswith("trace=cafe0123")]
    assert [line.split()[2] for line in mine] == ["fleet:", "transport:", "tools:"]
    assert "> 90 01" in mine[1]
    assert "set_light light.lamp: done; gate" in mine[2]
    assert lines[-1].endswith("something else")


def test_a_tool_name_from_outside_cannot_forge_a_log_line(tmp_path: Path) -> None:
    async def main(house: ToyHouse) -> None:
        await house.toolbox.run(Call("x\n<3>gate: emergency stop by pat"), asker())

    with written("info") as log:
        asyncio.run(main(ToyHouse(tmp_path)))
    assert len(log.getvalue().splitlines()) == 1


def test_a_refused_command_has_no_stages(tmp_path: Path) -> None:
    async def main(house: ToyHouse) -> None:
        await house.toolbox.run(Call("drive", {"device": "cart", "distance_m": 99}), asker())
        (event,) = house.said(CommandFinished)
        assert isinstance(event, CommandFinished)
        assert event.receipt.stages == {}

    asyncio.run(main(ToyHouse(tmp_path)))


@pytest.mark.parametrize("what", ["estop", "reset"])
def test_an_emergency_stop_and_its_release_carry_the_trace(tmp_path: Path, what: str) -> None:
    house = ToyHouse(tmp_path)
    house.gate.estop("ann", "test")
    with trace.under("feed"):
        house.gate.estop("ann", "test") if what == "estop" else house.gate.reset("ann")
    assert getattr(house.events[-1], "trace", None) == "feed"
