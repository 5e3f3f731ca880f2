"""`tool_choice`: the demanded call is in the answer or the answer is an error; `none` is none."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import openai
import pytest

from agentd.api import openai as door
from agentd.brains import Propose
from agentd.brains.shape import Shape
from agentd.config import Brain
from agentd.inference.llm.importing import import_gguf
from tests.api.served import FORWARD, LIGHT_ON, Scripted, Served, chat, serve
from tests.api.served import scenario as alone
from tests.api.test_guest_tools import PATH, SEARCH, THEIR_DRIVE, after, calls, scenario
from tests.api.test_json_answers import ANY
from tests.api.test_openai_fields import official
from tests.brains.servers import Script, serving, sse, text, upstream
from tests.inference.llm.conftest import TINY
from tests.peers.fetch_llama import present
from tests.peers.llama import llama_server
from tests.peers.lobechat import NODE_S, lobechat, needs_lobechat

WORDS = "find out what the weather in town is like"
FOUND = calls(("web____search", {"query": "weather"}))
PROSE = [sse(*text("I would rather ", "talk about the weather."))]
NAMED = {"type": "function", "function": {"name": "web____search"}}
DEMANDS: list[Any] = [NAMED, "required"]
LIGHT = ("set_light", {"device": "light.lamp", "on": True})


def told(response: Any) -> tuple[int, str, str]:
    error = response.json()["error"]
    return response.status_code, error["code"], error["param"]


NOT_CALLED = (503, "tool_not_called", "tool_choice")


@pytest.mark.parametrize("choice", DEMANDS)
@pytest.mark.parametrize("stream", [True, False])
def test_words_in_place_of_the_demanded_call_are_an_error_and_never_the_answer(
    tmp_path: Path, choice: Any, stream: bool
) -> None:
    script = Script(PROSE)

    async def test(served: Served) -> None:
        body = chat(WORDS, tools=[SEARCH], tool_choice=choice, stream=stream)
        response = await served.client.post(PATH, json=body)
        assert told(response) == NOT_CALLED
        assert "rather" not in response.text
        assert len(script.bodies) == 2, "asked twice, and no more"
        async with official(served) as client:
            with pytest.raises(openai.InternalServerError, match="did not call"):
                await client.chat.completions.create(**body)

    scenario(tmp_path, script, test)


@pytest.mark.parametrize("choice", DEMANDS)
def test_in_a_stream_that_has_begun_the_error_is_no_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, choice: Any
) -> None:
    monkeypatch.setattr(door, "FIRST_PIECE_S", 0.0)

    async def test(served: Served) -> None:
        async with official(served) as client:
            body = chat(WORDS, tools=[SEARCH], tool_choice=choice, stream=True)
            deltas = [
                each.choices[0].delta async for each in await client.chat.completions.create(**body)
            ]
        assert "".join(each.content or "" for each in deltas) == ""
        assert "did not call" in "".join(each.refusal or "" for each in deltas)

    scenario(tmp_path, Script(PROSE), test)


@pytest.mark.parametrize("choice", DEMANDS)
@pytest.mark.parametrize("stream", [True, False])
def test_the_second_time_theirs_are_offered_alone(
    tmp_path: Path, choice: Any, stream: bool
) -> None:
    script = Script(PROSE, [FOUND])

    async def test(served: Served) -> None:
        body = chat(WORDS, tools=[SEARCH, THEIR_DRIVE], tool_choice=choice, stream=stream)
        response = await served.client.post(PATH, json=body)
        assert response.status_code == 200
        assert "weather" in response.text
        assert "rather" not in response.text, "what was said instead is dropped"
        first, second = ([tool["function"]["name"] for tool in b["tools"]] for b in script.bodies)
        theirs = ["web____search"] if choice == NAMED else ["web____search", "client_drive"]
        assert second == theirs
        assert (first == theirs) is (choice == NAMED), "a named call is that call and no other"

    scenario(tmp_path, script, test)


def test_another_call_than_the_named_one_is_not_it(tmp_path: Path) -> None:
    wrong = calls(("client_drive", {"to": "work"}), LIGHT)
    script = Script(wrong)

    async def test(served: Served) -> None:
        words = "light on for the lamp please, and find the weather in town"
        body = chat(words, tools=[SEARCH, THEIR_DRIVE], tool_choice=NAMED)
        assert told(await served.client.post(PATH, json=body)) == NOT_CALLED
        assert served.toys.driver.applied == []
        script.pieces = calls(("client_drive", {}), ("web____search", {"query": "weather"}))
        choice = (await served.client.post(PATH, json=body)).json()["choices"][0]
        names = [each["function"]["name"] for each in choice["message"]["tool_calls"]]
        assert names == ["web____search"]

    scenario(tmp_path, script, test)


def test_a_call_of_ours_is_not_the_one_that_was_demanded_and_is_not_made(tmp_path: Path) -> None:
    script = Script(calls(LIGHT))

    async def test(served: Served) -> None:
        words = "light on for the lamp please, and find the weather in town"
        body = chat(words, tools=[SEARCH], tool_choice="required")
        assert told(await served.client.post(PATH, json=body)) == NOT_CALLED
        assert served.toys.driver.applied == []
        script.pieces = calls(LIGHT, ("web____search", {"query": "weather"}))
        both = (await served.client.post(PATH, json=body)).json()
        assert both["choices"][0]["finish_reason"] == "tool_calls"
        assert [each["tool"] for each in both["agentd"]["receipts"]] == ["set_light"]

    scenario(tmp_path, script, test)


def test_a_doubt_about_ours_does_not_keep_the_demanded_call_back(tmp_path: Path) -> None:
    two = (LIGHT, ("set_light", {"device": "light.dim", "on": True}))
    script = Script(calls(*two, ("web____search", {"query": "weather"})))

    async def test(served: Served) -> None:
        words = "light on for the lamp and for the dim lamp in ten minutes, and find the weather"
        body = chat(words, tools=[SEARCH], tool_choice="required")
        answer = (await served.client.post(PATH, json=body)).json()["choices"][0]
        assert "what the time is for" in answer["message"]["content"]
        assert len(answer["message"]["tool_calls"]) == 1
        assert served.toys.driver.applied == []

    scenario(tmp_path, script, test)


def test_a_demanded_call_lends_no_right_to_move(tmp_path: Path) -> None:
    drive = ("drive", {"device": "cart", "distance_m": 1})
    script = Script(calls(drive, ("web____search", {"query": "weather"})))

    async def test(served: Served) -> None:
        body = chat(WORDS, tools=[SEARCH], tool_choice="required")
        answer = (await served.client.post(PATH, json=body)).json()
        assert served.toys.driver.applied == []
        assert "choices" not in answer or answer["agentd"]["receipts"] == []

    scenario(tmp_path, script, test)


@pytest.mark.parametrize(
    "more",
    [
        {"tools": [SEARCH], "tool_choice": {"type": "function", "function": {"name": "drive"}}},
        {
            "tools": [{"type": "function", "function": {"name": "agentd____drive"}}, SEARCH],
            "tool_choice": {"type": "function", "function": {"name": "agentd____drive"}},
        },
        {
            "tools": [{"type": "function", "function": {"name": "agentd____drive"}}],
            "tool_choice": "required",
        },
    ],
)
def test_no_tool_of_a_device_can_be_demanded(tmp_path: Path, more: dict[str, Any]) -> None:
    script = Script(calls(("drive", {"device": "cart", "distance_m": 1})))

    async def test(served: Served) -> None:
        for words in (WORDS, "drive the cart forward 1 m"):
            response = await served.client.post(PATH, json=chat(words, **more))
            assert (response.status_code, response.json()["error"]["param"]) == (400, "tool_choice")
            assert "words" in response.json()["error"]["message"]
        assert served.toys.driver.applied == []
        assert script.bodies == []

    scenario(tmp_path, script, test)


@pytest.mark.parametrize("choice", [*DEMANDS, "none"])
def test_a_stop_is_a_stop_whatever_is_demanded(tmp_path: Path, choice: Any) -> None:
    script = Script(FOUND)

    async def test(served: Served) -> None:
        body = chat("stop", tools=[SEARCH], tool_choice=choice)
        answer = (await served.client.post(PATH, json=body)).json()
        assert served.toys.driver.halts > 0
        assert [each["tool"] for each in answer["agentd"]["receipts"]] == ["stop"]
        assert script.bodies == []

    scenario(tmp_path, script, test)


@pytest.mark.parametrize("choice", [*DEMANDS, "none"])
def test_a_yes_says_yes_to_nothing_where_the_calls_are_settled(tmp_path: Path, choice: Any) -> None:
    async def test(served: Served) -> None:
        first = {"role": "user", "content": "unlock the front door"}
        asked = (await served.client.post(PATH, json={"messages": [first]})).json()
        assert asked["agentd"]["receipts"][0]["refusal"]["reason"] == "needs_confirmation"
        yes = [first, asked["choices"][0]["message"], {"role": "user", "content": "yes"}]
        body = {"messages": yes, "tools": [SEARCH], "tool_choice": choice}
        await served.client.post(PATH, json=body)
        assert served.toys.driver.applied == []

    scenario(tmp_path, Script(FOUND), test)


def test_a_demanded_call_comes_before_json_and_before_a_title(tmp_path: Path) -> None:
    script = Script([sse(*text('{"x": 1}'))])

    async def test(served: Served) -> None:
        body = chat(WORDS, tools=[SEARCH], tool_choice="required", response_format=ANY)
        assert told(await served.client.post(PATH, json=body)) == NOT_CALLED
        title = "user: hello there\nassistant: hi\nuser: give this chat a title"
        body = chat(title, tools=[SEARCH], tool_choice="required")
        assert told(await served.client.post(PATH, json=body)) == NOT_CALLED

    scenario(tmp_path, script, test)


def test_the_next_server_is_asked_when_one_does_not_call(tmp_path: Path) -> None:
    talks, finds = Script(PROSE), Script(FOUND)

    async def main() -> None:
        async with serving(talks) as one, serving(finds) as two:
            brains = Brain(upstreams=(upstream(one, "talks"), upstream(two, "finds")))
            async with serve(tmp_path, brains=brains) as served, asyncio.timeout(20):
                body = chat(WORDS, tools=[SEARCH], tool_choice="required")
                answer = (await served.client.post(PATH, json=body)).json()
                assert answer["agentd"]["brain"] == "upstream:finds"
                assert answer["choices"][0]["finish_reason"] == "tool_calls"

    asyncio.run(main())


def test_a_server_that_is_away_is_an_error_and_no_answer_either(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        body = chat(WORDS, tools=[SEARCH], tool_choice="required")
        assert told(await served.client.post(PATH, json=body)) == NOT_CALLED

    scenario(tmp_path, Script(statuses=[500]), test)


def test_a_demand_holds_for_what_comes_after_a_tools_result_too(tmp_path: Path) -> None:
    script = Script(FOUND)

    async def test(served: Served) -> None:
        body = chat(WORDS, tools=[SEARCH], tool_choice="required")
        answer = (await served.client.post(PATH, json=body)).json()
        script.pieces = PROSE
        assert (
            told(await served.client.post(PATH, json=after(body, answer, "Sunny."))) == NOT_CALLED
        )
        free = {**after(body, answer, "Sunny."), "tool_choice": "none"}
        last = (await served.client.post(PATH, json=free)).json()["choices"][0]
        assert last["message"]["content"] == "I would rather talk about the weather."
        assert "tools" not in script.bodies[-1]

    scenario(tmp_path, script, test)


UNDONE = ("turn on the lamp", "is the lamp on?", "turn it off", "drive the cart forward 20 cm")


def test_with_none_no_tool_of_ours_runs_and_the_answer_says_why(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        await served.client.post(PATH, json=chat("turn on the lamp"))
        assert len(served.toys.driver.applied) == 1
        for words in (*UNDONE, "undo that", "cancel all timers"):
            for more in ({}, {"tools": [SEARCH]}):
                body = chat(words, tool_choice="none", **more)
                answer = (await served.client.post(PATH, json=body)).json()
                receipts = answer["agentd"]["receipts"]
                assert all(each["refusal"]["reason"] == "tools_off" for each in receipts), words
                assert words not in UNDONE[:2] or "tool_choice" in str(answer["choices"])
        assert len(served.toys.driver.applied) == 1

    scenario(tmp_path, Script(PROSE), test)


def test_with_none_nothing_that_a_model_proposes_runs_either(tmp_path: Path) -> None:
    script = Script(calls(LIGHT))

    async def test(served: Served) -> None:
        words = "could you possibly do something so that the lamp light goes on please"
        answer = (await served.client.post(PATH, json=chat(words, tool_choice="none"))).json()
        assert served.toys.driver.applied == []
        assert all(each["status"] == "refused" for each in answer["agentd"]["receipts"])
        assert all("tools" not in body for body in script.bodies)

    scenario(tmp_path, script, test)
    own = Scripted(Propose(LIGHT_ON), Propose(FORWARD))

    async def lone(served: Served) -> None:
        answer = (await served.client.post(PATH, json=chat("go", tool_choice="none"))).json()
        assert [each["status"] for each in answer["agentd"]["receipts"]] == ["refused"] * 2
        assert served.toys.driver.applied == []
        assert own.turns[0].tools == ()

    (tmp_path / "lone").mkdir()
    alone(tmp_path / "lone", lone, own)


PLACE = {
    "type": "object",
    "properties": {
        "query": {"type": "string", "maxLength": 8},
        "where": {"$ref": "#/$defs/place"},
    },
    "required": ["query", "where"],
    "additionalProperties": False,
    "$defs": {"place": {"enum": ["town", "sea"]}},
}
FIND = {"type": "function", "function": {"name": "find", "parameters": PLACE}}
BARE = {"type": "function", "function": {"name": "drive"}}
"""Named like one of ours, with no schema at all."""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("tiny")
    (place / "tiny").mkdir()
    file = replace(TINY, seed=11).write(place, **{"llama.context_length": 8192})
    import_gguf(file, place / "tiny")
    return str(place / "tiny")


def local(tmp_path: Path, tiny: str, test: Any, **more: Any) -> None:
    brains = Brain(order=("offline", "local"), local_model=tiny, local_threads=1, **more)

    async def main() -> None:
        async with serve(tmp_path, brains=brains) as served, asyncio.timeout(60):
            await test(served)

    asyncio.run(main())


def test_whatever_the_local_model_would_write_it_makes_the_call(tmp_path: Path, tiny: str) -> None:
    async def test(served: Served) -> None:
        named = {"type": "function", "function": {"name": "find"}}
        body = chat("turn on the lamp", tools=[BARE, FIND], tool_choice=named)
        answer = (await served.client.post(PATH, json=body)).json()
        (call,) = answer["choices"][0]["message"]["tool_calls"]
        assert call["function"]["name"] == "find"
        assert Shape(PLACE).problem(call["function"]["arguments"]) == ""
        assert answer["choices"][0]["finish_reason"] == "tool_calls"
        assert answer["agentd"]["brain"] == "local:tiny"
        again = after({**body, "tool_choice": named}, answer, "Sunny.")
        assert "tool_calls" in (await served.client.post(PATH, json=again)).text
        any_one = {**body, "tool_choice": "required"}
        choice = (await served.client.post(PATH, json=any_one)).json()["choices"][0]
        (call,) = choice["message"]["tool_calls"]
        assert call["function"]["name"] in ("drive", "find")
        assert isinstance(json.loads(call["function"]["arguments"]), dict)
        assert served.toys.driver.applied == []

    local(tmp_path, tiny, test)


def test_a_call_that_the_local_model_cannot_make_is_an_error(tmp_path: Path, tiny: str) -> None:
    evil = {"type": "function", "function": {"name": "find", "parameters": {"$ref": "#/nowhere"}}}

    async def test(served: Served) -> None:
        for tool, more in ((evil, {}), (FIND, {"max_tokens": 3})):
            body = chat(WORDS, tools=[tool], tool_choice="required", **more)
            assert told(await served.client.post(PATH, json=body)) == NOT_CALLED
        free = chat(WORDS, tools=[FIND])
        answer = (await served.client.post(PATH, json=free)).json()
        assert answer["choices"][0]["finish_reason"] != "tool_calls", "it was not demanded"

    local(tmp_path, tiny, test)


@pytest.mark.skipif(not present(), reason="llama.cpp is not fetched: make llama (127 MB)")
def test_a_real_server_makes_the_demanded_call(tmp_path: Path) -> None:
    async def main(url: str) -> None:
        brains = Brain(upstreams=(replace_url(url),))
        async with serve(tmp_path, brains=brains) as served, asyncio.timeout(120):
            named = {"type": "function", "function": {"name": "find"}}
            for choice in (named, "required"):
                body = chat(WORDS, tools=[FIND], tool_choice=choice)
                async with official(served) as client:
                    answer = await client.chat.completions.create(**body)
                (call, *_) = answer.choices[0].message.tool_calls or ()
                assert call.function.name == "find"
                assert Shape(PLACE).problem(call.function.arguments) == ""

    with llama_server(tmp_path) as url:
        asyncio.run(main(url))


def replace_url(url: str) -> Any:
    return upstream(url).model_copy(update={"timeout_s": 100.0})


@needs_lobechat
def test_the_npm_client_gets_the_call_or_an_error(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        body = chat(WORDS, tools=[SEARCH], tool_choice=NAMED)
        asked = {"baseURL": f"{served.url}/v1", "apiKey": served.key, "maxRetries": 0}
        bodies = [body, {**body, "stream": True, "user": "me"}]
        good = await lobechat("lobechat_model.mjs", {**asked, "bodies": bodies})
        call = good[0]["whole"]["choices"][0]["message"]["tool_calls"][0]
        assert call["function"]["name"] == "web____search"
        assert any("tool_calls" in each["choices"][0]["delta"] for each in good[1]["chunks"])
        script.pieces = PROSE
        bodies = [{**each, "user": "you"} for each in bodies]
        for each in await lobechat("lobechat_model.mjs", {**asked, "bodies": bodies}):
            assert (each["error"]["status"], each["error"]["code"]) == (503, "tool_not_called")

    script = Script(FOUND)
    scenario(tmp_path, script, test, seconds=3 * NODE_S)
