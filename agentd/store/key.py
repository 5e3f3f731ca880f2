"""A key as it is listed, what it grants, and its row on disk."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Scope(StrEnum):
    """What a key opens. `admin` opens everything, and every key opens `estop`."""

    CHAT = "chat"
    TOOLS_READ = "tools:read"
    TOOLS_CALL = "tools:call"
    ADMIN = "admin"
    ESTOP = "estop"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is listed: everything but the secret. Times are seconds since the epoch."""

    id: str
    name: str
    scopes: frozenset[Scope]
    created: float
    last_used: float | None = None
    revoked: float | None = None
    expires: float | None = None
    devices: tuple[str, ...] | None = None
    """The only devices it may touch; None: every one."""

    def valid(self, now: float) -> bool:
        """Return whether it opens anything at the time `now`."""
        return self.revoked is None and (self.expires is None or now < self.expires)

    def allowed(self) -> str:
        """Return in words which devices it may touch."""
        if self.devices is None:
            return "every device"
        return ", ".join(self.devices) or "no device"

    def rights(self) -> str:
        """Return in words what it opens and touches."""
        return f"{', '.join(sorted(self.scopes))} on {self.allowed()}"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a valid key allows, and to whom."""

    who: str
    scopes: frozenset[Scope]
    local: bool = False
    key: str = ""
    """The key's public id; empty for the owner's own token."""
    devices: tuple[str, ...] | None = None

    def allows(self, scope: Scope) -> bool:
        """Return whether `scope` is granted."""
        return scope is Scope.ESTOP or scope in self.scopes or Scope.ADMIN in self.scopes


def key_of(row: sqlite3.Row) -> Key:
    """Return the key that a row of the table holds."""
    return Key(
        row["id"],
        row["name"],
        frozenset(Scope(scope) for scope in row["scopes"].split()),
        row["created"],
        row["last_used"],
        row["revoked"],
        row["expires"],
        None if row["devices"] is None else tuple(json.loads(row["devices"])),
    )


def row_of(key: Key, digest: bytes) -> tuple[Any, ...]:
    """Return the values of a new row, in the order of `agentd.store.keys.INSERT`."""
    devices = None if key.devices is None else json.dumps(key.devices)
    scopes = " ".join(sorted(key.scopes))
    return key.id, key.name, digest, scopes, key.created, key.expires, devices
