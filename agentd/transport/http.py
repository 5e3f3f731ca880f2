"""Posting JSON to another server, and its answer as it comes.

aiohttp, because an answer comes in many small pieces: it parses them in C, and its pool costs the
same with hundreds of connections as with one.
"""

from __future__ import annotations

import io
import json
import os
import ssl
import urllib.request
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Final

import aiohttp
import certifi
from yarl import URL

from agentd import __version__
from agentd.pace import own_turn, patient

CONNECT_S: Final = 5.0
IDLE_S: Final = 5.0
"""How long a connection is kept for the next request; servers keep theirs a little longer."""
AT_ONCE_BYTES: Final = 1024 * 1024
"""A longer body is written piece by piece, so that it does not hold up the loop."""
_NO_LIMIT: Final = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S)


class HttpError(Exception):
    """The server broke off, or what it sent is no HTTP."""


class UnreachableError(HttpError):
    """There is no connection to the server."""


class Answer:
    """A server's answer, its head read. `close` it."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.content_type = response.headers.get("content-type", "")

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Yield the body as it comes; it waits for what is urgent. Raises `HttpError`."""
        try:
            with patient(self._descriptor()):
                async for piece in self._response.content.iter_any():
                    yield piece
        except (aiohttp.ClientError, OSError) as error:
            raise HttpError(str(error)) from error

    def close(self) -> None:
        """Let go of it; the connection is kept when all was read. Safe to call twice."""
        self._response.close()

    def _descriptor(self) -> int:
        """Return the descriptor it comes in on; -1 when all of it is here."""
        connection = self._response.connection
        if connection is None or connection.transport is None:
            return -1
        found = connection.transport.get_extra_info("socket")
        return int(found.fileno()) if found is not None else -1


class HttpClient:
    """Connections to servers, opened when first needed and kept for a while."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._trusted: ssl.SSLContext | None = None
        self._proxies: dict[str, str] = {}

    async def post(self, url: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
        """Send `body` and return the answer once its head is there; redirects are not followed.

        Raises `UnreachableError`, or `HttpError` when it broke off after that.
        """
        target = URL(url)
        sent = {"content-type": "application/json", **headers}
        if target.user is not None:  # credentials in the address are meant
            sent.pop("authorization", None)
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        data = text.encode("utf-8", "replace")
        session = self._opened()
        await own_turn()
        try:
            response = await session.post(
                target,
                data=data if len(data) < AT_ONCE_BYTES else io.BytesIO(data),
                headers=sent,
                allow_redirects=False,
                proxy=self._proxy(target),
                ssl=self._context() if target.scheme == "https" else True,
            )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise UnreachableError(str(error)) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise HttpError(str(error)) from error
        return Answer(response)

    async def close(self) -> None:
        """Let go of the connections. Safe to call twice."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            # aiohttp would read them from the environment anew, in a thread, for each request.
            self._proxies = urllib.request.getproxies()
            self._session = aiohttp.ClientSession(
                # How many answers are under way is bounded at the door.
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"user-agent": f"agentd/{__version__}", "accept": "*/*"},
                timeout=_NO_LIMIT,
            )
        return self._session

    def _proxy(self, target: URL) -> str | None:
        """Return the proxy that `https_proxy` and its like name for `target`, if any."""
        proxy = self._proxies.get(target.scheme) or self._proxies.get("all")
        bypassed = proxy and urllib.request.proxy_bypass(target.host or "")
        return None if bypassed else proxy

    def _context(self) -> ssl.SSLContext:
        """Return whom to trust: what OpenSSL's own variables name, else certifi's list."""
        if self._trusted is None:
            named = "SSL_CERT_FILE" in os.environ or "SSL_CERT_DIR" in os.environ
            cafile = None if named else certifi.where()
            self._trusted = ssl.create_default_context(cafile=cafile)
        return self._trusted
