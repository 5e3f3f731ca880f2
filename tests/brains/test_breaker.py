"""A server that keeps failing is left alone, and the next one answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agentd.brains import Answered, Say, Thought
from agentd.brains.breaker import FAILURES, PAUSE_S, Breaker, Position
from agentd.brains.router import Router, build_brain
from agentd.brains.upstream import UpstreamBrain, Waits
from agentd.config import Brain
from agentd.errors import BrainError
from agentd.events import Bus
from agentd.supervise import Parts
from tests.brains.homes import turn
from tests.brains.servers import Script, serving, sse, text, upstream


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def fail(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(BrainError, match="boom"), breaker.attempt():
            raise BrainError("boom")


def broken(clock: Clock) -> tuple[Breaker, list[tuple[Position, str]]]:
    moved: list[tuple[Position, str]] = []
    breaker = Breaker("home", lambda *change: moved.append(change), clock)
    fail(breaker, FAILURES)
    return breaker, moved


def test_it_opens_after_failures_in_a_row_and_answers_at_once() -> None:
    breaker, moved = broken(Clock())
    assert moved == [(Position.OPEN, "boom")]
    with pytest.raises(BrainError, match="home is left alone for 30 s"), breaker.attempt():
        raise AssertionError("nothing may be tried")


def test_a_success_in_between_starts_the_count_again() -> None:
    breaker = Breaker("home")
    fail(breaker, FAILURES - 1)
    with breaker.attempt() as prove:
        prove()
    fail(breaker, FAILURES - 1)
    assert breaker.position is Position.CLOSED


def test_after_the_pause_one_sentence_is_tried_and_decides() -> None:
    clock = Clock()
    breaker, moved = broken(clock)
    clock.now += PAUSE_S
    with breaker.attempt() as prove:
        assert breaker.position is Position.HALF_OPEN
        with pytest.raises(BrainError, match="left alone"), breaker.attempt():
            raise AssertionError("only one probe at a time")
        prove()
    assert [position for position, _ in moved] == ["open", "half-open", "closed"]

    breaker, moved = broken(clock)
    clock.now += PAUSE_S
    fail(breaker)
    assert [position for position, _ in moved] == ["open", "half-open", "open"]


def test_a_probe_that_the_asker_gives_up_decides_nothing() -> None:
    clock = Clock()
    breaker, _ = broken(clock)
    clock.now += PAUSE_S
    with pytest.raises(asyncio.CancelledError), breaker.attempt():
        raise asyncio.CancelledError
    with breaker.attempt() as prove:
        prove()
    assert breaker.position is Position.CLOSED


@asynccontextmanager
async def two(first: Script, second: Script) -> AsyncIterator[tuple[Router, UpstreamBrain]]:
    async with serving(first) as one, serving(second) as other:
        waits = Waits(1.0)
        brains = [
            UpstreamBrain(upstream(url, name), waits=waits)
            for url, name in ((one, "a"), (other, "b"))
        ]
        router = Router(brains)
        try:
            yield router, brains[0]
        finally:
            await router.close()


def test_the_next_upstream_answers_and_a_failing_one_is_no_longer_asked() -> None:
    first = Script(statuses=[500], error_body=b'{"error": {"message": "boom"}}')
    second = Script([sse(*text("Hi."))])

    async def scenario() -> None:
        async with two(first, second) as (router, brain):
            for _ in range(FAILURES + 2):
                thoughts: list[Thought] = [each async for each in router.think(turn("hello"))]
                assert thoughts == [Answered("upstream:b"), Say("Hi.")]
            assert len(first.bodies) == FAILURES
            assert brain._breaker.position is Position.OPEN
            assert router.figures()["upstream:a"].failed == FAILURES + 2
            assert router.figures()["upstream:b"].answered == FAILURES + 2

    asyncio.run(scenario())


def test_an_open_breaker_is_shown_among_the_parts() -> None:
    async def scenario() -> None:
        bus = Bus()
        parts = Parts(bus)
        script = Script(statuses=[500])
        async with serving(script) as url:
            settings = Brain(order=("upstream",), upstreams=(upstream(url, "home"),))
            router = build_brain(settings, bus)
            assert parts.all() == {"upstream home": "ready"}
            for _ in range(FAILURES):
                with pytest.raises(BrainError):
                    async for _ in router.think(turn("hello")):
                        pass
            assert parts.all()["upstream home"].startswith("degraded: open: The upstream server")
            await router.close()

    asyncio.run(scenario())


def test_local_only_sends_not_one_byte() -> None:
    async def scenario() -> None:
        knocks: list[bytes] = []

        async def knocked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            knocks.append(b"")
            writer.close()

        async with await asyncio.start_server(knocked, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            there = upstream(f"http://127.0.0.1:{port}/v1")
            for local_only in (True, False):
                order = ("upstream", "offline") if local_only else ("upstream",)
                settings = Brain(order=order, upstreams=(there,), local_only=local_only)
                router = build_brain(settings, Bus())
                await router.warm_up()
                for words in ("tell me a story", "turn on the kitchen light", "你好"):
                    try:
                        async for _ in router.think(turn(words)):
                            pass
                    except BrainError:
                        assert not local_only
                await router.close()
                assert bool(knocks) is not local_only, "the ear itself works"

    asyncio.run(scenario())
