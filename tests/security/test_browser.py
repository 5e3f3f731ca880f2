"""An attacker's page, in a real Chromium, cannot make the rover move."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest

from agentd.brains import Propose
from agentd.store import Scope
from tests.api.served import FORWARD, Scripted, Served, serve
from tests.security.browser import chromium, evil, page

pytestmark = pytest.mark.needs("chromium")
OWN_PAGE = "<!doctype html><meta charset"
LONG_S = 300
"""A browser on a busy board takes its time; on an idle one each test takes a few seconds."""


async def attacked(served: Served, folder: Path, key: str, origin: str = "evil.example") -> Any:
    """Let a page of `origin` attack `served`; return its report."""
    port = served.server.port
    targets = [f"http://{name}:{port}" for name in ("127.0.0.1", "localhost", "rebound.example")]
    async with evil() as site:
        site.page = page(site.port, key, targets)
        site.go.set()
        async with chromium(folder, f"http://{origin}:{site.port}/"):
            assert site.report is not None
            return await site.report


def unharmed(served: Served) -> None:
    assert served.toys.driver.applied == []
    assert served.toys.driver.halts == 0
    assert not served.toys.gate.latched
    assert served.brain.turns == []
    names = [key.name for key in served.house.keys.list()]
    assert names in (["default", "leaked"], ["default", "leaked", "again"])


@pytest.mark.parametrize("leaked", [False, True], ids=["no key", "a leaked admin key"])
def test_a_page_of_another_origin_moves_nothing_and_reads_nothing(
    tmp_path: Path, leaked: bool
) -> None:
    """Without a key; and with one, so that only the browser's rules and ours are left."""

    async def main() -> None:
        brain = Scripted(Propose(FORWARD))
        async with asyncio.timeout(LONG_S), serve(tmp_path, brain) as served:
            scopes = [Scope.ADMIN, Scope.CHAT]
            secret = served.house.keys.create("leaked", scopes)[1]
            report = await attacked(served, tmp_path, secret if leaked else "")
            assert report["count"] > 300
            assert report["reads"] == []
            unharmed(served)
            done = await served.client.post("/api/tools/drive", json=dict(FORWARD.arguments))
            assert done.json()["status"] == "done", "its owner still can"

    asyncio.run(main())


@pytest.mark.parametrize("leaked", [False, True], ids=["no key", "a leaked admin key"])
def test_a_name_that_is_rebound_to_this_machine_moves_nothing(tmp_path: Path, leaked: bool) -> None:
    """DNS rebinding as it is done: the page loads from its own server, which then goes away, and
    the same name and port are agentd's from there on. To the browser it is one origin."""

    async def main() -> None:
        brain = Scripted(Propose(FORWARD))
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(asyncio.timeout(LONG_S))
            reports = await stack.enter_async_context(evil())
            async with contextlib.AsyncExitStack() as first:
                site = await first.enter_async_context(evil())
                secret = ""
                if leaked:
                    async with serve(tmp_path) as earlier:
                        secret = earlier.house.keys.create("leaked", [Scope.ADMIN])[1]
                site.page = page(reports.port, secret, [""])
                url = f"http://rebound.example:{site.port}/"
                await stack.enter_async_context(chromium(tmp_path, url))
                await reports.loaded.wait()
            served = await stack.enter_async_context(serve(tmp_path, brain, port=site.port))
            if not leaked:
                served.house.keys.create("leaked", [Scope.ADMIN])
            reports.go.set()
            assert reports.report is not None
            report = await reports.report
            assert report["count"] > 100
            # What the page's own server still answered before it was gone is none of ours.
            ours = [each for each in report["reads"] if OWN_PAGE not in each]
            assert [each for each in ours if "not go by that name" not in each] == []
            assert ours, "the browser took it for one origin, and read the refusals"
            unharmed(served)

    asyncio.run(main())


def test_the_same_page_moves_the_rover_where_its_origin_is_named_and_its_key_good(
    tmp_path: Path,
) -> None:
    """So the attack is a real one, and what stops it above is agentd."""

    async def main() -> None:
        brain = Scripted(Propose(FORWARD))
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(asyncio.timeout(LONG_S))
            site = await stack.enter_async_context(evil())
            origin = f"http://friend.example:{site.port}"
            served = await stack.enter_async_context(serve(tmp_path, brain, origins=(origin,)))
            site.page = page(site.port, served.key, [served.url])
            site.go.set()
            await stack.enter_async_context(chromium(tmp_path, f"{origin}/"))
            assert site.report is not None
            report = await site.report
            assert [each for each in report["reads"] if "/api/tools/drive: 200" in each]
            assert served.toys.driver.applied

    asyncio.run(main())
