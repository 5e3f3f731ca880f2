"""The first brain that is sure answers; nobody else is asked after it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest

from agentd import config
from agentd.brains import Answered, Propose, Say, Thought, Turn, Unsure
from agentd.brains.figures import RING, Tally
from agentd.brains.router import Router, build_brain
from agentd.errors import BrainError
from agentd.events import Bus
from agentd.model import Call
from tests.brains.homes import turn

STOP = Propose(Call("stop"))


class Scripted:
    """A brain that says what it was told to."""

    def __init__(self, name: str, *thoughts: Thought, error: str = "") -> None:
        self.name = name
        self.remote = name.startswith("upstream")
        self.asked = 0
        self.closed = False
        self._thoughts, self._error = thoughts, error

    async def think(self, turn: Turn) -> AsyncGenerator[Thought, None]:
        self.asked += 1
        for thought in self._thoughts:
            yield thought
        if self._error:
            raise BrainError(self._error)

    async def warm_up(self) -> None: ...

    async def close(self) -> None:
        self.closed = True


def route(
    brains: Sequence[Scripted], words: str = "hello", *, local_only: bool = False
) -> list[Thought]:
    async def scenario() -> list[Thought]:
        router = Router(brains, local_only=local_only)
        return [thought async for thought in router.think(turn(words))]

    return asyncio.run(scenario())


def test_the_first_that_is_sure_answers_and_the_next_is_not_asked() -> None:
    first, second = Scripted("offline", STOP, STOP), Scripted("upstream", Say("hi"))
    assert route([first, second]) == [Answered("offline"), STOP, STOP]
    assert second.asked == 0


def test_a_stop_word_waits_for_no_brain() -> None:
    slow = Scripted("upstream", Say("let me think"))
    assert route([slow], "STOP!") == [Answered("offline"), STOP]
    assert route([], "急停")[1] == Propose(Call("emergency_stop"))
    assert slow.asked == 0


def test_an_unsure_brain_hands_on_to_the_next() -> None:
    brains = [Scripted("offline", Unsure("what?")), Scripted("upstream", Say("hi"))]
    assert route(brains) == [Answered("upstream"), Say("hi")]


def test_when_all_are_unsure_the_first_one_speaks() -> None:
    brains = [Scripted("offline", Unsure("which lamp?")), Scripted("upstream", Unsure("hm"))]
    assert route(brains) == [Answered("offline"), Unsure("which lamp?")]


def test_a_failing_brain_is_passed_over_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    brains = [Scripted("upstream", error="It is away."), Scripted("offline", STOP)]
    assert route(brains) == [Answered("offline"), STOP]
    assert "upstream brain failed: It is away." in caplog.text
    brains = [Scripted("offline", Unsure("what?")), Scripted("upstream", error="It is away.")]
    assert route(brains) == [Answered("offline"), Unsure("what?")]


def test_when_every_brain_fails_the_error_says_why() -> None:
    with pytest.raises(BrainError, match="It is away"):
        route([Scripted("upstream", error="It is away."), Scripted("other")])
    with pytest.raises(BrainError, match="No brain"):
        route([])


def test_a_brain_that_fails_while_it_speaks_is_not_replaced() -> None:
    second = Scripted("offline", STOP)
    with pytest.raises(BrainError):
        route([Scripted("upstream", Say("well"), error="cut"), second])
    assert second.asked == 0


def test_each_rung_is_counted_and_timed() -> None:
    async def scenario() -> None:
        away = Scripted("upstream:home", error="It is away.")
        silent = Scripted("upstream:mute")
        router = Router([Scripted("offline", Unsure("?")), away, silent, Scripted("last", STOP)])
        for _ in range(3):
            async for _ in router.think(turn("hello")):
                pass
        counts = {
            name: (each.asked, each.answered, each.unsure, each.failed)
            for name, each in router.figures().items()
        }
        assert counts == {
            "offline": (3, 0, 3, 0),
            "upstream:home": (3, 0, 0, 3),
            "upstream:mute": (3, 0, 0, 3),
            "last": (3, 3, 0, 0),
        }
        last = router.figures()["last"]
        assert 0 < last.p50_s <= last.p95_s < 1

    asyncio.run(scenario())


def test_the_percentiles_are_of_the_newest_times() -> None:
    tally = Tally()
    assert tally.figures().p95_s == 0
    for number in range(RING + 100):
        tally.took(number)
    figures = tally.figures()
    assert (figures.p50_s, figures.p95_s) == (100 + RING // 2, 100 + int(RING * 0.95))


def test_local_only_never_asks_upstream() -> None:
    upstream = Scripted("upstream", Say("hi"))
    assert route([upstream, Scripted("offline", Unsure("what?"))], local_only=True) == [
        Answered("offline"),
        Unsure("what?"),
    ]
    assert upstream.asked == 0


def test_the_settings_name_the_brains_and_an_upstream_needs_an_address() -> None:
    async def scenario() -> None:
        two = tuple(
            config.Upstream(name=name, base_url="http://127.0.0.1:1/v1")
            for name in ("home", "cloud")
        )
        both = ["upstream:home", "upstream:cloud"]
        for settings, names in (
            (config.Brain(), ["offline"]),
            (config.Brain(upstreams=two), ["offline", *both]),
            (config.Brain(upstreams=two, order=("upstream",)), both),
            (config.Brain(upstreams=two, local_only=True), ["offline"]),
        ):
            router = build_brain(settings, Bus())
            assert router.names == names
            assert list(router.figures()) == names
            await router.close()

    asyncio.run(scenario())


def test_a_warm_router_understands_and_closes() -> None:
    async def scenario() -> None:
        router = build_brain(config.Brain(), Bus())
        await router.warm_up()
        thoughts = [thought async for thought in router.think(turn("turn on the kitchen light"))]
        assert thoughts[0] == Answered("offline")
        await router.close()

    asyncio.run(scenario())
