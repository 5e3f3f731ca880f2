"""Who may knock: keys with scopes, of which only a hash is kept.

A key is `agd_` and 32 random bytes. Its first characters are its public id, used to find the
row; the whole is checked against a SHA-256 in constant time (a random 256-bit secret needs no
slow hash). The e-stop is open to every valid key, whatever its scopes.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
import time
from collections.abc import Iterable, Sequence

from agentd.store.database import Database, StoreError
from agentd.store.key import Grant, Key, Scope, key_of, row_of

log = logging.getLogger(__name__)

PREFIX = "agd_"
ID_CHARACTERS = 8
LAST_USED_EVERY_S = 3600.0
LONGEST_GRACE_S = 7 * 86400.0
LOCAL = "local"
NOT_A_NAME = frozenset({LOCAL, "mqtt"})
"""Who asks without a key: their names are not given to one."""
MOST_DEVICES = 500
DEVICE = re.compile(r"[A-Za-z0-9_.:*-]{1,200}")
NOBODY = bytes(hashlib.sha256().digest_size)
"""What a secret that fits no row is compared with, so that it takes as long."""
EVERYDAY = frozenset({Scope.CHAT, Scope.TOOLS_READ, Scope.TOOLS_CALL, Scope.ESTOP})
INSERT = (
    "INSERT INTO keys (id, name, hash, scopes, created, expires, devices) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
END = "UPDATE keys SET revoked = ? WHERE id = ?"
EXPIRE = "UPDATE keys SET expires = ? WHERE id = ?"


class Keys:
    """The keys of this daemon, and a token for its owner that lives as long as it does."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._known: dict[str, tuple[bytes, Key]] = {}
        self._version = -1
        self._used: dict[str, float] = {}
        self.local_token = _secret()
        self._local_hash = _hash(self.local_token)

    def create(
        self,
        name: str,
        scopes: Iterable[Scope],
        *,
        devices: Iterable[str] | None = None,
        expires: float | None = None,
    ) -> tuple[Key, str]:
        """Make a key; return it and the secret, which is never shown again.

        `devices` are the only ones it may touch (ids, or as in `light.*`; None: all of them),
        `expires` is in seconds since the epoch. Raises `StoreError` when the name is taken, empty
        or longer than 64 characters, when it is an admin's and limited to devices, when a device
        is no id, or when it would have expired already.
        """
        granted = frozenset(scopes) | {Scope.ESTOP}
        if not name.strip() or len(name) > 64 or not name.isprintable():
            raise StoreError("A key needs a name of 1 to 64 printable characters.")
        if name in NOT_A_NAME:
            raise StoreError(f'"{name}" is the name of a door; choose another.')
        now = time.time()
        if any(key.name == name and key.valid(now) for key in self.list()):
            raise StoreError(
                f'There is already a key named "{name}".',
                hint="Choose another name, or revoke that one first.",
            )
        if expires is not None and expires <= now:
            raise StoreError("A key must expire later than now.")
        secret = _secret()
        key = Key(_id(secret), name, granted, now, expires=expires, devices=_allowed(devices))
        if key.devices is not None and Scope.ADMIN in granted:
            raise StoreError("An admin key reaches every device; limit another one.")
        self.database.write(INSERT, row_of(key, _hash(secret)))
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
        """End a key from now on; by name, also the one that a rotation left for a while.

        Raises `StoreError` when there is no such valid key.
        """
        ended = self._valid(id_or_name)
        now = time.time()
        self.database.write_all(*((END, (now, key.id)) for key in ended))
        return ended[-1]

    def rotate(self, id_or_name: str, grace_s: float = 0.0) -> tuple[Key, str]:
        """Give a key a new secret, and keep its name and rights; the old one ends in `grace_s`.

        Raises `StoreError` when there is no such valid key, or for a grace outside 0 to 7 days.
        """
        if not 0 <= grace_s <= LONGEST_GRACE_S:
            raise StoreError(f"The old secret may live on for 0 to {LONGEST_GRACE_S:g} seconds.")
        *_, old = self._valid(id_or_name)
        now, secret = time.time(), _secret()
        new = Key(_id(secret), old.name, old.scopes, now, expires=old.expires, devices=old.devices)
        until = min(now + grace_s, old.expires or now + grace_s)
        end = (EXPIRE, (until, old.id)) if grace_s else (END, (now, old.id))
        self.database.write_all((INSERT, row_of(new, _hash(secret))), end)
        return new, secret

    def verify(self, secret: str) -> Grant | None:
        """Return what `secret` allows; None when it is not a valid key."""
        presented = _hash(secret)
        if hmac.compare_digest(presented, self._local_hash):
            return Grant(LOCAL, frozenset(Scope), local=True)
        self._load_if_possible()
        stored, key = self._known.get(_id(secret), (NOBODY, None))
        matches = hmac.compare_digest(presented, stored)
        if not matches or key is None or not key.valid(time.time()):
            return None
        self._note_use(key)
        return Grant(key.name, key.scopes, key=key.id, devices=key.devices)

    def still_opens(self, grant: Grant) -> bool:
        """Return whether what gave `grant` is still valid: not revoked, rotated or expired."""
        if grant.local:
            return True
        self._load_if_possible()
        _, key = self._known.get(grant.key, (NOBODY, None))
        return key is not None and key.valid(time.time())

    def vouches(self, key_id: str, who: str) -> bool:
        """Return whether what this key asked for earlier may still be done.

        A rotation changes the secret and not the person: any valid key of the same name will do.
        """
        self._load_if_possible()
        now = time.time()
        found = (key for _, key in self._known.values() if key_id == key.id or who == key.name)
        return any(key.valid(now) for key in found)

    def _valid(self, id_or_name: str) -> Sequence[Key]:
        now = time.time()
        named = (key for key in self.list() if id_or_name in (key.id, key.name))
        found = [key for key in named if key.valid(now)]
        if not found:
            raise StoreError(
                f'There is no valid key "{id_or_name}".', hint="`agentd keys list` shows them."
            )
        return found

    def _note_use(self, key: Key) -> None:
        """Remember the hour a key was last used; not each request, to spare the SD card."""
        now = time.time()
        if now - self._used.get(key.id, key.last_used or 0.0) > LAST_USED_EVERY_S:
            self._used[key.id] = now
            self.database.write_later("UPDATE keys SET last_used = ? WHERE id = ?", (now, key.id))

    def _load_if_possible(self) -> None:
        """A broken SD card must not lock out who wants to press stop: known keys stay valid."""
        try:
            self._load()
        except StoreError as error:
            log.error("the keys cannot be read again; those known so far stay: %s", error.line())

    def _load(self) -> None:
        """Read the table again when anyone, also another process, wrote to the database."""
        version = self.database.version()
        if version == self._version:
            return
        rows = self.database.read("SELECT * FROM keys")
        self._known = {row["id"]: (row["hash"], key_of(row)) for row in rows}
        self._version = version


def _allowed(devices: Iterable[str] | None) -> tuple[str, ...] | None:
    if devices is None:
        return None
    allowed = tuple(sorted(set(devices)))
    wrong = [each for each in allowed if not DEVICE.fullmatch(each)]
    if wrong or len(allowed) > MOST_DEVICES:
        what = f"{wrong[0]!r} is no device id" if wrong else f"More than {MOST_DEVICES} devices"
        raise StoreError(f"{what}; say them as light.kitchen, or light.* for all of a kind.")
    return allowed


def _secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def _id(secret: str) -> str:
    return secret[: len(PREFIX) + ID_CHARACTERS]


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
