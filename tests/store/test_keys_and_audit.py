"""Keys that are never kept, and a row for every call."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentd.errors import Reason, Refusal
from agentd.events import ArmedChanged, Bus, CommandFinished, EStopLatched, EStopReset
from agentd.model import Asker, Receipt, Status
from agentd.store import Audit, Database, Keys, Scope, StoreError
from agentd.store.keys import EVERYDAY, LAST_USED_EVERY_S


@contextlib.contextmanager
def keys_in(folder: Path) -> Iterator[Keys]:
    database = Database.open(folder)
    try:
        yield Keys(database)
    finally:
        database.close()


def test_a_key_opens_what_it_was_made_for_and_nothing_near_it_does(tmp_path: Path) -> None:
    with keys_in(tmp_path) as keys:
        key, secret = keys.create("phone", [Scope.CHAT])
        assert secret.startswith("agd_")
        assert len(secret) == len("agd_") + 43
        grant = keys.verify(secret)
        assert grant is not None
        assert (grant.who, grant.local) == ("phone", False)
        assert grant.allows(Scope.CHAT)
        assert not grant.allows(Scope.ADMIN)
        for wrong in ("", key.id, secret[:-1], secret + "x", secret.swapcase(), "agd_" + "é" * 40):
            assert keys.verify(wrong) is None


def test_the_secret_is_nowhere_on_disk(tmp_path: Path) -> None:
    with keys_in(tmp_path) as keys:
        key, secret = keys.create("phone", EVERYDAY)
        assert keys.verify(secret)
        held = b"".join(each.read_bytes() for each in tmp_path.iterdir())
        assert key.id.encode() in held
        assert secret.encode() not in held
        assert secret[len(key.id) :].encode() not in held
        assert keys.local_token.encode() not in held
        assert secret not in repr(keys.list())


def test_the_first_run_makes_one_key_and_no_later_one_does(tmp_path: Path) -> None:
    with keys_in(tmp_path) as keys:
        secret = keys.create_first()
        assert secret is not None
        grant = keys.verify(secret)
        assert grant is not None
        assert grant.scopes == EVERYDAY
        assert keys.create_first() is None
    with keys_in(tmp_path) as keys:
        assert keys.create_first() is None
        assert keys.verify(secret)


def test_another_process_can_make_and_end_keys_while_one_runs(tmp_path: Path) -> None:
    with keys_in(tmp_path) as daemon, keys_in(tmp_path) as cli:
        assert daemon.list() == []
        _, secret = cli.create("tv", [Scope.CHAT])
        assert daemon.verify(secret)
        cli.revoke("tv")
        assert daemon.verify(secret) is None
        with pytest.raises(StoreError, match='no valid key "tv"'):
            cli.revoke("tv")
        assert cli.create("tv", [Scope.CHAT])[1] != secret


def test_names_are_words_and_not_taken_twice(tmp_path: Path) -> None:
    with keys_in(tmp_path) as keys:
        keys.create("tv", [Scope.CHAT])
        for name in ("tv", "", "  ", "x" * 65, "a\nb"):
            with pytest.raises(StoreError):
                keys.create(name, [Scope.CHAT])


def test_admin_opens_everything_and_the_local_token_is_the_owners(tmp_path: Path) -> None:
    with keys_in(tmp_path) as keys:
        admin = keys.verify(keys.create("boss", [Scope.ADMIN])[1])
        local = keys.verify(keys.local_token)
        for grant in (admin, local):
            assert grant is not None
            assert all(grant.allows(scope) for scope in Scope)
        assert local is not None
        assert local.local
    with keys_in(tmp_path) as later:
        assert later.verify(keys.local_token) is None


def test_last_use_is_noted_by_the_hour_not_by_the_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database.open(tmp_path)
    try:
        keys = Keys(database)
        _, secret = keys.create("phone", EVERYDAY)
        written: list[object] = []
        monkeypatch.setattr(database, "write_later", lambda *args: written.append(args))
        for _ in range(100):
            keys.verify(secret)
        assert len(written) == 1
        later = time.time() + LAST_USED_EVERY_S + 1
        monkeypatch.setattr("agentd.store.keys.time.time", lambda: later)
        keys.verify(secret)
        assert len(written) == 2
    finally:
        database.close()


def test_known_keys_still_open_when_the_disk_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> int:
        raise StoreError("disk I/O error")

    database = Database.open(tmp_path)
    try:
        keys = Keys(database)
        _, secret = keys.create("phone", EVERYDAY)
        assert keys.verify(secret)
        monkeypatch.setattr(database, "version", broken)
        assert keys.verify(secret)
        assert keys.verify("agd_wrong") is None
        assert "disk I/O error" in caplog.text
    finally:
        database.close()


def finished(**receipt: object) -> CommandFinished:
    values = {
        "tool": "drive",
        "device_id": "rover",
        "device_name": "Rover",
        "arguments": {"distance_m": 0.2},
        "status": Status.DONE,
        "state": {"x_m": 0.2},
        "took_s": 1.5,
        "trace": "t1",
        **receipt,
    }
    asker = Asker(who="ann", door="http", words="前进 20 厘米", conversation="c1")
    return CommandFinished(receipt=Receipt(**values), asker=asker)  # type: ignore[arg-type]


@contextlib.contextmanager
def audited(folder: Path, keep_days: int = 30) -> Iterator[tuple[Bus, Audit]]:
    bus, database = Bus(), Database.open(folder)
    try:
        yield bus, Audit(database, bus, keep_days)
    finally:
        database.close()


def test_every_finished_command_is_a_row_newest_first(tmp_path: Path) -> None:
    no = Refusal(Reason.ESTOP, "The emergency stop is on.")
    with audited(tmp_path) as (bus, audit):
        bus.publish(finished(started=time.time() - 10))
        bus.publish(finished(status=Status.REFUSED, refusal=no, message=no.message, state={}))
        audit.flush()
        refused, done = audit.recent()
    assert (refused["decision"], refused["reason"]) == ("refused", "estop")
    assert (done["decision"], done["status"], done["took_s"]) == ("allowed", "done", 1.5)
    assert (done["who"], done["door"], done["words"]) == ("ann", "http", "前进 20 厘米")
    assert (done["arguments"], done["state"]) == ({"distance_m": 0.2}, {"x_m": 0.2})
    assert (done["device"], done["trace"], done["conversation"]) == ("rover", "t1", "c1")


def test_stops_and_releases_are_rows_too(tmp_path: Path) -> None:
    now = time.time()
    with audited(tmp_path) as (bus, audit):
        bus.publish(EStopLatched(at=now - 3, by="ann", reason="asked over HTTP"))
        bus.publish(EStopReset(at=now - 2, by="bob"))
        bus.publish(ArmedChanged(at=now - 1, device_id="rover", armed=True, by="bob"))
        bus.publish(ArmedChanged(device_id="rover", armed=False, by="reconnect"))
        audit.flush()
        told = [(row["who"], row["tool"], row["device"], row["message"]) for row in audit.recent()]
    assert told == [
        ("bob", "resume", "rover", ""),
        ("bob", "resume", "", ""),
        ("ann", "emergency_stop", "", "asked over HTTP"),
    ]


def test_nothing_is_lost_when_the_store_closes_at_once(tmp_path: Path) -> None:
    with audited(tmp_path) as (bus, _):
        for _ in range(200):
            bus.publish(finished())
    with audited(tmp_path) as (_, audit):
        assert len(audit.recent(1000)) == 200
        assert len(audit.recent(5)) == 5


def test_rows_older_than_the_owner_wants_are_forgotten(tmp_path: Path) -> None:
    with audited(tmp_path) as (bus, audit):
        bus.publish(finished(started=time.time() - 3 * 86400, tool="old"))
        bus.publish(finished(tool="new"))
        audit.flush()
        assert len(audit.recent()) == 2
    with audited(tmp_path, keep_days=2) as (bus, audit):
        bus.publish(finished(tool="newest"))
        audit.flush()
        assert [row["tool"] for row in audit.recent()] == ["newest", "new"]


def test_arguments_that_are_no_json_do_not_break_the_audit(tmp_path: Path) -> None:
    with audited(tmp_path) as (bus, audit):
        bus.publish(finished(arguments={"x": {1, 2}, "y": float("nan"), "z": "\ud800"}))
        bus.publish(finished(tool="after"))
        audit.flush()
        assert {row["tool"] for row in audit.recent()} == {"drive", "after"}
