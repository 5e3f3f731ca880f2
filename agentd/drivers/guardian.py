"""The hand on the switch when the daemon itself dies.

Firmata has no host watchdog: a board keeps its outputs when the host is gone. So each such
attachment gets a tiny child that holds a duplicate of the tty and one end of a pipe. When the
daemon dies in whatever way, also by SIGKILL, the kernel closes the pipe, and the child writes
the stop bytes and ends. `dismiss` tells it to end without writing.

The child is the system's `sh` rather than a Python: two lines do it, at a fraction of the memory
(dash 0.5.12: 1.7 MB resident, 0.2 MB of it its own; `python3 -S -E`: 9.4 MB and 3.5 MB).
It ignores the signals that a terminal or a service manager sends to the whole group on the way
down. A SIGKILL to the whole group takes it along, so a systemd unit wants `KillMode=process`: the
guardian ends by itself.
"""

from __future__ import annotations

import contextlib
import subprocess
from typing import Protocol, runtime_checkable

from agentd.errors import LinkError

PROGRAM = "/bin/sh"
SCRIPT = """trap '' HUP INT QUIT ABRT TERM; read -r dismissed || printf %b "$1" """
DISMISS_S = 1.0


@runtime_checkable
class HasDescriptor(Protocol):
    """A link whose wire is a file descriptor that a child can inherit."""

    def fileno(self) -> int:
        """Return the open descriptor."""


class Guardian:
    """Writes `stop` to `link` when this process dies before `dismiss`."""

    def __init__(self, link: HasDescriptor, stop: bytes) -> None:
        """Start the child. Raises `LinkError` when it cannot be started."""
        octal = "".join(f"\\0{byte:03o}" for byte in stop)
        try:
            self._child = subprocess.Popen(  # noqa: S603 (our own script)
                [PROGRAM, "-c", SCRIPT, "agentd-guardian", octal],
                stdin=subprocess.PIPE,
                stdout=link.fileno(),
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={},
            )
        except OSError as error:
            raise LinkError(f"the guardian of the outputs could not start: {error}.") from error

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether the child still watches."""
        return self._child.poll() is None

    def dismiss(self) -> None:
        """End the child without a byte written. Safe to call twice."""
        pipe = self._child.stdin
        if pipe is None or pipe.closed:
            return
        with contextlib.suppress(BrokenPipeError):
            pipe.write(b"\n")
            pipe.flush()
        with contextlib.suppress(BrokenPipeError):
            pipe.close()
        try:
            self._child.wait(DISMISS_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
