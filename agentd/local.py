"""The owner's own way in: a file that only the same user on the same machine can read.

It holds the running daemon's address and a token that dies with it. The daemon keeps the file
locked as long as it runs, so that what a killed daemon leaves behind is known to be stale
(flock(2): the kernel releases the lock with the process, however that ended).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = "run"
FILE_NAME = "cli.json"


@dataclass(frozen=True, slots=True)
class LocalDoor:
    """Where a running daemon listens, the token that opens it, its process, its certificate."""

    url: str
    token: str
    pid: int
    certificate: str = ""
    """The file of the certificate it shows; empty without TLS."""


@contextlib.contextmanager
def published(state_dir: Path, door: LocalDoor) -> Iterator[Path]:
    """Keep the file while the context is open, readable by its owner alone.

    Raises `OSError` when the folder cannot be written.
    """
    folder = state_dir / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    path, fresh = folder / FILE_NAME, folder / f"{FILE_NAME}.{door.pid}"
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        json.dump(asdict(door), file)
        file.flush()
        fresh.replace(path)
        try:
            yield path
        finally:
            # Another daemon may have put its own file there meanwhile.
            if path.exists() and path.samefile(f"/proc/self/fd/{file.fileno()}"):
                path.unlink()


def read(state_dir: Path) -> LocalDoor | None:
    """Return the door of the daemon that runs on `state_dir`; None when none does.

    Raises `PermissionError` when it belongs to another user.
    """
    try:
        with (state_dir / FOLDER / FILE_NAME).open(encoding="utf-8") as file:
            if not _held(file.fileno()):
                return None
            saved = json.load(file)
        certificate = str(saved.get("certificate", ""))
        return LocalDoor(str(saved["url"]), str(saved["token"]), int(saved["pid"]), certificate)
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _held(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
