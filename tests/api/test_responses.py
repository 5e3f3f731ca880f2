"""`/v1/responses`: another server's, passed on as it is; agentd's own answers are elsewhere."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import openai
import pytest
from fastapi.responses import JSONResponse, Response, StreamingResponse

from agentd.config import Brain, Budgets, Upstream
from tests.api.served import Served, serve
from tests.api.test_guest_tools import scenario
from tests.api.test_openai_fields import official
from tests.brains.servers import KEY, Script
from tests.peers.fetch_llama import present
from tests.peers.llama import llama_server
from tests.peers.lobechat import NODE_S, lobechat, needs_lobechat

PATH = "/v1/responses"
WHOLE = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1,
    "model": "tiny",
    "status": "completed",
    "output": [
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "Bonjour.", "annotations": []}],
        },
    ],
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
}


def event(kind: str, number: int, **more: Any) -> bytes:
    data = json.dumps({"type": kind, "sequence_number": number, **more})
    return f"event: {kind}\ndata: {data}\n\n".encode()


STREAM = [
    event("response.created", 0, response={**WHOLE, "output": [], "status": "in_progress"}),
    *(
        event(
            "response.output_text.delta",
            at,
            delta=delta,
            item_id="msg_1",
            output_index=0,
            content_index=0,
            logprobs=[],
        )
        for at, delta in enumerate(("Bon", "jour."), 1)
    ),
    event("response.completed", 3, response=WHOLE),
]


def told(body: dict[str, Any]) -> Response:
    if not body.get("stream"):
        return JSONResponse(WHOLE)
    return StreamingResponse(iter(STREAM), media_type="text/event-stream")


def has_it() -> Script:
    return Script(others={"/responses": told})


def test_the_official_client_gets_another_servers_answer_whole_and_as_a_stream(
    tmp_path: Path,
) -> None:
    script = has_it()

    async def test(served: Served) -> None:
        async with official(served) as client:
            whole = await client.responses.create(
                model="tiny", instructions="Be kind.", input="salut", temperature=0.3
            )
            assert whole.output_text == "Bonjour."
            stream = await client.responses.create(model="tiny", input="salut", stream=True)
            events = [each async for each in stream]
        assert [each.type for each in events][::3] == ["response.created", "response.completed"]
        assert "".join(getattr(each, "delta", "") for each in events) == "Bonjour."
        assert script.bodies[0]["instructions"] == "Be kind."
        assert script.bodies[0]["temperature"] == 0.3
        assert script.keys == [f"Bearer {KEY}"] * 2
        raw = await served.client.post(PATH, json={"model": "tiny", "input": "a", "stream": True})
        assert raw.content == b"".join(STREAM)
        assert raw.headers["x-agentd-brain"] == "upstream:tiny"
        assert served.toys.driver.applied == []
        used = served.house.ledger.today()["default"]
        assert (used.asked, used.answered) == (2 + 2 + 2 + 1, 3 * 2)

    scenario(tmp_path, script, test)


def test_what_is_said_in_items_is_counted_and_a_picture_is_no_text(tmp_path: Path) -> None:
    picture = {"type": "input_image", "image_url": f"data:image/png;base64,{'A' * 40_000}"}
    items = [
        {"role": "user", "content": [{"type": "input_text", "text": "12345678"}, picture]},
        {"type": "function_call_output", "call_id": "c", "output": "1234"},
        {"type": "function_call", "call_id": "c", "name": "x", "arguments": "{}"},
        "odd",
    ]

    async def test(served: Served) -> None:
        await served.client.post(PATH, json={"model": "tiny", "input": items})
        assert served.house.ledger.today()["default"].asked == 2 + 765 + 1
        spent = await served.client.post(PATH, json={"model": "tiny", "input": "a"})
        assert (spent.status_code, spent.json()["error"]["code"]) == (429, "insufficient_quota")

    scenario(tmp_path, has_it(), test, budgets=Budgets(tokens=768))


def test_agentd_itself_and_servers_without_it_are_404_with_what_to_do(tmp_path: Path) -> None:
    script = Script()

    async def test(served: Served) -> None:
        async with official(served) as client:
            for model in ("agentd", "gpt-5-mini", "tiny"):
                with pytest.raises(openai.NotFoundError, match="chat/completions") as raised:
                    await client.responses.create(model=model, input="turn on the lamp")
                assert raised.value.code == "unsupported_endpoint"
        for method, path in (("GET", f"{PATH}/resp_1"), ("DELETE", f"{PATH}/resp_1")):
            gone = await served.client.request(method, path)
            assert (gone.status_code, gone.json()["error"]["code"]) == (404, "unsupported_endpoint")
        assert served.toys.driver.applied == []

    scenario(tmp_path, script, test)


def test_a_stream_that_breaks_ends_with_the_error_event_of_this_api(tmp_path: Path) -> None:
    def breaks(body: dict[str, Any]) -> Response:
        async def pieces() -> Any:
            yield STREAM[0]
            yield STREAM[1]
            raise ConnectionAbortedError

        return StreamingResponse(pieces(), media_type="text/event-stream")

    async def test(served: Served) -> None:
        cut = await served.client.post(PATH, json={"model": "tiny", "input": "a", "stream": True})
        assert cut.status_code == 200
        last = json.loads(cut.text.split("data: ")[-1])
        assert (last["type"], last["sequence_number"]) == ("error", 2)
        assert "broke off" in last["message"]
        assert "event: error\n" in cut.text

    scenario(tmp_path, Script(others={"/responses": breaks}), test)


def test_failures_before_the_stream_are_those_of_chat(tmp_path: Path) -> None:
    statuses = [401, 400, 500]
    said = {"error": {"message": f"not with {KEY}", "code": "odd"}}

    def refuses(body: dict[str, Any]) -> Response:
        return JSONResponse(said, statuses.pop(0))

    async def test(served: Served) -> None:
        found = []
        for stream in (True, False, True):
            body = {"model": "tiny", "input": "a", "stream": stream}
            response = await served.client.post(PATH, json=body)
            assert KEY not in response.text
            found.append((response.status_code, response.json()["error"]["code"]))
        assert found == [(502, "upstream_refused"), (400, "odd"), (500, "odd")]

    scenario(tmp_path, Script(others={"/responses": refuses}), test)


@needs_lobechat
def test_the_npm_client_gets_another_servers_answer(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        asked = {"baseURL": f"{served.url}/v1", "apiKey": served.key, "maxRetries": 0}
        body = {"model": "tiny", "input": "salut"}
        bodies = [body, {**body, "stream": True}, {**body, "model": "agentd"}]
        sent = {**asked, "door": "responses", "bodies": bodies}
        whole, stream, bad = await lobechat("lobechat_model.mjs", sent)
        assert whole["whole"]["output_text"] == "Bonjour."
        assert [each["type"] for each in stream["chunks"]][-1] == "response.completed"
        assert (bad["error"]["status"], bad["error"]["code"]) == (404, "unsupported_endpoint")

    scenario(tmp_path, has_it(), test, seconds=2 * NODE_S)


@pytest.mark.skipif(not present(), reason="llama.cpp is not fetched: make llama (127 MB)")
def test_the_official_client_talks_to_a_real_servers_responses(tmp_path: Path) -> None:
    async def main(url: str) -> None:
        brains = Brain(upstreams=(Upstream(name="llama", base_url=url),))
        async with serve(tmp_path, brains=brains) as served, asyncio.timeout(100):
            async with official(served) as client:
                asked: dict[str, Any] = {"model": "llama", "input": "Say hello."}
                whole = await client.responses.create(**asked)
                assert whole.output_text.strip()
                said, last = "", ""
                async for each in await client.responses.create(**asked, stream=True):
                    said += each.delta if each.type == "response.output_text.delta" else ""
                    last = each.type
                assert said.strip()
                assert last == "response.completed"
            assert served.house.ledger.today()["default"].answered > 0

    with llama_server(tmp_path) as url:
        asyncio.run(main(url))
