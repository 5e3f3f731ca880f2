"""Telling systemd how we are: sd_notify and the watchdog, as in sd_notify(3).

Outside systemd nothing is sent and nothing fails.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Mapping

from agentd.errors import LinkError

log = logging.getLogger(__name__)


class Notifier:
    """The line to the service manager. `notify` never waits."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        microseconds = int(environ.get("WATCHDOG_USEC", "0"))
        ours = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog_s = microseconds / 2e6 if ours else 0.0
        """How often to feed the watchdog: at half its time-out; 0 when there is none."""

    def ready(self, status: str = "") -> None:
        """Say that start-up is complete."""
        self.notify(f"READY=1\nSTATUS={status}" if status else "READY=1")

    def status(self, text: str) -> None:
        """Set the line that `systemctl status` shows."""
        self.notify(f"STATUS={text}")

    def stopping(self) -> None:
        """Say that shut-down has begun."""
        self.notify("STOPPING=1")

    async def feed_watchdog(self) -> None:
        """Feed the watchdog from the event loop until cancelled: a stuck loop is restarted."""
        while self.watchdog_s:
            try:
                self.notify("WATCHDOG=1")
            except LinkError as error:
                log.warning("%s", error)
            await asyncio.sleep(self.watchdog_s)

    def notify(self, state: str) -> None:
        """Send `state`, as `NAME=value` lines. Raises `LinkError` when nobody listens there."""
        if not self._address:
            return
        address = self._address
        if address.startswith("@"):
            address = "\0" + address[1:]
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
                line.setblocking(False)
                line.sendto(state.encode(), address)
        except OSError as error:
            raise LinkError(f"systemd cannot be told {state!r}: {error}.") from error
