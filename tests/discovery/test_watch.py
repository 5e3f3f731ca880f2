"""The watch where no event comes: ptys and symlinks of the owner's own making."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from agentd import catalogue
from agentd.catalogue.identification import Heard
from agentd.catalogue.port import Port
from agentd.config import Discovery
from agentd.discovery.book import Change, Gone, Seen
from agentd.discovery.inquiry import Inquiry
from agentd.discovery.scan import Look, Roots, ports
from agentd.discovery.watch import Watch

DEADLINE_S = 10.0
BRIDGE = Port(id="usb:1-1:1.0", subsystem="tty", node="/dev/x", vid="1a86", pid="7523")


class Changes:
    """Collects changes and waits for the next one."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Change] = asyncio.Queue()

    def __call__(self, change: Change) -> None:
        self._queue.put_nowait(change)

    async def next(self) -> Change:
        async with asyncio.timeout(DEADLINE_S):
            return await self._queue.get()

    def empty(self) -> bool:
        return self._queue.empty()


def watched(
    watch: Watch, scenario: Callable[[Changes], Awaitable[None]]
) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        changes = Changes()
        task = asyncio.create_task(watch.run(changes))
        try:
            await scenario(changes)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return run


def test_a_pinned_symlink_that_comes_goes_and_is_made_anew_is_followed(tmp_path: Path) -> None:
    link = tmp_path / "rover"
    settings = Discovery.model_validate(
        {"poll_s": 0.05, "pins": [{"path": str(link), "device": "odrive", "id": "robot"}]}
    )

    def look(pinned: tuple[str, ...]) -> Look:
        return Look(tuple(ports([], [], pinned, Roots(tmp_path, tmp_path))))

    async def scenario(changes: Changes) -> None:
        link.symlink_to("/dev/null")
        seen = await changes.next()
        assert isinstance(seen, Seen)
        assert seen.sighting.pin and seen.sighting.pin.id == "robot"
        assert seen.sighting.spec and seen.sighting.spec.id == "odrive"
        fresh = tmp_path / "fresh"
        fresh.symlink_to("/dev/null")
        fresh.replace(link)
        assert isinstance(await changes.next(), Gone)
        assert isinstance(await changes.next(), Seen)
        link.unlink()
        assert isinstance(await changes.next(), Gone)

    udev_without_news = tmp_path / "no-udev"
    asyncio.run(_under(settings, look, scenario, udev_without_news))


async def _under(
    settings: Discovery,
    look: Callable[[tuple[str, ...]], Look],
    scenario: Callable[[Changes], Awaitable[None]],
    control: Path,
    inquiry: Inquiry | None = None,
) -> None:
    watch = Watch(settings, catalogue.load(), look=look, udev_control=control, inquiry=inquiry)
    await watched(watch, scenario)()


class Answers(Inquiry):
    """Says at once what every line speaks, and counts the questions."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    async def ask(self, port: Port, probes: tuple[str, ...]) -> Heard | None:
        self.asked.append((port.node, probes))
        return Heard("grbl", "listen", "Grbl 1.1h", 115200)


def test_a_bridge_is_asked_only_where_the_owner_allows_it(tmp_path: Path) -> None:
    answers = Answers()

    async def scenario(changes: Changes) -> None:
        assert (await changes.next()).sighting.identification.basis == "bridge"
        heard = await changes.next()
        assert heard.sighting.identification.heard
        assert "speaking grbl" in heard.sighting.identification.name

    def look(pinned: tuple[str, ...]) -> Look:
        return Look((BRIDGE,))

    settings = Discovery(auto_probe=True, poll_s=0.05)
    asyncio.run(_under(settings, look, scenario, tmp_path / "no-udev", answers))
    assert [node for node, _ in answers.asked] == ["/dev/x"]
    assert answers.asked[0][1][0] == "listen"


def test_nothing_is_asked_by_default(tmp_path: Path) -> None:
    answers = Answers()
    looks = 0

    async def scenario(changes: Changes) -> None:
        await changes.next()
        async with asyncio.timeout(DEADLINE_S):
            while looks < 3:
                await asyncio.sleep(0.01)
        assert changes.empty()

    def look(pinned: tuple[str, ...]) -> Look:
        nonlocal looks
        looks += 1
        return Look((BRIDGE,))

    asyncio.run(_under(Discovery(poll_s=0.02), look, scenario, tmp_path / "no-udev", answers))
    assert answers.asked == []
