"""The plugin door against LobeChat's own SDK and gateway."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from agentd.api.manifest import TOKEN
from agentd.errors import AgentdError
from agentd.store import Scope
from tests.api.served import Scripted, Served, scenario
from tests.peers.lobechat import NODE_S, lobechat, needs_lobechat
from tests.peers.toys import asker

MANIFESTS = ("/manifest.json", "/manifest.zh-CN.json")
LIGHT = {"device": "light.lamp", "on": True}
FORWARD = {"device": "cart", "distance_m": 0.2}


async def read(served: Served, path: str) -> Any:
    response = await served.client.get(path, headers={"authorization": ""})
    assert response.status_code == 200, response.text
    return response.json()


def called(manifest: Any, key: str | None, api: str, arguments: Any) -> dict[str, Any]:
    payload = {
        "identifier": manifest["identifier"],
        "apiName": api,
        "arguments": json.dumps(arguments),
        "type": "default",
        "manifest": manifest,
    }
    return {"payload": payload, "settings": {TOKEN: key} if key else {}}


async def gateway(*calls: dict[str, Any]) -> list[dict[str, Any]]:
    told = await lobechat("lobechat_plugin.mjs", {"calls": calls})
    return list(told["calls"])


def patiently(tmp_path: Path, test: Any, *brain: Scripted) -> None:
    scenario(tmp_path, test, *brain, seconds=2 * NODE_S)


@needs_lobechat
def test_the_sdk_takes_both_manifests_and_would_refuse_a_broken_one(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        manifests = [await read(served, path) for path in MANIFESTS]
        broken = {**manifests[0], "api": [{"name": "x", "description": "y", "parameters": {}}]}
        told = await lobechat("lobechat_plugin.mjs", {"manifests": [*manifests, broken]})
        assert told["manifests"][:2] == ["valid", "valid"]
        assert told["manifests"][2] != "valid"

    patiently(tmp_path, test)


@needs_lobechat
def test_the_gateway_calls_tools_with_the_settings_as_the_key(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        manifest = await read(served, "/manifest.json")
        asked = [("list_devices", {}), ("set_light", LIGHT), ("drive", FORWARD), ("stop", {})]
        told = await gateway(*(called(manifest, served.key, *each) for each in asked))
        assert [each["status"] for each in told] == [200] * 4
        listed, light, drive, stop = (json.loads(each["text"]) for each in told)
        assert "light.lamp" in [row["device"] for row in listed["devices"]]
        assert (light["ok"], light["said"]) == (True, "Lamp: on.")
        assert (drive["ok"], drive["status"]) == (True, "done")
        assert stop["ok"] is True
        assert len(served.toys.driver.applied) == 2

    patiently(tmp_path, test)


@needs_lobechat
def test_the_gateway_shows_a_missing_or_wrong_key_and_nothing_moves(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        manifest = await read(served, "/manifest.json")
        chat_only = served.new_key("chat", Scope.CHAT)["authorization"].removeprefix("Bearer ")
        keys = (None, "agd_wrong", chat_only)
        told = await gateway(*(called(manifest, key, "drive", FORWARD) for key in keys))
        kinds = [json.loads(each["text"])["errorType"] for each in told]
        assert kinds == ["PluginSettingsInvalid", 401, 403]
        assert served.toys.driver.applied == []

    patiently(tmp_path, test)


@needs_lobechat
def test_a_refusal_and_a_fault_reach_the_model_as_text(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        manifest = await read(served, "/manifest.json")
        asked: list[tuple[str, Any]] = [
            ("drive", {"device": "cart", "distance_m": 9}),
            ("set_lock", {"device": "lock.front", "locked": False}),
            ("set_light", {"device": "light.attic", "on": True}),
        ]
        told = await gateway(*(called(manifest, served.key, *each) for each in asked))
        assert [each["status"] for each in told] == [200] * 3
        answers = [json.loads(each["text"]) for each in told]
        assert [each["ok"] for each in answers] == [False] * 3
        reasons = [each["reason"] for each in answers]
        assert reasons == ["out_of_range", "needs_confirmation", "unknown_device"]
        assert "out of range: -2 to 2 m" in answers[0]["error"]
        served.toys.driver.error = AgentdError("The cable is out.")
        fault = (await gateway(called(manifest, served.key, "set_light", LIGHT)))[0]
        assert fault["status"] == 200
        assert json.loads(fault["text"])["ok"] is False
        assert "The cable is out." in fault["text"]

    patiently(tmp_path, test)


@needs_lobechat
def test_the_openapi_document_becomes_tools_that_the_gateway_can_call(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        document = await read(served, "/openapi.json")
        short = await read(served, "/.well-known/ai-plugin.json")
        told = await lobechat("lobechat_plugin.mjs", {"documents": [document]})
        found = told["documents"][0]
        assert found["settings"]["required"] == [TOKEN]
        ours = {tool["function"]["name"] for tool in served.house.toolbox.openai_tools(asker())}
        assert {each["name"] for each in found["api"]} == {"list_devices", *ours}
        manifest = {
            "identifier": short["name_for_model"],
            "meta": {},
            "openapi": short["api"]["url"],
            **found,
        }
        body = {"_requestBody": LIGHT}
        good, bad = await gateway(
            *(called(manifest, key, "set_light", body) for key in (served.key, "agd_wrong"))
        )
        assert json.loads(good["text"])["said"] == "Lamp: on."
        assert json.loads(bad["text"])["errorType"] == "PluginSettingsInvalid"
        assert len(served.toys.driver.applied) == 1

    patiently(tmp_path, test)
