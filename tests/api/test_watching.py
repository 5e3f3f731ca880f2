"""What can be followed from outside: traces, brains, figures, budgets."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import openai
import pytest

from agentd.brains import Propose, Say, Unsure
from agentd.config import Budget, Budgets
from agentd.errors import BrainError
from agentd.model import Call
from agentd.store import Scope
from tests.api.served import FORWARD, LIGHT_ON, Scripted, Served, chat, scenario, until
from tests.api.test_doors import events

STREAM = {"accept": "text/event-stream"}


def figure(page: str, start: str) -> float:
    (line,) = [line for line in page.splitlines() if line.startswith(start)]
    return float(line.split()[-1])


def test_one_trace_is_in_header_body_receipt_event_and_audit(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        response = await served.client.post("/v1/chat/completions", json=chat("lamp on"))
        way = response.headers["x-agentd-trace"]
        body = response.json()
        assert body["id"] == f"chatcmpl-{way}"
        assert body["agentd"]["trace"] == way
        assert body["agentd"]["receipts"][0]["trace"] == way
        finished = served.toys.events[-2]
        assert finished.receipt.trace == finished.asker.trace == way  # type: ignore[attr-defined]
        assert served.toys.events[-1].asker.trace == way  # type: ignore[attr-defined]
        served.house.audit.flush()
        assert [row["trace"] for row in served.house.audit.recent()] == [way]

    scenario(tmp_path, test, Scripted(Propose(LIGHT_ON)))


def test_every_answer_has_a_trace_of_its_own_also_errors_and_stops(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        seen = set()
        for method, path in (("GET", "/nothing"), ("GET", "/healthz"), ("POST", "/api/stop")):
            given = {"x-agentd-trace": "mine"}
            response = await served.client.request(method, path, headers=given)
            seen.add(response.headers["x-agentd-trace"])
        assert len(seen) == 3
        assert "mine" not in seen
        served.house.audit.flush()
        assert served.house.audit.recent()[0]["trace"] == response.headers["x-agentd-trace"]

    scenario(tmp_path, test)


def test_a_retry_names_the_trace_of_what_was_done_the_first_time(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        first = await served.client.post("/v1/chat/completions", json=chat())
        again = {"x-stainless-retry-count": "1"}
        second = await served.client.post("/v1/chat/completions", json=chat(), headers=again)
        assert second.headers["x-agentd-trace"] == first.headers["x-agentd-trace"]
        assert second.headers.get_list("x-agentd-trace") == [first.headers["x-agentd-trace"]]

    scenario(tmp_path, test)


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_say_names_the_brain_and_the_trace_before_the_first_byte(
    tmp_path: Path, accept: str
) -> None:
    async def test(served: Served) -> None:
        asked: dict[str, Any] = {"json": {"text": "hi"}, "headers": {"accept": accept}}
        response = await served.client.post("/api/say", **asked)
        assert response.headers["x-agentd-brain"] == "scripted"
        way = response.headers["x-agentd-trace"]
        if accept == "application/json":
            assert response.json()["trace"] == way
        else:
            assert events(response.text)[-1] == ("done", {"trace": way})

    scenario(tmp_path, test, Scripted(Say("Hello.")))


def test_a_brain_that_thinks_long_is_named_by_the_event_instead(tmp_path: Path) -> None:
    brain = Scripted(Say("At last."))
    brain.answered = False
    brain.hold = asyncio.Event()

    async def test(served: Served) -> None:
        assert brain.hold
        asked = served.client.stream("POST", "/api/say", json={"text": "hm"}, headers=STREAM)
        async with asked as response:
            assert "x-agentd-brain" not in response.headers
            brain.hold.set()
            assert "At last." in (await response.aread()).decode()

    scenario(tmp_path, test, brain)


@pytest.mark.parametrize(
    "brain",
    [
        Scripted(Say("Hello.")),
        Scripted(Unsure("Which one?")),
        Scripted(Propose(LIGHT_ON)),
        Scripted(error=BrainError("away")),
    ],
)
@pytest.mark.parametrize("words", ["hi", "cancel what is scheduled", "what is scheduled?", "again"])
def test_each_answer_says_which_brain_made_it(tmp_path: Path, brain: Scripted, words: str) -> None:
    async def test(served: Served) -> None:
        for stream in (False, True):
            response = await served.client.post(
                "/v1/chat/completions", json=chat(words, stream=stream)
            )
            assert response.headers["x-agentd-brain"] in ("scripted", "agent")
        heard = (await served.client.post("/api/say", json={"text": words})).json()
        assert heard["brain"] in ("scripted", "agent")

    scenario(tmp_path, test, brain)


def test_metrics_open_for_a_program_here_or_a_key_that_may_read(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        del served.client.headers["authorization"]
        page = await served.client.get("/metrics")
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert "agentd_build_info" in page.text
        reader = served.new_key("prometheus", Scope.TOOLS_READ)
        assert (await served.client.get("/metrics", headers=reader)).status_code == 200
        talker = served.new_key("talker", Scope.CHAT)
        assert (await served.client.get("/metrics", headers=talker)).status_code == 403

    scenario(tmp_path, test)


@pytest.mark.parametrize(
    "header",
    [
        {"x-forwarded-for": "127.0.0.1"},
        {"forwarded": "for=127.0.0.1"},
        {"x-real-ip": "127.0.0.1"},
        {"via": "1.1 proxy"},
        {"origin": "https://evil.example"},
        {"referer": "https://evil.example/"},
        {"sec-fetch-site": "cross-site"},
        {"authorization": "Bearer agd_wrong"},
    ],
)
def test_a_proxy_or_a_web_page_on_this_machine_needs_a_key(
    tmp_path: Path, header: dict[str, str]
) -> None:
    async def test(served: Served) -> None:
        del served.client.headers["authorization"]
        foreign = "origin" in header or header.get("sec-fetch-site") == "cross-site"
        answer = await served.client.get("/metrics", headers=header)
        assert answer.status_code == (403 if foreign else 401)
        if foreign:
            assert answer.json()["error"]["code"] == "wrong_origin"

    scenario(tmp_path, test)


@pytest.mark.parametrize("header", [{"sec-fetch-site": "same-origin"}, {"sec-fetch-mode": "cors"}])
def test_the_daemons_own_page_needs_a_key_for_the_figures(
    tmp_path: Path, header: dict[str, str]
) -> None:
    async def test(served: Served) -> None:
        del served.client.headers["authorization"]
        for more in ({}, {"origin": served.url}):
            answer = await served.client.get("/metrics", headers=header | more)
            assert answer.status_code == 401

    scenario(tmp_path, test)


def test_requests_are_counted_by_template_and_never_by_path(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for number in range(3):
            await served.client.delete(f"/api/schedule/{number}")
            await served.client.get(f"/nothing/{number}")
        await served.client.get("/healthz", headers={"host": "evil.example"})
        page = (await served.client.get("/metrics")).text
        start = (
            'agentd_http_requests_total{method="DELETE",route="/api/schedule/{id}",status="404"}'
        )
        assert figure(page, start) == 3
        start = 'agentd_http_requests_total{method="GET",route="other",status="404"}'
        assert figure(page, start) == 3
        start = 'agentd_http_requests_total{method="GET",route="other",status="421"}'
        assert figure(page, start) == 1

    scenario(tmp_path, test)


def test_a_spent_key_is_told_so_in_openais_words_and_not_asked_to_retry(tmp_path: Path) -> None:
    budgets = Budgets(keys={"default": Budget(tokens=5)})

    async def test(served: Served) -> None:
        client = openai.AsyncOpenAI(
            base_url=f"{served.url}/v1",
            api_key=served.key,
            http_client=openai.DefaultAsyncHttpxClient(trust_env=False),
        )
        async with client:
            messages: Any = [{"role": "user", "content": "tell me a story"}]
            await client.chat.completions.create(model="agentd", messages=messages)
            messages = [{"role": "user", "content": "tell me another story"}]
            for stream in (False, True):
                with pytest.raises(openai.RateLimitError) as no:
                    await client.chat.completions.create(
                        model="agentd", messages=messages, stream=stream
                    )
                assert no.value.code == "insufficient_quota"
                assert "of the 5 tokens" in no.value.message
                assert int(no.value.response.headers["retry-after"]) > 0
                assert no.value.response.headers["x-should-retry"] == "false"
        assert len(served.brain.turns) == 1
        page = (await served.client.get("/metrics")).text
        start = (
            'agentd_http_requests_total{method="POST",route="/v1/chat/completions",status="429"}'
        )
        assert figure(page, start) == 2  # one each: nobody tried again
        for headers in ({}, STREAM):
            said = await served.client.post("/api/say", json={"text": "hi"}, headers=headers)
            assert said.status_code == 429

    scenario(tmp_path, test, budgets=budgets)


@pytest.mark.parametrize("words", ["stop", "停下", "emergency stop"])
def test_a_spent_key_can_still_stop_everything_by_words(tmp_path: Path, words: str) -> None:
    call = Call("emergency_stop" if "emergency" in words else "stop")

    async def test(served: Served) -> None:
        served.house.ledger.spoke("default", 5, 5)
        halts = served.toys.driver.halts
        assert (await served.client.post("/api/say", json={"text": words})).status_code == 200
        assert served.toys.driver.halts > halts

    scenario(tmp_path, test, Scripted(Propose(call)), budgets=Budgets(tokens=1))


def test_usage_shows_a_key_its_own_and_the_owner_everybodys(tmp_path: Path) -> None:
    budgets = Budgets(calls=1)

    async def test(served: Served) -> None:
        phone = served.new_key("phone", Scope.CHAT, Scope.TOOLS_CALL)
        await served.client.post("/api/say", json={"text": "light on"}, headers=phone)
        drive = await served.client.post(
            "/api/tools/drive", json=dict(FORWARD.arguments), headers=phone
        )
        refusal = drive.json()["refusal"]
        assert (refusal["reason"], refusal["accepted"]) == ("budget", "at most 1 calls a day")
        await served.client.post("/api/say", json={"text": "hi"})
        (mine,) = (await served.client.get("/api/usage", headers=phone)).json()["usage"]
        assert (mine["key"], mine["calls"]) == ("phone", 1)
        assert mine["tokens"] > 2
        assert mine["budget"] == {"tokens": None, "calls": 1, "motion_s": None}
        assert mine["left"] == {"tokens": None, "calls": 0, "motion_s": None}
        owner = served.new_key("owner", Scope.ADMIN)
        body = (await served.client.get("/api/usage?days=3", headers=owner)).json()
        assert [row["key"] for row in body["usage"]] == ["default", "phone"]
        assert 0 < body["resets_in_s"] <= 25 * 3600

    scenario(tmp_path, test, Scripted(Propose(LIGHT_ON)), budgets=budgets)


def test_a_sentence_that_was_hung_up_on_is_still_counted(tmp_path: Path) -> None:
    brain = Scripted(Say("later"))
    brain.hold = asyncio.Event()

    async def test(served: Served) -> None:
        asked = served.client.stream("POST", "/api/say", json={"text": "a story"}, headers=STREAM)
        async with asked:
            pass
        await until(lambda: served.house.ledger.today().get("default"))
        assert served.house.ledger.today()["default"].asked == 2

    scenario(tmp_path, test, brain)


def test_events_tell_of_a_sentence_and_its_tokens_under_the_trace(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        async with served.client.stream("GET", "/api/events") as stream:
            lines = stream.aiter_lines()
            await anext(lines)
            said = await served.client.post("/api/say", json={"text": "hello"})
            async for line in lines:
                if line == "event: SentenceAnswered":
                    break
            told = json.loads((await anext(lines)).removeprefix("data: "))
        assert told["asker"]["trace"] == said.headers["x-agentd-trace"]
        assert told["asker"]["words"] == ""
        assert (told["brain"], told["asked_tokens"], told["answered_tokens"]) == ("scripted", 2, 2)

    scenario(tmp_path, test)
