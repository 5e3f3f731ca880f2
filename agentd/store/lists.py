"""What people noted on their lists, kept over a restart. What was written is on disk."""

from __future__ import annotations

import time

from agentd.store.database import Database


class Lists:
    """The entries of every list, by the list's name.

    Every method may raise `StoreError`, and blocks.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(self, name: str) -> list[str]:
        """Return what is on the list, the oldest first."""
        sql = "SELECT entry FROM list_entries WHERE list = ? ORDER BY added, entry"
        return [row["entry"] for row in self._database.read(sql, (name,))]

    def add(self, name: str, entry: str) -> None:
        """Put `entry` last; one that is there keeps its place."""
        sql = "INSERT OR IGNORE INTO list_entries (list, entry, added) VALUES (?, ?, ?)"
        self._database.write(sql, (name, entry, time.time()))

    def remove(self, name: str, entry: str) -> None:
        """Take `entry` off."""
        self._database.write("DELETE FROM list_entries WHERE list = ? AND entry = ?", (name, entry))

    def clear(self, name: str) -> None:
        """Take everything off."""
        self._database.write("DELETE FROM list_entries WHERE list = ?", (name,))
