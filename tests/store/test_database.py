"""The database file: who may read it, what it survives, what it says when it cannot."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentd.store import Database, StoreError
from agentd.store.schema import MIGRATIONS

ROW = "INSERT INTO keys (id, name, hash, scopes, created) VALUES (?, 'n', x'00', '', 0)"


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[Database]:
    database = Database.open(folder)
    try:
        yield database
    finally:
        database.close()


def ids(database: Database) -> list[str]:
    return [row["id"] for row in database.read("SELECT id FROM keys ORDER BY id")]


def test_the_file_and_its_companions_are_for_their_owner_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        with opened(tmp_path / "state") as database:
            database.write(ROW, ("a",))
            files = sorted(each.name for each in (tmp_path / "state").iterdir())
            assert files == ["agentd.db", "agentd.db-shm", "agentd.db-wal"]
            for each in (tmp_path / "state").iterdir():
                assert each.stat().st_mode & 0o777 == 0o600
            assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(old)


def test_it_is_in_wal_mode_and_remembers_its_version(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        assert database.read("PRAGMA journal_mode")[0][0] == "wal"
        assert database.read("PRAGMA user_version")[0][0] == len(MIGRATIONS)
    with opened(tmp_path) as again:
        assert again.read("PRAGMA user_version")[0][0] == len(MIGRATIONS)


def test_what_was_written_later_is_there_after_a_flush_or_a_close(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        for number in range(50):
            database.write_later(ROW, (f"a{number:02}",))
        database.flush()
        assert len(ids(database)) == 50
        database.write_later(ROW, ("b",))
    with opened(tmp_path) as again:
        assert len(ids(again)) == 51


def test_rows_nobody_waits_for_share_a_commit(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        before = database.version()
        for number in range(100):
            database.write_later(ROW, (str(number),))
        database.flush()
        assert database.version() - before <= 2


def test_a_row_that_breaks_a_rule_takes_no_other_with_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(tmp_path) as database:
        for each in ("a", "a", "b"):
            database.write_later(ROW, (each,))
        database.flush()
        assert ids(database) == ["a", "b"]
        assert "a row was not kept" in caplog.text
        with pytest.raises(StoreError, match="UNIQUE"):
            database.write(ROW, ("a",))


def test_a_locked_database_is_tried_again_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentd.store.database.BUSY_S", 0.05)
    with opened(tmp_path) as database:
        with contextlib.closing(sqlite3.connect(tmp_path / "agentd.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            database.write_later(ROW, ("a",))
            with pytest.raises(StoreError, match=r"locked.*fuser"):
                try:
                    database.write(ROW, ("b",))
                except StoreError as error:
                    raise StoreError(error.line()) from error
            other.rollback()
        database.flush()
        assert ids(database) == ["a"]


def test_two_processes_may_open_and_write_at_once(tmp_path: Path) -> None:
    with opened(tmp_path / "s") as one, opened(tmp_path / "s") as two:
        threads = [
            threading.Thread(target=each.write, args=(ROW, (name,)))
            for each, name in ((one, "a"), (two, "b"))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert ids(one) == ids(two) == ["a", "b"]


@pytest.mark.parametrize("content", [b"this is no database at all" * 100, b"SQLite format 3\x00x"])
def test_a_damaged_file_is_one_line_with_the_cure(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "agentd.db").write_bytes(content)
    with pytest.raises(StoreError) as caught:
        Database.open(tmp_path)
    assert "mv " in caught.value.line()
    assert "\n" not in caught.value.line()


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    with contextlib.closing(sqlite3.connect(tmp_path / "agentd.db")) as other:
        other.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer agentd"):
        Database.open(tmp_path)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError) as caught:
        Database.open(tmp_path / "file" / "state")
    assert "--state-dir" in caught.value.line()


WRITER = f"""
import itertools, sys
from pathlib import Path
from agentd.store import Database
database = Database.open(Path(sys.argv[1]))
for number in itertools.count():
    database.write_later({ROW!r}, (f"{{number:08}}",))
    if number % 20 == 19:
        database.flush()
        print(number + 1, flush=True)
"""


def test_kill_9_in_the_middle_loses_nothing_that_was_flushed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        for _ in range(5):
            promised = int(writer.stdout.readline())
        os.kill(writer.pid, signal.SIGKILL)
        rest = writer.stdout.read().split()
        promised = int(rest[-1]) if rest else promised
    assert writer.returncode == -signal.SIGKILL
    with opened(tmp_path) as database:
        kept = ids(database)
        assert len(kept) >= promised >= 100
        assert kept == [f"{number:08}" for number in range(len(kept))]
        assert database.read("PRAGMA integrity_check")[0][0] == "ok"
