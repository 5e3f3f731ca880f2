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
from agentd.inference.llm.generate import Piece, Request
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
