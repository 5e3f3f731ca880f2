"""A part that crashes is told, starts again, and takes nothing along."""

from __future__ import annotations

import asyncio

import pytest

from agentd import supervise
from agentd.errors import LinkError
from agentd.events import Bus, Event, PartChanged
from agentd.supervise import Parts


def test_a_crashed_part_degrades_says_why_and_is_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(supervise, "FIRST_RETRY_S", 0.01)
    told: list[tuple[str, str]] = []

    def note(event: Event) -> None:
        if isinstance(event, PartChanged):
            told.append((event.state, event.reason))

    async def main() -> None:
        bus = Bus()
        parts = Parts(bus)
        bus.listen(note)
        starts = 0
        up = asyncio.Event()

        async def part() -> None:
            nonlocal starts
            starts += 1
            if starts == 1:
                raise ValueError("a bug")
            if starts == 2:
                raise LinkError("the wire broke.", hint="Plug it in.")
            up.set()
            await asyncio.Event().wait()

        kept = asyncio.create_task(parts.keep("part", part))
        async with asyncio.timeout(5):
            await up.wait()
        assert told == [
            ("ready", ""),
            ("degraded", "ValueError: a bug"),
            ("ready", ""),
            ("degraded", "the wire broke. Plug it in."),
            ("ready", ""),
        ]
        assert parts.all() == {"part": "ready"}
        kept.cancel()
        await asyncio.gather(kept, return_exceptions=True)

    asyncio.run(main())
