"""`agentd mcp`: lines in, lines out, and the daemon behind it may come and go."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from agentd.events import CommandFinished
from agentd.model import Status
from tests.api.mcp_asks import FORWARD, LIGHT, UNLOCK, ask, begin, call, tell
from tests.api.served import Served, scenario, serve, until


class Bridge:
    """The program, and a client that speaks to it line by line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    def send(self, message: Any) -> None:
        assert self.process.stdin
        line = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.process.stdin.write(line + b"\n")

    async def heard(self) -> dict[str, Any]:
        assert self.process.stdout
        async with asyncio.timeout(10):
            found: dict[str, Any] = json.loads(await self.process.stdout.readline())
        return found

    async def asked(self, message: dict[str, Any]) -> dict[str, Any]:
        self.send(message)
        return await self.heard()

    async def end(self) -> int:
        """Close its stdin, as a client that ends does; return the exit code."""
        assert self.process.stdin
        self.process.stdin.close()
        async with asyncio.timeout(10):
            return await self.process.wait()


@contextlib.asynccontextmanager
async def bridge(state_dir: Path) -> AsyncIterator[Bridge]:
    kept = {key: each for key, each in os.environ.items() if not key.startswith("AGENTD_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "agentd", "mcp", "--state-dir", str(state_dir)),
        env=kept,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Bridge(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def test_lines_are_carried_and_stdout_holds_messages_alone(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        async with bridge(tmp_path) as program:
            hello = await program.asked(begin())
            assert hello["result"]["serverInfo"]["name"] == "agentd"
            program.send(tell("notifications/initialized"))
            program.send(b"")
            done = await program.asked(call(LIGHT, "a"))
            assert done["id"] == "a"
            assert done["result"]["structuredContent"]["status"] == "done"
            assert (await program.asked(ask("no/such")))["error"]["code"] == -32601
            for line, code in ((b"{", -32700), (b"7", -32600), (b'{"id": 1}', -32600)):
                program.send(line)
                if b"id" not in line:
                    assert (await program.heard())["error"]["code"] == code
            assert await program.end() == 0
            assert program.process.stderr
            assert await program.process.stderr.read() == b""

    scenario(tmp_path, test)


def test_calls_run_side_by_side_and_one_can_be_cancelled(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        served.toys.driver.hold = True
        async with bridge(tmp_path) as program:
            program.send(call(FORWARD, 1))
            await served.toys.driver.moving.wait()
            assert (await program.asked(ask("ping", 2)))["id"] == 2
            program.send(tell("notifications/cancelled", requestId=1))
            await until(lambda: served.toys.said(CommandFinished))
            assert (await program.asked(ask("ping", 3)))["id"] == 3

    scenario(tmp_path, test)


def test_a_client_that_ends_stops_what_it_moved(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        served.toys.driver.hold = True
        async with bridge(tmp_path) as program:
            program.send(call(FORWARD, 1))
            await served.toys.driver.moving.wait()
            assert await program.end() == 0
            await until(lambda: served.toys.said(CommandFinished))
            (finished,) = served.toys.said(CommandFinished)
            assert finished.receipt.status is Status.FAILED  # type: ignore[attr-defined]

    scenario(tmp_path, test)


def test_a_restart_of_the_daemon_is_no_event(tmp_path: Path) -> None:
    async def main() -> None:
        async with bridge(tmp_path) as program:
            away = await program.asked(begin(elicitation={}))
            assert "agentd run" in away["error"]["message"]
            async with serve(tmp_path / "a") as first:
                (tmp_path / "run").symlink_to(tmp_path / "a" / "run")
                hello = await program.asked(begin(elicitation={}))
                assert "result" in hello
                assert (await program.asked(call(LIGHT)))["result"]["structuredContent"]
            assert "agentd run" in (await program.asked(ask("ping")))["error"]["message"]
            (tmp_path / "run").unlink()
            async with serve(tmp_path / "b") as second:
                (tmp_path / "run").symlink_to(tmp_path / "b" / "run")
                assert first.url != second.url or first.key != second.key
                # Also that this client can ask its person is known to the new daemon.
                question = await program.asked(call(UNLOCK, 9))
                assert question["method"] == "elicitation/create"
                yes = {"action": "accept", "content": {"yes": True}}
                program.send({"jsonrpc": "2.0", "id": question["id"], "result": yes})
                done = await program.heard()
                assert done["id"] == 9
                assert done["result"]["structuredContent"]["status"] == "done"

    asyncio.run(main())
