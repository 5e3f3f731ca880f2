"""What becomes of a key: it expires, gets a new secret, ends; and what an old database holds."""

from __future__ import annotations

import contextlib
import hmac
import json
import sqlite3
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.model import Asker, Call, touches
from agentd.store import Agenda, Audit, Database, Grant, Keys, Scheduled, Scope, StoreError
from agentd.store.keys import NOBODY
from agentd.store.schema import MIGRATIONS
from tests.store.test_keys_and_audit import keys_in


class Clock:
    """The time that the keys believe it is."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = time.time()
        monkeypatch.setattr("agentd.store.keys.time.time", lambda: self.now)


def test_a_key_expires_by_itself_and_its_name_is_free_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    with keys_in(tmp_path) as keys:
        _, secret = keys.create("guest", [Scope.CHAT], expires=clock.now + 60)
        clock.now += 59
        grant = keys.verify(secret)
        assert grant is not None and keys.still_opens(grant)
        clock.now += 1
        assert keys.verify(secret) is None
        assert not keys.still_opens(grant)
        with pytest.raises(StoreError, match="no valid key"):
            keys.rotate("guest")
        keys.create("guest", [Scope.CHAT])
        with pytest.raises(StoreError, match="later than now"):
            keys.create("late", [Scope.CHAT], expires=clock.now)


def test_a_rotated_key_keeps_its_rights_and_the_old_secret_opens_nothing(tmp_path: Path) -> None:
    with keys_in(tmp_path) as keys:
        until = time.time() + 1000
        _, old = keys.create("tv", [Scope.CHAT], devices=["light.*"], expires=until)
        key, new = keys.rotate("tv")
        assert (key.name, key.devices, key.expires) == ("tv", ("light.*",), until)
        assert new != old
        assert keys.verify(old) is None
        grant = keys.verify(new)
        assert grant == Grant(
            "tv", frozenset({Scope.CHAT, Scope.ESTOP}), key=key.id, devices=("light.*",)
        )
        assert [each.revoked is None for each in keys.list()] == [False, True]


def test_with_a_grace_both_secrets_open_until_it_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    with keys_in(tmp_path) as keys:
        _, old = keys.create("tv", [Scope.CHAT])
        _, new = keys.rotate("tv", grace_s=3600)
        assert keys.verify(old) and keys.verify(new)
        clock.now += 3600
        assert keys.verify(old) is None
        assert keys.verify(new)
        _, newer = keys.rotate("tv", grace_s=3600)
        keys.revoke("tv")
        assert keys.verify(new) is None
        assert keys.verify(newer) is None
        for grace_s in (-1, 8 * 86400, float("nan")):
            with pytest.raises(StoreError):
                keys.rotate("tv", grace_s)


def test_a_grace_never_makes_a_key_live_longer_than_it_would_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    with keys_in(tmp_path) as keys:
        _, old = keys.create("tv", [Scope.CHAT], expires=clock.now + 60)
        keys.rotate("tv", grace_s=3600)
        clock.now += 61
        assert keys.verify(old) is None


def test_every_key_may_stop_and_an_admins_is_never_limited(tmp_path: Path) -> None:
    with keys_in(tmp_path) as keys:
        grant = keys.verify(keys.create("button", [])[1])
        assert grant is not None
        assert [scope for scope in Scope if grant.allows(scope)] == [Scope.ESTOP]
        with pytest.raises(StoreError, match="admin key reaches every device"):
            keys.create("boss", [Scope.ADMIN], devices=["light.lamp"])
        for wrong in ("", "a b", "light.lamp;", "x" * 201, "[a-z]", "light?"):
            with pytest.raises(StoreError, match="no device id"):
                keys.create("guest", [Scope.CHAT], devices=[wrong])
        for door in ("local", "mqtt"):
            with pytest.raises(StoreError, match="name of a door"):
                keys.create(door, [Scope.CHAT])


def test_a_key_is_vouched_for_by_any_valid_one_of_its_name(tmp_path: Path) -> None:
    with keys_in(tmp_path) as keys:
        key, _ = keys.create("tv", [Scope.CHAT])
        keys.rotate("tv")
        assert keys.vouches(key.id, "tv")
        keys.revoke("tv")
        assert not keys.vouches(key.id, "tv")


def test_the_comparison_takes_as_long_whatever_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each verdict is two comparisons of whole digests by the library, and none of `==`."""
    compared: list[tuple[int, int]] = []

    class Digest(bytes):
        def __eq__(self, other: object) -> bool:
            raise AssertionError("a digest was compared with ==")

        __hash__ = bytes.__hash__

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return hmac.compare_digest(bytes(one), bytes(other))

    with keys_in(tmp_path) as keys:
        key, secret = keys.create("tv", [Scope.CHAT])
        _, ended = keys.create("old", [Scope.CHAT])
        keys.revoke("old")
        keys.list()
        keys._known = {id: (Digest(digest), each) for id, (digest, each) in keys._known.items()}
        monkeypatch.setattr("agentd.store.keys.hmac", type("Hmac", (), {"compare_digest": compare}))
        for presented in (secret, secret[:-1] + "_", key.id, "agd_nobody", "", ended, "x" * 5000):
            compared.clear()
            assert (keys.verify(presented) is None) == (presented != secret)
            assert compared == [(len(NOBODY), len(NOBODY))] * 2


@given(st.text(max_size=30))
def test_an_id_on_the_list_is_matched_as_it_is_written(id: str) -> None:
    assert touches(None, id)
    assert not touches((), id)
    if "*" not in id:
        assert touches((id,), id)
        assert not touches((id,), id + "x")
        assert touches((f"{id}*",), id + "x")


OLD_KEY = (
    "INSERT INTO keys (id, name, hash, scopes, created) VALUES ('agd_12345678', 'tv', ?, ?, 1.0)"
)
OLD_SCOPES = {**dict.fromkeys(range(4), "chat tools:read"), 4: "chat tools:read estop"}
OLD_WAITING = (
    "INSERT INTO schedule (id, due, tool, arguments, for_s, who, words, language, conversation, "
    "trace) VALUES ('abc', 9e9, 'set_light', ?, 0, 'tv', '', 'en', '', '')"
)
OLD_ROW = (
    "INSERT INTO audit (receipt, started, took_s, who, door, words, tool, device, arguments, "
    "decision, reason, status, state, message, trace, conversation) VALUES "
    "('r', 1, 1, 'tv', 'http', 'hi', 't', 'd', '{}', 'allowed', '', "
    "'done', '{}', '', '', '')"
)


@pytest.mark.parametrize("version", range(len(MIGRATIONS)))
def test_a_database_of_every_earlier_version_is_brought_up_with_what_it_holds(
    tmp_path: Path, version: int
) -> None:
    import hashlib

    secret = "agd_12345678" + "x" * 31
    with contextlib.closing(sqlite3.connect(tmp_path / "agentd.db")) as old:
        for statements in MIGRATIONS[:version]:
            for statement in statements:
                old.execute(statement)
        if version:
            hashed = hashlib.sha256(secret.encode()).digest()
            old.execute(OLD_KEY, (hashed, OLD_SCOPES[version]))
            old.execute(OLD_ROW)
        if version >= 2:
            old.execute(OLD_WAITING, (json.dumps({"device": "light.lamp", "on": True}),))
        old.execute(f"PRAGMA user_version = {version}")
        old.commit()
    database = Database.open(tmp_path)
    try:
        grant = Keys(database).verify(secret)
        assert (grant is not None) == bool(version)
        if grant:
            assert grant.devices is None
            assert grant.scopes == {Scope.CHAT, Scope.TOOLS_READ, Scope.ESTOP}
        (waiting,) = Agenda(database).all() if version >= 2 else (None,)
        assert waiting is None or (waiting.asker.who, waiting.asker.devices) == ("tv", None)
        assert waiting is None or waiting.left_s == 0.0
        from agentd.events import Bus

        rows = Audit(database, Bus(), 36500).recent()
        assert [row["key"] for row in rows] == ([""] if version else [])
    finally:
        database.close()


def test_what_waits_on_disk_keeps_the_limits_of_who_asked(tmp_path: Path) -> None:
    limited = Asker(who="guest", door="http", key="agd_1", devices=("light.lamp",))
    call = Call("set_light", {"device": "light.lamp", "on": True})
    database = Database.open(tmp_path)
    try:
        Agenda(database).add(Scheduled(id="a", due=9e9, call=call, asker=limited))
        (kept,) = Agenda(database).all()
        assert (kept.asker.key, kept.asker.devices) == ("agd_1", ("light.lamp",))
    finally:
        database.close()
