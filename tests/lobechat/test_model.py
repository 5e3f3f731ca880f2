"""The model door against the npm `openai` client that LobeChat's server uses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agentd.brains import Propose, Say
from agentd.errors import AgentdError
from tests.api.served import FORWARD, LIGHT_ON, Scripted, Served, scenario
from tests.peers.lobechat import NODE_S, lobechat, needs_lobechat

SENT = {
    "model": "agentd",
    "stream": True,
    "stream_options": {"include_usage": True},
    "temperature": 1,
    "top_p": 1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "user": "someone",
}
"""What LobeChat 1.143 sends beside the messages."""


def sent(words: str, **more: Any) -> dict[str, Any]:
    return {**SENT, "messages": [{"role": "user", "content": words}], **more}


async def ask(served: Served, *bodies: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    asked = {"baseURL": f"{served.url}/v1", "apiKey": served.key, "bodies": bodies, **more}
    return list(await lobechat("lobechat_model.mjs", asked))


def text_of(told: dict[str, Any]) -> str:
    choices = [chunk["choices"][0] for chunk in told["chunks"] if chunk["choices"]]
    return "".join(choice["delta"].get("content", "") for choice in choices)


def patiently(tmp_path: Path, test: Any, *brain: Scripted) -> None:
    scenario(tmp_path, test, *brain, seconds=2 * NODE_S)


@needs_lobechat
def test_what_lobechat_sends_streams_with_usage_in_a_chunk_of_its_own(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        streamed, whole = await ask(
            served, sent("light on"), sent("on", stream=False, stream_options=None)
        )
        chunks = streamed["chunks"]
        assert text_of(streamed) == "Lamp: on.\n"
        assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
        assert chunks[-1]["choices"] == []
        assert chunks[-1]["usage"]["total_tokens"] > 0
        assert not any(each.get("usage") for each in chunks[:-1])
        assert whole["whole"]["choices"][0]["message"]["content"] == "Lamp: was already on.\n"

    patiently(tmp_path, test, Scripted(Propose(LIGHT_ON)))


@needs_lobechat
def test_its_retries_act_once(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        served.toys.driver.hold = True
        told = (await ask(served, sent("forward", stream=False), timeout=700))[0]
        assert told["error"] is None
        assert "was cut short" in told["whole"]["choices"][0]["message"]["content"]
        assert served.toys.driver.halts > 0
        assert len(served.toys.driver.applied) == 1

    patiently(tmp_path, test, Scripted(Propose(FORWARD)))


@needs_lobechat
def test_a_failure_before_the_first_byte_is_an_error_and_after_it_is_text(tmp_path: Path) -> None:
    brain = Scripted()

    async def test(served: Served) -> None:
        brain.thoughts, brain.error, brain.answered = (), AgentdError("The wire is cut."), False
        early = (await ask(served, sent("a"), maxRetries=0))[0]["error"]
        assert (early["name"], early["status"]) == ("InternalServerError", 503)
        assert early["message"] == "503 The wire is cut."
        brain.thoughts, brain.error = (Say("Well. " * 40),), RuntimeError("a bug")
        late = (await ask(served, sent("b")))[0]
        assert late["error"] is None
        assert "Something went wrong inside agentd" in text_of(late)
        wrong = (await ask(served, sent("c"), apiKey="agd_wrong"))[0]["error"]
        assert (wrong["name"], wrong["code"]) == ("AuthenticationError", "invalid_api_key")
        shape = (await ask(served, sent("d", messages=[])))[0]["error"]
        assert shape["message"] == '400 "messages" must be a list with at least one message.'

    patiently(tmp_path, test, brain)


@needs_lobechat
def test_naming_the_topic_of_a_talk_moves_nothing(tmp_path: Path) -> None:
    system = (
        "You are a professional conversation summarizer. Generate a concise title that captures "
        "the essence of the conversation."
    )
    quoted = "user: please move forward 20 cm\nassistant: Cart: forward 20 cm."

    async def test(served: Served) -> None:
        titled = sent(quoted)
        titled["messages"].insert(0, {"role": "system", "content": system})
        told = (await ask(served, titled))[0]
        text = "".join(
            each["choices"][0]["delta"].get("content", "") for each in told["chunks"][:-1]
        )
        assert text == "please move forward 20 cm"
        assert served.toys.driver.applied == []
        assert served.brain.turns == []

    patiently(tmp_path, test, Scripted(Propose(FORWARD)))


@needs_lobechat
def test_its_npm_client_gets_json_stops_and_clear_errors(tmp_path: Path) -> None:
    asked = {"name": "answer", "schema": {"type": "object", "required": ["city"]}}
    form = {"type": "json_schema", "json_schema": asked}

    async def test(served: Served) -> None:
        told = await ask(
            served,
            sent("the capital of Italy", stream=False, response_format=form),
            sent("the capital of Italy, please", stop=["Rome"]),
            sent("the capital of Italy", logprobs=True),
            maxRetries=0,
        )
        written, streamed, refused = told
        assert written["whole"]["choices"][0]["message"]["content"] == '{"city": "Rome"}'
        assert text_of(streamed) == '{"city": "'
        assert (refused["error"]["name"], refused["error"]["status"]) == ("BadRequestError", 400)
        assert "logprobs" in refused["error"]["message"]

    patiently(tmp_path, test, Scripted(Say('{"city": "Rome"}')))
