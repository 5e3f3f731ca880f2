"""A daemon as anybody starts it, and LobeChat's own packages in front of it."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from pathlib import Path
from typing import Any

from agentd.api.manifest import TOKEN
from tests.cli.test_process import agentd, running, wait_for_door
from tests.lobechat.test_docs import until_ready
from tests.peers.lobechat import lobechat, needs_lobechat

SCOPES = ("--scope", "chat", "--scope", "tools:read", "--scope", "tools:call")


@needs_lobechat
def test_the_packages_pass_against_a_running_daemon(tmp_path: Path) -> None:
    simulated = {"AGENTD_SIMULATION_BROKER_PORT": "0"}
    with running(tmp_path, "--port", "0", "--simulate", **simulated) as process:
        url = wait_for_door(tmp_path)
        until_ready(process)
        key = agentd(tmp_path, "keys", "create", "--name", "lobechat", *SCOPES).stdout.strip()
        with urllib.request.urlopen(f"{url}/manifest.json") as answer:
            manifest = json.load(answer)
        light = asyncio.run(_through_the_gateway(manifest, key))
        talk = asyncio.run(_through_the_client(url, key))
        process.terminate()
        process.communicate(timeout=20)
    assert light["manifests"] == ["valid"]
    listed, switched, locked = (json.loads(each["text"]) for each in light["calls"])
    assert "lock.front_door" in {row["device"] for row in listed["devices"]}
    assert switched["said"] == "Kitchen light: on."
    assert (locked["ok"], locked["reason"]) == (False, "needs_confirmation")
    chunks = talk[0]["chunks"]
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-2]["agentd"]["receipts"][0]["state"]["on"] is True
    assert chunks[-1]["usage"]["total_tokens"] > 0


async def _through_the_gateway(manifest: Any, key: str) -> Any:
    def called(api: str, arguments: Any) -> dict[str, Any]:
        payload = {
            "identifier": manifest["identifier"],
            "apiName": api,
            "arguments": json.dumps(arguments),
            "manifest": manifest,
        }
        return {"payload": payload, "settings": {TOKEN: key}}

    calls = [
        called("list_devices", {}),
        called("set_light", {"device": "light.kitchen", "on": True}),
        called("set_lock", {"device": "lock.front_door", "locked": False}),
    ]
    return await lobechat("lobechat_plugin.mjs", {"manifests": [manifest], "calls": calls})


async def _through_the_client(url: str, key: str) -> Any:
    body = {
        "model": "agentd",
        "messages": [{"role": "user", "content": "is the kitchen light on?"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    asked = {"baseURL": f"{url}/v1", "apiKey": key, "bodies": [body]}
    return await lobechat("lobechat_model.mjs", asked)
