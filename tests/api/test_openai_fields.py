"""Every field of a chat completion is honoured or refused; none is left out in silence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import openai
import pytest

from agentd.brains import Propose
from agentd.config import Brain
from agentd.errors import BrainError
from agentd.inference.llm.importing import import_gguf
from tests.api.served import FORWARD, LIGHT_ON, Scripted, Served, chat, scenario, serve
from tests.api.test_guest_tools import PATH, SEARCH, calls
from tests.api.test_guest_tools import scenario as upstreamed
from tests.brains.servers import Script, sse, text
from tests.inference.llm.conftest import TINY

TALK = "tell me about the weather in Rome"
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
SAID = {"type": "text", "text": "turn on the lamp"}


def official(served: Served) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{served.url}/v1", api_key=served.key, max_retries=0)


async def answered(served: Served, words: str, **more: Any) -> list[tuple[str, str]]:
    """Return text and finish reason, in one piece and as a stream."""
    found = []
    async with official(served) as client:
        asked: dict[str, Any] = {**chat(words), **more}
        whole = (await client.chat.completions.create(**asked)).choices[0]
        found.append((whole.message.content or "", whole.finish_reason))
        served.server.app.state.once._answers.clear()
        said, finish = "", ""
        async for chunk in await client.chat.completions.create(**asked, stream=True):
            said += chunk.choices[0].delta.content or ""
            finish = chunk.choices[0].finish_reason or finish
        found.append((said, finish))
    return found


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"logprobs": True}, "logprobs"),
    ({"top_logprobs": 2}, "top_logprobs"),
    ({"logit_bias": {"50256": -100}}, "logit_bias"),
    ({"functions": [{"name": "search"}]}, "functions"),
    ({"function_call": "auto"}, "function_call"),
    ({"modalities": ["text", "audio"]}, "modalities"),
    ({"audio": {"voice": "alloy", "format": "wav"}}, "audio"),
    ({"prediction": {"type": "content", "content": "x"}}, "prediction"),
    ({"web_search_options": {"x": 1}}, "web_search_options"),
    ({"n": 2}, "n"),
    ({"n": True}, "n"),
    ({"n": 0}, "n"),
    ({"temperature": 2.1}, "temperature"),
    ({"temperature": -0.1}, "temperature"),
    ({"temperature": "hot"}, "temperature"),
    ({"top_p": 1.5}, "top_p"),
    ({"presence_penalty": 3}, "presence_penalty"),
    ({"frequency_penalty": True}, "frequency_penalty"),
    ({"seed": 1.5}, "seed"),
    ({"seed": 2**70}, "seed"),
    ({"max_tokens": 0}, "max_tokens"),
    ({"max_completion_tokens": -1}, "max_completion_tokens"),
    ({"max_tokens": 5, "max_completion_tokens": 6}, "max_tokens"),
    ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
    ({"stop": ""}, "stop"),
    ({"stop": [1]}, "stop"),
    ({"stop": {"a": 1}}, "stop"),
    ({"stop": "x" * 257}, "stop"),
    ({"model": ["agentd"]}, "model"),
    ({"parallel_tool_calls": 1.5}, "parallel_tool_calls"),
    ({"tools": [SEARCH], "tool_choice": "required"}, "tool_choice"),
    ({"tools": [SEARCH], "tool_choice": {"function": {"name": "web____search"}}}, "tool_choice"),
    ({"response_format": "json"}, "response_format"),
    ({"response_format": {"type": "json_object"}, "stop": "}"}, "stop"),
    ({"response_format": {"type": "xml"}}, "response_format"),
    ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
    (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "a b"}}},
        "response_format.json_schema.name",
    ),
    (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": 1}}},
        "response_format.json_schema.schema",
    ),
    (
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "a", "schema": {"$ref": "https://evil.example"}},
            }
        },
        "response_format.json_schema.schema",
    ),
]


def test_what_nobody_here_can_do_is_refused_before_anything_moves(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for more, param in REFUSED:
            for stream in (False, True):
                body = chat("turn on the lamp", stream=stream, **more)
                response = await served.client.post(PATH, json=body)
                assert response.status_code == 400, more
                error = response.json()["error"]
                assert (error["param"], error["type"]) == (param, "invalid_request_error"), more
        assert served.toys.driver.applied == []

    scenario(tmp_path, test, Scripted(Propose(LIGHT_ON)))


def test_what_changes_nothing_here_is_accepted(tmp_path: Path) -> None:
    usual = {
        "n": 1,
        "logprobs": False,
        "top_logprobs": None,
        "logit_bias": {},
        "modalities": ["text"],
        "temperature": 1,
        "top_p": 1,
        "presence_penalty": 0,
        "frequency_penalty": 0,
        "seed": 7.0,
        "store": False,
        "user": "me",
        "stop": None,
        "max_tokens": None,
        "response_format": {"type": "text"},
        "parallel_tool_calls": True,
        "reasoning_effort": "low",
        "service_tier": "auto",
        "vendor_extra": {"x": 1},
    }

    async def test(served: Served) -> None:
        response = await served.client.post(PATH, json=chat("turn on the lamp", **usual))
        assert response.json()["choices"][0]["message"]["content"] == "Lamp: on.\n"

    scenario(tmp_path, test, Scripted(Propose(LIGHT_ON)))


@pytest.mark.parametrize(
    ("part", "place", "what"),
    [
        (PICTURE, 0, "picture"),
        ({"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}, 0, "recording"),
        ({"type": "file", "file": {"file_id": "x"}}, 0, "file"),
        ({"type": "smell"}, 0, "smell"),
        ({"type": "text"}, 0, "without text"),
        (PICTURE, 1, "picture"),
    ],
)
def test_a_part_that_is_not_text_is_refused_and_never_dropped(
    tmp_path: Path, part: dict[str, Any], place: int, what: str
) -> None:
    async def test(served: Served) -> None:
        messages = [{"role": "user", "content": [SAID, part]}]
        if place:
            messages = [{"role": "system", "content": "Be kind."}, *messages]
            messages += [
                {"role": "assistant", "content": [{"type": "text", "text": "Lamp: on."}]},
                {"role": "user", "content": "turn on the lamp"},
            ]
        response = await served.client.post(PATH, json={"messages": messages})
        assert response.status_code == 400
        error = response.json()["error"]
        assert what in error["message"]
        assert error["param"] == f"messages[{place}].content[1]"
        assert served.toys.driver.applied == []

    scenario(tmp_path, test, Scripted(Propose(LIGHT_ON)))


def test_a_picture_reaches_another_servers_model_as_it_is(tmp_path: Path) -> None:
    script = Script([sse(*text("A cat."))])

    async def test(served: Served) -> None:
        body = {"messages": [{"role": "user", "content": [SAID, PICTURE]}], "logprobs": True}
        refused = await served.client.post(PATH, json={**body, "model": "agentd"})
        assert "tiny" in refused.json()["error"]["message"]
        await served.client.post(PATH, json={**body, "model": "tiny"})
        assert script.bodies == [{**body, "model": "tiny"}]

    upstreamed(tmp_path, script, test)


def test_stop_ends_what_is_said_and_hides_no_receipt(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        lamp, cart = "Lamp: was already on.", "Cart: forward 20 cm."
        await served.client.post(PATH, json=chat("at first"))
        assert await answered(served, "go", stop="\n") == [(f"{lamp} {cart} ", "stop")] * 2
        assert await answered(served, "go", stop=["Cart", "x"]) == [(f"{lamp}\n", "stop")] * 2
        last = await served.client.post(PATH, json=chat("go", stop=["Lamp", "Cart"]))
        assert last.json()["choices"][0]["message"]["content"] == ""
        told = [each["tool"] for each in last.json()["agentd"]["receipts"]]
        assert told == ["set_light", "drive"]

    scenario(tmp_path, test, Scripted(Propose(LIGHT_ON), Propose(FORWARD)))


def test_stop_ends_a_models_words_wherever_they_are_cut(tmp_path: Path) -> None:
    script = Script([sse(*text("It is ", "sunny. Ob", "servation: none"))])

    async def test(served: Served) -> None:
        found = await answered(served, TALK, stop=["Observation:"])
        assert found == [("It is sunny. ", "stop")] * 2
        assert script.bodies[0]["stop"] == ["Observation:"]
        script.pieces = [sse(*text("It is sunny. ", "Obs"))]
        begun = [("It is sunny. Obs", "stop")] * 2
        assert await answered(served, f"{TALK}, please", stop="Observation:") == begun

    upstreamed(tmp_path, script, test)


def test_a_limit_of_tokens_is_for_models_and_cuts_no_receipt(tmp_path: Path) -> None:
    script = Script([sse(*text("It is su", finish="length"))])

    async def test(served: Served) -> None:
        assert await answered(served, TALK, max_tokens=3) == [("It is su", "length")] * 2
        assert await answered(served, TALK, max_completion_tokens=3) == [("It is su", "length")] * 2
        names = [{"max_tokens", "max_completion_tokens"} & set(body) for body in script.bodies]
        assert names == [{"max_tokens"}] * 2 + [{"max_completion_tokens"}] * 2
        lamp = (await served.client.post(PATH, json=chat("turn on the lamp", max_tokens=1))).json()
        choice = lamp["choices"][0]
        assert (choice["message"]["content"], choice["finish_reason"]) == ("Lamp: on.\n", "stop")

    upstreamed(tmp_path, script, test)


def test_a_server_is_sent_what_the_client_asked_for_and_nothing_else(tmp_path: Path) -> None:
    script = Script([sse(*text("Sunny."))])
    wishes = {"seed": 7, "temperature": 0.2, "top_p": 0.9, "stop": ["x"], "max_tokens": 50}

    async def test(served: Served) -> None:
        await served.client.post(PATH, json=chat(TALK, **wishes, presence_penalty=0, user="me"))
        await served.client.post(PATH, json=chat(f"{TALK}, please"))
        first, second = (
            {*body} - {"messages", "model", "stream", "tools"} for body in script.bodies
        )
        assert first == set(wishes)
        assert {name: script.bodies[0][name] for name in wishes} == wishes
        assert second == set()

    upstreamed(tmp_path, script, test)


def test_a_client_that_wants_one_call_at_a_time_gets_one(tmp_path: Path) -> None:
    script = Script(calls(("web____search", {"query": "a"}), ("web____search", {"query": "b"})))

    async def test(served: Served) -> None:
        for more, count in (({}, 2), ({"parallel_tool_calls": False}, 1)):
            body = chat("search for a and for b", tools=[SEARCH], tool_choice="required", **more)
            choice = (await served.client.post(PATH, json=body)).json()["choices"][0]
            assert choice["finish_reason"] == "tool_calls"
            assert len(choice["message"]["tool_calls"]) == count
        assert "parallel_tool_calls" not in script.bodies[0]
        assert script.bodies[1]["parallel_tool_calls"] is False

    upstreamed(tmp_path, script, test)


def test_the_local_model_keeps_to_the_limit_and_says_the_same_again(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    tiny = replace(TINY, seed=3).write(tmp_path, **{"llama.context_length": 8192})
    import_gguf(tiny, tmp_path / "tiny")
    brains = Brain(order=("local",), local_model=str(tmp_path / "tiny"), local_threads=1)

    async def main() -> None:
        async with serve(tmp_path, brains=brains) as served, asyncio.timeout(60):
            short, again = await answered(served, TALK, max_tokens=4, seed=3)
            assert short == again
            assert short[1] == "length"
            (longer, _) = await answered(served, TALK, max_tokens=8, seed=3)
            assert longer[0].startswith(short[0])
            assert len(longer[0]) > len(short[0])
            said = longer[0]
            at = next(at for at in range(1, len(said)) if said[at] not in said[:at])
            assert (
                await answered(served, TALK, max_tokens=8, stop=said[at])
                == [(said[:at], "stop")] * 2
            )

    asyncio.run(main())


ELSEWHERE: Sequence[tuple[str, str]] = [
    ("POST", "/v1/responses"),
    ("GET", "/v1/responses/resp_1"),
    ("POST", "/v1/embeddings"),
    ("POST", "/v1/completions"),
    ("POST", "/v1/images/generations"),
    ("POST", "/v1/audio/speech"),
    ("GET", "/v1/files"),
    ("GET", "/v1/chat/completions/chatcmpl-1"),
]


def test_what_is_not_here_says_what_to_do_instead(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for method, path in ELSEWHERE:
            response = await served.client.request(method, path)
            assert response.status_code == 404
            error = response.json()["error"]
            assert error["code"] == "unsupported_endpoint"
            assert "agentd" in error["message"]
        unknown = (await served.client.get("/v1/respons")).json()["error"]
        assert unknown["code"] == "not_found"
        async with official(served) as client:
            with pytest.raises(openai.NotFoundError, match="no embeddings"):
                await client.embeddings.create(model="agentd", input="hi")
            with pytest.raises(openai.NotFoundError, match="chat/completions"):
                await client.responses.create(model="agentd", input="hi")

    scenario(tmp_path, test)


def test_every_failure_at_v1_is_in_the_shape_that_openai_clients_read(tmp_path: Path) -> None:
    brain = Scripted()

    async def test(served: Served) -> None:
        big = json.dumps(chat("x" * 2_000_000))
        knocks: list[tuple[int, str, str, dict[str, Any]]] = [
            (400, "POST", PATH, {"content": b"{"}),
            (401, "POST", PATH, {"json": chat(), "headers": {"authorization": ""}}),
            (403, "GET", "/v1/models", {"headers": served.new_key("button", "estop")}),
            (404, "GET", "/v1/nothing", {}),
            (404, "GET", "/v1/models/gpt", {}),
            (405, "GET", PATH, {}),
            (405, "DELETE", "/v1/models/agentd", {}),
            (405, "OPTIONS", PATH, {}),
            (413, "POST", PATH, {"content": big}),
            (421, "GET", "/v1/models", {"headers": {"host": "evil.example"}}),
        ]
        for status, method, path, more in knocks:
            response = await served.client.request(method, path, **more)
            assert response.status_code == status, (method, path)
            error = response.json()["error"]
            assert set(error) == {"message", "type", "code", "param"}
            assert error["message"]
            assert status != 405 or response.headers["allow"]
        brain.thoughts, brain.error = (), RuntimeError("a bug")
        bug = await served.client.post(PATH, json=chat("with a bug"))
        assert (bug.status_code, bug.json()["error"]["code"]) == (500, "internal_error")
        assert bug.headers["x-content-type-options"] == "nosniff"
        assert bug.headers["x-agentd-trace"]
        brain.error = BrainError("The server is away.")
        assert (await served.client.post(PATH, json=chat("without"))).status_code == 200

    scenario(tmp_path, test, brain)


def test_too_many_requests_say_when_to_come_back(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        responses = [await served.client.get("/v1/models") for _ in range(4)]
        late = responses[-1]
        assert late.status_code == 429
        assert late.json()["error"]["type"] == "rate_limit_error"
        assert int(late.headers["retry-after"]) > 0

    scenario(tmp_path, test, requests_per_minute=2)
