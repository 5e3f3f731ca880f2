"""How long a client may take to say what it wants, and how long it waits to be read.

uvicorn ends idle connections, but waits for ever for the rest of a request's head once its first
byte has come; a few thousand such clients would use up every descriptor. And it reads whatever
came at once, so that a stop would wait for a crowd that came just before it.
"""

from __future__ import annotations

import asyncio
from typing import cast

from uvicorn.protocols.http.h11_impl import H11Protocol

from agentd.api.corked import Corked
from agentd.pace.turnstile import Turnstile

STOP = b"POST /api/stop "
"""Who begins like this is read at once. It opens nothing: what it is, is found out by reading."""
READ_A_TURN = 8
"""Reading a request takes a tenth of a millisecond of the one thread that has to hear a stop."""


class ImpatientProtocol(H11Protocol):
    """Hangs up on who does not finish the head of a request within `head_s` seconds."""

    head_s = 20.0
    readers: Turnstile
    _unread: bytes = b""
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(cast("asyncio.Transport", Corked(transport, self.loop)))
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._read()
        self._rest()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came when it is its turn; a stop has none to wait for."""
        waits, self._unread = bool(self._unread), self._unread + data
        if data.startswith(STOP):
            self._read()
        elif not waits:
            self.readers.run(self._read)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Read what is left and answer what can be answered at once, then hang up.

        Who closes a page sends nothing else, so an answer under way ends, too.
        """
        self._read()
        self.loop.call_soon(self.transport.close)
        # Over TLS the connection ends in any case.
        return self.transport.get_extra_info("sslcontext") is None

    def _read(self) -> None:
        unread, self._unread = self._unread, b""
        if unread:
            super().data_received(unread)

    def handle_events(self) -> None:
        """Read what came; a head that is whole ends the wait."""
        super().handle_events()
        self._look()

    def on_response_complete(self) -> None:
        """Begin to wait for the next head; what is left of a body counts as waiting, too."""
        super().on_response_complete()
        self._look()

    def _look(self) -> None:
        answering = self.cycle is not None and not self.cycle.response_complete
        if answering:
            self._rest()
        elif self._late is None and not self.transport.is_closing():
            self._late = self.loop.call_later(self.head_s, self.transport.abort)

    def _rest(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


def protocol(head_s: float) -> type[H11Protocol]:
    """Return the protocol for a server that waits `head_s` seconds for a request's head."""
    own = {"head_s": head_s, "readers": Turnstile(READ_A_TURN)}
    return type("Protocol", (ImpatientProtocol,), own)
