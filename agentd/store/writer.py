"""The one thread that writes: it gathers statements and commits them together."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

log = logging.getLogger(__name__)

GATHER_S = 1.0
MOST_WAITING = 10_000


@dataclass(slots=True, eq=False)
class Statement:
    """One statement and, for who waits for it, how it ended."""

    sql: str
    values: Sequence[Any] = ()
    done: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None
    awaited: bool = False


class Writer:
    """Owns the writing connection. Statements are committed in the order they came."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._waiting: list[Statement] = []
        self._failed: list[Statement] = []
        self._changed = threading.Condition()
        self._hurry = False
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many statements are not committed yet."""
        return len(self._waiting) + len(self._failed)

    def later(self, statement: Statement) -> None:
        """Commit `statement` within about a second. Past 10,000 waiting, the oldest is lost."""
        with self._changed:
            if self._closing:
                log.error("a row came after the store was closed and is not kept")
                return
            self._waiting.append(statement)
            self._shed()
            self._changed.notify()

    def now(self, *statements: Statement) -> None:
        """Commit `statements` in one transaction and wait for it. Raises `sqlite3.Error`."""
        for statement in statements:
            statement.awaited = True
        with self._changed:
            if self._closing:
                raise sqlite3.ProgrammingError("the store is closed")
            self._waiting += statements
            self._hurry = True
            self._changed.notify()
        for statement in statements:
            statement.done.wait()
            if statement.error is not None:
                raise statement.error

    def flush(self) -> None:
        """Wait until everything that came so far is committed. Raises `sqlite3.Error`."""
        self.now(Statement("SELECT 1"))

    def close(self) -> None:
        """Commit what is left, end the thread and close the connection."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        closing = False
        while not closing:
            with self._changed:
                self._changed.wait_for(lambda: self._failed or self._waiting or self._closing)
                # From the first statement on, gather for a moment what comes along.
                self._changed.wait_for(lambda: self._hurry or self._closing, timeout=GATHER_S)
                batch = self._failed + self._waiting
                self._waiting, self._hurry, closing = [], False, self._closing
            self._failed = self._commit(batch)
        if self._failed:
            log.error("%d rows could not be kept", len(self._failed))

    def _commit(self, batch: list[Statement]) -> list[Statement]:
        """Write `batch` in one transaction; return what should be tried again."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for statement in batch:
                self._execute(statement)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            return self._undo(batch, error)
        for statement in batch:
            statement.done.set()
        return []

    def _execute(self, statement: Statement) -> None:
        """Run one statement; values it cannot hold are its own trouble, not the batch's."""
        try:
            self._connection.execute(statement.sql, statement.values)
        except sqlite3.OperationalError:
            raise
        except Exception as error:  # nothing that comes from outside may end this thread
            statement.error = error
            if not statement.awaited:
                log.error("a row was not kept: %s", error)

    def _undo(self, batch: list[Statement], error: sqlite3.Error) -> list[Statement]:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        log.warning("the store cannot be written, trying again: %s", error)
        again = []
        for statement in batch:
            if statement.awaited:
                statement.error = error
                statement.done.set()
            else:
                again.append(statement)
        return again[-MOST_WAITING:]

    def _shed(self) -> None:
        if len(self._waiting) > MOST_WAITING:
            lost = self._waiting.pop(0)
            lost.done.set()
            log.error("the store is too far behind; a row was lost")
