"""The calls that are scheduled, kept over a restart. What was written before it is known whole."""

from __future__ import annotations

import json
import logging
import sqlite3
from dataclasses import dataclass

from agentd.model import Asker, Call
from agentd.store.database import Database

log = logging.getLogger(__name__)

COLUMNS = (
    "id",
    "due",
    "tool",
    "arguments",
    "for_s",
    "who",
    "words",
    "language",
    "conversation",
    "trace",
    "key",
    "devices",
    "left_s",
)
INSERT = (
    f"INSERT OR REPLACE INTO schedule ({', '.join(COLUMNS)}) "  # noqa: S608
    f"VALUES ({', '.join('?' * len(COLUMNS))})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """One call that waits for its time: `due` in seconds since the epoch.

    While it is held, `left_s` are the seconds that it still has to wait then; else 0.
    """

    id: str
    due: float
    call: Call
    asker: Asker
    left_s: float = 0.0


class Agenda:
    """The table of scheduled calls. Every method may raise `StoreError`, and blocks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, entry: Scheduled) -> None:
        """Keep `entry`; it is on disk when this returns."""
        call, asker = entry.call, entry.asker
        self._database.write(
            INSERT,
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
                asker.key,
                None if asker.devices is None else json.dumps(asker.devices),
                entry.left_s,
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
            key=row["key"],
            # Who may not touch a device must not reach it by waiting either.
            devices=None if row["devices"] is None else tuple(json.loads(row["devices"])),
        ),
        left_s=float(row["left_s"]),
    )
