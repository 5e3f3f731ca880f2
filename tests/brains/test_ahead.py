"""What every question begins with is read once the home has settled, and again when it changes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from agentd.brains import Turn
from agentd.brains.ahead import keep_ahead
from agentd.brains.local import LocalBrain
from agentd.brains.offline import OfflineBrain
from agentd.brains.router import Router
from agentd.events import Bus, DeviceAttached, DeviceDetached, StateReported
from agentd.inference.llm.engine import Engine
from agentd.inference.llm.importing import import_gguf
from agentd.model import Device
from agentd.tools.specs import openai_tools
from tests.brains.homes import CHINESE, ENGLISH, light, turn
from tests.inference.llm.conftest import TINY

LIGHT = light("x", "y")


class Reader(LocalBrain):
    """A local brain that tells what it was to read ahead, and reads until it may stop."""

    def __init__(self, *, endless: bool = False) -> None:
        self.name = "local:reader"
        self.begun: asyncio.Queue[Turn] = asyncio.Queue()
        self.given_up = 0
        self._may_end = asyncio.Event()
        if not endless:
            self._may_end.set()

    async def read_ahead(self, turn: Turn) -> None:
        self.begun.put_nowait(turn)
        try:
            await self._may_end.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise


def kept(
    reader: Reader, scenario: Callable[[Bus, list[Device]], Awaitable[None]], quiet_s: float
) -> None:
    async def live() -> None:
        bus, devices = Bus(), [*ENGLISH]
        router = Router([OfflineBrain(), reader])
        keeping = asyncio.create_task(
            keep_ahead(router, bus, lambda: turn("", tuple(devices)), quiet_s=quiet_s)
        )
        async with asyncio.timeout(20):
            await scenario(bus, devices)
        keeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await keeping

    asyncio.run(live())


def test_it_is_read_at_the_start_and_again_when_a_device_comes_or_goes() -> None:
    reader = Reader()

    async def scenario(bus: Bus, devices: list[Device]) -> None:
        assert len((await reader.begun.get()).devices) == len(ENGLISH)
        devices.append(LIGHT)
        bus.publish(DeviceAttached(device=LIGHT))
        assert LIGHT in (await reader.begun.get()).devices
        devices.remove(LIGHT)
        bus.publish(DeviceDetached(device_id=LIGHT.id, reason="unplugged"))
        assert LIGHT not in (await reader.begun.get()).devices

    kept(reader, scenario, quiet_s=0)


def test_many_changes_in_a_moment_are_read_once() -> None:
    reader = Reader()

    async def scenario(bus: Bus, devices: list[Device]) -> None:
        for _ in range(20):
            bus.publish(DeviceAttached(device=LIGHT))
            for _ in range(5):  # turns enough for a reading to begin
                await asyncio.sleep(0)
        devices.clear()
        assert (await reader.begun.get()).devices == (), "not before the last change"
        bus.publish(StateReported(device_id=LIGHT.id, state={"on": True}))
        await asyncio.sleep(0)
        assert reader.begun.empty()

    kept(reader, scenario, quiet_s=0.2)


def test_what_is_being_read_is_given_up_when_the_home_changes_and_at_the_end() -> None:
    reader = Reader(endless=True)

    async def scenario(bus: Bus, devices: list[Device]) -> None:
        await reader.begun.get()
        bus.publish(DeviceAttached(device=LIGHT))
        await reader.begun.get()
        assert reader.given_up == 1

    kept(reader, scenario, quiet_s=0)
    assert reader.given_up == 2


def test_without_a_local_model_there_is_nothing_to_keep() -> None:
    async def live() -> None:
        bus = Bus()
        await keep_ahead(Router([OfflineBrain()]), bus, lambda: turn(""))
        assert bus._listeners == []

    asyncio.run(live())


@pytest.mark.parametrize("home", [ENGLISH, CHINESE], ids=["english", "chinese"])
@pytest.mark.parametrize("words", ["is it warm in the kitchen?", "把灯打开"])
def test_what_is_read_ahead_is_all_that_comes_before_the_words(
    tmp_path: Path, home: Sequence[Device], words: str
) -> None:
    import_gguf(TINY.write(tmp_path, **{"llama.context_length": 8192}), _made(tmp_path / "model"))

    async def live() -> None:
        engine = Engine(tmp_path / "model", threads=1)
        brain = LocalBrain(engine, "tiny", Bus())
        await brain.warm_up()
        tools = openai_tools(home)
        await Router([brain]).read_ahead(replace(turn("", home), tools=tools))
        assert engine._model is not None
        begins = len(engine._model._kept)
        asked = replace(turn(words, home), tools=tools)
        async for _ in brain.think(asked):
            pass
        assert begins > 1000
        assert engine._model.read < 100
        await brain.close()

    asyncio.run(live())


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
