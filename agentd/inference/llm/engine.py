"""The one model in memory: a thread that answers, and the event loop that listens.

The thread, and those of ONNX Runtime that it starts, have a lower priority than the rest of the
daemon: what moves is never late because something is being thought about.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from agentd.errors import AgentdError, BrainError
from agentd.inference.llm import space
from agentd.inference.llm.generate import (
    Ahead,
    CancelledError,
    LanguageModel,
    Piece,
    Request,
)
from agentd.inference.llm.layout import read_layout
from agentd.inference.llm.line import Line

log = logging.getLogger(__name__)

NICE: Final = 5
CLOSE_S: Final = 2.0
WAIT_S: Final = 60.0
"""How long a question may wait for its turn, beyond the time it may take itself."""
MARGIN_BYTES: Final = 64 * 2**20


@dataclass(eq=False)
class _Job:
    """A question on its way; what comes of it is told to the loop that asked."""

    who: str
    request: Request | Ahead | None
    """`Ahead`: read, while nobody asks. None: only load the model."""
    loop: asyncio.AbstractEventLoop
    told: asyncio.Queue[Piece | AgentdError | None] = field(default_factory=asyncio.Queue)
    given_up: threading.Event = field(default_factory=threading.Event)

    def tell(self, news: Piece | AgentdError | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is gone, and so is who asked
            self.loop.call_soon_threadsafe(self.told.put_nowait, news)


class Engine:
    """Answers one question at a time with the model in `folder`, loaded when first needed."""

    def __init__(
        self,
        folder: Path,
        *,
        threads: int = 0,
        check: Callable[[Path], None] = lambda folder: None,
        wait_s: float = WAIT_S,
    ) -> None:
        """`check` looks at the folder before it is loaded, on the thread; `threads` 0: most cores.

        One core is left to the rest of the daemon where there is more than one.
        """
        self._folder = folder
        self._threads = threads or default_threads()
        self._check = check
        self._wait_s = wait_s
        self._line: Line[_Job] = Line()
        self._model: LanguageModel | None = None
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    async def warm_up(self) -> None:
        """Load the model. Raises `BrainError` or `ConfigError` when that cannot be."""
        async for _ in self._ask("", None):
            pass

    async def answer(self, request: Request, who: str) -> AsyncGenerator[Piece, None]:
        """Yield the answer as it comes; closing the generator ends the work.

        Raises `BrainError`: too many wait, no such model, a bad grammar, too slow.
        """
        async with contextlib.aclosing(self._ask(who, request)) as pieces:
            async for piece in pieces:
                yield piece

    async def read_ahead(self, messages: Sequence[Mapping[str, str]]) -> None:
        """Read all of `messages` up to the content of the last one, while nobody asks.

        It is done when the next question finds it read; any question goes before it, and a newer
        wish replaces it. Nothing is read before the model is loaded. Raises `BrainError`.
        """
        async for _ in self._ask("", Ahead(messages)):
            pass

    async def _ask(self, who: str, request: Request | Ahead | None) -> AsyncGenerator[Piece, None]:
        job = _Job(who, request, asyncio.get_running_loop())
        if isinstance(request, Ahead):
            self._lay_aside(job)
        else:
            self._line.put(who, job)
        self._start()
        try:
            while (news := await self._news(job)) is not None:
                if isinstance(news, AgentdError):
                    raise news
                yield news
        finally:
            job.given_up.set()
            self._line.drop(who, job)

    async def _news(self, job: _Job) -> Piece | AgentdError | None:
        """Return the next that is told of a job. Raises `BrainError` when nothing is for long."""
        asked = job.request if isinstance(job.request, Request) else None
        patience_s = self._wait_s + asked.total_s if asked else None
        try:
            async with asyncio.timeout(patience_s):
                return await job.told.get()
        except TimeoutError as error:
            raise BrainError(
                f"The local model was busy with other questions for {patience_s:g} s.",
                hint="Ask again in a moment.",
            ) from error

    async def close(self) -> None:
        """End what is being answered, and the thread."""
        self._closing.set()
        for job in self._line.close():
            job.tell(BrainError("The local model is being closed."))
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, CLOSE_S)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="model", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        while (job := self._line.get()) is not None:
            try:
                if self._serve(job):
                    job.tell(None)
            except CancelledError:
                job.tell(None)
            except AgentdError as error:
                job.tell(error)
            except MemoryError:
                self._model = None
                job.tell(BrainError("There was not enough memory for the local model."))
            except Exception as error:  # nobody but the log can make sense of it
                log.exception("the local model failed")
                job.tell(BrainError(f"The local model failed: {error}"))

    def _serve(self, job: _Job) -> bool:
        """Do a job; return False when it is laid aside."""

        def gone() -> bool:
            return job.given_up.is_set() or self._closing.is_set()

        if gone():
            return True
        if isinstance(job.request, Ahead):
            return self._read_ahead(job, job.request, gone)
        if self._model is None:
            self._model = self._load()
        if job.request is not None:
            for piece in self._model.answer(job.request, gone):
                job.tell(piece)
        return True

    def _read_ahead(self, job: _Job, ahead: Ahead, gone: Callable[[], bool]) -> bool:
        """Read on until somebody asks; return whether that is all there is to do."""
        if self._model is None or self._model.read_ahead(ahead, lambda: gone() or self._line.busy):
            return True
        if gone():
            return True
        self._lay_aside(job, again=True)
        return False

    def _lay_aside(self, job: _Job, *, again: bool = False) -> None:
        """Keep a job for when nobody asks; the one that has no place any more is over."""
        left = self._line.put_idle(job, again=again)
        if left is not None:
            left.tell(None)

    def _load(self) -> LanguageModel:
        self._check(self._folder)
        need_memory(self._folder)
        return LanguageModel(self._folder, self._threads)


def default_threads() -> int:
    """Return all cores but one, which is left to the rest of the daemon."""
    return max(1, (os.cpu_count() or 1) - 1)


def need_memory(folder: Path) -> None:
    """Raise `ConfigError` when the model in `folder` does not fit into what is free."""
    space.need_memory(memory_bytes(folder), f"The model {folder.name}")


def memory_bytes(folder: Path) -> int:
    """Return the memory that a folder's model needs at most. Raises `BrainError`.

    ONNX Runtime repacks the weights: for a moment they are there twice.
    """
    layout = read_layout(folder)
    try:
        files = sum(each.stat().st_size for each in folder.iterdir() if each.is_file())
    except OSError as error:
        raise BrainError(f"{folder}: {error.strerror or error}.") from error
    return 2 * files + layout.kv_bytes() + MARGIN_BYTES
