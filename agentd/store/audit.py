"""One row a call, stop or release: who asked for what, what was decided, what really happened."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from agentd.events import (
    ArmedChanged,
    Bus,
    CommandFinished,
    EStopLatched,
    EStopReset,
    Event,
    KeyChanged,
)
from agentd.model import Asker, Receipt, Status
from agentd.store.database import Database
from agentd.store.key import Key

DAY_S = 86400.0
_Deed = EStopLatched | EStopReset | ArmedChanged | KeyChanged
COLUMNS = (
    "receipt",
    "started",
    "took_s",
    "who",
    "door",
    "words",
    "tool",
    "device",
    "arguments",
    "decision",
    "reason",
    "status",
    "state",
    "message",
    "trace",
    "conversation",
    "key",
)
INSERT = (
    f"INSERT OR REPLACE INTO audit ({', '.join(COLUMNS)}) "  # noqa: S608
    f"VALUES ({', '.join('?' * len(COLUMNS))})"
)


class Audit:
    """Writes a row for every command and every stop, holding nothing up; forgets old ones."""

    def __init__(self, database: Database, bus: Bus, keep_days: int) -> None:
        self._database = database
        self._keep_s = keep_days * DAY_S
        self._swept = 0.0
        bus.listen(self._follow)

    def recent(self, limit: int = 100) -> list[dict[str, Any]]:
        """Return the newest rows, newest first. Raises `StoreError`."""
        rows = self._database.read(
            "SELECT * FROM audit ORDER BY started DESC, rowid DESC LIMIT ?", (limit,)
        )
        return [_plain(dict(row)) for row in rows]

    def flush(self) -> None:
        """Wait until every row so far is on disk."""
        self._database.flush()

    def _follow(self, event: Event) -> None:
        match event:
            case CommandFinished():
                self._keep(event.receipt, event.asker)
            case EStopLatched():
                self._keep(_deed("emergency_stop", event, message=event.reason), _person(event.by))
            case EStopReset():
                self._keep(_deed("resume", event), _person(event.by))
            case ArmedChanged(armed=True):
                self._keep(_deed("resume", event, device=event.device_id), _person(event.by))
            case KeyChanged():
                self._keep(*_key_deed(event))

    def _keep(self, receipt: Receipt, asker: Asker) -> None:
        self._database.write_later(INSERT, _row(receipt, asker))
        self._sweep()

    def _sweep(self) -> None:
        """Once a day, drop what is older than the owner wants to keep."""
        now = time.time()
        if now - self._swept > DAY_S:
            self._swept = now
            self._database.write_later("DELETE FROM audit WHERE started < ?", (now - self._keep_s,))


def _deed(tool: str, event: _Deed, *, device: str = "", message: str = "") -> Receipt:
    """Return the receipt of what a person did past the tools: it passes no gate and cannot fail."""
    return Receipt(
        tool=tool,
        device_id=device,
        device_name=device,
        arguments={},
        status=Status.DONE,
        message=message,
        started=event.at,
        trace=event.trace,
    )


def _key_deed(event: KeyChanged) -> tuple[Receipt, Asker]:
    what = f"{event.name} ({event.key}): {event.detail}"
    return _deed(f"{event.deed}_key", event, message=what), _person(event.by)


def note_key(database: Database, deed: str, key: Key) -> None:
    """Put a row for what the command line did to a key. Raises `StoreError`."""
    event = KeyChanged(deed=deed, key=key.id, name=key.name, by="local", detail=key.rights())
    database.write(INSERT, _row(*_key_deed(event)))


def _person(by: str) -> Asker:
    return Asker(who=by, door="")


def _row(receipt: Receipt, asker: Asker) -> tuple[Any, ...]:
    refusal = receipt.refusal
    row = (
        receipt.id,
        receipt.started,
        receipt.took_s,
        asker.who,
        asker.door,
        asker.words,
        receipt.tool,
        receipt.device_id,
        _json(receipt.arguments),
        "refused" if refusal else "allowed",
        refusal.reason.value if refusal else "",
        receipt.status.value,
        _json(receipt.state),
        receipt.message,
        receipt.trace,
        asker.conversation,
        asker.key,
    )
    return tuple(_whole(each) if isinstance(each, str) else each for each in row)


def _json(values: Mapping[str, Any]) -> str:
    """Arguments come from outside and may hold anything; the audit must not fail on them."""
    return json.dumps(dict(values), ensure_ascii=False, default=str)


def _whole(text: str) -> str:
    """Return `text` without lone surrogates, which no UTF-8 file can hold."""
    return text.encode("utf-8", "replace").decode()


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"arguments": json.loads(row["arguments"]), "state": json.loads(row["state"])}
