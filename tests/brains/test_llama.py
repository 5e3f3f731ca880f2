"""The upstream brain in front of llama.cpp's own server and a real model, written by others."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from agentd.brains import Decline, Propose, Say, Thought
from agentd.brains.breaker import Breaker, Position
from agentd.brains.upstream import UpstreamBrain, Waits
from agentd.config import Upstream
from agentd.errors import BrainError, Reason
from agentd.tools.specs import openai_tools
from tests.brains.homes import light, turn
from tests.peers.fetch_llama import present
from tests.peers.llama import llama_server

pytestmark = pytest.mark.skipif(
    not present(), reason="llama.cpp is not fetched: make llama (127 MB)"
)
HOME = (light("kitchen", "Kitchen"), light("hall", "Hall"))
PATIENT = Waits(first_s=120, idle_s=60)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with llama_server(tmp_path_factory.mktemp("llama")) as address:
        yield address


def ask(url: str, words: str, waits: Waits = PATIENT, *, tools: bool = True) -> Sequence[Thought]:
    async def scenario() -> list[Thought]:
        brain = UpstreamBrain(Upstream(name="llama", base_url=url), waits=waits)
        asked = turn(words, HOME)
        asked = replace(asked, tools=openai_tools(HOME) if tools else ())
        try:
            return [each async for each in brain.think(asked)]
        finally:
            await brain.close()

    return asyncio.run(scenario())


def test_a_tool_call_that_a_real_server_streams_arrives_whole(url: str) -> None:
    thoughts = ask(url, "turn on the kitchen light")
    (proposal,) = [each for each in thoughts if isinstance(each, Propose)]
    assert proposal.call.tool == "set_light"
    assert proposal.call.arguments["device"] == "light.kitchen"
    assert proposal.call.arguments.get("on") is True


def test_a_question_to_a_real_model_changes_nothing(url: str) -> None:
    for thought in ask(url, "is the hall light on?"):
        assert not isinstance(thought, Propose) or thought.call.tool == "get_state"
        assert not isinstance(thought, Decline) or thought.refusal.reason is Reason.NOT_ASKED


def test_plain_words_of_a_real_server_are_said(url: str) -> None:
    thoughts = ask(url, "Say hello.", tools=False)
    assert "".join(each.text for each in thoughts if isinstance(each, Say)).strip()


def test_a_real_server_that_is_too_slow_is_given_up_and_lives_on(url: str) -> None:
    with pytest.raises(BrainError, match=r"silent|did not answer|not done"):
        ask(url, "turn on the hall light", Waits(first_s=0.02))
    assert ask(url, "turn on the hall light")


def test_a_real_server_that_died_opens_the_breaker(
    tmp_path: Path,
) -> None:
    breaker = Breaker("llama")
    with llama_server(tmp_path) as gone:
        brain = UpstreamBrain(Upstream(name="llama", base_url=gone), waits=PATIENT, breaker=breaker)

    async def scenario() -> None:
        for _ in range(3):
            with pytest.raises(BrainError, match="cannot be reached"):
                async for _ in brain.think(turn("hello", HOME)):
                    pass
        await brain.close()

    asyncio.run(scenario())
    assert breaker.position is Position.OPEN
