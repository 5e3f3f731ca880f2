"""The e-stop latch and who is armed: what must be undone by a person before anything moves.

The latch outlives the daemon: a marker file in the state folder says who stopped and why.
"""

from __future__ import annotations

import contextlib
import json
import logging
from pathlib import Path

log = logging.getLogger(__name__)


class Latch:
    """Latched or not, kept in `path` across restarts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._by, self._reason = self._read()

    @property
    def latched(self) -> bool:
        """True from an e-stop until a person resets it."""
        return bool(self._by)

    @property
    def why(self) -> str:
        """Who stopped, and the reason given."""
        return f"{self._by}: {self._reason}" if self._reason else self._by

    def set(self, by: str, reason: str) -> None:
        """Latch. The latch holds in memory even when the file cannot be written."""
        self._by, self._reason = by or "unknown", reason
        try:
            self._path.write_text(json.dumps({"by": self._by, "reason": reason}))
        except OSError as error:
            log.error("the e-stop is latched but would not survive a restart: %s", error)

    def reset(self) -> None:
        """Release the latch."""
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        self._by, self._reason = "", ""

    def _read(self) -> tuple[str, str]:
        try:
            saved = json.loads(self._path.read_text())
            return str(saved["by"]), str(saved["reason"])
        except FileNotFoundError:
            return "", ""
        except (OSError, ValueError, KeyError, TypeError):
            return "a damaged e-stop marker", str(self._path)
