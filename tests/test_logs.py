"""Log lines: readable for a person, sorted by the journal, and never with a key in them."""

from __future__ import annotations

import io
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentd import logs

KEY = "agd_abcdefgh" + "0123456789-_ABCDEFGHIJKLMNOPQRS"


@pytest.fixture(autouse=True)
def _handlers_are_put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def record(level: int, message: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord("agentd.safety.gate", level, "gate.py", 1, message, args, None)


def test_a_terminal_gets_time_level_room_and_words() -> None:
    stream = io.StringIO()
    logs.start("info", stream)
    logging.getLogger("agentd.safety.gate").warning("emergency stop by %s", "pat")
    logging.getLogger("agentd.safety.gate").debug("not shown")
    line = stream.getvalue()
    assert line[8:] == " warning safety: emergency stop by pat\n"
    assert line[2] == line[5] == ":"


def test_colour_marks_warnings_and_errors_only() -> None:
    painted = logs.TerminalFormatter(colour=True)
    assert painted.format(record(logging.ERROR, "x")).startswith("\x1b[31m")
    assert painted.format(record(logging.CRITICAL, "x")).startswith("\x1b[31m")
    assert "\x1b" not in painted.format(record(logging.INFO, "x"))


@pytest.mark.parametrize(
    ("level", "priority"),
    [(10, 7), (20, 6), (25, 6), (30, 4), (40, 3), (50, 3), (5, 7)],
)
def test_the_journal_gets_a_priority_on_every_line(level: int, priority: int) -> None:
    line = logs.JournalFormatter().format(record(level, "one\ntwo"))
    assert line == f"<{priority}>safety: one\n<{priority}>two"


def test_the_journal_is_known_by_its_socket_not_by_the_variable_alone() -> None:
    ours, other = socket.socketpair()
    with ours, other, ours.makefile("w") as stream, Path(os.devnull).open("w") as elsewhere:
        status = os.fstat(ours.fileno())
        variable = f"{status.st_dev}:{status.st_ino}"
        assert logs.goes_to_journal(stream, variable)
        assert not logs.goes_to_journal(elsewhere, variable)
        assert not logs.goes_to_journal(stream, None)
    assert not logs.goes_to_journal(io.StringIO(), variable)


@pytest.mark.parametrize(
    "formatter", [logs.TerminalFormatter(colour=False), logs.JournalFormatter()]
)
def test_a_key_is_never_written_out(formatter: logging.Formatter) -> None:
    for message in (f"Bearer {KEY}", f"key={KEY}.", repr({"authorization": KEY})):
        line = formatter.format(record(logging.INFO, "%s", message))
        assert KEY not in line
        assert "agd_abcd…" in line
