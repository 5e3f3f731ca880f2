"""Who may knock where."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from agentd.api import auth
from agentd.api.auth import Failures, Needs, Nobody
from agentd.api.origins import PUBLIC_DOCUMENTS
from agentd.local import LocalDoor, read
from agentd.store import Scope
from tests.api.served import Served, scenario

ROUTES = {
    "/api/schedule": Scope.TOOLS_READ,
    "/api/schedule/{id}": Scope.TOOLS_CALL,
    "/healthz": None,
    "/metrics": Scope.TOOLS_READ,
    "/api/usage": Scope.ESTOP,
    "/manifest.json": None,
    "/manifest.zh-CN.json": None,
    "/.well-known/ai-plugin.json": None,
    "/openapi.json": None,
    "/api/openapi.json": Scope.ESTOP,
    "/api/plugin/list_devices": Scope.TOOLS_READ,
    "/api/plugin/{name}": Scope.TOOLS_CALL,
    "/api/stop": Scope.ESTOP,
    # What each of its methods needs, test_mcp_door.py holds; the emergency stop needs no more.
    "/mcp": Scope.ESTOP,
    "/v1/models": Scope.CHAT,
    "/v1/models/{model:path}": Scope.CHAT,
    "/v1/chat/completions": Scope.CHAT,
    "/v1/responses": Scope.CHAT,
    "/v1/embeddings": Scope.CHAT,
    "/api/say": Scope.CHAT,
    "/api/devices": Scope.TOOLS_READ,
    "/api/tools": Scope.TOOLS_READ,
    "/api/events": Scope.TOOLS_READ,
    "/api/tools/{name}": Scope.TOOLS_CALL,
    "/api/resume": Scope.TOOLS_CALL,
    "/api/confirmations": Scope.ADMIN,
    "/api/confirmations/{token}": Scope.ADMIN,
    "/api/keys": Scope.ADMIN,
    "/api/keys/{id}": Scope.ADMIN,
    "/api/keys/{id}/rotate": Scope.ADMIN,
    "/api/audit": Scope.ADMIN,
}


def walked(router: APIRouter) -> Iterator[APIRoute]:
    """Yield every route that is served, in whatever it is included."""
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from walked(inner)
        else:
            assert isinstance(route, APIRoute), f"{route} cannot declare what it needs"
            yield route


def test_every_route_declares_its_scope_or_that_it_needs_none(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        found: dict[str, Scope | None] = {}
        for route in walked(served.server.app.router):
            calls = [each.call for each in route.dependant.dependencies]
            said = [each for each in calls if isinstance(each, Needs | Nobody)]
            assert len(said) == 1, f"{route.methods} {route.path} must say what it needs, once"
            scope = said[0].scope if isinstance(said[0], Needs) else None
            assert found.setdefault(route.path, scope) == scope
        assert found == ROUTES
        open_to_all = {path for path, scope in found.items() if scope is None}
        assert open_to_all == {"/healthz", *PUBLIC_DOCUMENTS}

    scenario(tmp_path, test)


def test_every_route_is_closed_to_a_stranger_and_to_a_key_without_its_scope(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "FIRST_WAIT_S", 0.0)

    async def test(served: Served) -> None:
        button = served.new_key("red button", Scope.ESTOP)
        for route in walked(served.server.app.router):
            needed = ROUTES[route.path]
            for method in route.methods:
                path = re.sub(r"{.*?}", "x", route.path)
                stranger = await served.client.request(method, path, headers={"authorization": ""})
                assert stranger.status_code == (200 if needed is None else 401), path
                limited = await served.client.request(method, path, headers=button)
                if path == "/mcp":
                    assert limited.status_code == 400  # let in, and it said nothing
                    continue
                opens = needed in (None, Scope.ESTOP)
                assert limited.status_code == (200 if opens else 403), path

    scenario(tmp_path, test)


def test_a_key_opens_what_its_scopes_say_and_always_the_stop(tmp_path: Path) -> None:
    doors = {
        ("GET", "/v1/models"): Scope.CHAT,
        ("GET", "/api/devices"): Scope.TOOLS_READ,
        ("DELETE", "/api/schedule/x"): Scope.TOOLS_CALL,
        ("GET", "/api/confirmations"): Scope.ADMIN,
        ("GET", "/api/audit"): Scope.ADMIN,
    }

    async def test(served: Served) -> None:
        for scope in Scope:
            key = served.new_key(scope.value, scope)
            for (method, path), needed in doors.items():
                response = await served.client.request(method, path, headers=key)
                opens = scope in (needed, Scope.ADMIN)
                assert (response.status_code in (200, 404)) == opens, (scope, path)
                if not opens:
                    assert response.status_code == 403
                    assert response.json()["error"]["code"] == "missing_scope"
            assert (await served.client.post("/api/stop", headers=key)).status_code == 200

    scenario(tmp_path, test)


def test_without_a_valid_key_nothing_opens_and_nothing_stops(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for header in ("", "Bearer", "Bearer agd_wrong", "Basic Zm9v", "Bearer a b", "agd_x"):
            wrong = {"authorization": header}
            for method, path in [("POST", "/api/stop"), ("GET", "/api/devices")]:
                response = await served.client.request(method, path, headers=wrong)
                assert response.status_code == 401
                assert response.headers["www-authenticate"] == "Bearer"
                assert response.json()["error"]["type"] == "authentication_error"
            served.server.app.state.failures = Failures()
        assert served.toys.driver.halts == 0
        assert not served.toys.gate.latched

    scenario(tmp_path, test)


def test_a_key_in_the_query_string_is_not_a_key(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for given in ("", f"Bearer {served.key}"):
            headers = {"authorization": given}
            for path in (
                f"/api/devices?key={served.key}&token={served.key}&access_token={served.key}",
                f"/api/devices/{served.key}",
            ):
                response = await served.client.get(path, headers=headers)
                assert response.status_code == 400
                assert response.json()["error"]["code"] == "key_in_url"
                assert served.key not in response.text

    scenario(tmp_path, test)


def test_a_revoked_key_opens_nothing_from_then_on(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        key = served.new_key("phone", Scope.CHAT)
        assert (await served.client.get("/v1/models", headers=key)).status_code == 200
        served.house.keys.revoke("phone")
        assert (await served.client.get("/v1/models", headers=key)).status_code == 401
        assert (await served.client.post("/api/stop", headers=key)).status_code == 401

    scenario(tmp_path, test)


def test_wrong_keys_wait_longer_and_longer_and_right_ones_do_not(tmp_path: Path) -> None:
    failures = Failures()
    waits = [failures.add("10.0.0.1") for _ in range(20)]
    assert waits == sorted(waits)
    assert waits[0] < 0.1
    assert waits[-1] == 2.0
    assert failures.add("10.0.0.2") == waits[0]

    async def test(served: Served) -> None:
        wrong = {"authorization": "Bearer agd_wrong"}
        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(served.client.get("/v1/models", headers=wrong))
            started = time.monotonic()
            assert (await served.client.post("/api/stop")).status_code == 200
            assert time.monotonic() - started < 0.5

    scenario(tmp_path, test)


def test_the_log_never_holds_a_key(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def test(served: Served) -> None:
        wrong = "agd_not-a-key-but-a-secret-nevertheless"
        await served.client.get("/v1/models", headers={"authorization": f"Bearer {wrong}"})
        await served.client.get("/v1/models")
        assert "a wrong key from 127.0.0.1" in caplog.text
        assert wrong not in caplog.text
        assert served.key not in caplog.text
        assert served.house.keys.local_token not in caplog.text

    caplog.set_level(logging.DEBUG)
    scenario(tmp_path, test)


def test_the_owner_gets_in_with_a_token_only_the_owner_can_read(tmp_path: Path) -> None:
    path = tmp_path / "run" / "cli.json"

    async def test(served: Served) -> None:
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        door = read(tmp_path)
        assert isinstance(door, LocalDoor)
        assert door.url == served.url
        key = {"authorization": f"Bearer {door.token}"}
        assert (await served.client.get("/api/audit", headers=key)).status_code == 200
        await served.client.post("/api/say", headers=key, json={"text": "hi"})
        assert served.brain.turns[0].asker.door == "cli"

    scenario(tmp_path, test)
    assert not path.exists()


def test_another_name_for_this_machine_is_turned_away(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for host in ("evil.example", "localhost.evil.example", "127.0.0.1.nip.io", ""):
            for path in ("/healthz", "/api/devices"):
                response = await served.client.get(path, headers={"host": host})
                assert response.status_code == 421
                assert response.json()["error"]["code"] == "wrong_host"

    scenario(tmp_path, test)


def test_its_own_names_and_addresses_pass(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for host in ("localhost", "LOCALHOST:8000", "127.0.0.1", "[::1]:80", "10.0.0.9"):
            response = await served.client.get("/healthz", headers={"host": host})
            assert response.status_code == 200

    scenario(tmp_path, test)


def test_the_owner_may_give_the_machine_more_names(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for host, status in (("host.docker.internal:8000", 200), ("docker.internal", 421)):
            response = await served.client.get("/healthz", headers={"host": host})
            assert response.status_code == status

    scenario(tmp_path, test, hosts=("host.docker.internal",))


def test_no_answer_lets_another_web_page_in(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        origin = {"origin": "https://evil.example", "access-control-request-method": "POST"}
        for method, path in [("OPTIONS", "/api/stop"), ("GET", "/healthz")]:
            response = await served.client.request(method, path, headers=origin)
            assert not [name for name in response.headers if name.startswith("access-control")]

    scenario(tmp_path, test)
