"""What each door of /api does when it opens."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from agentd.brains import Propose, Say
from agentd.events import StateReported
from agentd.model import Call
from agentd.store import Scope
from tests.api.served import FORWARD, LIGHT_ON, Scripted, Served, scenario, until
from tests.peers.toys import asker

UNLOCK = Call("set_lock", {"device": "lock.front", "locked": False})


def events(text: str) -> list[tuple[str, Any]]:
    """Return the events of an SSE body, comments left out."""
    found = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line[0] != ":")
        if fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


def test_say_answers_in_one_piece_or_as_events(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        whole = (await served.client.post("/api/say", json={"text": "light on"})).json()
        assert whole["text"] == "Lamp: on.\n"
        assert whole["brain"] == "scripted"
        assert whole["receipts"][0]["status"] == "done"
        streamed = await served.client.post(
            "/api/say",
            json={"text": "开灯", "conversation": "c1"},
            headers={"accept": "text/event-stream"},
        )
        kinds = [kind for kind, _ in events(streamed.text)]
        assert kinds == ["brain", "text", "receipt", "done"]
        asker = served.brain.turns[1].asker
        assert (asker.language, asker.conversation, asker.door) == ("zh", "c1", "http")

    scenario(tmp_path, test, Scripted(Say("Yes? "), Propose(LIGHT_ON)))


def test_say_needs_words_of_a_bounded_length(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for body, status in [({}, 422), ({"text": 1}, 422), ({"text": "x" * 5000}, 400)]:
            assert (await served.client.post("/api/say", json=body)).status_code == status
        assert served.brain.turns == []

    scenario(tmp_path, test)


def test_devices_tell_state_arming_and_what_is_plugged_in(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        served.toys.bus.publish(
            StateReported(device_id="light.lamp", state={"on": True, "available": False})
        )
        body = (await served.client.get("/api/devices")).json()
        rows = {row["id"]: row for row in body["devices"]}
        assert rows["light.lamp"]["state"]["on"] is True
        assert rows["light.lamp"]["available"] is False
        assert rows["light.lamp"]["arguments"]["brightness_pct"]["maximum"] == 100
        assert rows["cart"]["armed"] is True
        assert body["ports"] == [{"port": "/dev/ttyTEST", "state": "ready"}]
        assert body["problems"] == ["a.toml: left out"]

    scenario(tmp_path, test)


def test_a_tool_call_returns_its_receipt_and_a_refusal_is_an_answer(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        names = [
            tool["function"]["name"]
            for tool in (await served.client.get("/api/tools")).json()["tools"]
        ]
        assert "set_light" in names
        done = await served.client.post("/api/tools/set_light", json=dict(LIGHT_ON.arguments))
        assert done.json()["status"] == "done"
        over = {"device": "light.lamp", "brightness_pct": 300}
        refused = await served.client.post("/api/tools/set_light", json=over)
        assert refused.status_code == 200
        assert refused.json()["refusal"]["reason"] == "out_of_range"
        assert refused.json()["refusal"]["accepted"] == "0 to 100 %"
        unknown = await served.client.post("/api/tools/set_lihgt", json={})
        assert unknown.status_code == 404
        assert "set_light" in unknown.json()["error"]["message"]
        for body in (
            b"{",
            b"[1]",
            b'"x"',
            b"\xff",
            b'{"a": NaN}',
            b'{"a": "\\ud800"}',
            b"[" * 100_000,
        ):
            bad = await served.client.post("/api/tools/set_light", content=body)
            assert bad.status_code == 422
            assert bad.json()["error"]["code"] == "bad_json"
        assert len(served.toys.driver.applied) == 1

    scenario(tmp_path, test)


@pytest.mark.parametrize("path", ["/api/tools/drive", "/api/plugin/drive", "/api/say"])
def test_a_number_too_large_for_a_float_is_out_of_range_at_every_door_and_in_the_audit(
    tmp_path: Path, path: str
) -> None:
    huge = {"device": "cart", "distance_m": 10**400}

    async def test(served: Served) -> None:
        key = served.new_key("all", Scope.CHAT, Scope.TOOLS_CALL)
        body = {"text": "drive"} if path == "/api/say" else huge
        answer = await served.client.post(path, json=body, headers=key)
        assert answer.status_code == 200, answer.text
        assert "1e+400 is out of range: -2 to 2 m" in answer.text
        assert served.toys.driver.applied == []
        served.house.audit.flush()
        (row,) = served.house.audit.recent()
        assert (row["who"], row["tool"], row["reason"]) == ("all", "drive", "out_of_range")

    scenario(tmp_path, test, Scripted(Propose(Call("drive", huge))))


def test_hanging_up_on_a_tool_call_stops_the_motion(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        driver = served.toys.driver
        driver.hold = True
        call = asyncio.create_task(
            served.client.post("/api/tools/drive", json=dict(FORWARD.arguments))
        )
        await driver.moving.wait()
        halts = driver.halts
        call.cancel()
        await until(lambda: driver.halts > halts)

    scenario(tmp_path, test)


def test_stop_latches_and_resume_releases(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        stopped = await served.client.post("/api/stop", content=b"not read at all")
        assert stopped.json() == {"latched": True}
        assert served.toys.driver.halts > 0
        assert (await served.client.get("/healthz")).json()["latched"] is True
        drive = dict(FORWARD.arguments)
        refused = (await served.client.post("/api/tools/drive", json=drive)).json()
        assert refused["refusal"]["reason"] == "estop"
        resumed = (await served.client.post("/api/resume")).json()
        assert resumed == {"latched": False, "unarmed": []}
        done = (await served.client.post("/api/tools/drive", json=drive)).json()
        assert done["status"] == "done"

    scenario(tmp_path, test)


def test_resume_can_name_one_device_and_refuses_an_unknown_one(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        toys = served.toys
        cart = toys.fleet.devices["cart"]
        toys.fleet.remove("cart", "unplugged")
        toys.fleet.add(cart, toys.driver)
        rows = (await served.client.get("/api/devices")).json()["devices"]
        assert [row["armed"] for row in rows if row["id"] == "cart"] == [False]
        unknown = await served.client.post("/api/resume", json={"device": "crat"})
        assert unknown.status_code == 404
        assert "cart" in unknown.json()["error"]["message"]
        assert toys.gate.unarmed() == ["cart"]
        resumed = await served.client.post("/api/resume", json={"device": "cart"})
        assert resumed.json()["unarmed"] == []

    scenario(tmp_path, test)


def test_a_risky_call_waits_for_a_yes_that_works_once(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        held = (await served.client.post("/api/tools/set_lock", json=dict(UNLOCK.arguments))).json()
        assert held["refusal"]["reason"] == "needs_confirmation"
        admin = served.new_key("boss", Scope.ADMIN)
        listed = await served.client.get("/api/confirmations", headers=admin)
        waiting = listed.json()["confirmations"]
        assert waiting[0]["device"] == "lock.front"
        assert 0 < waiting[0]["expires_in_s"] <= 60
        path = f"/api/confirmations/{waiting[0]['token']}"
        assert (await served.client.post(path)).status_code == 403
        assert (await served.client.post(path, headers=admin)).json()["status"] == "done"
        again = await served.client.post(path, headers=admin)
        assert again.status_code == 404
        assert again.json()["error"]["code"] == "needs_confirmation"

    scenario(tmp_path, test)


def test_events_are_streamed_by_type_and_never_tell_a_confirmation_token(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        got = ""
        async with served.client.stream("GET", "/api/events") as response:
            pieces = response.aiter_text()
            got += await anext(pieces)
            await served.client.post("/api/tools/set_lock", json=dict(UNLOCK.arguments))
            async for piece in pieces:
                got += piece
                if "event: CommandFinished" in got and got.endswith("\n\n"):
                    break
        told = events(got)
        assert [kind for kind, _ in told] == [
            "CommandStarted",
            "ConfirmationWanted",
            "CommandFinished",
        ]
        token = served.toys.gate.pending()[0].token
        assert token not in got
        assert told[2][1]["receipt"]["device"] == "lock.front"

    scenario(tmp_path, test)


def test_an_open_event_stream_does_not_hold_up_closing(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        async with served.client.stream("GET", "/api/events") as response:
            pieces = response.aiter_text()
            assert await anext(pieces) == ": keep-alive\n\n"
            served.server.app.state.feeds.close()
            assert [piece async for piece in pieces] == []

    scenario(tmp_path, test)


def test_keys_are_made_listed_and_revoked_by_an_admin(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        admin = served.new_key("boss", Scope.ADMIN)
        post, get = served.client.post, served.client.get
        made = await post("/api/keys", headers=admin, json={"name": "tv", "scopes": ["chat"]})
        assert made.status_code == 201
        assert made.headers["cache-control"] == "no-store"
        secret = made.json()["key"]
        listed = (await get("/api/keys", headers=admin)).text
        assert secret not in listed
        key = {"authorization": f"Bearer {secret}"}
        assert (await get("/v1/models", headers=key)).status_code == 200
        twice = await post("/api/keys", headers=admin, json={"name": "tv", "scopes": ["chat"]})
        assert twice.status_code == 409
        for scopes in ([], ["root"], None, 3):
            body = {"name": "x", "scopes": scopes}
            assert (await post("/api/keys", headers=admin, json=body)).status_code == 422
        lines = {"name": "a\nb", "scopes": ["chat"]}
        assert (await post("/api/keys", headers=admin, json=lines)).status_code == 422
        gone = await served.client.delete("/api/keys/tv", headers=admin)
        assert gone.json()["name"] == "tv"
        assert (await get("/v1/models", headers=key)).status_code == 401
        assert (await served.client.delete("/api/keys/tv", headers=admin)).status_code == 404

    scenario(tmp_path, test)


def test_the_audit_tells_who_said_what_and_what_came_of_it(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        await served.client.post("/api/say", json={"text": "light on"})
        served.house.audit.flush()
        admin = served.new_key("boss", Scope.ADMIN)
        row = (await served.client.get("/api/audit?limit=1", headers=admin)).json()["audit"][0]
        told = {key: row[key] for key in ("who", "door", "words", "tool", "decision", "status")}
        assert told == {
            "who": "default",
            "door": "http",
            "words": "light on",
            "tool": "set_light",
            "decision": "allowed",
            "status": "done",
        }
        assert row["arguments"] == {"on": True}
        bad = await served.client.get("/api/audit?limit=0", headers=admin)
        assert bad.status_code == 422
        assert bad.json()["error"]["param"] == "limit"

    scenario(tmp_path, test, Scripted(Propose(LIGHT_ON)))


def test_health_needs_no_key_and_tells_no_reasons(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        health = (await served.client.get("/healthz", headers={"authorization": ""})).json()
        assert (health["status"], health["ready"]) == ("ok", True)
        served.parts["home"] = "degraded: no broker at 10.0.0.7"
        health = (await served.client.get("/healthz")).json()
        assert (health["status"], health["ready"]) == ("degraded", True)
        assert health["parts"] == {"http": "ready", "home": "degraded"}
        served.parts["home"] = "stopped"
        assert (await served.client.get("/healthz")).json()["ready"] is False

    scenario(tmp_path, test)


def test_what_is_scheduled_is_listed_and_cancelled(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        call = Call("set_light", {"device": "light.lamp", "on": True}, after_s=600)
        receipt = await served.house.schedule.run(call, asker(words="later"))
        (row,) = (await served.client.get("/api/schedule")).json()["schedule"]
        assert row["id"] == receipt.scheduled
        assert row["due"] == pytest.approx(time.time() + 600, abs=5)
        assert (row["device"], row["arguments"]) == ("light.lamp", {"on": True})
        assert (row["who"], row["words"]) == ("ann", "later")
        gone = await served.client.delete(f"/api/schedule/{row['id']}")
        assert gone.json() == {"cancelled": row["id"]}
        assert (await served.client.delete(f"/api/schedule/{row['id']}")).status_code == 404
        assert (await served.client.get("/api/schedule")).json() == {"schedule": []}

    scenario(tmp_path, test)
