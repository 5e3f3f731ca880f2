"""`response_format`: JSON that fits, or a clear no; and nothing moves for it but a stop."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import openai
import pytest
from pydantic import BaseModel, ConfigDict, Field

from agentd.brains.shape import Shape
from agentd.config import Brain
from agentd.inference.llm.importing import import_gguf
from tests.api.served import Served, chat, serve
from tests.api.test_guest_tools import PATH, SEARCH, calls
from tests.api.test_guest_tools import scenario as upstreamed
from tests.api.test_openai_fields import official
from tests.brains.servers import Script, sse, text
from tests.inference.llm.conftest import TINY

SEVERAL = 5
WORDS = "Ada Lovelace was 36. Who is it about?"
ANY = {"type": "json_object"}


class Person(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=12)
    age: int = Field(ge=0, le=150)
    mood: Literal["happy", "sad"]


ADA = '{"name": "Ada", "age": 36, "mood": "happy"}'
FORM = {
    "type": "json_schema",
    "json_schema": {"name": "person", "strict": True, "schema": Person.model_json_schema()},
}


def scripted(*pieces: str, finish: str = "stop") -> Script:
    return Script([sse(*text(*pieces, finish=finish))])


def test_the_official_client_parses_what_a_server_wrote(tmp_path: Path) -> None:
    script = scripted(ADA[:7], ADA[7:])

    async def test(served: Served) -> None:
        messages: Any = [
            {"role": "system", "content": "Extract the person."},
            {"role": "user", "content": WORDS},
        ]
        async with official(served) as client:
            answer = await client.chat.completions.parse(
                model="agentd", messages=messages, response_format=Person
            )
            assert answer.choices[0].message.parsed == Person(name="Ada", age=36, mood="happy")
            async with client.chat.completions.stream(
                model="agentd",
                messages=[*messages[:1], messages[1] | {"name": "x"}],
                response_format=Person,
            ) as stream:
                final = await stream.get_final_completion()
        assert final.choices[0].message.parsed == Person(name="Ada", age=36, mood="happy")
        for body in script.bodies:
            assert body["response_format"]["json_schema"]["name"] == "Person"
            assert "tools" not in body, "a JSON answer moves nothing"
            system, user = body["messages"]
            assert system["content"].endswith("Extract the person.")
            assert user["content"] == WORDS
            assert "light.lamp" not in json.dumps(body), "nor does it tell what is in the house"

    upstreamed(tmp_path, script, test)


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("Ada is 36.", FORM),
        ('{"name": "Ada", "age": "36", "mood": "happy"}', FORM),
        (f"```json\n{ADA}\n```", FORM),
        ('["Ada"]', ANY),
        ("Ada is 36.", ANY),
    ],
)
def test_a_text_that_does_not_fit_is_an_error_and_never_passed_on(
    tmp_path: Path, written: str, form: dict[str, Any]
) -> None:
    async def test(served: Served) -> None:
        whole = await served.client.post(PATH, json=chat(WORDS, response_format=form))
        assert whole.status_code == 503
        assert "upstream:tiny wrote what was not asked for" in whole.json()["error"]["message"]
        body = chat(f"{WORDS} Please.", response_format=form, stream=True)
        streamed = await served.client.post(PATH, json=body)
        assert '"content": "Ada' not in streamed.text
        assert streamed.status_code == 503 or '"refusal": ' in streamed.text

    upstreamed(tmp_path, scripted(written), test)


def test_any_object_will_do_where_no_schema_is_given(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        whole = await served.client.post(PATH, json=chat(WORDS, response_format=ANY))
        assert json.loads(whole.json()["choices"][0]["message"]["content"]) == {"x": [1]}
        assert script.bodies[0]["response_format"] == ANY

    script = scripted('{"x": [1]}')
    upstreamed(tmp_path, script, test)


@pytest.mark.parametrize("form", [FORM, ANY])
@pytest.mark.parametrize("stream", [True, False])
def test_a_command_is_not_carried_out_for_a_json_answer(
    tmp_path: Path, form: dict[str, Any], stream: bool
) -> None:
    async def test(served: Served) -> None:
        for words in ("turn on the lamp", "is the lamp on?"):
            body = chat(words, response_format=form, stream=stream)
            response = await served.client.post(PATH, json=body)
            assert response.status_code == 400
            error = response.json()["error"]
            assert error["code"] == "unsupported_response_format"
            assert error["param"] == "response_format"
        assert served.toys.driver.applied == []
        assert script.bodies == []

    script = scripted(ADA)
    upstreamed(tmp_path, script, test)


def test_with_no_model_that_writes_the_error_says_what_would(tmp_path: Path) -> None:
    async def main() -> None:
        async with serve(tmp_path, brains=Brain()) as served, asyncio.timeout(20):
            response = await served.client.post(PATH, json=chat(WORDS, response_format=FORM))
            assert response.status_code == 400
            assert "[[brain.upstreams]]" in response.json()["error"]["message"]

    asyncio.run(main())


def test_a_stop_is_a_stop_also_when_json_is_wanted(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        async with official(served) as client:
            answer = await client.chat.completions.parse(
                model="agentd",
                messages=[{"role": "user", "content": "stop"}],
                response_format=Person,
            )
        message = answer.choices[0].message
        assert message.parsed is None
        assert message.content is None
        assert message.refusal
        assert served.toys.driver.halts > 0
        assert answer.model_extra["agentd"]["receipts"][0]["tool"] == "stop"
        streamed = await served.client.post(
            PATH, json=chat("stop", response_format=FORM, stream=True)
        )
        assert '"refusal": ' in streamed.text
        assert script.bodies == []

    script = scripted(ADA)
    upstreamed(tmp_path, script, test)


def test_a_yes_in_a_json_request_says_yes_to_nothing(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        first = {"role": "user", "content": "unlock the front door"}
        asked = (await served.client.post(PATH, json={"messages": [first]})).json()
        assert asked["agentd"]["receipts"][0]["refusal"]["reason"] == "needs_confirmation"
        told = asked["choices"][0]["message"]
        yes = [first, told, {"role": "user", "content": "yes"}]
        await served.client.post(PATH, json={"messages": yes, "response_format": ANY})
        assert served.toys.driver.applied == []

    upstreamed(tmp_path, scripted(ADA), test)


@pytest.mark.parametrize(
    "said", ["I turned on the lamp.", "\\u706f\\u5df2\\u7ecf\\u6253\\u5f00\\u4e86"]
)
def test_json_that_claims_a_deed_is_withheld(tmp_path: Path, said: str) -> None:
    async def test(served: Served) -> None:
        body = chat("make it cosy in here somehow", response_format=ANY)
        message = (await served.client.post(PATH, json=body)).json()["choices"][0]["message"]
        assert message["content"] is None
        assert "Nothing was" in message["refusal"]
        assert served.toys.driver.applied == []

    upstreamed(tmp_path, scripted(f'{{"reply": "{said}"}}'), test)


def test_json_that_was_cut_is_marked_and_the_official_client_says_so(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        async with official(served) as client:
            with pytest.raises(openai.LengthFinishReasonError):
                await client.chat.completions.parse(
                    model="agentd",
                    messages=[{"role": "user", "content": WORDS}],
                    response_format=Person,
                    max_tokens=5,
                )

    upstreamed(tmp_path, scripted(ADA[:9], finish="length"), test)


def test_a_clients_tools_come_first_and_json_after_them(tmp_path: Path) -> None:
    script = Script(calls(("web____search", {"query": "Ada"})))

    async def test(served: Served) -> None:
        body = chat("look up who Ada was", tools=[SEARCH], response_format=FORM)
        answer = (await served.client.post(PATH, json=body)).json()["choices"][0]
        assert answer["finish_reason"] == "tool_calls"
        assert [tool["function"]["name"] for tool in script.bodies[0]["tools"]] == ["web____search"]
        script.pieces = [sse(*text(ADA))]
        told = answer["message"]
        result = {"role": "tool", "tool_call_id": told["tool_calls"][0]["id"], "content": "36"}
        after = {**body, "messages": [*body["messages"], told, result]}
        last = (await served.client.post(PATH, json=after)).json()["choices"][0]
        assert (last["message"]["content"], last["finish_reason"]) == (ADA, "stop")

    upstreamed(tmp_path, script, test)


def test_a_repeated_request_gets_the_same_json_and_the_same_refusal(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for words in (WORDS, "stop"):
            body = chat(words, response_format=FORM)
            first = (await served.client.post(PATH, json=body)).json()
            again = await served.client.post(PATH, json=body)
            assert again.headers["x-agentd-replayed"] == "true"
            assert again.json() == first
            streamed = await served.client.post(PATH, json={**body, "stream": True})
            place = "content" if words == WORDS else "refusal"
            told = first["choices"][0]["message"][place]
            assert f'"{place}": {json.dumps(told, ensure_ascii=False)}' in streamed.text
        assert len(script.bodies) == 1

    script = scripted(ADA)
    upstreamed(tmp_path, script, test)


def test_whatever_the_local_model_would_write_its_json_fits(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    tiny = replace(TINY, seed=11).write(tmp_path, **{"llama.context_length": 8192})
    import_gguf(tiny, tmp_path / "tiny")
    brains = Brain(order=("local",), local_model=str(tmp_path / "tiny"), local_threads=1)

    async def main() -> None:
        async with serve(tmp_path, brains=brains) as served, asyncio.timeout(60):
            async with official(served) as client:
                answer = await client.chat.completions.parse(
                    model="agentd",
                    messages=[{"role": "user", "content": WORDS}],
                    response_format=Person,
                )
            assert isinstance(answer.choices[0].message.parsed, Person)
            assert answer.model_extra["agentd"]["brain"] == "local:tiny"
            body = chat(WORDS, response_format=FORM, max_tokens=3)
            cut = (await served.client.post(PATH, json=body)).json()["choices"][0]
            assert cut["finish_reason"] == "length"
            assert Shape({}).problem(cut["message"]["content"])

    asyncio.run(main())


def test_a_schema_that_would_take_for_ever_holds_nothing_up(tmp_path: Path) -> None:
    rows: dict[str, Any] = {
        f"a{at}": {"anyOf": [{"$ref": f"#/$defs/a{at + 1}"}] * 2} for at in range(60)
    }
    schema = {"$ref": "#/$defs/a0", "$defs": {**rows, "a60": {"type": "string"}}}
    form = {"type": "json_schema", "json_schema": {"name": "evil", "schema": schema}}

    async def test(served: Served) -> None:
        slow = asyncio.create_task(served.client.post(PATH, json=chat(WORDS, response_format=form)))
        stops = 0
        while not slow.done():
            stops += (await served.client.post("/api/stop")).is_success
        assert (await slow).status_code == 503
        assert "too long to check" in (await slow).text
        assert stops >= SEVERAL  # a check that held the loop would let one or two through

    upstreamed(tmp_path, scripted(ADA), test)
