"""The owner's own way in: a file that only the same user on the same machine can read.

It holds the running daemon's address and a token that dies with it.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = "run"
FILE_NAME = "cli.json"


@dataclass(frozen=True, slots=True)
class LocalDoor:
    """Where a running daemon listens, and the token that opens it."""

    url: str
    token: str
    pid: int

    def alive(self) -> bool:
        """Return whether the daemon that wrote this still runs."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


def publish(state_dir: Path, door: LocalDoor) -> Path:
    """Write the file, readable by its owner alone, and return its path. Raises `OSError`."""
    folder = state_dir / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    path, fresh = folder / FILE_NAME, folder / f"{FILE_NAME}.{door.pid}"
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(door), file)
    fresh.replace(path)
    return path


def read(state_dir: Path) -> LocalDoor | None:
    """Return the door of the daemon that runs on `state_dir`; None when none does.

    Raises `PermissionError` when it belongs to another user.
    """
    try:
        saved = json.loads((state_dir / FOLDER / FILE_NAME).read_text(encoding="utf-8"))
        door = LocalDoor(str(saved["url"]), str(saved["token"]), int(saved["pid"]))
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        return None
    return door if door.alive() else None


def withdraw(state_dir: Path, door: LocalDoor) -> None:
    """Remove the file, unless another daemon has written its own meanwhile."""
    path = state_dir / FOLDER / FILE_NAME
    with contextlib.suppress(OSError, ValueError):
        if json.loads(path.read_text(encoding="utf-8")).get("token") == door.token:
            path.unlink()
