"""`/v1/embeddings`: another server's, in the shape that was asked for; else a clear 404."""

from __future__ import annotations

import asyncio
import base64
import json
import math
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from fastapi.responses import JSONResponse, Response
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from agentd.api.document.answers import SHAPES
from agentd.api.embeddings import AT_ONCE, MOST_INPUTS
from agentd.api.vectors import Vectors, VectorsError, read_vectors, written
from agentd.config import Brain, Budgets, Upstream
from tests.api.served import Served, serve
from tests.api.test_guest_tools import scenario
from tests.api.test_openai_fields import official
from tests.brains.servers import KEY, Script, serving, upstream
from tests.peers.fetch_llama import present
from tests.peers.llama import llama_server
from tests.peers.lobechat import NODE_S, lobechat, needs_lobechat

PATH = "/v1/embeddings"
Told = Callable[[dict[str, Any]], Response]


def vector(text: Any) -> list[float]:
    """Return numbers that a 32-bit float holds exactly, another one for each text."""
    return [float(len(str(text))), sum(map(ord, str(text))) / 4, -0.5]


def in_base64(numbers: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


def answer(body: dict[str, Any], *, encodes: bool = True, usage: bool = True) -> Response:
    wanted = encodes and body.get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": at, "embedding": in_base64(v) if wanted else v}
        for at, v in enumerate(map(vector, body["input"]))
    ]
    used = {"usage": {"prompt_tokens": 10, "total_tokens": 10}} if usage else {}
    # Not every server keeps the order.
    return JSONResponse({"object": "list", "model": "x", "data": data[::-1], **used})


def made(told: Told = answer) -> Script:
    return Script(others={"/embeddings": told})


def refusing(status: int, error: object = None) -> Script:
    return made(lambda body: JSONResponse({"error": error or {"message": "no"}}, status))


@pytest.mark.parametrize("encodes", [True, False])
def test_the_official_client_gets_vectors_in_the_order_of_its_texts(
    tmp_path: Path, encodes: bool
) -> None:
    script = made(lambda body: answer(body, encodes=encodes))
    texts = ["a", "bcd", "灯"]

    async def test(served: Served) -> None:
        async with official(served) as client:
            for more in ({}, {"encoding_format": "float"}):
                found = await client.embeddings.create(
                    model="tiny", input=texts, dimensions=3, user="me", **more
                )
                assert [each.embedding for each in found.data] == list(map(vector, texts))
                assert [each.index for each in found.data] == [0, 1, 2]
                assert found.usage.prompt_tokens == found.usage.total_tokens == 10
        raw = (await served.client.post(PATH, json={"model": "tiny", "input": "a"})).json()
        assert raw["data"][0]["embedding"] == vector("a"), "numbers where nobody asks for base64"
        shapes = {"components": {"schemas": SHAPES}, "$ref": "#/components/schemas/Embeddings"}
        Draft202012Validator(shapes).validate(raw)
        coded = {"model": "tiny", "input": "a", "encoding_format": "base64"}
        raw = (await served.client.post(PATH, json=coded)).json()
        assert raw["data"][0]["embedding"] == in_base64(vector("a"))

    scenario(tmp_path, script, test)
    first = script.bodies[0]
    assert (first["dimensions"], first["user"], first["model"]) == (3, "me", "tiny")
    assert first["input"] == texts
    assert script.keys[0] == f"Bearer {KEY}"


def test_tokens_count_as_one_input_and_many_inputs_go_a_few_at_a_time(tmp_path: Path) -> None:
    script = made()

    async def test(served: Served) -> None:
        one = (await served.client.post(PATH, json={"model": "tiny", "input": [5, 6]})).json()
        assert [each["embedding"] for each in one["data"]] == [vector([5, 6])]
        assert script.bodies[0]["input"] == [[5, 6]]
        texts = [f"text {at}" for at in range(2 * AT_ONCE + 1)]
        many = (await served.client.post(PATH, json={"model": "tiny", "input": texts})).json()
        assert [each["embedding"] for each in many["data"]] == list(map(vector, texts))
        assert [len(body["input"]) for body in script.bodies[1:]] == [AT_ONCE, AT_ONCE, 1]
        assert many["usage"]["total_tokens"] == 30

    scenario(tmp_path, script, test)


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"input": None}, "input"),
        ({"input": ""}, "input[0]"),
        ({"input": []}, "input"),
        ({"input": {"a": 1}}, "input"),
        ({"input": ["a", ""]}, "input[1]"),
        ({"input": ["a", 1]}, "input[1]"),
        ({"input": [-1]}, "input[0]"),
        ({"input": [[]]}, "input[0]"),
        ({"input": ["a"] * (MOST_INPUTS + 1)}, "input"),
        ({"encoding_format": "int8"}, "encoding_format"),
        ({"dimensions": 0}, "dimensions"),
        ({"dimensions": True}, "dimensions"),
        ({"dimensions": 1.5}, "dimensions"),
    ],
)
def test_a_field_that_does_not_fit_is_named_and_nothing_is_sent(
    tmp_path: Path, more: dict[str, Any], param: str
) -> None:
    script = made()

    async def test(served: Served) -> None:
        body = {"model": "tiny", "input": "a", **more}
        response = await served.client.post(PATH, json=body)
        assert (response.status_code, response.json()["error"]["param"]) == (400, param)
        assert script.bodies == []

    scenario(tmp_path, script, test)


def test_a_model_that_is_no_servers_makes_none(tmp_path: Path) -> None:
    script = made()

    async def test(served: Served) -> None:
        for model in ("agentd", "text-embedding-3-small", "", None, ["tiny"]):
            response = await served.client.post(PATH, json={"model": model, "input": "a"})
            error = response.json()["error"]
            assert (response.status_code, error["code"]) == (404, "unsupported_endpoint")
            assert "tiny" in error["message"]
        async with official(served) as client:
            with pytest.raises(openai.NotFoundError, match="no embeddings"):
                await client.embeddings.create(model="agentd", input="hi")
        assert script.bodies == []

    scenario(tmp_path, script, test)


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_that_makes_none_is_a_404_too(tmp_path: Path, status: int) -> None:
    async def test(served: Served) -> None:
        response = await served.client.post(PATH, json={"model": "tiny", "input": "a"})
        error = response.json()["error"]
        assert (response.status_code, error["code"]) == (404, "unsupported_endpoint")
        assert str(status) in error["message"]

    scenario(tmp_path, refusing(status) if status != 404 else Script(), test)


def test_a_servers_failures_come_as_those_of_chat_do(tmp_path: Path) -> None:
    script = refusing(429, {"message": f"quota of {KEY} is used up", "code": "insufficient_quota"})

    async def test(served: Served) -> None:
        body = {"model": "tiny", "input": "a"}
        response = await served.client.post(PATH, json=body)
        assert (response.status_code, response.json()["error"]["code"]) == (
            429,
            "insufficient_quota",
        )
        assert KEY not in response.text

    scenario(tmp_path, script, test)
    for status in (401, 403):
        (tmp_path / str(status)).mkdir()

        async def refused(served: Served) -> None:
            response = await served.client.post(PATH, json={"model": "tiny", "input": "a"})
            error = response.json()["error"]
            assert (response.status_code, error["code"]) == (502, "upstream_refused")

        scenario(tmp_path / str(status), refusing(status), refused)


def test_a_server_that_is_away_is_a_503(tmp_path: Path) -> None:
    brains = Brain(upstreams=(Upstream(name="tiny", base_url="http://127.0.0.1:9/v1"),))

    async def main() -> None:
        async with serve(tmp_path, brains=brains) as served, asyncio.timeout(20):
            response = await served.client.post(PATH, json={"model": "tiny", "input": "a"})
            assert response.status_code == 503
            assert "does not answer" in response.json()["error"]["message"]

    asyncio.run(main())


NONSENSE: list[object] = [
    {"data": []},
    {"data": [{"index": 1, "embedding": [1.0]}]},
    {"data": [{"index": 0, "embedding": []}]},
    {"data": [{"index": 0, "embedding": ["1"]}]},
    {"data": [{"index": 0, "embedding": [True]}]},
    {"data": [{"index": 0, "embedding": "AAA"}]},
    {"data": [{"index": 0, "embedding": in_base64([math.nan])}]},
    {"data": [{"index": 0, "embedding": [1e300]}]},
    {"data": [{"index": 0}]},
    {"data": 1},
    [],
]


@pytest.mark.parametrize("told", NONSENSE)
def test_nonsense_of_a_server_is_a_502_and_never_passed_on(tmp_path: Path, told: object) -> None:
    async def test(served: Served) -> None:
        response = await served.client.post(PATH, json={"model": "tiny", "input": "a"})
        assert (response.status_code, response.json()["error"]["code"]) == (502, "upstream_error")

    scenario(tmp_path, made(lambda body: JSONResponse(told)), test)


def test_an_answer_without_an_end_is_not_read_to_it(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        response = await served.client.post(PATH, json={"model": "tiny", "input": "a"})
        assert response.status_code == 503
        assert "without an end" in response.text

    scenario(tmp_path, made(lambda body: Response(b" " * 5 * 1024 * 1024)), test)


def test_what_is_embedded_is_counted_and_a_spent_key_gets_nothing(tmp_path: Path) -> None:
    script = made(lambda body: answer(body, usage=False))

    async def test(served: Served) -> None:
        body = {"model": "tiny", "input": ["12345678", [1, 2, 3]]}
        told = (await served.client.post(PATH, json=body)).json()
        assert told["usage"] == {"prompt_tokens": 5, "total_tokens": 5}
        assert served.house.ledger.today()["default"].asked == 5
        spent = await served.client.post(PATH, json=body)
        assert (spent.status_code, spent.json()["error"]["code"]) == (429, "insufficient_quota")
        assert len(script.bodies) == 1

    scenario(tmp_path, script, test, budgets=Budgets(tokens=5))


def test_a_body_over_the_limit_is_not_read(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        body = {"model": "tiny", "input": "x" * 2_000_000}
        assert (await served.client.post(PATH, json=body)).status_code == 413

    scenario(tmp_path, made(), test)


def test_a_server_may_have_another_model_for_embeddings(tmp_path: Path) -> None:
    script = made()

    async def main() -> None:
        async with serving(script) as url:
            server = upstream(url, "home").model_copy(update={"embedding_model": "nomic"})
            brains = Brain(upstreams=(server,))
            async with serve(tmp_path, brains=brains) as served, asyncio.timeout(20):
                for model in ("home", "nomic", "tiny"):
                    body = {"model": model, "input": "a"}
                    told = (await served.client.post(PATH, json=body)).json()
                    assert told["model"] == model
        assert [body["model"] for body in script.bodies] == ["nomic", "nomic", "tiny"]

    asyncio.run(main())


def test_a_local_house_sends_no_text_away(tmp_path: Path) -> None:
    script = made()

    async def test(served: Served) -> None:
        response = await served.client.post(PATH, json={"model": "tiny", "input": "a"})
        assert response.status_code == 404
        assert script.bodies == []

    scenario(tmp_path, script, test, local_only=True)


NUMBERS = st.lists(
    st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=5),
    min_size=1,
    max_size=5,
)


@given(NUMBERS, st.booleans(), st.booleans())
def test_whichever_way_they_come_and_are_wanted_they_are_the_same_numbers(
    vectors: list[list[float]], coded: bool, wanted: bool
) -> None:
    data = [
        {"index": at, "embedding": in_base64(each) if coded else each}
        for at, each in enumerate(vectors)
    ]
    came = json.dumps({"data": data}).encode()
    made = Vectors()
    made += read_vectors(came, len(vectors), "base64" if wanted else "float")
    whole = json.loads(written(made, "m", 7))
    assert whole["usage"] == {"prompt_tokens": 7, "total_tokens": 7}
    for found, meant in zip(whole["data"], vectors, strict=True):
        told = found["embedding"]
        if wanted:
            raw = base64.b64decode(told)
            told = list(struct.unpack(f"<{len(raw) // 4}f", raw))
        assert told == meant


@given(
    st.binary(max_size=60)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=6),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["data", "index", "embedding", "usage"]), inner)
        ),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode())
)
def test_whatever_a_server_sends_is_vectors_or_one_clear_error(sent: bytes) -> None:
    try:
        found = read_vectors(sent, 1, "float")
    except VectorsError as error:
        assert str(error)
    else:
        assert len(found.rows) == 1


@pytest.mark.skipif(not present(), reason="llama.cpp is not fetched: make llama (127 MB)")
def test_the_official_client_gets_a_real_servers_vectors(tmp_path: Path) -> None:
    async def main(url: str) -> None:
        server = Upstream(name="llama", base_url=url, model="smollm2")
        brains = Brain(upstreams=(server,))
        async with serve(tmp_path, brains=brains) as served, asyncio.timeout(100):
            texts = ["the lamp is on", "the light is on", "Rome was not built in a day"]
            async with official(served) as client, httpx.AsyncClient(trust_env=False) as direct:
                coded = await client.embeddings.create(model="llama", input=texts)
                plain = await client.embeddings.create(
                    model="llama", input=texts, encoding_format="float"
                )
                theirs = await direct.post(f"{url}/embeddings", json={"input": texts}, timeout=60)
            for one, two, other in zip(coded.data, plain.data, theirs.json()["data"], strict=True):
                assert one.embedding == pytest.approx(two.embedding, abs=1e-5)
                assert two.embedding == pytest.approx(other["embedding"], abs=1e-5)
                assert math.hypot(*two.embedding) == pytest.approx(1, abs=1e-3)
            assert plain.usage.prompt_tokens > 0
            assert _alike(plain, 0, 1) > _alike(plain, 0, 2)

    with llama_server(tmp_path, "embeddings") as url:
        asyncio.run(main(url))


@pytest.mark.skipif(not present(), reason="llama.cpp is not fetched: make llama (127 MB)")
def test_a_real_chat_server_that_makes_none_says_so(tmp_path: Path) -> None:
    async def main(url: str) -> None:
        brains = Brain(upstreams=(Upstream(name="llama", base_url=url),))
        async with serve(tmp_path, brains=brains) as served, official(served) as client:
            with pytest.raises(openai.NotFoundError, match="no embeddings"):
                await client.embeddings.create(model="llama", input="hi")

    with llama_server(tmp_path) as url:
        asyncio.run(main(url))


@needs_lobechat
def test_the_npm_client_gets_the_same_numbers(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        asked = {"baseURL": f"{served.url}/v1", "apiKey": served.key, "maxRetries": 0}
        bodies = [{"model": model, "input": ["a", "bc"]} for model in ("tiny", "agentd")]
        sent = {**asked, "door": "embeddings", "bodies": bodies}
        good, bad = await lobechat("lobechat_model.mjs", sent)
        assert [each["embedding"] for each in good["whole"]["data"]] == [vector("a"), vector("bc")]
        assert (bad["error"]["status"], bad["error"]["code"]) == (404, "unsupported_endpoint")

    scenario(tmp_path, made(), test, seconds=2 * NODE_S)


def _alike(found: Any, one: int, two: int) -> float:
    pairs = zip(found.data[one].embedding, found.data[two].embedding, strict=True)
    return sum(a * b for a, b in pairs)
