"""Two guards in front of every route: how much a request may send, how fast, and under which name.

The Host check is against DNS rebinding: a web page whose name was pointed at this machine still
sends its own name. An address in place of a name cannot be rebound, so every IP literal passes.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import socket
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agentd.api.errors import reply

LINGER_S = 2.0
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(:[0-9]{1,5})?", re.IGNORECASE)


class _TooLongError(Exception):
    """An undeclared body grew past the limit."""


class _TooSlowError(Exception):
    """A body did not come in time."""


class BodyLimit:
    """Answers 413 before the body is read, or as soon as an undeclared one grows too long.

    A body that has not come within `within_s` seconds of the first look at it is a 408.
    """

    def __init__(self, app: ASGIApp, most: int, within_s: float) -> None:
        self._app = app
        self._most = most
        self._within_s = within_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it (ASGI)."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        declared = _header(scope, b"content-length")
        if declared and int(declared[0]) > self._most:
            return await self._refuse(413, receive, send)
        try:
            return await self._app(scope, self._bounded(receive), send)
        except _TooLongError:
            return await self._refuse(413, receive, send)
        except _TooSlowError:
            return await self._refuse(408, receive, send)

    def _bounded(self, receive: Receive) -> Receive:
        received, deadline, whole = 0, 0.0, False

        async def bounded() -> Message:
            nonlocal received, deadline, whole
            if whole:
                return await receive()  # the next message is that the client went away
            deadline = deadline or asyncio.get_running_loop().time() + self._within_s
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise _TooSlowError from None
            received += len(message.get("body", b""))
            whole = not message.get("more_body")
            if received > self._most:
                raise _TooLongError
            return message

        return bounded

    async def _refuse(self, status: int, receive: Receive, send: Send) -> None:
        message = f"The request is too long; at most {self._most} bytes are read."
        if status == 408:
            message = f"The request did not come within {self._within_s:g} s."
        # The unread rest would be taken for the next request: the connection ends here. It is
        # let run out for a moment, or the client would see a reset instead of the answer.
        answer = reply(status, message, headers={"connection": "close"})
        start = {"type": "http.response.start", "status": status, "headers": answer.raw_headers}
        await send(start)
        await send({"type": "http.response.body", "body": answer.body, "more_body": True})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                while (await receive()).get("more_body"):
                    pass
        await send({"type": "http.response.body", "body": b""})


class HostGuard:
    """Answers 421 unless the Host header is one of `names` or an IP address."""

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it (ASGI)."""
        if scope["type"] == "http" and not self._allowed(_header(scope, b"host")):
            refused = reply(421, "This machine does not go by that name (Host header).")
            return await refused(scope, receive, send)
        return await self._app(scope, receive, send)

    def _allowed(self, hosts: list[bytes]) -> bool:
        found = HOST.fullmatch(hosts[0].decode("latin-1")) if len(hosts) == 1 else None
        if found is None:
            return False
        name = found[1].lower()
        return name in self._names or _is_address(name.strip("[]"))


def own_names(bound: str, more: Iterable[str]) -> set[str]:
    """Return the names this machine answers to when bound to `bound`."""
    machine = socket.gethostname().lower()
    return {"localhost", machine, f"{machine}.local", bound.lower(), *more}


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _header(scope: Scope, name: bytes) -> list[bytes]:
    return [value for key, value in scope["headers"] if key == name]
