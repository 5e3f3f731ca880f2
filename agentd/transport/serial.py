"""A serial port on the event loop: pyserial opens it, the loop watches its descriptor.

No thread stands between a byte and its reader. Weighed: pyserial-asyncio-fast (a thin protocol
class over the same descriptor), serialx (its own termios code); pyserial is fixed for this
project and its descriptor is all the loop needs.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os

import serial

from agentd import trace
from agentd.errors import LinkError

log = logging.getLogger(__name__)

READ_BYTES = 4096


class SerialLink:
    """One open serial port, held exclusively (TIOCEXCL). Create it with `open_serial`."""

    def __init__(self, port: serial.Serial) -> None:
        self._port = port
        self._loop = asyncio.get_running_loop()
        self._fd: int = port.fileno()
        os.set_blocking(self._fd, False)
        self._received = bytearray()
        self._broken = ""
        self._ready = asyncio.Event()
        self._loop.add_reader(self._fd, self._on_readable)

    @property
    def name(self) -> str:
        """The path that was opened."""
        return str(self._port.port)

    def fileno(self) -> int:
        """The descriptor, for a child that must inherit the wire."""
        return self._fd

    def write(self, data: bytes) -> None:
        """Put `data` on the wire now. Raises `LinkError` when broken or the buffer is full."""
        if self._broken:
            raise LinkError(f"{self.name}: {self._broken}.")
        try:
            written = os.write(self._fd, data)
        except BlockingIOError:
            written = 0
        except OSError as error:
            self._break(os.strerror(error.errno or errno.EIO))
            raise LinkError(f"{self.name}: {self._broken}.") from error
        if written < len(data):
            self._break("its output buffer is full: the device does not read")
            raise LinkError(f"{self.name}: {self._broken}.")
        trace.wrote()
        if log.isEnabledFor(logging.DEBUG):
            log.debug("%s > %s", self.name, data[:32].hex(" "))

    async def read(self) -> bytes:
        """Return the bytes received since the last read; wait for the first one."""
        await self._ready.wait()
        if not self._received:
            raise LinkError(f"{self.name}: {self._broken}.")
        data = bytes(self._received)
        self._received.clear()
        if not self._broken:
            self._ready.clear()
        return data

    def close(self) -> None:
        """Release the port. A waiting `read` raises `LinkError`."""
        self._break("the port is closed")
        if self._port.is_open:
            self._port.close()

    def _on_readable(self) -> None:
        try:
            data = os.read(self._fd, READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._break(f"the device is gone ({os.strerror(error.errno or errno.EIO)})")
            return
        if data:
            self._received += data
            self._ready.set()
        else:
            self._break("the device is gone (end of file)")

    def _break(self, why: str) -> None:
        if not self._broken:
            self._broken = why
            self._loop.remove_reader(self._fd)
            self._ready.set()


def open_serial(path: str, baud: int) -> SerialLink:
    """Open `path` at `baud`, 8N1, exclusively. Call it on the event loop.

    Raises `LinkError` with the cure when the port is missing, busy or not permitted.
    """
    try:
        return SerialLink(serial.Serial(path, baud, timeout=0, exclusive=True))
    except serial.SerialException as error:
        raise _explain(path, error) from error


def _explain(path: str, error: serial.SerialException) -> LinkError:
    if error.errno == errno.EACCES:
        return LinkError(
            f"{path}: permission denied.",
            hint="Install the udev rules (`agentd doctor` prints the command) and log in again.",
        )
    if error.errno == errno.ENOENT:
        return LinkError(f"{path}: no such port.", hint="`agentd devices` shows what is there.")
    if error.errno in (errno.EBUSY, errno.EWOULDBLOCK) or "exclusively lock" in str(error):
        return LinkError(f"{path}: another program holds it.", hint=f"`fuser {path}` names it.")
    return LinkError(f"{path}: {error}.")
