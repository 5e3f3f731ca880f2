"""The calls that are scheduled, kept over a restart. What was written before it is known whole."""

from __future__ import annotations

import json
import logging
import sqlite3
from dataclasses import dataclass

from agentd.model import Asker, Call
from agentd.store.database import Database

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """One call that waits for its time: `due` in seconds since the epoch."""

    id: str
    due: float
    call: Call
    asker: Asker


class Agenda:
    """The table of scheduled calls. Every method may raise `StoreError`, and blocks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, entry: Scheduled) -> None:
        """Keep `entry`; it is on disk when this returns."""
        call, asker = entry.call, entry.asker
        self._database.write(
            "INSERT OR REPLACE INTO schedule VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                entry.id,
                entry.due,
                call.tool,
                json.dumps(dict(call.arguments)),
                call.for_s,
                asker.who,
                asker.words,
                asker.language,
                asker.conversation,
                asker.trace,
            ),
        )

    def remove(self, entry_id: str) -> None:
        """Forget one; it is gone from the disk when this returns."""
        self._database.write("DELETE FROM schedule WHERE id = ?", (entry_id,))

    def all(self) -> list[Scheduled]:
        """Return everything kept, the next first; a row that cannot be read is told and left."""
        found = []
        for row in self._database.read("SELECT * FROM schedule ORDER BY due"):
            try:
                found.append(_scheduled(row))
            except (ValueError, TypeError) as error:
                log.error("a scheduled call cannot be read: %s", error)
        return found


def _scheduled(row: sqlite3.Row) -> Scheduled:
    return Scheduled(
        id=row["id"],
        due=float(row["due"]),
        call=Call(row["tool"], dict(json.loads(row["arguments"])), for_s=float(row["for_s"])),
        asker=Asker(
            who=row["who"],
            door="schedule",
            words=row["words"],
            language=row["language"],
            conversation=row["conversation"],
            trace=row["trace"],
        ),
    )
