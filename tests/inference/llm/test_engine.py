"""One model for many askers: everybody gets a turn, nobody waits without end, nothing breaks it."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from pathlib import Path

import pytest

from agentd.errors import AgentdError, BrainError, ConfigError
from agentd.inference.llm import space
from agentd.inference.llm.blocks import Floats
from agentd.inference.llm.engine import Engine
from agentd.inference.llm.generate import AHEAD_CHUNK, Piece, Request
from agentd.inference.llm.line import Line

ASKED = Request([{"role": "user", "content": "hello"}], most=4)
LONG = Request([{"role": "user", "content": "hello"}], most=400)


def with_engine(folder: Path, scenario: Callable[[Engine], Awaitable[None]]) -> None:
    async def live() -> None:
        engine = Engine(folder, threads=1)
        try:
            await scenario(engine)
        finally:
            await engine.close()

    asyncio.run(live())


async def answer(engine: Engine, request: Request = ASKED, who: str = "me") -> list[Piece]:
    return [piece async for piece in engine.answer(request, who)]


def test_everybody_gets_a_turn() -> None:
    line: Line[str] = Line()
    for who, job in (("ann", "a1"), ("ann", "a2"), ("ann", "a3"), ("bob", "b1"), ("eve", "e1")):
        line.put(who, job)
    assert [line.get() for _ in range(5)] == ["a1", "b1", "e1", "a2", "a3"]


def test_a_line_is_bounded_for_one_and_for_all() -> None:
    line: Line[int] = Line(most=4, each=2)
    line.put("ann", 1)
    line.put("ann", 2)
    with pytest.raises(BrainError, match=r"busy: 2 questions wait already, 2 of them yours"):
        line.put("ann", 3)
    line.put("bob", 4)
    line.put("eve", 5)
    with pytest.raises(BrainError, match="busy: 4"):
        line.put("joe", 6)
    line.drop("ann", 1)
    line.drop("ann", 99)
    line.put("joe", 6)
    assert sorted([line.get() or 0 for _ in range(4)]) == [2, 4, 5, 6]


def test_a_closed_line_lets_everybody_go() -> None:
    line: Line[int] = Line()
    got: list[int | None] = []
    waiting = threading.Thread(target=lambda: got.append(line.get()))
    waiting.start()
    assert line.close() == []
    waiting.join(5)
    assert got == [None]


def test_what_nobody_hurries_for_has_its_turn_when_nobody_waits() -> None:
    line: Line[str] = Line(most=1)
    assert line.put_idle("ahead") is None
    assert not line.busy
    line.put("ann", "a1")
    assert line.busy
    with pytest.raises(BrainError, match="busy: 1 questions wait"):
        line.put("bob", "b1")
    assert [line.get(), line.get()] == ["a1", "ahead"]


def test_of_what_nobody_hurries_for_the_newest_counts() -> None:
    line: Line[str] = Line()
    line.put_idle("old")
    assert line.put_idle("new") == "old"
    assert line.put_idle("old", again=True) == "old"
    line.drop("", "new")
    assert line.put_idle("old", again=True) is None
    assert line.close() == ["old"]
    assert line.put_idle("late") == "late"


class Paced:
    """A model's runs, one after the other: each waits until the test lets it go on."""

    def __init__(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        assert engine._model is not None
        self._run = engine._model._run
        self.sizes: list[int] = []
        self.begun: asyncio.Queue[int] = asyncio.Queue()
        self._go_on = threading.Semaphore(0)
        self._loop = asyncio.get_running_loop()
        monkeypatch.setattr(engine._model, "_run", self.run)

    def run(self, tokens: Sequence[int]) -> Floats:
        self.sizes.append(len(tokens))
        self._loop.call_soon_threadsafe(self.begun.put_nowait, len(tokens))
        self._go_on.acquire()
        return self._run(tokens)

    def go_on(self, runs: int = 10_000) -> None:
        self._go_on.release(runs)


BEGINNING = [{"role": "system", "content": "a long prefix " * 10}]
SHORT = Request([*BEGINNING, *ASKED.messages], most=1)


def test_the_first_question_finds_read_what_was_read_ahead(tiny_folder: Path) -> None:
    async def scenario(engine: Engine) -> None:
        await engine.warm_up()
        await engine.read_ahead([*BEGINNING, {"role": "user", "content": ""}])
        await answer(engine, SHORT)
        assert engine._model is not None
        assert engine._model.read < 30

    with_engine(tiny_folder, scenario)


def test_a_question_waits_for_the_chunk_that_is_being_read_ahead_and_no_more(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(engine: Engine) -> None:
        await engine.warm_up()
        paced = Paced(engine, monkeypatch)
        ahead = asyncio.create_task(engine.read_ahead(SHORT.messages))
        await paced.begun.get()
        asked = asyncio.create_task(answer(engine, Request(ASKED.messages, most=1)))
        await asyncio.sleep(0)
        assert engine._line.busy
        paced.go_on()
        await asked
        assert engine._model is not None
        assert paced.sizes[:2] == [AHEAD_CHUNK, engine._model.read]
        assert engine._model.read != AHEAD_CHUNK, "the second run was the question's"
        await ahead
        assert sum(paced.sizes[2:]) > 100, "then it goes on by itself"
        await answer(engine, SHORT)
        assert engine._model.read < 30

    with_engine(tiny_folder, scenario)


def test_a_newer_beginning_takes_the_place_of_one_that_waits(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(engine: Engine) -> None:
        await engine.warm_up()
        paced = Paced(engine, monkeypatch)
        asked = asyncio.create_task(answer(engine, Request(ASKED.messages, most=1)))
        await paced.begun.get()
        old = asyncio.create_task(engine.read_ahead([{"role": "user", "content": "old"}]))
        await asyncio.sleep(0)
        new = asyncio.create_task(engine.read_ahead(SHORT.messages))
        await old
        assert len(paced.sizes) == 1, "nothing of the old one was read"
        paced.go_on()
        await asyncio.gather(asked, new)

    with_engine(tiny_folder, scenario)


def test_who_gives_up_reading_ahead_ends_it_after_the_chunk(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(engine: Engine) -> None:
        await engine.warm_up()
        paced = Paced(engine, monkeypatch)
        ahead = asyncio.create_task(engine.read_ahead(SHORT.messages))
        await paced.begun.get()
        ahead.cancel()
        await asyncio.gather(ahead, return_exceptions=True)
        paced.go_on()
        await engine.warm_up()
        assert paced.sizes == [AHEAD_CHUNK]

    with_engine(tiny_folder, scenario)


def test_closing_ends_what_is_read_ahead(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def live() -> None:
        engine = Engine(tiny_folder, threads=1)
        await engine.warm_up()
        paced = Paced(engine, monkeypatch)
        ahead = asyncio.create_task(engine.read_ahead(SHORT.messages))
        await paced.begun.get()
        closing = asyncio.create_task(engine.close())
        await asyncio.sleep(0)
        paced.go_on()
        await closing
        await ahead
        assert paced.sizes == [AHEAD_CHUNK]
        assert engine._thread is not None
        assert not engine._thread.is_alive()

    asyncio.run(asyncio.wait_for(live(), 20))


def test_reading_ahead_loads_no_model(tiny_folder: Path) -> None:
    async def scenario(engine: Engine) -> None:
        await engine.read_ahead(SHORT.messages)
        assert engine._model is None

    with_engine(tiny_folder, scenario)


def test_an_answer_streams_and_the_loop_stays_free(tiny_folder: Path) -> None:
    async def scenario(engine: Engine) -> None:
        await engine.warm_up()
        beats, running = 0, True

        async def beat() -> None:
            nonlocal beats
            while running:
                beats += 1
                await asyncio.sleep(0)

        heart = asyncio.create_task(beat())
        pieces = await answer(engine, LONG)
        running = False
        await heart
        assert len(pieces) > 50
        assert pieces[-1].end
        assert beats > len(pieces)

    with_engine(tiny_folder, scenario)


def test_who_goes_away_ends_the_work(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(engine: Engine) -> None:
        await engine.warm_up()
        assert engine._model is not None
        run, runs = engine._model._run, 0

        def counted(tokens: Sequence[int]) -> Floats:
            nonlocal runs
            runs += 1
            return run(tokens)

        monkeypatch.setattr(engine._model, "_run", counted)
        async with aclosing(engine.answer(LONG, "me")) as pieces:
            await anext(pieces)
        # The next answer begins as soon as the first is given up, not when it would have ended.
        assert (await answer(engine))[-1].end
        assert runs < LONG.most - 50

    with_engine(tiny_folder, scenario)


def test_a_question_given_up_while_it_waits_is_never_asked(tiny_folder: Path) -> None:
    async def scenario(engine: Engine) -> None:
        first = asyncio.create_task(answer(engine, LONG, "ann"))
        second = asyncio.create_task(answer(engine, LONG, "bob"))
        third = asyncio.create_task(answer(engine, ASKED, "eve"))
        await asyncio.sleep(0)
        second.cancel()
        assert (await third)[-1].end
        assert (await first)[-1].end
        with pytest.raises(asyncio.CancelledError):
            await second

    with_engine(tiny_folder, scenario)


def test_too_many_at_once_are_told_so_and_the_others_are_answered(tiny_folder: Path) -> None:
    async def scenario(engine: Engine) -> None:
        asked = [answer(engine, ASKED, f"person {n}") for n in range(14)]
        found = await asyncio.gather(*asked, return_exceptions=True)
        busy = [each for each in found if isinstance(each, BrainError)]
        assert 4 <= len(busy) <= 6
        assert all("busy" in str(each) for each in busy)
        assert all(each[-1].end for each in found if isinstance(each, list))

    with_engine(tiny_folder, scenario)


def test_nobody_waits_for_a_turn_without_end(tiny_folder: Path) -> None:
    async def live() -> None:
        engine = Engine(tiny_folder, threads=1, wait_s=0.01)
        await engine.warm_up()
        first = asyncio.create_task(answer(engine, LONG, "ann"))
        await asyncio.sleep(0)
        hurried = Request(ASKED.messages, most=4, total_s=0.01)
        with pytest.raises(BrainError, match=r"busy with other questions for 0.02 s"):
            await answer(engine, hurried, "bob")
        assert (await first)[-1].end
        await engine.close()

    asyncio.run(live())


def test_the_model_thinks_at_a_lower_priority(tiny_folder: Path) -> None:
    async def scenario(engine: Engine) -> None:
        await engine.warm_up()
        names = {
            int(each.name): (each / "comm").read_text().strip()
            for each in Path("/proc/self/task").iterdir()
        }
        worker = next(thread for thread in threading.enumerate() if thread.name == "model")
        assert worker.native_id in names
        mine = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, worker.native_id or 0) == min(mine + 5, 19) or (
            os.getpriority(os.PRIO_PROCESS, worker.native_id or 0) >= 5
        )

    with_engine(tiny_folder, scenario)


def test_a_model_too_big_for_the_memory_is_told_before_it_is_loaded(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(engine: Engine) -> None:
        monkeypatch.setattr(space, "free_memory", lambda: 10**7)
        with pytest.raises(ConfigError, match=r"needs \d+ MB of memory; 10 MB are free"):
            await answer(engine)
        monkeypatch.undo()
        assert (await answer(engine))[-1].end, "as soon as there is room, it is loaded"

    with_engine(tiny_folder, scenario)


def test_a_damaged_model_is_told_each_time_and_harms_nothing(
    tmp_path: Path, tiny_folder: Path
) -> None:
    shutil.copytree(tiny_folder, tmp_path / "model")
    whole = (tmp_path / "model" / "model.onnx.data").read_bytes()
    (tmp_path / "model" / "model.onnx.data").write_bytes(whole[: len(whole) // 2])

    async def scenario(engine: Engine) -> None:
        for _ in range(3):
            with pytest.raises(AgentdError, match="cannot load"):
                await answer(engine)
        (tmp_path / "model" / "model.onnx.data").write_bytes(whole)
        assert (await answer(engine))[-1].end

    with_engine(tmp_path / "model", scenario)


def test_closing_ends_what_is_answered_and_what_waits(tiny_folder: Path) -> None:
    async def live() -> None:
        engine = Engine(tiny_folder, threads=1)
        await engine.warm_up()
        first = asyncio.create_task(answer(engine, LONG, "ann"))
        second = asyncio.create_task(answer(engine, LONG, "bob"))
        await asyncio.sleep(0.01)
        await engine.close()
        await asyncio.gather(first, second, return_exceptions=True)
        assert engine._thread is not None
        assert not engine._thread.is_alive()

    asyncio.run(asyncio.wait_for(live(), 20))
