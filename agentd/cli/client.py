"""Talks to the running daemon: on this machine without a key, elsewhere with AGENTD_KEY."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from agentd import local
from agentd.cli.place import SYSTEM_DIR, state_dir
from agentd.errors import AgentdError

ANSWER_S = 90.0
"""Longer than any keep-alive interval and any single motion."""


class Daemon:
    """A daemon that can be asked."""

    def __init__(self, url: str, key: str, certificate: str = "") -> None:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise AgentdError(f"{url} is no address of an agentd.", hint="As http://pi:8000.")
        self.url = url
        self._https = parts.scheme == "https"
        self._host, self._port, self._base = parts.hostname, parts.port, parts.path.rstrip("/")
        self._certificate = certificate
        self._headers = {"authorization": f"Bearer {key}"} if key else {}

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return the JSON answer. Raises `AgentdError` with the daemon's own words."""
        with self._answer(method, path, body, {}) as response:
            return json.loads(response.read())

    def listen(self, path: str, body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """Post `body` and yield the events of the answer: name and JSON. Errors as in `ask`."""
        with self._answer("POST", path, body, {"accept": "text/event-stream"}) as response:
            name = ""
            while line := response.readline():
                field, _, value = line.decode().rstrip("\r\n").partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    yield name, json.loads(value)

    def connection(self) -> http.client.HTTPConnection:
        """Return a connection, not yet open; `send` opens it."""
        if not self._https:
            return http.client.HTTPConnection(self._host, self._port, timeout=ANSWER_S)
        import ssl  # noqa: PLC0415

        context = ssl.create_default_context()
        if self._certificate:
            # On this machine it is reached by address, and its file says which one is right.
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            context.load_verify_locations(self._certificate)
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=ANSWER_S, context=context
        )

    def send(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        content: str | bytes | None,
        headers: Mapping[str, str],
    ) -> http.client.HTTPResponse:
        """Return the answer as it comes. Raises `OSError` and `HTTPException`."""
        every = {"content-type": "application/json", **self._headers, **headers}
        connection.request(method, self._base + path, content, every)
        return connection.getresponse()

    @contextlib.contextmanager
    def _answer(
        self, method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> Iterator[http.client.HTTPResponse]:
        connection = self.connection()
        try:
            content = None if body is None else json.dumps(body)
            response = self.send(connection, method, path, content, headers)
            if response.status >= 400:
                raise AgentdError(_complaint(response))
            yield response
        except (OSError, http.client.HTTPException) as error:
            raise AgentdError(
                f"No agentd answers at {self.url} ({error}).",
                hint="Start it with `agentd run`, or set AGENTD_URL.",
            ) from error
        finally:
            connection.close()


def find(flag: str | None) -> Daemon:
    """Return the daemon that AGENTD_URL names, else the one that runs here.

    Raises `AgentdError` that says what to do when there is none.
    """
    url, key = os.environ.get("AGENTD_URL"), os.environ.get("AGENTD_KEY", "")
    if url:
        return Daemon(url, key)
    folder = state_dir(flag)
    for each in (folder,) if flag else (folder, SYSTEM_DIR):
        door = _door(each)
        if door is not None:
            return Daemon(door.url, key or door.token, door.certificate)
    raise AgentdError(
        f"No agentd runs on {folder}.",
        hint="Start it with `agentd run`, or set AGENTD_URL and AGENTD_KEY.",
    )


def _door(folder: Path) -> local.LocalDoor | None:
    try:
        return local.read(folder)
    except PermissionError as error:
        raise AgentdError(
            f"agentd keeps its state in {folder} and belongs to another user.",
            hint="Use `sudo`, or set AGENTD_URL and AGENTD_KEY.",
        ) from error


def _complaint(response: http.client.HTTPResponse) -> str:
    try:
        return str(json.loads(response.read())["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"The answer was {response.status} {response.reason}: is that an agentd?"
