"""Which web pages may call, and what a browser is told about every answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentd.api import origins
from tests.api.served import Served, scenario

FRIEND = "https://chat.example.org"
FOREIGN = (
    "https://evil.example",
    "http://localhost:9",
    "http://127.0.0.1",
    "null",
    "",
    "https://chat.example.org.evil.example",
    "https://chat.example.org:444",
    "file://",
)
DOORS = (
    ("GET", "/healthz"),
    ("GET", "/api/devices"),
    ("POST", "/api/stop"),
    ("POST", "/api/tools/drive"),
    ("POST", "/v1/chat/completions"),
    ("OPTIONS", "/api/tools/drive"),
    ("GET", "/nowhere"),
)


def cors(headers: object) -> list[str]:
    return [name for name in headers if name.startswith("access-control")]  # type: ignore[attr-defined]


def test_a_page_of_another_origin_is_refused_even_with_a_right_key(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for origin in FOREIGN:
            for method, path in DOORS:
                response = await served.client.request(method, path, headers={"origin": origin})
                assert response.status_code == 403, (origin, method, path)
                assert response.json()["error"]["code"] == "wrong_origin"
                assert not cors(response.headers)
        cross = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
        for method, path in DOORS:
            response = await served.client.request(method, path, headers=cross)
            assert response.status_code == 403
        assert not served.toys.gate.latched
        assert served.toys.driver.applied == []

    scenario(tmp_path, test, origins=(FRIEND,))


def test_the_page_that_agentd_served_itself_and_a_link_to_it_pass(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for headers in (
            {"origin": served.url},
            {"origin": "https://localhost:1", "host": "localhost:1"},
            {"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"},
            {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
            {"sec-fetch-site": "none", "sec-fetch-mode": "navigate"},
        ):
            response = await served.client.get("/healthz", headers=headers)
            assert response.status_code == 200, headers
            assert not cors(response.headers)
        posted = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
        response = await served.client.post("/api/stop", headers=posted)
        assert response.status_code == 403, "a form is no link"

    scenario(tmp_path, test)


def test_a_named_origin_may_call_with_its_key_and_never_with_credentials(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        asked = {
            "origin": FRIEND,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization, content-type, x-stainless-os",
            "access-control-request-private-network": "true",
            "authorization": "",
        }
        allowed = await served.client.options("/v1/chat/completions", headers=asked)
        assert allowed.status_code == 204
        told = allowed.headers
        assert told["access-control-allow-origin"] == FRIEND
        assert told["access-control-allow-headers"] == asked["access-control-request-headers"]
        assert told["access-control-allow-private-network"] == "true"
        assert "origin" in told["vary"]
        assert "access-control-allow-credentials" not in told
        for key, status in ((served.key, 200), ("agd_wrong", 401)):
            headers = {"origin": FRIEND, "authorization": f"Bearer {key}"}
            response = await served.client.get("/v1/models", headers=headers)
            assert response.status_code == status
            assert response.headers["access-control-allow-origin"] == FRIEND
            assert "access-control-allow-credentials" not in response.headers
        sly = asked | {"access-control-request-headers": "x: y; z"}
        refused = await served.client.options("/api/stop", headers=sly)
        assert refused.headers["access-control-allow-headers"] == ""

    scenario(tmp_path, test, origins=(FRIEND,))


def test_a_public_document_may_be_read_from_anywhere_and_only_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(origins, "PUBLIC_DOCUMENTS", frozenset({"/healthz"}))

    async def test(served: Served) -> None:
        origin = {"origin": "https://anywhere.example"}
        response = await served.client.get("/healthz", headers=origin)
        assert response.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in response.headers
        for method, path in (("POST", "/healthz"), ("GET", "/healthz/"), ("GET", "/api/devices")):
            refused = await served.client.request(method, path, headers=origin)
            assert refused.status_code == 403

    scenario(tmp_path, test)


def test_every_answer_tells_a_browser_to_keep_its_hands_off(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for method, path in DOORS:
            headers = (await served.client.request(method, path)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert headers["referrer-policy"] == "no-referrer"
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert headers["cache-control"] == "no-store"
            assert "strict-transport-security" not in headers
            assert "server" not in headers
        host = await served.client.get("/healthz", headers={"host": "evil.example"})
        assert host.headers["x-content-type-options"] == "nosniff"

    scenario(tmp_path, test)
