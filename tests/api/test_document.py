"""The whole OpenAPI document, and every door knocked at with whatever it allows and forbids.

schemathesis makes up the requests, from the document and against it, and looks at the answers: no
server error, no status, content type or shape that the document does not name.
"""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

from agentd.api import auth
from agentd.api.document.answers import SHAPES
from agentd.api.document.rows import ROWS
from agentd.brains import Propose, Say
from agentd.store import Scope
from tests.api.served import LIGHT_ON, Scripted, Served, chat, scenario
from tests.api.test_locks import walked
from tests.peers.toys import asker

EXAMPLES = 12
"""Requests of each kind, fitting and not, for each route."""
LOOKED_AT = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)


def knock(served: Served, operation: Any, mode: GenerationMode, key: dict[str, str]) -> int:
    """Send made-up requests to one route and check every answer; return how many were sent."""
    checks = [CHECKS.get_one(name) for name in LOOKED_AT]
    speaks = operation.path == "/v1/chat/completions" and mode is GenerationMode.POSITIVE
    sent = 0

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    def asked(case: schemathesis.Case) -> None:
        nonlocal sent
        sent += 1
        if speaks:  # no schema says that the last message is a person's
            case.body["messages"].append({"role": "user", "content": "turn on the lamp"})
        case.call_and_validate(base_url=served.url, headers=key, checks=checks, timeout=10)

    asked()
    return sent


def _make_real(operation: dict[str, Any], served: Served) -> None:
    """Let requests name what is there, half of the time."""
    spare = served.house.keys.create("spare", [Scope.CHAT])[0]
    real = {"model": ["agentd"], "id": [spare.id, "spare"], "token": []}
    real["name"] = [tool["function"]["name"] for tool in served.house.toolbox.openai_tools(asker())]
    for each in operation.get("parameters", ()):
        if each["in"] == "path":
            each["schema"] = {"anyOf": [{"enum": [*real[each["name"]], "none"]}, each["schema"]]}


@pytest.mark.parametrize(("method", "path"), ROWS)
def test_whatever_is_asked_the_answer_is_in_the_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    monkeypatch.setattr(auth, "FIRST_WAIT_S", 0.0)

    async def test(served: Served) -> None:
        document = (await served.client.get("/api/openapi.json")).json()
        row = document["paths"][path][method]
        _make_real(row, served)
        operation = schemathesis.openapi.from_dict(document)[path][method.upper()]
        key = served.new_key("fuzz", Scope.ADMIN)
        modes = [GenerationMode.POSITIVE]
        if row.keys() & {"parameters", "requestBody"}:
            modes.append(GenerationMode.NEGATIVE)
        for mode in modes:
            assert await asyncio.to_thread(knock, served, operation, mode, key) > 0

    brain = Scripted(Say("Well. "), Propose(LIGHT_ON))
    more = {"stream_timeout_s": 0.2} if path == "/api/events" else {}
    scenario(tmp_path, test, brain, seconds=60, requests_per_minute=1_000_000, **more)


def test_every_route_has_its_row_and_every_row_a_route(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        found = {
            (method.lower(), re.sub(r":path}", "}", route.path))
            for route in walked(served.server.app.router)
            for method in route.methods
            if method != "HEAD"
        }
        assert found == set(ROWS)

    scenario(tmp_path, test)


def test_the_shapes_are_schemas_and_all_of_them_are_used(tmp_path: Path) -> None:
    for shape in SHAPES.values():
        Draft202012Validator.check_schema(shape)

    async def test(served: Served) -> None:
        page = await served.client.get("/api/openapi.json")
        assert page.json()["openapi"].startswith("3.1")
        used = set(re.findall(r"#/components/schemas/(\w+)", page.text))
        assert used == set(SHAPES)
        assert "lamp" not in page.text

    scenario(tmp_path, test)


@pytest.mark.parametrize("body", [chat("light on"), chat("light on", stop="\n")])
def test_every_event_of_a_stream_has_the_shape_of_a_chunk(
    tmp_path: Path, body: dict[str, Any]
) -> None:
    shapes = {"components": {"schemas": SHAPES}, "$ref": "#/components/schemas/Chunk"}

    async def test(served: Served) -> None:
        more = {"stream": True, "stream_options": {"include_usage": True}}
        page = (await served.client.post("/v1/chat/completions", json={**body, **more})).text
        events = [line.removeprefix("data: ") for line in page.split("\n\n") if line]
        assert events.pop() == "[DONE]"
        assert len(events) >= 4
        for event in events:
            Draft202012Validator(shapes).validate(json.loads(event))

    scenario(tmp_path, test, Scripted(Say("Well. " * 40), Propose(LIGHT_ON)))
