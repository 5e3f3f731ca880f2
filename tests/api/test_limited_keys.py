"""What a key that may touch some devices gets at each door, and keys at the admin's door."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from agentd.brains import Propose, Say
from agentd.config import Budgets
from agentd.events import KeyChanged, PortSeen, StateReported
from agentd.model import Call
from agentd.store import Scope
from tests.api.mcp_asks import ask, call, error, post, result, tell
from tests.api.served import FORWARD, LIGHT_ON, Scripted, Served, scenario, until

EVERYDAY = (Scope.CHAT, Scope.TOOLS_READ, Scope.TOOLS_CALL)


def guest(served: Served, *devices: str, name: str = "guest") -> dict[str, str]:
    secret = served.house.keys.create(name, EVERYDAY, devices=devices)[1]
    return {"authorization": f"Bearer {secret}"}


def test_a_guest_sees_the_guests_devices_and_nothing_of_the_rest(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        key = guest(served, "light.lamp")
        later = Call("set_lock", {"device": "lock.front", "locked": True}, after_s=60)
        owner = await served.client.post("/api/say", json={"text": "lock the door later"})
        assert owner.json()["receipts"][0]["status"] == "accepted", later
        seen = (await served.client.get("/api/devices", headers=key)).json()
        assert [row["id"] for row in seen["devices"]] == ["light.lamp"]
        assert (seen["ports"], seen["problems"]) == ([], [])
        tools = (await served.client.get("/api/tools", headers=key)).text
        assert "light.lamp" in tools
        for hidden in ("light.dim", "lock.front", "cart", '"drive"'):
            assert hidden not in tools
        listed = await served.client.get("/api/schedule", headers=key)
        assert listed.json() == {"schedule": []}
        (entry,) = served.house.schedule.entries()
        path = f"/api/schedule/{entry.id}"
        assert (await served.client.delete(path, headers=key)).status_code == 404
        assert len(served.house.schedule.entries()) == 1

    later = Call("set_lock", {"device": "lock.front", "locked": True}, after_s=60)
    scenario(tmp_path, test, Scripted(Propose(later)))


@pytest.mark.parametrize("path", ["/api/tools/drive", "/api/say", "/v1/chat/completions"])
def test_no_door_lets_a_guest_drive(tmp_path: Path, path: str) -> None:
    async def test(served: Served) -> None:
        key = guest(served, "light.*")
        body: dict[str, Any] = {
            "/api/tools/drive": dict(FORWARD.arguments),
            "/api/say": {"text": "drive forward 20 cm"},
            "/v1/chat/completions": {"messages": [{"role": "user", "content": "drive forward"}]},
        }[path]
        answer = (await served.client.post(path, json=body, headers=key)).json()
        receipts = answer.get("receipts") or answer.get("agentd", {}).get("receipts") or [answer]
        assert [each["refusal"]["reason"] for each in receipts] == ["not_allowed"]
        assert served.toys.driver.applied == []
        served.house.audit.flush()
        (row,) = served.house.audit.recent()
        ids = {each.name: each.id for each in served.house.keys.list()}
        assert (row["who"], row["key"], row["reason"]) == ("guest", ids["guest"], "not_allowed")

    scenario(tmp_path, test, Scripted(Propose(FORWARD)))


def test_a_guest_may_stop_everything_and_may_not_let_everything_move_again(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        key = guest(served, "light.*")
        assert (await served.client.post("/api/stop", headers=key)).status_code == 200
        for body in ({}, {"device": "cart"}, {"device": "no.such"}):
            got = await served.client.post("/api/resume", json=body, headers=key)
            assert (got.status_code, got.json()["error"]["code"]) == (403, "not_allowed")
        assert served.toys.gate.latched
        assert (await served.client.post("/api/resume")).json()["latched"] is False
        driver = guest(served, "cart", name="driver")
        got = await served.client.post("/api/resume", json={"device": "cart"}, headers=driver)
        assert got.status_code == 200

    scenario(tmp_path, test)


def test_a_guest_hears_of_the_guests_devices_alone_and_not_after_the_key_ended(
    tmp_path: Path,
) -> None:
    async def test(served: Served) -> None:
        key, got = guest(served, "light.lamp"), ""
        bus = served.toys.bus
        async with served.client.stream("GET", "/api/events", headers=key) as response:
            pieces = response.aiter_text()
            await anext(pieces)
            bus.publish(StateReported(device_id="cart", state={"x_m": 1.0}))
            bus.publish(PortSeen(port="usb", what="{}", state="ready"))
            bus.publish(KeyChanged(deed="make", key="agd_1", name="secret-name", by="local"))
            lock = {"device": "lock.front", "locked": False}
            await served.client.post("/api/tools/set_lock", json=lock)
            bus.publish(StateReported(device_id="light.lamp", state={"on": True}))
            while "light.lamp" not in got:
                got += await anext(pieces)
            served.house.keys.revoke("guest")
            bus.publish(StateReported(device_id="light.lamp", state={"on": "after"}))
            got += "".join([piece async for piece in pieces])
        assert "event: StateReported" in got
        for hidden in ("cart", "lock.front", "usb", "secret-name", "after"):
            assert hidden not in got

    scenario(tmp_path, test)


def test_an_admin_makes_limits_rotates_and_ends_keys_and_the_audit_tells(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        boss = served.new_key("boss", Scope.ADMIN)

        async def ask(method: str, path: str, body: Any = None, status: int = 201) -> Any:
            got = await served.client.request(method, path, json=body, headers=boss)
            assert got.status_code == status, got.text
            return got.json()

        wanted = {"name": "tv", "scopes": ["chat"], "devices": ["light.*"], "expires_in_s": 600}
        made = await ask("POST", "/api/keys", wanted)
        assert (made["devices"], made["scopes"]) == (["light.*"], ["chat", "estop"])
        assert made["expires"] > made["created"] + 590
        first = {"authorization": f"Bearer {made['key']}"}
        assert (await served.client.get("/v1/models", headers=first)).status_code == 200
        turned = await ask("POST", "/api/keys/tv/rotate")
        assert turned["key"] != made["key"]
        assert turned["devices"] == ["light.*"]
        assert (await served.client.get("/v1/models", headers=first)).status_code == 401
        graced = await ask("POST", "/api/keys/tv/rotate", {"grace_s": 60})
        for secret in (turned["key"], graced["key"]):
            headers = {"authorization": f"Bearer {secret}"}
            assert (await served.client.get("/v1/models", headers=headers)).status_code == 200
        listed = (await ask("GET", "/api/keys", status=200))["keys"]
        assert [row["valid"] for row in listed if row["name"] == "tv"] == [False, True, True]
        assert graced["key"] not in json.dumps(listed)
        await ask("POST", f"/api/keys/{graced['id']}/rotate")
        await ask("DELETE", f"/api/keys/{turned['id']}", status=200)
        await ask("DELETE", "/api/keys/tv", status=200)
        await ask("DELETE", "/api/keys/tv", status=404)
        await ask("POST", "/api/keys/tv/rotate", status=404)
        for wrong in (
            {"scopes": ["chat"], "devices": "light"},
            {"scopes": ["chat"], "devices": [1]},
            {"scopes": ["chat"], "expires_in_s": -1},
            {"scopes": ["chat"], "expires_in_s": "soon"},
            {"scopes": ["chat"], "expires_in_s": True},
            {"scopes": ["root"]},
        ):
            await ask("POST", "/api/keys", {"name": "x", **wrong}, 422)
        await ask("POST", "/api/keys", {"name": "x", "scopes": ["admin"], "devices": []}, 409)
        served.house.audit.flush()
        rows = [(row["tool"], row["who"]) for row in served.house.audit.recent()]
        assert rows[::-1] == [
            ("make_key", "boss"),
            ("rotate_key", "boss"),
            ("rotate_key", "boss"),
            ("rotate_key", "boss"),
            ("revoke_key", "boss"),
            ("revoke_key", "boss"),
        ]
        told = json.dumps(served.house.audit.recent())
        assert made["key"] not in told and made["id"] in told

    scenario(tmp_path, test)


def test_one_key_has_so_many_streams_and_the_others_theirs(tmp_path: Path) -> None:
    brain = Scripted(Say("Done."))

    async def test(served: Served) -> None:
        brain.hold = asyncio.Event()
        body = {"text": "wait"}
        asked = [asyncio.create_task(served.client.post("/api/say", json=body)) for _ in range(2)]
        await until(lambda: len(brain.turns) == 2)
        more = await served.client.post("/api/say", json=body)
        assert (more.status_code, more.headers["retry-after"]) == (429, "1")
        assert more.json()["error"]["code"] == "too_many_streams"
        assert (await served.client.get("/api/events")).status_code == 429
        other = served.new_key("other", Scope.CHAT)
        theirs = asyncio.create_task(served.client.post("/api/say", json=body, headers=other))
        await until(lambda: len(brain.turns) == 3)
        assert (await served.client.post("/api/stop")).status_code == 200
        brain.hold.set()
        for each in (*asked, theirs):
            assert (await each).status_code == 200
        assert (await served.client.post("/api/say", json=body)).status_code == 200

    scenario(tmp_path, test, brain, streams_per_key=2)


def test_one_key_sends_so_many_requests_and_may_always_stop(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        got = [await served.client.get("/v1/models") for _ in range(12)]
        assert [each.status_code for each in got] == [200] * 10 + [429] * 2
        assert int(got[-1].headers["retry-after"]) > 0
        assert got[-1].json()["error"]["type"] == "rate_limit_error"
        for _ in range(20):
            assert (await served.client.post("/api/stop")).status_code == 200
        other = served.new_key("other", Scope.CHAT)
        assert (await served.client.get("/v1/models", headers=other)).status_code == 200

    scenario(tmp_path, test, requests_per_minute=10)


def test_light_on_is_still_a_guests_to_say(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        key = guest(served, "light.lamp")
        body = {"text": "light on"}
        answer = (await served.client.post("/api/say", json=body, headers=key)).json()
        assert answer["receipts"][0]["status"] == "done"

    scenario(tmp_path, test, Scripted(Propose(LIGHT_ON)))


def test_over_mcp_a_guest_sees_the_guests_devices_and_nothing_of_the_rest(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        key = guest(served, "light.lamp")
        told = [
            json.dumps(await result(served, asked, key))
            for asked in (
                ask("tools/list"),
                ask("resources/list"),
                ask("resources/read", uri="agentd://devices"),
                ask("prompts/get", name="house_report"),
            )
        ]
        for page in told:
            assert "light.lamp" in page
            for hidden in ("light.dim", "lock.front", "cart", '"drive"'):
                assert hidden not in page
        other = ask("resources/read", uri="agentd://devices/lock.front")
        assert "not found" in (await error(served, other, 200, key))["message"]
        known = ask(
            "completion/complete",
            ref={"type": "ref/resource", "uri": "agentd://devices/{id}"},
            argument={"name": "id", "value": "l"},
        )
        assert (await result(served, known, key))["completion"]["values"] == ["light.lamp"]
        for tool in (("drive", dict(FORWARD.arguments)), ("get_state", {"device": "lock.front"})):
            refused = await result(served, call(tool), key)
            assert refused["structuredContent"]["refusal"]["reason"] == "not_allowed"
        assert served.toys.driver.applied == []

    scenario(tmp_path, test)


def test_the_plugins_list_and_calls_end_where_the_keys_devices_end(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        key = guest(served, "light.lamp")
        listed = await served.client.post("/api/plugin/list_devices", headers=key)
        assert [row["device"] for row in listed.json()["devices"]] == ["light.lamp"]
        lock = next(each for each in served.toys.gate.devices if each.id == "lock.front")
        for said in (lock.id, lock.name):
            body = {"device": said, "locked": True}
            answer = await served.client.post("/api/plugin/set_lock", json=body, headers=key)
            assert (answer.json()["ok"], answer.json()["reason"]) == (False, "not_allowed")
        assert served.toys.driver.applied == []

    scenario(tmp_path, test)


def test_a_limited_key_gets_no_figures_and_hears_of_no_other_keys_sentences(
    tmp_path: Path,
) -> None:
    async def test(served: Served) -> None:
        key = guest(served, "light.lamp")
        page = await served.client.get("/metrics", headers=key)
        assert (page.status_code, page.json()["error"]["code"]) == (403, "not_allowed")
        heard = []
        async with served.client.stream("GET", "/api/events", headers=key) as events:
            lines = events.aiter_lines()
            await anext(lines)
            await served.client.post("/api/say", json={"text": "the owner speaks"})
            await served.client.post("/api/say", json={"text": "the guest speaks"}, headers=key)
            async with asyncio.timeout(5):
                async for line in lines:
                    heard.append(line)
                    if line.startswith("data:") and '"guest"' in line:
                        break
        assert "SentenceAnswered" in "\n".join(heard)
        assert '"default"' not in "\n".join(heard)

    scenario(tmp_path, test, Scripted(Say("hello")))


def test_a_limited_key_learns_what_became_of_its_devices_and_not_what_others_said(
    tmp_path: Path,
) -> None:
    """Neither in events nor in the schedule, though the deed is on the guest's own device."""

    async def test(served: Served) -> None:
        key, got = guest(served, "light.lamp", "lock.front"), ""
        words = "code 4711, light on"
        said = {"text": words, "conversation": "owners-talk", "area": "owner-room"}
        ids = [each.id for each in served.house.keys.list() if each.name == "default"]
        async with served.client.stream("GET", "/api/events", headers=key) as events:
            pieces = events.aiter_text()
            await anext(pieces)
            trace = (await served.client.post("/api/say", json=said)).json()["trace"]
            served.toys.gate.estop("default", words)
            while "EStopLatched" not in got:
                got += await anext(pieces)
            served.toys.gate.reset("default")
            mine = {"text": "guest speaks", "conversation": "guests-talk"}
            await served.client.post("/api/say", json=mine, headers=key)
            while "SentenceAnswered" not in got:
                got += await anext(pieces)
        for event in ("CommandStarted", "CommandFinished", "ConfirmationWanted"):
            assert got.count(f"event: {event}\n") == 2 + (event != "ConfirmationWanted") * 4
        theirs, _, its_own = got.partition("event: EStopReset")
        for hidden in ("code 4711", "owners-talk", "owner-room", '"who": "default"', trace, *ids):
            assert hidden not in theirs
        assert '"words": "guest speaks", ' in its_own and "guests-talk" in its_own
        rows = (await served.client.get("/api/schedule", headers=key)).json()["schedule"]
        assert [(row["who"], row["words"]) for row in rows] == [("", ""), ("guest", "guest speaks")]
        rows = (await served.client.get("/api/schedule")).json()["schedule"]
        assert [row["words"] for row in rows] == [words, "guest speaks"]

    later = Call("set_light", {"device": "light.lamp", "on": False}, after_s=60)
    unlock = Call("set_lock", {"device": "lock.front", "locked": False})
    scenario(tmp_path, test, Scripted(Propose(LIGHT_ON), Propose(unlock), Propose(later)))


@pytest.mark.parametrize("door", ["/api/tools/", "/api/plugin/", "/mcp"])
def test_a_spent_budget_ends_at_every_door(tmp_path: Path, door: str) -> None:
    async def test(served: Served) -> None:
        light = {"device": "light.lamp", "on": True}
        for reason in ("", "budget"):
            if door == "/mcp":
                told = (await result(served, call(("set_light", light))))["structuredContent"]
            else:
                told = (await served.client.post(f"{door}set_light", json=light)).json()
            assert (told.get("refusal") or told).get("reason", "") == reason
        assert len(served.toys.driver.applied) == 1

    scenario(tmp_path, test, budgets=Budgets(calls=1))


def test_mcp_counts_among_a_keys_requests_and_its_stops_do_not(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for _ in range(3):
            assert (await post(served, ask("ping"))).status_code == 200
        limited = await post(served, ask("ping"))
        assert limited.status_code == 429
        assert int(limited.headers["retry-after"]) > 0
        ended = await post(served, tell("notifications/cancelled", requestId=1))
        assert ended.status_code == 202
        stopped = await result(served, call(("emergency_stop", {})))
        assert stopped["structuredContent"]["status"] == "done"
        assert served.toys.gate.latched

    scenario(tmp_path, test, requests_per_minute=3)
