"""`agentd mcp`: the running daemon's `/mcp` for clients that start a program and talk to it.

A line on stdin is one message, posted as it is; a line on stdout is one message that came back
(https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#stdio). The daemon is
looked up for each message, so that it may be restarted meanwhile. When stdin ends, this program
does, and the daemon cuts short what it was still asked for.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

import click

from agentd.cli import place
from agentd.cli.client import Daemon, find
from agentd.errors import AgentdError

PATH: Final = "/mcp"
MOST_AT_ONCE: Final = 64
META: Final = "io.modelcontextprotocol/protocolVersion"
NAMED: Final = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}

Message = dict[str, Any]


@click.command(
    epilog="""\b
Example, in a client's configuration:
  {"mcpServers": {"agentd": {"command": "agentd", "args": ["mcp"]}}}
"""
)
@place.option
def mcp(state_dir: str | None) -> None:
    """Speak MCP on stdin and stdout, for the daemon that runs.

    It starts no daemon of its own, and needs no key where the daemon runs.
    """
    bridge = Bridge(lambda: find(state_dir), _write)
    for line in sys.stdin.buffer:
        bridge.take(line)


def _write(line: bytes) -> None:
    # Not sys.stdout: a thread that is inside its lock when the program ends would break the end.
    left = memoryview(line)
    while left:
        left = left[os.write(1, left) :]


class _Flight:
    """A message on its way: the thread that carries it first sets `connection`, then looks."""

    def __init__(self) -> None:
        self.connection: http.client.HTTPConnection | None = None
        self.cancelled = False

    def cut(self) -> None:
        """Hang up, or never begin; nothing is answered then."""
        self.cancelled = True
        if self.connection is not None and self.connection.sock is not None:
            with contextlib.suppress(OSError):
                self.connection.sock.shutdown(socket.SHUT_RDWR)


class Bridge:
    """Carries messages to the daemon and back."""

    def __init__(self, daemon: Callable[[], Daemon], write: Callable[[bytes], None]) -> None:
        self._daemon = daemon
        self._write = write
        self._writing = threading.Lock()
        self._room = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._headers = {"accept": "application/json, text/event-stream"}
        self._flights: dict[Any, _Flight] = {}

    def take(self, line: bytes) -> None:
        """Carry one line from the client; what wants an answer gets it from another thread."""
        if not line.strip():
            return
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            self._fail(None, "That line is not JSON.", code=-32700)
            return
        if not isinstance(found, dict) or ("method" in found and "id" in found):
            self._room.acquire()
            flight = _Flight()
            self._flights[number := _number(found)] = flight
            work = (line, found, number, flight)
            threading.Thread(target=self._request, args=work, daemon=True).start()
        elif found.get("method") == "notifications/cancelled":
            self._cancel(found)
        else:
            with contextlib.suppress(OSError, http.client.HTTPException, AgentdError):
                self._post(line, found, None, _Flight())

    def _request(self, line: bytes, found: Any, number: Any, flight: _Flight) -> None:
        try:
            self._post(line, found, number, flight)
        except (OSError, ValueError, LookupError, http.client.HTTPException) as error:
            if not flight.cancelled:
                self._fail(number, f"No agentd answers ({error}); start it with `agentd run`.")
        except AgentdError as error:
            self._fail(number, error.line())
        finally:
            if self._flights.get(number) is flight:
                del self._flights[number]
            self._room.release()

    def _post(self, line: bytes, found: Any, number: Any, flight: _Flight) -> None:
        daemon = self._daemon()
        with contextlib.closing(daemon.connection()) as connection:
            connection.connect()
            flight.connection = connection
            if flight.cancelled:
                return
            headers = self._headers | _mirrored(found)
            answer = daemon.send(connection, "POST", PATH, line.strip(), headers)
            if "event-stream" in answer.headers.get("content-type", ""):
                for each in _events(answer):
                    self._say(each)
            elif answer.status != http.client.ACCEPTED:
                self._whole(json.loads(answer.read()), answer, found, number)

    def _cancel(self, found: Message) -> None:
        """Hang up, which is what stops a call whatever the version."""
        params = found.get("params")
        number = params.get("requestId") if isinstance(params, dict) else None
        flight = self._flights.get(number) if isinstance(number, str | int) else None
        if flight is not None:
            flight.cut()

    def _whole(self, body: Any, answer: http.client.HTTPResponse, found: Any, number: Any) -> None:
        """Give the answer on; what is no JSON-RPC is the daemon's own complaint."""
        if isinstance(body, dict) and "jsonrpc" not in body:
            self._fail(number, str(body["error"]["message"]))
            return
        if isinstance(found, dict) and found.get("method") == "initialize":
            self._agreed(body, answer)
        self._say(body)

    def _agreed(self, body: Message, answer: http.client.HTTPResponse) -> None:
        """Repeat from now on what was agreed on, as a client over HTTP would."""
        version = body.get("result", {}).get("protocolVersion")
        if version:
            self._headers["mcp-protocol-version"] = version
        if session := answer.headers.get("mcp-session-id"):
            self._headers["mcp-session-id"] = session

    def _fail(self, number: Any, line: str, code: int = -32603) -> None:
        error = {"code": code, "message": line}
        self._say({"jsonrpc": "2.0", "id": number, "error": error})

    def _say(self, found: Any) -> None:
        line = json.dumps(found, ensure_ascii=False).encode() + b"\n"
        with self._writing:
            self._write(line)


def _number(found: Any) -> Any:
    """Return a request's number, as far as it can be one."""
    number = found.get("id") if isinstance(found, dict) else None
    return number if isinstance(number, str | int) else None


def _events(answer: http.client.HTTPResponse) -> Iterator[Message]:
    while line := answer.readline():
        field, _, value = line.decode().rstrip("\r\n").partition(": ")
        if field == "data":
            yield json.loads(value)


def _mirrored(found: Any) -> dict[str, str]:
    """Return the headers that repeat a message of 2026-07-28, as over HTTP."""
    params = found.get("params") if isinstance(found, dict) else None
    meta = params.get("_meta") if isinstance(params, dict) else None
    version = meta.get(META) if isinstance(meta, dict) else None
    if not isinstance(version, str) or not isinstance(params, dict):
        return {}
    method = str(found.get("method", ""))
    headers = {"mcp-protocol-version": _safe(version), "mcp-method": _safe(method)}
    if method in NAMED:
        headers["mcp-name"] = _safe(str(params.get(NAMED[method], "")))
    return headers


def _safe(value: str) -> str:
    """Return `value` as a header may carry it."""
    if value.isascii() and value.isprintable() and value == value.strip():
        return value
    return f"=?base64?{base64.b64encode(value.encode()).decode()}?="
