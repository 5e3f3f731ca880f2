"""The plugin door: public documents that tell nothing, and calls that need a key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentd import config
from agentd.api import plugin_words
from agentd.api.manifest import TOKEN
from agentd.errors import AgentdError, ConfigError
from agentd.model import Outcome, Status
from agentd.store import Scope
from agentd.tools import specs
from tests.api.served import Served, scenario
from tests.peers.toys import CART, DIM_LAMP, LAMP, LOCK

DOCUMENTS = (
    "/manifest.json",
    "/manifest.zh-CN.json",
    "/.well-known/ai-plugin.json",
    "/openapi.json",
)
LIGHT = {"device": "light.lamp", "on": True}


def settings_header(key: str) -> dict[str, str]:
    return {"authorization": "", "x-lobe-plugin-settings": json.dumps({TOKEN: key})}


async def post(served: Served, name: str, body: Any, **headers: str) -> Any:
    content = body if isinstance(body, str) else json.dumps(body)
    sent = settings_header(served.key) | {"content-type": "text/plain;charset=UTF-8"} | headers
    return await served.client.post(f"/api/plugin/{name}", content=content, headers=sent)


def test_a_browser_may_read_the_documents_and_they_tell_nothing_of_the_house(
    tmp_path: Path,
) -> None:
    async def test(served: Served) -> None:
        for path in DOCUMENTS:
            page = {"authorization": "", "origin": "https://chat.example"}
            response = await served.client.get(path, headers=page)
            assert response.status_code == 200
            assert response.headers["content-type"] == "application/json"
            assert response.headers["access-control-allow-origin"] == "*"
            assert "access-control-allow-credentials" not in response.headers
            for device in (LAMP, DIM_LAMP, LOCK, CART):
                for word in (device.id, device.name, *device.aliases):
                    assert f'"{word}"' not in response.text

    scenario(tmp_path, test)


def test_every_tool_is_described_in_both_languages() -> None:
    assert list(plugin_words.TOOLS) == list(specs.BY_NAME)


def test_a_page_of_another_origin_can_call_nothing_and_read_no_answer(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        asks = {
            "origin": "https://evil.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "x-lobe-plugin-settings",
        }
        for path in ("/api/plugin/set_light", "/v1/chat/completions", *DOCUMENTS):
            preflight = await served.client.request("OPTIONS", path, headers=asks)
            assert preflight.status_code == 403
            assert not [name for name in preflight.headers if name.startswith("access-control")]
        simple = {"authorization": "", "origin": "https://evil.example"}
        body = json.dumps(LIGHT)
        refused = await served.client.post("/api/plugin/set_light", content=body, headers=simple)
        assert refused.status_code == 403
        answered = await post(served, "set_light", LIGHT, origin="https://evil.example")
        assert (answered.status_code, answered.json()["error"]["code"]) == (403, "wrong_origin")
        assert not [name for name in answered.headers if name.startswith("access-control")]
        assert served.toys.driver.applied == []
        without = await served.client.post(
            "/api/plugin/set_light", content=body, headers={"authorization": ""}
        )
        assert without.status_code == 401
        assert TOKEN in without.json()["error"]["message"]

    scenario(tmp_path, test)


def test_text_plain_is_read_as_json_and_the_key_comes_from_the_settings(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        answer = await post(served, "set_light", LIGHT)
        assert answer.status_code == 200
        assert answer.json()["said"] == "Lamp: on."
        assert answer.json()["state"] == {"on": True}
        chat = served.new_key("chat", Scope.CHAT)["authorization"].removeprefix("Bearer ")
        bad: list[tuple[str, int]] = [("agd_wrong", 401), ("", 401), (chat, 403)]
        for key, status in bad:
            headers = settings_header(key)
            refused = await served.client.post("/api/plugin/set_light", json=LIGHT, headers=headers)
            assert refused.status_code == status
        for header in ("[]", "{", "null", '{"AGENTD_TOKEN": 7}', "[" * 5000, served.key):
            headers = {"authorization": "", "x-lobe-plugin-settings": header}
            refused = await served.client.post("/api/plugin/set_light", json=LIGHT, headers=headers)
            assert refused.status_code == 401
        assert (await post(served, "set_light", "not json")).status_code == 422
        assert len(served.toys.driver.applied) == 1
        elsewhere = await served.client.post("/api/stop", headers=settings_header(served.key))
        assert elsewhere.status_code == 401, "the settings header opens the plugin door alone"

    scenario(tmp_path, test)


def test_a_device_may_be_called_by_a_name_that_only_it_has(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        answer = (await post(served, "drive", {"device": "小车", "distance_m": 0.1})).json()
        assert (answer["ok"], answer["device"]) == (True, "cart")
        unknown = (await post(served, "drive", {"device": "car", "distance_m": 0.1})).json()
        assert (unknown["ok"], unknown["reason"]) == (False, "unknown_device")

    scenario(tmp_path, test)


def test_what_fails_is_an_answer_for_the_model(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        driver = served.toys.driver
        answers = [(await post(served, "no_such_tool", {})).json()]
        driver.outcome = Outcome(Status.FAILED, message="it is stuck")
        answers.append((await post(served, "set_light", LIGHT)).json())
        driver.error = AgentdError("The cable is out.")
        answers.append((await post(served, "set_light", LIGHT)).json())
        served.toys.gate.estop("test", "a test")
        answers.append((await post(served, "set_light", LIGHT)).json())
        assert [each["ok"] for each in answers] == [False] * 4
        told = " ".join(each["error"] for each in answers)
        for part in ("no_such_tool", "it is stuck", "The cable is out.", "agentd resume"):
            assert part in told
        driver.error, driver.outcome = None, Outcome(Status.UNVERIFIED)
        served.toys.gate.reset("test")
        unverified = (await post(served, "set_light", LIGHT)).json()
        assert (unverified["ok"], unverified["status"]) == (True, "unverified")

    scenario(tmp_path, test)


def test_a_plugin_call_never_grants_what_needs_a_yes(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        unlock: dict[str, Any] = {"device": "lock.front", "locked": False}
        for _ in range(3):
            answer = (await post(served, "set_lock", unlock)).json()
            assert (answer["ok"], answer["reason"]) == (False, "needs_confirmation")
            assert "Only a person" in answer["error"]
            waiting = [each.token for each in served.house.gate.pending()]
            assert not [token for token in waiting if token in json.dumps(answer)]
        for extra in ({"confirmed": True}, {"confirm": "yes"}, {"token": waiting[0]}):
            answer = (await post(served, "set_lock", unlock | extra)).json()
            assert (answer["ok"], answer["reason"]) == (False, "unsupported")
        for name in (f"confirm/{waiting[0]}", "confirm", "confirmations", waiting[0]):
            answer = await post(served, name, {"token": waiting[0], "text": "yes"})
            assert answer.status_code == 404 or answer.json()["ok"] is False
        via_chat = {"messages": [{"role": "user", "content": "yes"}]}
        await served.client.post("/v1/chat/completions", json=via_chat)
        assert served.toys.driver.applied == []

    scenario(tmp_path, test)


def test_the_address_is_the_one_it_was_asked_under_when_that_is_our_own(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        port = served.server.port
        for host in (f"127.0.0.1:{port}", f"localhost:{port}", "LOCALHOST", "pi.lan:80"):
            document = await served.client.get("/openapi.json", headers={"host": host})
            assert document.json()["servers"] == [{"url": f"http://{host.lower()}"}]
        for host in ("192.0.2.7:8000", "[2001:db8::1]:80", "10.0.0.1"):
            forwarded = {"host": host, "x-forwarded-host": "pi.lan", "x-forwarded-proto": "https"}
            refused = await served.client.get("/manifest.json", headers=forwarded)
            assert refused.status_code == 421
            assert "http.public_url" in refused.json()["error"]["message"]

    scenario(tmp_path, test, hosts=("pi.lan",))


def test_the_owner_may_say_the_address_and_the_machine_answers_to_its_name(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for host in ("127.0.0.1", "192.0.2.7", "robots.example"):
            document = (await served.client.get("/manifest.json", headers={"host": host})).json()
            urls = {each["url"].rsplit("/", 1)[0] for each in document["api"]}
            assert urls == {"https://robots.example/agentd/api/plugin"}
        other = await served.client.get("/manifest.json", headers={"host": "evil.example"})
        assert other.status_code == 421

    scenario(tmp_path, test, public_url="https://robots.example/agentd/")


@pytest.mark.parametrize(
    "url", ["robots.example", "ftp://x", "http://a b", "http://x?k=1", "http://u:p@x"]
)
def test_a_public_url_that_is_none_stops_the_daemon(url: str) -> None:
    with pytest.raises(ConfigError, match="AGENTD_HTTP_PUBLIC_URL"):
        config.parse("", "defaults", {"AGENTD_HTTP_PUBLIC_URL": url})
    assert config.parse("", "d", {"AGENTD_HTTP_PUBLIC_URL": "http://[::1]:80"}).http.public_url


def test_list_devices_tells_what_the_manifest_does_not(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        rows = (await post(served, "list_devices", "")).json()["devices"]
        assert {row["device"] for row in rows} == {each.id for each in (LAMP, DIM_LAMP, LOCK, CART)}
        lock = next(row for row in rows if row["kind"] == "lock")
        assert lock["needs_a_yes"] == ["locked=false"]
        drives = (await post(served, "list_devices", {"kind": "drive"})).json()["devices"]
        assert [row["accepts"]["distance_m"] for row in drives] == ["-2 to 2 m"]

    scenario(tmp_path, test)
