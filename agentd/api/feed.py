"""Long answers: a source read by a task of its own, and cancelled when nobody listens.

The task ends the moment the client goes away or the server closes, and with it whatever the
source was waiting for: motion stops by cancellation.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import Request
from fastapi.responses import EventSourceResponse
from fastapi.sse import format_sse_event
from starlette.types import Receive, Scope, Send

from agentd.api.errors import ApiError

T = TypeVar("T")

KEEP_ALIVE = format_sse_event(comment="keep-alive")
STREAM_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}
"""As FastAPI's own event streams: no cache, and no buffering in a proxy."""
MOST_FEEDS = 1024
ROOM = 256
"""Items that may wait for a slow client; then the source waits too."""


class GoneError(ApiError):
    """The client hung up before its answer."""


@dataclass(frozen=True, slots=True)
class _End:
    error: Exception | None


class Feed(Generic[T]):
    """The items of `source` as they come, for one reader."""

    def __init__(self, source: AsyncIterator[T]) -> None:
        self._queue: asyncio.Queue[T | _End] = asyncio.Queue(ROOM)
        self._held: list[T | _End] = []
        self._late: ApiError | None = None
        self.task = asyncio.create_task(self._read(source))

    async def first(self, wait_s: float | None) -> T | None:
        """Return the first item without taking it; None when none came in `wait_s` seconds.

        Without `wait_s` it waits as long as it takes, and None means that there was no item.

        Raises what the source raised before its first item.
        """
        item = await self._next(wait_s)
        if item is None:
            return None
        if isinstance(item, _End):
            if item.error is not None:
                raise item.error
            self._held.append(item)
            return None
        self._held.append(item)
        return item

    async def items(self, silence_s: float | None = None) -> AsyncGenerator[T | None, None]:
        """Yield every item, and None each time `silence_s` seconds passed without one.

        Raises what the source raised.
        """
        while True:
            item = self._held.pop() if self._held else await self._next(silence_s)
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item

    def stop(self) -> None:
        """Cancel the source; the reader sees the end. Safe to call twice."""
        self.task.cancel()

    def expire(self, after_s: float) -> None:
        """Cancel the source, which had `after_s` seconds; the reader is told so (504)."""
        self._late = ApiError(504, f"That took longer than {after_s:g} s and was ended.")
        self.task.cancel()

    async def _next(self, wait_s: float | None) -> T | _End | None:
        if not self._queue.empty():
            return self._queue.get_nowait()
        try:
            async with asyncio.timeout(wait_s):
                return await self._queue.get()
        except TimeoutError:
            return None

    async def _read(self, source: AsyncIterator[T]) -> None:
        end = _End(None)
        try:
            async for item in source:
                await self._queue.put(item)
        except Exception as error:
            end = _End(error)
        except asyncio.CancelledError:
            end = _End(self._late)
            raise
        finally:
            if self._queue.full():
                self._queue.get_nowait()
            self._queue.put_nowait(end)
            if isinstance(source, AsyncGenerator):
                await source.aclose()


class Feeds:
    """Every feed that is open on one server: `per_key` for each key, for `longest_s` seconds."""

    def __init__(self, per_key: int = MOST_FEEDS, longest_s: float = 3600.0) -> None:
        self._open: dict[Feed[Any], str] = {}
        self._per_key = per_key
        self._longest_s = longest_s

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    def open(self, source: AsyncIterator[T], who: str) -> Feed[T]:
        """Begin to read `source` for the key named `who`.

        Raises `ApiError`: 429 when this key has too many open, 503 when all keys together have.
        """
        mine = sum(each == who for each in self._open.values())
        if mine >= self._per_key:
            message = f"This key has {mine} answers under way, and may have no more at once."
            raise ApiError(429, message, code="too_many_streams", retry_after_s=1.0)
        if len(self._open) >= MOST_FEEDS:
            raise ApiError(503, f"Too many answers are under way; at most {MOST_FEEDS}.")
        feed = Feed(source)
        self._open[feed] = who
        loop = asyncio.get_running_loop()
        late = loop.call_later(self._longest_s, feed.expire, self._longest_s)

        def ended(_: asyncio.Task[None]) -> None:
            late.cancel()
            self._open.pop(feed, None)

        feed.task.add_done_callback(ended)
        return feed

    def close(self) -> None:
        """End them all."""
        for feed in tuple(self._open):
            feed.stop()


class EventStream(EventSourceResponse):
    """Server-sent events that stop their feed when they end, however they end."""

    def __init__(
        self,
        feed: Feed[Any],
        events: AsyncIterator[bytes],
        headers: dict[str, str] | None = None,
        at_end: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(events, headers=STREAM_HEADERS | (headers or {}))
        self._feed = feed
        self.at_end = at_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream (ASGI). Starlette's own way takes two tasks more for each."""
        start = {"status": self.status_code, "headers": self.raw_headers}
        try:
            async with _while_here(receive):
                await send({"type": "http.response.start", **start})
                async for event in self.body_iterator:
                    await send({"type": "http.response.body", "body": event, "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except GoneError:
            pass  # there is nobody to tell
        finally:
            self._feed.stop()
            self.at_end()


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` returns; cancel it when the client hangs up first.

    The request's body must have been read. Raises `GoneError`, whose answer nobody will see.
    """
    with contextlib.closing(work):
        async with _while_here(request.receive):
            return await work
    raise AssertionError  # the context returns or raises


@contextlib.asynccontextmanager
async def _while_here(receive: Receive) -> AsyncIterator[None]:
    """Cancel what is inside when the client hangs up; `GoneError` is raised then."""
    inside, gone = asyncio.current_task(), False
    assert inside is not None

    async def watch() -> None:
        nonlocal gone
        while (await receive())["type"] != "http.disconnect":
            pass
        gone = True
        inside.cancel()

    watching = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError:
        if not gone or inside.uncancel():
            raise
        raise GoneError(499, "The client went away.") from None
    finally:
        watching.cancel()
