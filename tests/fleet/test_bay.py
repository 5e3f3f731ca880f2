"""A robot that is plugged in works, one that is pulled out is told, one that returns must be armed.

The robot is the simulated rover on a real pseudo-terminal, behind the real serial link.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from agentd import toml_file
from agentd.brains.offline import OfflineBrain
from agentd.catalogue.spec import DeviceSpec, SaidExample
from agentd.config import Pin
from agentd.errors import Reason
from agentd.events import DeviceDetached, PartChanged
from agentd.fleet.bay import Bay
from agentd.model import Call, Status
from agentd.simulation.rover import SimulatedRover
from tests.peers.toys import ToyHouse, asker

SPEC = toml_file.load(
    Path(__file__).parents[2] / "devices" / "robots" / "waveshare-ugv.toml", DeviceSpec
)
FORWARD = Call("drive", {"device": "scout", "distance_m": 0.1, "speed_mps": 0.3})
FAR = Call("drive", {"device": "scout", "distance_m": 3.0, "speed_mps": 0.3})


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait for `condition`, at most `seconds`."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def docked(
    tmp_path: Path, spec: DeviceSpec = SPEC
) -> AsyncIterator[tuple[ToyHouse, Bay, SimulatedRover]]:
    house = ToyHouse(tmp_path)
    rover = SimulatedRover(tmp_path / "port")
    living = asyncio.create_task(rover.run())
    bay = Bay(house.fleet, house.bus)
    try:
        await until((tmp_path / "port").exists)
        pin = Pin(
            path=str(tmp_path / "port"),
            device=spec.id,
            id="scout",
            name="Scout",
            aliases=("探险车", "buggy"),
        )
        bay.dock("port", pin.path, spec, pin)
        await until(lambda: "scout" in house.fleet.devices)
        yield house, bay, rover
    finally:
        await bay.close()
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)


def test_a_docked_robot_carries_the_owners_name_and_drives(tmp_path: Path) -> None:
    async def main() -> None:
        async with docked(tmp_path) as (house, _, rover):
            assert house.fleet.devices["scout"].name == "Scout"
            receipt = await house.toolbox.run(FORWARD, asker())
            assert receipt.status is Status.DONE, receipt.message
            assert abs(rover.snapshot().x_m - 0.1) < 0.01

    asyncio.run(main())


def test_a_docked_robot_goes_by_the_pins_names_and_so_do_its_parts(tmp_path: Path) -> None:
    async def main() -> None:
        async with docked(tmp_path) as (house, _, _):
            scout, battery = (house.fleet.devices[each] for each in ("scout", "scout.battery"))
            assert scout.aliases[:2] == ("探险车", "buggy")
            assert "小车" in scout.aliases, "the file's own names stay"
            assert scout.called("zh") == "探险车"
            assert battery.aliases[-1] == "buggy battery"
            assert battery.called("zh") == "电池"

    asyncio.run(main())


def test_a_robots_file_brings_sentences_that_move_it_and_leave_with_it(tmp_path: Path) -> None:
    frobble = SaidExample(say="frobble {number}", set={"distance_m": "{number}", "speed_mps": 0.3})
    whole, *parts = SPEC.channels
    whole = whole.model_copy(update={"examples": (frobble,)})
    spec = SPEC.model_copy(update={"channels": (whole, *parts)})
    brain = OfflineBrain()

    async def main() -> None:
        async with docked(tmp_path, spec) as (house, bay, rover):
            agent = house.agent(brain)

            async def hear(words: str) -> list[Status]:
                heard = agent.hear(words, asker(words=words))
                return [piece.receipt.status async for piece in heard if piece.receipt]

            assert await hear("frobble 10 cm, please") == [Status.DONE]
            assert abs(rover.snapshot().x_m - 0.1) < 0.01
            assert await hear("buggy, frobble minus ten centimetres") == [Status.DONE]
            assert abs(rover.snapshot().x_m) < 0.02
            assert await hear("frobble 20 m") == [Status.REFUSED]
            house.gate.estop("ann", "test")
            assert await hear("frobble 10 cm") == [Status.REFUSED]
            bay.undock("port")
            await until(lambda: "scout" not in house.fleet.devices)
            assert await hear("frobble 10 cm") == []
            assert abs(rover.snapshot().x_m) < 0.02
        await brain.close()

    asyncio.run(main())


def test_an_unplugged_robot_fails_its_motion_is_told_and_must_be_re_armed(tmp_path: Path) -> None:
    async def main() -> None:
        async with docked(tmp_path) as (house, _, rover):
            driving = asyncio.create_task(house.toolbox.run(FAR, asker()))
            await until(lambda: rover.snapshot().left_mps > 0.05)
            rover.unplug()
            receipt = await driving
            assert receipt.status is Status.FAILED
            assert "gone" in receipt.message
            assert receipt.device_name == "Scout", "its name outlives it"
            await until(lambda: "scout" not in house.fleet.devices)
            gone = house.said(DeviceDetached)[-1]
            assert isinstance(gone, DeviceDetached)
            assert "gone" in gone.reason
            await until(lambda: rover.snapshot().left_mps == 0)
            assert rover.snapshot().why_stopped == "heartbeat"
            rover.plug()
            await until(lambda: "scout" in house.fleet.devices)
            refused = await house.toolbox.run(FORWARD, asker())
            assert refused.refusal
            assert refused.refusal.reason is Reason.NOT_ARMED
            house.gate.rearm("scout", "ann")
            assert (await house.toolbox.run(FORWARD, asker())).status is Status.DONE

    asyncio.run(main())


def test_letting_go_of_a_robot_stops_it_first(tmp_path: Path) -> None:
    async def main() -> None:
        async with docked(tmp_path) as (house, bay, rover):
            driving = asyncio.create_task(house.toolbox.run(FAR, asker()))
            await until(lambda: rover.snapshot().left_mps > 0.05)
            await bay.close()
            assert (await driving).status is Status.FAILED
            await until(lambda: rover.snapshot().left_mps == 0)
            assert rover.snapshot().why_stopped == "command"

    asyncio.run(main())


def test_two_equal_robots_get_ids_of_their_own(tmp_path: Path) -> None:
    async def main() -> None:
        async with docked(tmp_path) as (house, bay, _):
            second = SimulatedRover(tmp_path / "second")
            living = asyncio.create_task(second.run())
            try:
                await until((tmp_path / "second").exists)
                pin = Pin(path=str(tmp_path / "second"), device=SPEC.id, id="scout")
                bay.dock("second", pin.path, SPEC, pin)
                await until(lambda: "scout2" in house.fleet.devices)
            finally:
                bay.undock("second")
                await until(lambda: "scout2" not in house.fleet.devices)
                living.cancel()
                await asyncio.gather(living, return_exceptions=True)

    asyncio.run(main())


def test_a_port_that_is_not_there_degrades_its_part_and_nothing_else(tmp_path: Path) -> None:
    async def main() -> None:
        async with docked(tmp_path) as (house, bay, _):
            bay.dock("nowhere", str(tmp_path / "nowhere"), SPEC)

            def told() -> list[PartChanged]:
                parts = [each for each in house.events if isinstance(each, PartChanged)]
                return [each for each in parts if "no such port" in each.reason]

            await until(told)
            assert "no such port" in bay.trouble("nowhere")
            assert bay.trouble("port") == bay.trouble("unknown") == ""
            assert (await house.toolbox.run(FORWARD, asker())).status is Status.DONE

    asyncio.run(main())


def test_a_robot_that_falls_silent_is_gone_with_the_reason_and_not_for_nothing(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with docked(tmp_path) as (house, _, rover):
            rover.faults.silent = True
            await until(lambda: house.said(DeviceDetached))
            gone = house.said(DeviceDetached)[-1]
            assert isinstance(gone, DeviceDetached)
            assert "feedback" in gone.reason

    asyncio.run(main())
