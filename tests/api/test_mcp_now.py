"""`/mcp` in version 2026-07-28: every request stands for itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agentd.api.mcp import wire
from tests.api.mcp_asks import LIGHT, META, NOW, ask, begin, call, error, now, post, result, tell
from tests.api.served import Served, scenario


def test_discovery_says_versions_and_capabilities(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        found = await result(served, *now(ask("server/discover")))
        assert found["supportedVersions"][-1] == NOW
        assert found["_meta"][META + "serverInfo"]["name"] == "agentd"
        assert found["resultType"] == "complete"
        assert (found["ttlMs"], found["cacheScope"]) == (0, "private")

    scenario(tmp_path, test)


def test_lists_reads_and_calls_work_without_a_handshake(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for method in ("tools/list", "resources/list", "prompts/list"):
            assert (await result(served, *now(ask(method))))["resultType"] == "complete"
        uri = "agentd://devices/light.lamp"
        assert (await result(served, *now(ask("resources/read", uri=uri))))["contents"]
        done = await result(served, *now(call(LIGHT)))
        assert done["structuredContent"]["status"] == "done"

    scenario(tmp_path, test)


def test_what_the_handshake_versions_had_is_gone(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for message in (begin(), ask("ping"), ask("subscriptions/listen")):
            found = await error(served, now(message)[0], 404, now(message)[1])
            assert found["code"] == wire.METHOD_NOT_FOUND
        batch = [now(ask("tools/list"))[0]]
        assert await error(served, batch, 400, {"mcp-protocol-version": NOW})
        note = tell("notifications/cancelled", requestId=1)
        assert (await post(served, note, {"mcp-protocol-version": NOW})).status_code == 202

    scenario(tmp_path, test)


def test_headers_must_say_what_the_body_says(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        body, headers = now(call(LIGHT))
        wrong: list[dict[str, Any]] = [
            {"mcp-method": "tools/list"},
            {"mcp-name": "drive"},
            {"mcp-protocol-version": "2025-11-25"},
        ]
        for change in wrong:
            found = await error(served, body, 400, {**headers, **change})
            assert found["code"] == wire.HEADER_MISMATCH, change
        for name in headers:
            less = {key: value for key, value in headers.items() if key != name}
            assert (await error(served, body, 400, less))["code"] == wire.HEADER_MISMATCH
        encoded = {**headers, "mcp-name": "=?base64?c2V0X2xpZ2h0?="}
        assert await result(served, body, encoded)
        bare = {**body, "params": {**body["params"], "_meta": {}}}
        assert (await error(served, bare, 400, headers))["code"] == wire.INVALID_PARAMS
        assert len(served.toys.driver.applied) == 1

    scenario(tmp_path, test)


def test_a_version_nobody_has_is_answered_with_ours(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        body, headers = now(ask("server/discover"))
        body["params"]["_meta"][META + "protocolVersion"] = "2031-01-01"
        found = await error(served, body, 400, {**headers, "mcp-protocol-version": "2031-01-01"})
        assert found["code"] == wire.WRONG_VERSION
        assert NOW in found["data"]["supported"]

    scenario(tmp_path, test)
