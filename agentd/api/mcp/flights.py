"""What is under way: calls that a client may cancel, questions that wait for its answer."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from agentd.api.feed import Feed
from agentd.api.mcp.visit import Visit
from agentd.api.mcp.wire import Id, Message

Answer = asyncio.Future[Mapping[str, Any]]
Flight = tuple[str, str, Id]
"""Whose key, which client as far as it says, and its number for the call."""


class Flights:
    """One daemon's calls and questions. As many as there are open feeds, which are bounded."""

    def __init__(self) -> None:
        self._calls: dict[Flight, list[Feed[Any]]] = {}
        self._questions: dict[str, tuple[str, Answer]] = {}

    def begin(self, visit: Visit, asked: Message, feed: Feed[Any]) -> None:
        """Let the call be cancelled until its feed ends."""
        assert asked.id is not None
        flight = (visit.grant.who, visit.session, asked.id)
        self._calls.setdefault(flight, []).append(feed)
        feed.task.add_done_callback(lambda _: self._end(flight, feed))

    def _end(self, flight: Flight, feed: Feed[Any]) -> None:
        self._calls[flight].remove(feed)
        if not self._calls[flight]:
            del self._calls[flight]

    def cancel(self, visit: Visit, number: Any) -> None:
        """Cut short what this client calls `number`; what is not under way is no error.

        Two clients that share a key and say nothing of themselves may use the same number: both
        calls end then. One stop too many does less harm than one too few.
        """
        if isinstance(number, str | int) and not isinstance(number, bool):
            for feed in tuple(self._calls.get((visit.grant.who, visit.session, number), ())):
                feed.stop()

    @contextlib.contextmanager
    def question(self, who: str) -> Iterator[tuple[str, Answer]]:
        """Yield the number of a question to the holder of the key `who`, and its answer to come."""
        number, answer = secrets.token_urlsafe(16), asyncio.get_running_loop().create_future()
        self._questions[number] = (who, answer)
        try:
            yield number, answer
        finally:
            del self._questions[number]

    def answer(self, visit: Visit, given: Message) -> None:
        """Take an answer, if it comes from the key that was asked."""
        who, answer = self._questions.get(str(given.id), ("", None))
        if answer is not None and who == visit.grant.who and not answer.done():
            answer.set_result(given.result or {})
