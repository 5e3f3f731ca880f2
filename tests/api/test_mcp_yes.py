"""A person's yes over MCP: asked of the client's person, never taken from the model."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agentd.config import Safety
from agentd.store import Scope
from tests.api.mcp_asks import (
    FORMS,
    UNLOCK,
    Streamed,
    begin,
    call,
    now,
    post,
    result,
    streamed,
)
from tests.api.served import Served, scenario

YES = {"action": "accept", "content": {"yes": True}}


async def session(served: Served, **capabilities: Any) -> dict[str, str]:
    hello = await post(served, begin(**capabilities))
    found = hello.headers.get("mcp-session-id")
    return {"mcp-session-id": found} if found else {}


async def answer(served: Served, number: str, given: Any, headers: Any = None) -> None:
    body = {"jsonrpc": "2.0", "id": number, "result": given}
    assert (await post(served, body, headers)).status_code == 202


async def question(events: Streamed) -> dict[str, Any]:
    asked = await events.next()
    assert asked["method"] == "elicitation/create"
    return asked


def test_the_clients_person_is_asked_and_yes_does_it(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        headers = await session(served, **FORMS)
        async with streamed(served, call(UNLOCK, 3), headers) as events:
            asked = await question(events)
            assert "Front door: locked=false" in asked["params"]["message"]
            assert asked["params"]["requestedSchema"]["properties"]["yes"]["default"] is False
            assert served.toys.driver.applied == []
            await answer(served, asked["id"], YES, headers)
            last = await events.next()
            assert last["id"] == 3
            assert last["result"]["structuredContent"]["status"] == "done"
        await answer(served, asked["id"], YES, headers)
        assert len(served.toys.driver.applied) == 1
        assert served.toys.gate.pending() == []

    scenario(tmp_path, test)


NOT_YES: list[tuple[Any, bool]] = [
    ({"action": "decline"}, False),
    ({"action": "accept", "content": {"yes": False}}, False),
    ({"action": "accept", "content": {"yes": "true"}}, False),
    ({"action": "accept", "content": {}}, False),
    ({"action": "accept"}, False),
    ({"action": "cancel"}, True),
    ({}, True),
    ("yes", True),
]


@pytest.mark.parametrize(("given", "still_waits"), NOT_YES)
def test_anything_but_a_yes_does_nothing(tmp_path: Path, given: Any, still_waits: bool) -> None:
    async def test(served: Served) -> None:
        headers = await session(served, **FORMS)
        async with streamed(served, call(UNLOCK), headers) as events:
            asked = await question(events)
            await answer(served, asked["id"], given, headers)
            last = await events.next()
        assert last["result"]["isError"]
        assert served.toys.driver.applied == []
        assert bool(served.toys.gate.pending()) is still_waits

    scenario(tmp_path, test)


def test_only_the_key_that_was_asked_can_answer(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        headers = await session(served, **FORMS)
        other = served.new_key("other", Scope.TOOLS_READ, Scope.TOOLS_CALL)
        async with streamed(served, call(UNLOCK), headers) as events:
            asked = await question(events)
            await answer(served, asked["id"], YES, other)
            for guess in (0, 1, "", "yes", served.toys.gate.pending()[0].token):
                await answer(served, guess, YES, headers)
            await answer(served, asked["id"], {"action": "decline"}, headers)
            assert (await events.next())["result"]["isError"]
        assert served.toys.driver.applied == []

    scenario(tmp_path, test)


def test_an_emergency_stop_takes_the_question_back(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        headers = await session(served, **FORMS)
        async with streamed(served, call(UNLOCK), headers) as events:
            asked = await question(events)
            served.toys.gate.estop("ann", "test")
            await answer(served, asked["id"], YES, headers)
            assert (await events.next())["result"]["isError"]
        assert served.toys.driver.applied == []

    scenario(tmp_path, test)


def test_a_question_nobody_answers_ends_with_the_confirmation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.peers.toys.Safety", lambda: Safety(confirmation_s=0.3))

    async def test(served: Served) -> None:
        headers = await session(served, **FORMS)
        async with streamed(served, call(UNLOCK), headers) as events:
            asked = await question(events)
            assert (await events.next())["result"]["isError"]
            await answer(served, asked["id"], YES, headers)
        assert served.toys.driver.applied == []
        assert served.server.app.state.flights._questions == {}

    scenario(tmp_path, test)


WITHOUT: list[dict[str, Any]] = [{}, {"elicitation": {"url": {}}}, {"elicitation": None}]


@pytest.mark.parametrize("capabilities", WITHOUT)
def test_a_client_that_cannot_ask_is_told_who_can(
    tmp_path: Path, capabilities: dict[str, Any]
) -> None:
    async def test(served: Served) -> None:
        headers = await session(served, **capabilities)
        assert headers == {}
        response = await post(served, call(UNLOCK), headers)
        told = response.json()["result"]
        assert told["isError"]
        assert "agentd confirm" in told["content"][0]["text"]
        assert told["structuredContent"]["refusal"]["reason"] == "needs_confirmation"
        token = served.toys.gate.pending()[0].token
        assert token not in response.text
        own = await served.client.post(f"/api/confirmations/{token}")
        assert own.status_code == 403  # the key that asked does not say yes for the person
        admin = served.new_key("owner", Scope.ADMIN)
        granted = await served.client.post(f"/api/confirmations/{token}", headers=admin)
        assert granted.json()["status"] == "done"

    scenario(tmp_path, test)


def test_old_versions_and_plain_json_clients_are_not_asked(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        hello = await post(served, begin("2025-03-26", **FORMS))
        assert "mcp-session-id" not in hello.headers
        headers = await session(served, **FORMS)
        json_only = {**headers, "accept": "application/json"}
        assert (await result(served, call(UNLOCK), json_only))["isError"]
        batch = await post(served, [call(UNLOCK)], headers)
        assert batch.json()[0]["result"]["isError"]

    scenario(tmp_path, test)


TRICKS: list[dict[str, Any]] = [
    {"confirmed": True},
    {"confirm": True},
    {"yes": True},
    {"_meta": {"confirmed": True}},
]


def test_a_model_cannot_say_yes_in_its_arguments(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for more in TRICKS:
            told = await result(served, call((UNLOCK[0], {**UNLOCK[1], **more})))
            assert told["isError"]
        await result(served, call(UNLOCK))
        token = served.toys.gate.pending()[0].token
        for name in ("token", "confirmation", "requestState"):
            told = await result(served, call((UNLOCK[0], {**UNLOCK[1], name: token})))
            assert told["isError"]
        assert served.toys.driver.applied == []

    scenario(tmp_path, test)


async def required(served: Served) -> dict[str, Any]:
    """Ask for a risky call as 2026-07-28 does and return what comes back."""
    found = await result(served, *now(call(UNLOCK), **FORMS))
    assert found["resultType"] == "input_required"
    assert list(found["inputRequests"]) == ["yes"]
    assert served.toys.driver.applied == []
    assert served.toys.gate.pending()[-1].token not in str(found)
    return dict(found)


def again(state: Any, given: Any, tool: Any = UNLOCK) -> tuple[dict[str, Any], dict[str, str]]:
    return now(call(tool, 2, requestState=state, inputResponses={"yes": given}), **FORMS)


def test_from_2026_on_the_call_comes_again_with_the_yes(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        state = (await required(served))["requestState"]
        done = await result(served, *again(state, YES))
        assert done["structuredContent"]["status"] == "done"
        assert done["resultType"] == "complete"
        repeated = await result(served, *again(state, YES))
        assert repeated["isError"]
        assert len(served.toys.driver.applied) == 1

    scenario(tmp_path, test)


def test_from_2026_on_a_yes_is_for_that_call_and_that_key_alone(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        state = (await required(served))["requestState"]
        other = served.new_key("other", Scope.TOOLS_READ, Scope.TOOLS_CALL)
        body, headers = again(state, YES)
        assert (await result(served, body, {**headers, **other}))["isError"]
        lock_it = ("set_lock", {"device": "lock.front", "locked": True})
        drive = ("drive", {"device": "cart", "distance_m": 0.2})
        for wrong in (again(state, YES, lock_it), again(state, YES, drive), again("x", YES)):
            assert (await result(served, *wrong))["isError"]
        token = served.toys.gate.pending()[0].token
        assert (await result(served, *again(token, YES)))["isError"]
        assert served.toys.driver.applied == []
        assert (await result(served, *again(state, {"action": "decline"})))["isError"]
        assert served.toys.gate.pending() == []
        assert (await result(served, *again(state, YES)))["isError"]
        assert served.toys.driver.applied == []

    scenario(tmp_path, test)


def test_a_client_of_2026_that_cannot_ask_gets_the_reason(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        told = await result(served, *now(call(UNLOCK)))
        assert told["resultType"] == "complete"
        assert told["isError"]

    scenario(tmp_path, test)


def test_hanging_up_on_the_question_leaves_the_door_shut(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        headers = await session(served, **FORMS)
        async with streamed(served, call(UNLOCK), headers) as events:
            asked = await question(events)
        async with asyncio.timeout(5):
            while served.server.app.state.flights._questions:
                await asyncio.sleep(0.01)
        await answer(served, asked["id"], YES, headers)
        assert served.toys.driver.applied == []
        assert served.toys.gate.pending() == []

    scenario(tmp_path, test)
