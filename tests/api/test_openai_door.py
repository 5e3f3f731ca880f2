"""The official `openai` client, streaming and not, and raw bytes where it hides too much."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import openai
import pytest

from agentd.api import once
from agentd.brains import Propose, Say
from agentd.errors import AgentdError, BrainError
from agentd.model import Call
from tests.api.served import FORWARD, LIGHT_ON, Scripted, Served, chat, scenario, until

HELLO = [{"role": "user", "content": "light on"}]


def official(served: Served, **more: Any) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(
        base_url=f"{served.url}/v1", api_key=more.pop("key", served.key), max_retries=0, **more
    )


def test_the_official_async_client_gets_a_whole_answer_with_receipts(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        async with official(served) as client:
            answer = await client.chat.completions.create(model="agentd", messages=HELLO)
        assert answer.choices[0].message.content == "Lamp: on.\n"
        assert answer.choices[0].finish_reason == "stop"
        assert answer.usage and answer.usage.total_tokens > 0
        extra = answer.model_extra["agentd"]
        assert extra["brain"] == "scripted"
        assert [(each["device"], each["status"]) for each in extra["receipts"]] == [
            ("light.lamp", "done")
        ]
        assert served.brain.turns[0].words == "light on"
        assert served.brain.turns[0].asker.door == "openai"

    scenario(tmp_path, test, Scripted(Propose(LIGHT_ON)))


def test_the_official_async_client_streams_with_a_usage_chunk_of_its_own(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        async with official(served) as client:
            stream = await client.chat.completions.create(
                model="agentd",
                messages=HELLO,
                stream=True,
                stream_options={"include_usage": True},
            )
            chunks = [chunk async for chunk in stream]
        assert chunks[0].choices[0].delta.role == "assistant"
        text = "".join(each.choices[0].delta.content or "" for each in chunks if each.choices)
        assert text == "Lamp: on.\n"
        assert chunks[-2].choices[0].finish_reason == "stop"
        assert chunks[-2].model_extra["agentd"]["receipts"][0]["tool"] == "set_light"
        assert chunks[-1].choices == []
        assert chunks[-1].usage is not None
        assert all(each.usage is None for each in chunks[:-1])
        assert len({each.id for each in chunks}) == 1

    scenario(tmp_path, test, Scripted(Say("One. "), Say("Two. "), Propose(LIGHT_ON)))


def test_the_official_sync_client_works_too(tmp_path: Path) -> None:
    def talk(served: Served) -> tuple[str, str, list[str]]:
        with openai.OpenAI(
            base_url=f"{served.url}/v1", api_key=served.key, max_retries=0
        ) as client:
            whole = client.chat.completions.create(model="agentd", messages=HELLO)
            with client.chat.completions.create(
                model="agentd", messages=HELLO, stream=True
            ) as stream:
                streamed = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
            return (
                str(whole.choices[0].message.content),
                streamed,
                [model.id for model in client.models.list()],
            )

    async def test(served: Served) -> None:
        assert await asyncio.to_thread(talk, served) == ("Hello.", "Hello.", ["agentd"])

    scenario(tmp_path, test)


def test_the_brain_is_named_in_a_header_and_the_stream_ends_with_done(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for stream in (True, False):
            response = await served.client.post("/v1/chat/completions", json=chat(stream=stream))
            assert response.headers["x-agentd-brain"] == "scripted"
        streamed = await served.client.post("/v1/chat/completions", json=chat(stream=True))
        assert streamed.headers["content-type"].startswith("text/event-stream")
        assert streamed.text.endswith("data: [DONE]\n\n")

    scenario(tmp_path, test)


def test_a_slow_brain_is_kept_warm_with_comments(tmp_path: Path) -> None:
    brain = Scripted(Say("At last."))

    async def test(served: Served) -> None:
        brain.hold = asyncio.Event()
        comments, text = 0, ""
        async with served.client.stream(
            "POST", "/v1/chat/completions", json=chat(stream=True)
        ) as response:
            async for line in response.aiter_lines():
                comments += line == ": keep-alive"
                text += line
                if comments == 3:
                    brain.hold.set()
        assert comments >= 3
        assert "At last." in text

    scenario(tmp_path, test, brain, keep_alive_s=0.02)


@pytest.mark.parametrize("stream", [True, False])
def test_hanging_up_cancels_the_answer_and_stops_the_motion(tmp_path: Path, stream: bool) -> None:
    async def test(served: Served) -> None:
        served.toys.driver.hold = True
        body = json.dumps(chat(stream=stream)).encode()
        _, writer = await asyncio.open_connection("127.0.0.1", served.server.port)
        writer.write(
            f"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n"
            f"authorization: Bearer {served.key}\r\ncontent-length: {len(body)}\r\n\r\n".encode()
            + body
        )
        async with asyncio.timeout(5):
            await served.toys.driver.moving.wait()
        halts = served.toys.driver.halts
        writer.close()
        await writer.wait_closed()
        await until(lambda: served.toys.driver.halts > halts)

    scenario(tmp_path, test, Scripted(Propose(FORWARD)))


def test_a_brain_that_fails_early_is_an_http_error_and_late_is_a_sentence(tmp_path: Path) -> None:
    brain = Scripted()

    async def test(served: Served) -> None:
        brain.thoughts, brain.error, brain.answered = (), AgentdError("The wire is cut."), False
        early = await served.client.post("/v1/chat/completions", json=chat(stream=True))
        assert early.status_code == 503
        assert early.json()["error"]["message"] == "The wire is cut."
        brain.thoughts, brain.error = (Say("Well. " * 40),), RuntimeError("a bug")
        late = await served.client.post("/v1/chat/completions", json=chat(stream=True))
        assert late.status_code == 200
        assert "Something went wrong inside agentd" in late.text
        assert "a bug" not in late.text
        assert '"finish_reason": "stop"' in late.text
        assert late.text.endswith("data: [DONE]\n\n")

    scenario(tmp_path, test, brain)


def test_a_brain_that_cannot_answer_says_so(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        answer = await served.client.post("/v1/chat/completions", json=chat())
        content = answer.json()["choices"][0]["message"]["content"]
        assert "The server is away." in content

    scenario(tmp_path, test, Scripted(error=BrainError("The server is away.")))


MISFITS: list[tuple[dict[str, Any], str]] = [
    ({}, "messages"),
    ({"messages": []}, "messages"),
    ({"messages": [{"role": "system", "content": "x"}]}, "messages"),
    ({"messages": ["hi"]}, "messages[0]"),
    ({"messages": [{"role": "user", "content": 3}]}, "messages[0].content"),
    ({"messages": [{"role": "user", "content": " "}]}, "messages[0].content"),
    ({"messages": HELLO, "n": 2}, "n"),
    ({"messages": HELLO, "stream": "yes"}, "stream"),
    ({"messages": HELLO, "stream": True, "stream_options": 1}, "stream_options"),
    ({"messages": [{"role": "user", "content": "x" * 1_000_000}]}, "messages"),
]


def test_a_request_that_does_not_fit_names_its_field(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for body, param in MISFITS:
            response = await served.client.post("/v1/chat/completions", json=body)
            assert response.status_code == 400
            error = response.json()["error"]
            assert error["param"] == param
            assert error["type"] == "invalid_request_error"
            assert len(error["message"]) < 200
        assert served.brain.turns == []

    scenario(tmp_path, test)


def test_any_model_name_parts_and_a_missing_content_type_are_accepted(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        parts = [{"type": "text", "text": "light"}, {"type": "text", "text": "on"}]
        body = {"model": "gpt-5-mini", "messages": [{"role": "user", "content": parts}]}
        response = await served.client.post("/v1/chat/completions", content=json.dumps(body))
        assert response.status_code == 200
        assert response.json()["model"] == "agentd"
        assert served.brain.turns[0].words == "light\non"

    scenario(tmp_path, test)


def test_the_model_says_what_lobechat_wants_to_know(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        model = (await served.client.get("/v1/models")).json()["data"][0]
        assert model["functionCall"] is True
        assert model["enabled"] is True
        assert model["contextWindowTokens"] > 0
        assert (await served.client.get("/v1/models/agentd")).json() == model
        for unknown in ("gpt", "org/gpt"):
            gone = await served.client.get(f"/v1/models/{unknown}")
            assert (gone.status_code, gone.json()["error"]["code"]) == (404, "model_not_found")
        for path, status in (("", 200), ("/agentd", 200), ("/gpt", 404)):
            head = await served.client.head(f"/v1/models{path}")
            assert (head.status_code, head.content) == (status, b"")

    scenario(tmp_path, test)


def test_a_wrong_key_is_an_authentication_error_for_the_official_client(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        async with official(served, key="agd_wrong") as client:
            with pytest.raises(openai.AuthenticationError) as caught:
                await client.chat.completions.create(model="agentd", messages=HELLO)
        assert caught.value.code == "invalid_api_key"

    scenario(tmp_path, test)


def test_closing_the_server_ends_a_stream_politely(tmp_path: Path) -> None:
    brain = Scripted()

    async def test(served: Served) -> None:
        brain.hold = asyncio.Event()
        lines: list[str] = []
        async with served.client.stream(
            "POST", "/v1/chat/completions", json=chat(stream=True)
        ) as response:
            async for line in response.aiter_lines():
                lines.append(line)
                if "assistant" in line:
                    served.server.app.state.feeds.close()
        assert lines[-2] == "data: [DONE]"
        assert brain.gone.is_set()

    scenario(tmp_path, test, brain)


RETRY = {"x-stainless-retry-count": "1"}


def test_a_retry_gets_the_first_answer_and_moves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(served: Served) -> None:
        post, path = served.client.post, "/v1/chat/completions"
        first = (await post(path, json=chat())).json()
        again = (await post(path, json=chat(), headers=RETRY)).json()
        assert again == first
        assert len(served.toys.driver.applied) == 1
        monkeypatch.setattr(once, "WINDOW_S", 0.0)
        said_twice = (await post(path, json=chat())).json()
        assert said_twice["id"] != first["id"]
        assert len(served.toys.driver.applied) == 2
        other = await post(path, json=chat("something else"), headers=RETRY)
        assert other.json()["id"] != first["id"]
        assert len(served.toys.driver.applied) == 3
        key = served.new_key("other", "chat")
        await post(path, json=chat(), headers=RETRY | key)
        assert len(served.toys.driver.applied) == 4

    scenario(tmp_path, test, Scripted(Propose(LIGHT_ON)))


def test_the_same_request_within_the_window_is_a_reconnect_and_says_so(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        post, path = served.client.post, "/v1/chat/completions"
        first = await post(path, json=chat())
        assert "x-agentd-replayed" not in first.headers
        again = await post(path, json=chat())
        assert again.json() == first.json()
        assert again.headers["x-agentd-replayed"] == "true"
        streamed = await post(path, json=chat(stream=True))
        assert first.json()["agentd"]["receipts"][0]["id"] in streamed.text
        assert streamed.headers["x-agentd-replayed"] == "true"
        assert len(served.toys.driver.applied) == 1
        for number, name in enumerate(("a", "b", "a")):
            named = await post(path, json=chat(), headers={"idempotency-key": name})
            assert named.status_code == 200
            assert len(served.toys.driver.applied) == min(number + 2, 3)

    scenario(tmp_path, test, Scripted(Propose(LIGHT_ON)))


def test_a_reconnect_follows_the_answer_that_is_under_way(tmp_path: Path) -> None:
    brain = Scripted(Say("Well, this much I can say at once. " * 6), Propose(FORWARD))

    async def test(served: Served) -> None:
        served.toys.driver.hold = True
        post, path = served.client.post, "/v1/chat/completions"
        first = asyncio.create_task(post(path, json=chat(stream=True)))
        await served.toys.driver.moving.wait()
        whole = asyncio.create_task(post(path, json=chat()))
        text = ""
        async with served.client.stream("POST", path, json=chat(stream=True)) as follows:
            async for line in follows.aiter_lines():
                text += line
                if "at once" in line:
                    served.toys.driver.release.set()
        assert "keep-alive" in text
        assert text.endswith("data: [DONE]")
        receipt = (await whole).json()["agentd"]["receipts"][0]["id"]
        assert receipt in text
        assert receipt in (await first).text
        assert len(served.toys.driver.applied) == 1

    scenario(tmp_path, test, brain, keep_alive_s=0.001)


def test_words_that_were_answered_are_not_heard_again(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        told = {"role": "assistant", "content": "Cart: forward 20 cm."}
        body = chat("drive forward 20 cm")
        body["messages"].append(told)
        response = await served.client.post("/v1/chat/completions", json=body)
        assert response.status_code == 400
        assert response.json()["error"]["param"] == "messages[1].role"
        body["messages"].append({"role": "tool", "tool_call_id": "x", "content": "{}"})
        response = await served.client.post("/v1/chat/completions", json=body)
        assert "no language model here" in response.json()["choices"][0]["message"]["content"]
        assert served.toys.driver.applied == []

    scenario(tmp_path, test, Scripted(Propose(FORWARD)))


@pytest.mark.parametrize("stream", [True, False])
def test_a_retry_after_a_cut_is_told_so_and_moves_nothing(tmp_path: Path, stream: bool) -> None:
    async def test(served: Served) -> None:
        post, driver = served.client.post, served.toys.driver
        driver.hold = True
        request = post("/v1/chat/completions", json=chat(stream=stream))
        cut = asyncio.create_task(request)
        await driver.moving.wait()
        halts = driver.halts
        cut.cancel()
        await until(lambda: driver.halts > halts)
        again = await post("/v1/chat/completions", json=chat(stream=stream), headers=RETRY)
        assert again.status_code == 200
        assert "was cut short" in again.text
        assert not stream or again.text.endswith("data: [DONE]\n\n")
        assert len(driver.applied) == 1

    scenario(tmp_path, test, Scripted(Propose(FORWARD)))


def test_a_request_that_failed_before_anything_was_said_may_be_tried_again(tmp_path: Path) -> None:
    brain = Scripted()

    async def test(served: Served) -> None:
        brain.thoughts, brain.error, brain.answered = (), AgentdError("Not yet."), False
        failed = await served.client.post("/v1/chat/completions", json=chat())
        assert failed.status_code == 503
        brain.thoughts, brain.error = (Say("Now."),), None
        again = await served.client.post("/v1/chat/completions", json=chat(), headers=RETRY)
        assert again.json()["choices"][0]["message"]["content"] == "Now."

    scenario(tmp_path, test, brain)


def test_a_conversation_is_told_by_how_it_began(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        first = {"role": "user", "content": "unlock the front door"}
        asked = await served.client.post("/v1/chat/completions", json={"messages": [first]})
        told = {"role": "assistant", "content": asked.json()["choices"][0]["message"]["content"]}
        yes = {"role": "user", "content": "yes"}
        other = [{"role": "user", "content": "hello"}, told, yes]
        await served.client.post("/v1/chat/completions", json={"messages": other})
        assert served.toys.driver.applied == []
        same = [{"role": "system", "content": "Be kind."}, first, told, yes]
        await served.client.post("/v1/chat/completions", json={"messages": same})
        assert len(served.toys.driver.applied) == 1

    unlock = Call("set_lock", {"device": "lock.front", "locked": False})
    scenario(tmp_path, test, Scripted(Propose(unlock)))
