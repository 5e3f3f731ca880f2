"""The HTTP server: every door on one port, inside the daemon's own event loop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import logging
import os
import resource
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from agentd import __version__, local
from agentd.api import (
    admin,
    control,
    devices,
    embeddings,
    errors,
    events,
    health,
    mcp,
    metrics,
    models,
    openai,
    plugin,
    responses,
    say,
    schedule,
    tls,
)
from agentd.api.address import public_names
from agentd.api.auth import Failures, Rates
from agentd.api.bugs import Bugs
from agentd.api.document import door as document
from agentd.api.feed import Feeds
from agentd.api.headers import SafeHeaders
from agentd.api.house import House
from agentd.api.limits import BodyLimit, HostGuard, own_names
from agentd.api.mcp.flights import Flights
from agentd.api.once import Once
from agentd.api.origins import OriginGuard
from agentd.api.patience import protocol
from agentd.api.watch import Watch
from agentd.errors import AgentdError
from agentd.guests.relay import Relay

log = logging.getLogger(__name__)

DOORS = (
    health,
    models,
    openai,
    responses,
    embeddings,
    mcp,
    plugin,
    say,
    devices,
    control,
    schedule,
    events,
    admin,
    metrics,
    document,
)
BACKLOG = 1024
"""Connections that wait to be accepted; the kernel drops more, and their clients lose a second."""
ACCEPT_A_TURN = 16
"""asyncio takes this number for the backlog, too, and would accept as many at once."""
DESCRIPTORS = 4096
"""Two for each answer that may be under way, its client's and another server's, and some to spare:
the usual soft limit of 1024 (kept low for select(2), which nothing here uses) ends at 500 chats."""
LAST_ANSWERS_S = 1
DATE_S = 1.0
IDLE_S = 20
"""How long an idle connection stays open: longer than clients keep theirs (Node 4 s, httpx 5 s), so
that none of them posts into one that is just being closed."""
UNREAD_S = 60.0


def create_app(house: House) -> FastAPI:
    """Return the application with every door."""
    app = FastAPI(
        title="agentd",
        version=__version__,
        # The documentation pages would be routes without a lock.
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.state.house = house
    app.state.failures = Failures()
    app.state.once = Once()
    app.state.flights = Flights()
    app.state.relay = Relay(house.settings.brain)
    errors.install(app)
    http = house.settings.http
    app.state.feeds = Feeds(http.streams_per_key, http.stream_timeout_s)
    app.state.rates = Rates(http.requests_per_minute)
    # The last one added is the first to see a request.
    app.add_middleware(BodyLimit, most=http.max_body_bytes, within_s=http.read_timeout_s)
    app.add_middleware(OriginGuard, origins=http.origins)
    app.add_middleware(HostGuard, names=own_names(http.host, (*http.hosts, *public_names(http))))
    app.add_middleware(Bugs)
    app.add_middleware(SafeHeaders)
    app.add_middleware(Watch, metrics=house.metrics)
    for door in DOORS:
        app.include_router(door.router)
    return app


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to `host` and `port` (0: any free one).

    Raises `AgentdError` that says what to do when that is not possible.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        # asyncio switches Nagle's delay off only where the protocol is named; without it every
        # answer, also a stop's, waits 40 ms for the client's acknowledgement.
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _explain(host, port, error) from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Who does not read is let go, and with it what waits to be sent (tcp(7)); inherited by
        # each accepted connection.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(UNREAD_S * 1000))
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise _explain(host, port, error) from error
    listening.setblocking(False)
    return listening


def make_room() -> None:
    """Raise this process's own limit of open files as far as is needed, and permitted."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    if wanted < DESCRIPTORS:
        log.warning("room for %d open files only; `ulimit -Hn` or LimitNOFILE= sets it", wanted)


def _explain(host: str, port: int, error: OSError) -> AgentdError:
    if error.errno == errno.EADDRINUSE:
        return AgentdError(
            f"Port {port} on {host} is taken by another program.",
            hint="Stop it, or choose another with `--port` or `http.port` in config.toml.",
        )
    if error.errno == errno.EACCES:
        return AgentdError(
            f"Port {port} needs more rights than this user has.",
            hint="Choose one above 1023 with `--port`.",
        )
    return AgentdError(
        f"Cannot listen on {host}, port {port}: {error.strerror or error}.",
        hint="`http.host` must be an address of this machine, as 127.0.0.1 or 0.0.0.0.",
    )


def _is_loopback(listening: socket.socket) -> bool:
    address = ipaddress.ip_address(listening.getsockname()[0].partition("%")[0])
    return address.is_loopback


class HttpServer:
    """The doors, open while `run` runs. The port is bound at once, so a taken one fails early."""

    def __init__(self, house: House) -> None:
        self._house = house
        make_room()
        http = house.settings.http
        self._tls = tls.check(http)
        self._socket = bind(http.host, http.port)
        self.port: int = self._socket.getsockname()[1]
        shown = f"[{http.host}]" if ":" in http.host else http.host
        self._scheme = "https" if self._tls else "http"
        self.url = f"{self._scheme}://{shown}:{self.port}"
        self.app = create_app(house)
        self.started = asyncio.Event()

    @property
    def streams(self) -> int:
        """How many answers are under way."""
        feeds: Feeds = self.app.state.feeds
        return len(feeds)

    async def run(self) -> None:
        """Answer until cancelled; then end the streams and answer what is under way.

        May be run again after it failed: the port is then bound anew.
        """
        if self._socket.fileno() < 0:
            self._socket = bind(self._house.settings.http.host, self.port)
        if not self._tls and not _is_loopback(self._socket):
            log.warning("keys cross the network in the clear: set http.tls_cert, or use a proxy")
        server = _Server(self._config())
        serving = asyncio.create_task(server.serve(sockets=[self._socket]))
        try:
            with self._open_to_owner():
                self.started.set()
                await asyncio.shield(serving)
        finally:
            self.app.state.feeds.close()
            server.end()
            await serving
            await self.app.state.relay.close()

    def close(self) -> None:
        """Free the port of a server that never ran. Safe to call twice."""
        self._socket.close()

    def _config(self) -> uvicorn.Config:
        http = self._house.settings.http
        return uvicorn.Config(
            self.app,
            http=protocol(http.read_timeout_s),
            ssl_certfile=http.tls_cert or None,
            ssl_keyfile=http.tls_key or None,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            # A forwarded-for header could lend a caller someone else's address.
            proxy_headers=False,
            backlog=ACCEPT_A_TURN,
            timeout_keep_alive=IDLE_S,
            timeout_graceful_shutdown=LAST_ANSWERS_S,
        )

    @contextlib.contextmanager
    def _open_to_owner(self) -> Iterator[None]:
        """Let the command line in without a key, where the state folder can hold the token."""
        certificate = self._house.settings.http.tls_cert
        certificate = str(Path(certificate).absolute()) if certificate else ""
        token = self._house.keys.local_token
        door = local.LocalDoor(self._own_url(), token, os.getpid(), certificate)
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(local.published(self._house.settings.state_dir(), door))
            except OSError as error:
                log.warning("`agentd say` will need a key: %s", error)
            yield

    def _own_url(self) -> str:
        """Return the address to use on this machine, also when bound to all of them."""
        address = self._socket.getsockname()[0]
        if address in ("0.0.0.0", "::"):  # noqa: S104
            return f"{self._scheme}://127.0.0.1:{self.port}"
        return self.url


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the daemon has its own, and stops motion first."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._over = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, with room for a crowd that knocks all at once."""
        await super().startup(sockets)
        for each in sockets or ():
            each.listen(BACKLOG)

    def end(self) -> None:
        """Shut down now."""
        self.should_exit = True
        self._over.set()

    async def main_loop(self) -> None:
        """Keep the date header right; uvicorn's own loop wakes the machine ten times as often."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DATE_S):
                    await self._over.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield
