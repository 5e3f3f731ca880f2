"""Who may knock: keys with scopes, of which only a hash is kept.

A key is `agd_` and 32 random bytes. Its first characters are its public id, used to find the
row; the whole is checked against a SHA-256 in constant time (a random 256-bit secret needs no
slow hash). The e-stop is open to every valid key, whatever its scopes.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from agentd.store.database import Database, StoreError

log = logging.getLogger(__name__)

PREFIX = "agd_"
ID_CHARACTERS = 8
LAST_USED_EVERY_S = 3600.0
LOCAL = "local"


class Scope(StrEnum):
    """What a key opens. `admin` opens everything."""

    CHAT = "chat"
    TOOLS_READ = "tools:read"
    TOOLS_CALL = "tools:call"
    ADMIN = "admin"


EVERYDAY = frozenset({Scope.CHAT, Scope.TOOLS_READ, Scope.TOOLS_CALL})


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is listed: everything but the secret. Times are seconds since the epoch."""

    id: str
    name: str
    scopes: frozenset[Scope]
    created: float
    last_used: float | None = None
    revoked: float | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a valid key allows, and to whom."""

    who: str
    scopes: frozenset[Scope]
    local: bool = False

    def allows(self, scope: Scope) -> bool:
        """Return whether `scope` is granted."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


class Keys:
    """The keys of this daemon, and a token for its owner that lives as long as it does."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, tuple[bytes, Key]] = {}
        self._version = -1
        self._used: dict[str, float] = {}
        self.local_token = _secret()
        self._local_hash = _hash(self.local_token)

    def create(self, name: str, scopes: Iterable[Scope]) -> tuple[Key, str]:
        """Make a key; return it and the secret, which is never shown again.

        Raises `StoreError` when the name is taken, empty, or longer than 64 characters.
        """
        granted = frozenset(scopes)
        if not name.strip() or len(name) > 64 or not name.isprintable():
            raise StoreError("A key needs a name of 1 to 64 printable characters.")
        if any(key.name == name and key.revoked is None for key in self.list()):
            raise StoreError(
                f'There is already a key named "{name}".',
                hint="Choose another name, or revoke that one first.",
            )
        secret = _secret()
        key = Key(_id(secret), name, granted, time.time())
        self._database.write(
            "INSERT INTO keys (id, name, hash, scopes, created) VALUES (?, ?, ?, ?, ?)",
            (key.id, name, _hash(secret), " ".join(sorted(granted)), key.created),
        )
        return key, secret

    def create_first(self) -> str | None:
        """Make the key of the first run and return its secret; None when any key exists."""
        if self.list():
            return None
        return self.create("default", EVERYDAY)[1]

    def list(self) -> list[Key]:
        """Return every key, also the revoked, oldest first. Raises `StoreError`."""
        self._load()
        return sorted((key for _, key in self._known.values()), key=lambda key: key.created)

    def revoke(self, id_or_name: str) -> Key:
        """End a key from now on. Raises `StoreError` when there is no such valid key."""
        for key in self.list():
            if id_or_name in (key.id, key.name) and key.revoked is None:
                self._database.write(
                    "UPDATE keys SET revoked = ? WHERE id = ?", (time.time(), key.id)
                )
                return key
        raise StoreError(
            f'There is no valid key "{id_or_name}".', hint="`agentd keys list` shows them."
        )

    def verify(self, secret: str) -> Grant | None:
        """Return what `secret` allows; None when it is not a valid key."""
        presented = _hash(secret)
        if hmac.compare_digest(presented, self._local_hash):
            return Grant(LOCAL, frozenset(Scope), local=True)
        self._load_if_possible()
        stored, key = self._known.get(_id(secret), (b"", None))
        if not hmac.compare_digest(presented, stored) or key is None or key.revoked is not None:
            return None
        self._note_use(key)
        return Grant(key.name, key.scopes)

    def _note_use(self, key: Key) -> None:
        """Remember the hour a key was last used; not each request, to spare the SD card."""
        now = time.time()
        if now - self._used.get(key.id, key.last_used or 0.0) > LAST_USED_EVERY_S:
            self._used[key.id] = now
            self._database.write_later("UPDATE keys SET last_used = ? WHERE id = ?", (now, key.id))

    def _load_if_possible(self) -> None:
        """A broken SD card must not lock out who wants to press stop: known keys stay valid."""
        try:
            self._load()
        except StoreError as error:
            log.error("the keys cannot be read again; those known so far stay: %s", error.line())

    def _load(self) -> None:
        """Read the table again when anyone, also another process, wrote to the database."""
        version = self._database.version()
        if version == self._version:
            return
        rows = self._database.read("SELECT * FROM keys")
        self._known = {
            row["id"]: (
                row["hash"],
                Key(
                    row["id"],
                    row["name"],
                    frozenset(Scope(scope) for scope in row["scopes"].split()),
                    row["created"],
                    row["last_used"],
                    row["revoked"],
                ),
            )
            for row in rows
        }
        self._version = version


def _secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def _id(secret: str) -> str:
    return secret[: len(PREFIX) + ID_CHARACTERS]


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
