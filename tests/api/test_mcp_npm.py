"""The TypeScript clients, the inspector and the conformance suite, all from npm, against `/mcp`."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from agentd.events import CommandFinished
from agentd.model import Status
from tests.api.served import Served, scenario
from tests.peers.fetch_mcp import MODULES, ORG, node, present

pytestmark = pytest.mark.skipif(
    not present(), reason="the npm packages are not fetched: make mcp (170 MB)"
)
CLIENT = Path(__file__).parents[1] / "peers" / "mcp_client.mjs"
INSPECTOR = MODULES / ORG / "inspector/clients/launcher/build/index.js"
CONFORMANCE = MODULES / ORG / "conformance/dist/index.js"
BASELINE = Path(__file__).with_name("mcp_conformance.yml")
EXAMPLES = {
    "sep-2575-server-rejects-undeclared-capability",
    "sep-2575-missing-capability-http-400",
    "sep-2575-http-server-no-independent-requests-on-stream",
    "sep-2575-server-no-log-without-loglevel",
}
"""Checks that the suite can only make with tools of its own example server."""


async def run(*words: str, cwd: Path, **environ: str) -> tuple[int, str, str]:
    """Run a program of Node.js with a home of its own and return its end and what it said."""
    home = {"HOME": str(cwd), "PATH": f"{Path(node()).parent}:/usr/bin:/bin", "NO_COLOR": "1"}
    process = await asyncio.create_subprocess_exec(
        node(),
        *words,
        cwd=cwd,
        env={**home, **environ},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, errors = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    return process.returncode or 0, out.decode(), errors.decode()


def only_the_cart_holds(served: Served) -> None:
    """Let the cart move until it is stopped, and everything else be quick."""
    obey = served.toys.driver.apply

    async def apply(action: Any) -> Any:
        served.toys.driver.hold = action.device_id == "cart"
        return await obey(action)

    served.toys.driver.apply = apply  # type: ignore[method-assign]


@pytest.mark.parametrize("way", ["http", "stdio"])
@pytest.mark.parametrize(
    ("which", "mode"), [("sdk", "legacy"), ("client", "legacy"), ("client", "auto")]
)
def test_the_typescript_clients(tmp_path: Path, which: str, mode: str, way: str) -> None:
    async def test(served: Served) -> None:
        only_the_cart_holds(served)
        bridge = [sys.executable, "-m", "agentd", "mcp"]
        where = [f"{served.url}/mcp", served.key] if way == "http" else bridge
        environ = {"AGENTD_URL": served.url, "AGENTD_KEY": served.key}
        environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(Path.cwd()), *sys.path]))
        words = [str(CLIENT), str(MODULES), which, mode, way, *where]
        code, out, errors = await run(*words, cwd=tmp_path, **environ)
        assert code == 0, errors
        check(json.loads(out))
        receipts = [each.receipt for each in served.toys.said(CommandFinished)]  # type: ignore[attr-defined]
        cut = [each.status for each in receipts if each.tool == "drive"]
        assert cut == [Status.REFUSED, Status.FAILED]
        opened = [each for each in served.toys.driver.applied if each.tool == "set_lock"]
        assert len(opened) == 1

    scenario(tmp_path, test)


def check(seen: dict[str, Any]) -> None:
    assert seen["server"] == "agentd"
    assert {"set_light", "drive", "emergency_stop"} <= set(seen["tools"])
    assert seen["light"]["structuredContent"]["status"] == "done"
    assert seen["far"]["isError"]
    assert "agentd://devices/light.lamp" in seen["resources"]
    assert json.loads(seen["read"]["contents"][0]["text"])["state"] == {"on": True}
    assert "good_night" in seen["prompts"]
    assert "light.lamp" in seen["prompt"]["messages"][0]["content"]["text"]
    assert seen["no"]["isError"]
    assert not seen["yes"].get("isError")
    assert seen["progress"] == sorted(seen["progress"])
    assert "drive" not in seen
    assert "enough" in seen["cancelled"]
    assert "agentd confirm" in seen["how"]["content"][0]["text"]


def test_the_inspectors_command_line(tmp_path: Path) -> None:
    async def inspect(served: Served, *words: str) -> Any:
        header = f"Authorization: Bearer {served.key}"
        base = [str(INSPECTOR), "--cli", f"{served.url}/mcp", "--transport", "http"]
        code, out, errors = await run(*base, "--header", header, *words, cwd=tmp_path)
        assert out, f"{code}: {errors}"
        return json.loads(out)

    async def test(served: Served) -> None:
        tools = await inspect(served, "--method", "tools/list")
        assert "set_light" in {each["name"] for each in tools["tools"]}
        call = ["--method", "tools/call", "--tool-name"]
        lamp = [*call, "set_light", "--tool-arg", "device=light.lamp", "on=true"]
        assert (await inspect(served, *lamp))["structuredContent"]["status"] == "done"
        far = [*call, "drive", "--tool-arg", "device=cart", "distance_m=9"]
        assert (await inspect(served, *far))["isError"]
        resources = await inspect(served, "--method", "resources/list")
        assert len(resources["resources"]) == 5
        uri = ["--uri", "agentd://devices/cart"]
        assert (await inspect(served, "--method", "resources/read", *uri))["contents"]
        assert (await inspect(served, "--method", "prompts/list"))["prompts"]
        assert len(served.toys.driver.applied) == 1

    scenario(tmp_path, test)


class WithKey:
    """Gives every request a key: the conformance suite has no way to send one."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._key = key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [*scope["headers"], (b"authorization", b"Bearer " + self._key)]
        await self._app({**scope, "headers": headers}, receive, send)


async def conform(served: Served, folder: Path, *words: str) -> tuple[int, str]:
    served.server.app.add_middleware(WithKey, key=served.key)
    server = ["server", "--url", f"{served.url}/mcp"]
    code, out, errors = await run(str(CONFORMANCE), *server, *words, cwd=folder)
    return code, out + errors


@pytest.mark.parametrize(("version", "least"), [("2025-11-25", 38), ("2026-07-28", 27)])
def test_the_conformance_suite_misses_only_what_is_not_offered(
    tmp_path: Path, version: str, least: int
) -> None:
    async def test(served: Served) -> None:
        words = ["--spec-version", version, "--expected-failures", str(BASELINE)]
        code, out = await conform(served, tmp_path, *words)
        assert code == 0, out[-3000:]
        total = re.search(r"Total: (\d+) passed", out)
        assert total, out[-3000:]
        assert int(total[1]) >= least

    scenario(tmp_path, test)


SCENARIOS = ["caching", "http-header-validation", "sep-2164-resource-not-found"]


@pytest.mark.parametrize("name", [*SCENARIOS, "server-stateless"])
def test_the_conformance_suite_of_2026_one_by_one(tmp_path: Path, name: str) -> None:
    async def test(served: Served) -> None:
        words = ["--scenario", name, "--spec-version", "2026-07-28"]
        out = (await conform(served, tmp_path, *words))[1]
        ends = re.findall(r"\[([a-z0-9-]+) *\] (?:\x1b\[\d+m)*(SUCCESS|FAILURE)", out)
        assert [end for _, end in ends].count("SUCCESS") >= 4, out
        failed = {check for check, end in ends if end == "FAILURE"}
        assert failed == (EXAMPLES if name == "server-stateless" else set()), out

    scenario(tmp_path, test)
