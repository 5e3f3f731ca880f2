"""One SQLite file in WAL mode: anyone reads, one thread writes.

WAL with `synchronous=NORMAL` survives a killed process without loss, and a power cut with the
last moments lost but the file whole (https://sqlite.org/wal.html). Writes that nobody waits for
are gathered for up to a second and committed together, to spare an SD card.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from agentd.errors import AgentdError
from agentd.store.schema import MIGRATIONS
from agentd.store.writer import Statement, Writer

FILE_NAME = "agentd.db"
BUSY_S = 5.0


class StoreError(AgentdError):
    """The database cannot be opened, read or written."""


class Database:
    """The open file. Reading is safe from any thread and never waits for the writer."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        with _explained(path):
            self._reader = _connect(path)
            try:
                _migrate(self._reader, path)
                self._writer = Writer(_connect(path))
            except BaseException:
                self._reader.close()
                raise

    @classmethod
    def open(cls, state_dir: Path) -> Database:
        """Open `agentd.db` in `state_dir`; make both, readable by their owner alone, if absent.

        Raises `StoreError` with the cure for a file that is not permitted, damaged, or newer.
        """
        path = state_dir / FILE_NAME
        with _explained(path):
            state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            # SQLite would make it with the umask's mode; its WAL files inherit this one.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        return cls(path)

    def read(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Return the rows of a query. Raises `StoreError`."""
        with _explained(self.path), self._lock:
            return self._reader.execute(sql, values).fetchall()

    def version(self) -> int:
        """Return a number that changes whenever any connection wrote something."""
        with _explained(self.path), self._lock:
            return int(self._reader.execute("PRAGMA data_version").fetchone()[0])

    @property
    def waiting(self) -> int:
        """How many statements are not committed yet."""
        return self._writer.waiting

    def write(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Run one statement and wait until it is committed. Raises `StoreError`."""
        with _explained(self.path):
            self._writer.now(Statement(sql, values))

    def write_all(self, *statements: tuple[str, Sequence[Any]]) -> None:
        """Run statements in one transaction and wait until it is committed. Raises `StoreError`."""
        with _explained(self.path):
            self._writer.now(*(Statement(sql, values) for sql, values in statements))

    def write_later(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Run one statement within about a second, without waiting. Never raises."""
        self._writer.later(Statement(sql, values))

    def flush(self) -> None:
        """Wait until everything written so far is committed. Raises `StoreError`."""
        with _explained(self.path):
            self._writer.flush()

    def close(self) -> None:
        """Commit what is left and let go of the file. Safe to call twice."""
        self._writer.close()
        with self._lock:
            self._reader.close()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
    )
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{path} was written by a newer agentd (schema {version}; this one knows up to "
            f"{len(MIGRATIONS)}).",
            hint="Update agentd, or choose another folder with --state-dir.",
        )
    for number in range(version, len(MIGRATIONS)):
        connection.execute("BEGIN IMMEDIATE")
        # Read again inside: another process may have migrated at the same moment.
        if connection.execute("PRAGMA user_version").fetchone()[0] == number:
            for statement in MIGRATIONS[number]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute("COMMIT")


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError, ValueError) as error:
        raise StoreError(f"{path}: {error}.", hint=_cure(path, error)) from error


def _cure(path: Path, error: Exception) -> str:
    text = str(error)
    if "not a database" in text or "malformed" in text:
        return f"The file is damaged; move it away (`mv {path} {path}.damaged`) and start again."
    if isinstance(error, OSError) or "readonly" in text or "unable to open" in text:
        return f"`ls -ld {path.parent}` shows who may write there; --state-dir chooses another."
    if "locked" in text:
        return f"Another program holds it; `fuser {path}` names it."
    if "full" in text:
        return f"`df -h {path.parent}` shows the space left."
    return ""
