"""Log lines: for eyes on a terminal, for the journal under systemd. Never with a key in them.

A line written on the way from a door to a wire ends with `trace=` and the id that the answer's
header, the events and the audit carry too.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from typing import TextIO

from agentd import trace

SECRET = re.compile(r"\bagd_[A-Za-z0-9_-]{4}[A-Za-z0-9_-]+")
PRIORITY = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3}
"""syslog(3) levels, which sd-daemon(3) reads from a `<6>` in front of a line."""
COLOUR = {logging.WARNING: "\x1b[33m", logging.ERROR: "\x1b[31m"}
PLAIN = "\x1b[0m"


class _Redacting(logging.Formatter):
    """Shortens anything that looks like one of our keys to its first characters."""

    def format(self, record: logging.LogRecord) -> str:
        return SECRET.sub(lambda found: found[0][:8] + "…", super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        line = super().formatMessage(record)
        way = trace.current()
        return f"{line} trace={way}" if way else line


class TerminalFormatter(_Redacting):
    """`12:03:04 warning gate: emergency stop by pat`."""

    def __init__(self, *, colour: bool) -> None:
        super().__init__("%(asctime)s %(level)-7s %(room)s: %(message)s", "%H:%M:%S")
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, coloured where it warns."""
        record.level = record.levelname.lower()
        record.room = _room(record)
        line = super().format(record)
        paint = COLOUR.get(min(record.levelno, logging.ERROR), "") if self._colour else ""
        return f"{paint}{line}{PLAIN}" if paint else line


class JournalFormatter(_Redacting):
    """`<4>gate: emergency stop by pat`; the journal adds time, unit and process itself."""

    def __init__(self) -> None:
        super().__init__("%(room)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines (a traceback has many), each with its priority."""
        record.room = _room(record)
        level = max((each for each in PRIORITY if each <= record.levelno), default=logging.DEBUG)
        lines = super().format(record).split("\n")
        return "\n".join(f"<{PRIORITY[level]}>{line}" for line in lines)


def _room(record: logging.LogRecord) -> str:
    return record.name.removeprefix("agentd.").partition(".")[0]


def goes_to_journal(stream: TextIO, variable: str | None) -> bool:
    """Return whether `stream` is the journal socket that `$JOURNAL_STREAM` names.

    systemd sets it to device:inode, so that a redirected stream is not mistaken for the
    journal (systemd.exec(5)).
    """
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return variable == f"{status.st_dev}:{status.st_ino}"


def start(level: str, stream: TextIO = sys.stderr) -> None:
    """Send every log record of `level` (`debug` to `error`) and above to `stream`."""
    handler = logging.StreamHandler(stream)
    if goes_to_journal(stream, os.environ.get("JOURNAL_STREAM")):
        handler.setFormatter(JournalFormatter())
    else:
        handler.setFormatter(TerminalFormatter(colour=stream.isatty()))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in ("aiohttp", "uvicorn", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # It warns of every request that is no HTTP: a stranger could fill the disk with them.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
