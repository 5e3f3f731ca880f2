"""The loop's turns stay short: what can wait does, what is urgent does not, and nobody starves."""

from __future__ import annotations

import asyncio
import gc
import selectors
import socket
import sys
import time
import weakref
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from agentd import pace
from agentd.pace import PacedLoop, patient
from agentd.pace.selector import TURN_S, PatientSelector
from agentd.pace.sweeper import FULL_EVERY_S, MIDDLE_TURNS, QUIET_S, YOUNG_TURNS, Sweeper

CROWD = 40


@pytest.fixture
def selector() -> Iterator[PatientSelector]:
    with closing(PatientSelector()) as made:
        yield made


@pytest.fixture
def pairs() -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    """Sockets to write to and those to read from."""
    with ExitStack() as stack:
        made = [socket.socketpair() for _ in range(CROWD)]
        for pair in made:
            for each in pair:
                each.setblocking(False)
                stack.enter_context(each)
        yield made


@pytest.fixture
def crowd(
    selector: PatientSelector, pairs: list[tuple[socket.socket, socket.socket]]
) -> list[socket.socket]:
    """Sockets that may wait and are never read, so that each is always ready."""
    for theirs, mine in pairs:
        selector.register(mine, selectors.EVENT_READ)
        selector.let_wait(mine.fileno())
        theirs.send(b"x")
    return [mine for _, mine in pairs]


def served(selector: PatientSelector) -> list[int]:
    return [key.fd for key, _ in selector.select(0)]


def test_what_is_urgent_is_served_at_once_and_of_the_rest_a_share(
    selector: PatientSelector, crowd: list[socket.socket]
) -> None:
    share = served(selector)
    assert 0 < len(share) < CROWD
    ours, urgent = socket.socketpair()
    with ours, urgent:
        selector.register(urgent, selectors.EVENT_READ)
        ours.send(b"stop")
        assert served(selector)[0] == urgent.fileno()
        selector.unregister(urgent)


def test_of_those_that_wait_each_has_its_turn_before_one_has_two(
    selector: PatientSelector, crowd: list[socket.socket]
) -> None:
    turns: Counter[int] = Counter()
    while len(turns) < CROWD:
        turns.update(served(selector))
        assert max(turns.values()) - min(turns[mine.fileno()] for mine in crowd) <= 1


def test_a_turn_that_took_long_lets_fewer_in_and_a_short_one_more(
    selector: PatientSelector, crowd: list[socket.socket]
) -> None:
    for _ in range(6):
        last = served(selector)
        time.sleep(2 * TURN_S)
    assert len(last) == 1
    assert len(max((served(selector) for _ in range(30)), key=len)) > 5


def test_a_socket_that_was_closed_while_it_waited_is_not_served(
    selector: PatientSelector, crowd: list[socket.socket]
) -> None:
    first = served(selector)
    for mine in crowd:
        if mine.fileno() not in first:
            selector.unregister(mine)
    left = {fd for _ in range(CROWD) for fd in served(selector)}
    assert left == set(first)


def test_a_socket_waits_also_after_it_was_registered_anew_and_hurries_again_when_told(
    selector: PatientSelector, pairs: list[tuple[socket.socket, socket.socket]]
) -> None:
    (theirs, mine), *_ = pairs
    selector.let_wait(mine.fileno())
    key = selector.register(mine, selectors.EVENT_READ, "data")
    assert selector.get_key(mine) == key == selector.get_map()[mine]
    assert selector.unregister(mine) == key
    with pytest.raises(KeyError):
        selector.get_key(mine)
    selector.register(mine, selectors.EVENT_READ, "data")
    selector.modify(mine, selectors.EVENT_WRITE, "other")
    assert selector.select(0)[0][0].data == "other"
    selector.hurry(mine.fileno())
    selector.modify(mine, selectors.EVENT_READ, "data")
    assert selector.select(0) == []
    theirs.send(b"x")
    assert served(selector) == [mine.fileno()]


def run(work: object) -> None:
    with asyncio.Runner(loop_factory=PacedLoop) as runner:
        runner.run(work)  # type: ignore[arg-type]


def test_a_newcomer_is_heard_after_a_share_of_the_streams_and_not_after_all_of_them(
    pairs: list[tuple[socket.socket, socket.socket]],
) -> None:
    """Each stream takes its reader a whole turn, and all of them are ready all the time."""

    async def test() -> None:
        loop = asyncio.get_running_loop()
        told = 0

        def read_stream() -> None:
            nonlocal told
            told += 1
            time.sleep(TURN_S)

        heard = loop.create_future()
        with ExitStack() as stack:
            for theirs, mine in pairs[1:]:
                stack.enter_context(patient(mine.fileno()))
                loop.add_reader(mine, read_stream)
                stack.callback(loop.remove_reader, mine)
                theirs.send(b"x")
            await asyncio.sleep(20 * TURN_S)
            theirs, mine = pairs[0]
            loop.add_reader(mine, lambda: heard.done() or heard.set_result(told))
            stack.callback(loop.remove_reader, mine)
            before = told
            theirs.send(b"stop")
            assert await heard - before <= 4

    run(test())


def test_on_another_loop_patience_changes_nothing() -> None:
    async def test() -> None:
        with patient(0):
            await asyncio.sleep(0)

    asyncio.run(test())


def test_streams_and_subprocesses_work_on_this_loop_as_on_asyncios_own() -> None:
    async def test() -> None:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.readexactly(2_000_000))
            await writer.drain()
            writer.close()
            await writer.wait_closed()

        async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            with patient(writer.get_extra_info("socket").fileno()):
                writer.write(b"x" * 2_000_000)
                assert len(await reader.read(-1)) == 2_000_000
            writer.close()
            await writer.wait_closed()
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec("echo", "yes", stdout=pipe)
        assert await child.communicate() == (b"yes\n", None)

    run(test())


def test_the_daemons_loop_takes_the_interpreter_back_within_a_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    interval: list[float] = []
    monkeypatch.setattr(sys, "setswitchinterval", interval.append)
    with closing(pace.new_loop()) as loop:
        assert isinstance(loop, PacedLoop)
    assert interval[0] < TURN_S


class Ring:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def sweeper() -> Iterator[Sweeper]:
    made = Sweeper(lambda: clock[0])
    made.start()
    yield made
    made.stop()


clock = [0.0]


def test_garbage_is_found_within_a_few_turns_though_nothing_looks_for_it_in_between(
    sweeper: Sweeper,
) -> None:
    assert not gc.isenabled()
    gone = weakref.ref(Ring())
    assert gone() is not None
    for _ in range(YOUNG_TURNS):
        sweeper.sweep(0.0)
    assert gone() is None


def test_old_garbage_is_found_in_a_quiet_moment_once_in_a_while(sweeper: Sweeper) -> None:
    def old_garbage() -> weakref.ref[Ring]:
        ring = Ring()
        for _ in range(2):
            gc.collect(1)
        return weakref.ref(ring)

    gone = old_garbage()
    clock[0] += FULL_EVERY_S + 1
    for _ in range(2 * MIDDLE_TURNS):
        sweeper.sweep(QUIET_S / 2)
    assert gone() is not None
    sweeper.sweep(QUIET_S * 2)
    assert gone() is None
    gone = old_garbage()
    for _ in range(2 * MIDDLE_TURNS):
        sweeper.sweep(QUIET_S * 2)
    assert gone() is not None  # it was quiet, but there was just such a moment


def test_old_garbage_is_found_also_where_it_is_never_quiet(
    sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentd.pace.sweeper.FULL_TURNS", 100)
    ring = Ring()
    for _ in range(2):
        gc.collect(1)
    gone = weakref.ref(ring)
    del ring
    for _ in range(101):
        sweeper.sweep(0.0)
    assert gone() is None


def test_python_collects_by_itself_again_once_the_loop_is_closed() -> None:
    async def test() -> None:
        pace.settle()
        assert not gc.isenabled()
        await asyncio.sleep(0)

    run(test())
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
