"""The server itself: the port, what it will read, and the shape of every error."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from agentd.api.server import HttpServer, bind
from agentd.errors import AgentdError
from tests.api.served import Scripted, Served, chat, scenario, serve


def is_openai_error(response: httpx.Response) -> bool:
    body = response.json()
    return set(body) == {"error"} and set(body["error"]) == {"message", "type", "code", "param"}


def test_a_taken_port_is_one_line_that_names_it() -> None:
    with contextlib.closing(bind("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AgentdError) as caught:
            bind("127.0.0.1", port)
    line = caught.value.line()
    assert f"Port {port} on 127.0.0.1 is taken" in line
    assert "--port" in line
    assert "\n" not in line


def test_an_address_that_is_not_ours_is_one_line() -> None:
    for host in ("192.0.2.1", "no-such-host.invalid"):
        with pytest.raises(AgentdError, match=f"Cannot listen on {host}"):
            bind(host, 0)


def test_a_free_port_is_picked_and_reported(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        assert served.server.port > 0
        assert served.url == f"http://127.0.0.1:{served.server.port}"

    scenario(tmp_path, test)


def test_the_signals_stay_with_the_daemon(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)

    async def test(served: Served) -> None:
        await served.client.get("/healthz")
        assert signal.getsignal(signal.SIGTERM) == before

    scenario(tmp_path, test)


def test_closing_takes_well_under_two_seconds_with_streams_open(tmp_path: Path) -> None:
    async def main() -> float:
        brain = Scripted()
        async with contextlib.AsyncExitStack() as stack:
            served = await stack.enter_async_context(serve(tmp_path, brain))
            brain.hold = asyncio.Event()
            for path in ("/api/events", "/v1/chat/completions"):
                body = chat(stream=True) if "chat" in path else None
                response = await stack.enter_async_context(
                    served.client.stream("POST" if body else "GET", path, json=body)
                )
                assert response.status_code == 200
            started = time.monotonic()
            served.server.app.state.feeds.close()
        return time.monotonic() - started

    assert asyncio.run(main()) < 1.5


LOST = [
    ("GET", "/nowhere", 404),
    ("GET", "/api/devices/", 404),
    ("GET", "/redoc", 404),
    ("GET", "/docs", 404),
    ("GET", "/v1/chat/completions", 405),
    ("DELETE", "/api/stop", 405),
]


def test_errors_have_openais_shape(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for method, path, status in LOST:
            response = await served.client.request(method, path)
            assert response.status_code == status
            assert is_openai_error(response)
            assert status != 405 or response.headers["allow"]

    scenario(tmp_path, test)


def test_broken_json_is_named_and_nothing_is_heard(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for body in (b'{"messages": ', b"\x00\xff", b"null", b"[]"):
            response = await served.client.post("/v1/chat/completions", content=body)
            assert response.status_code == 400
            assert is_openai_error(response)
            assert response.json()["error"]["code"] == "bad_json"
        assert served.brain.turns == []

    scenario(tmp_path, test)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused_declared_or_not(tmp_path: Path, chunked: bool) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"x" * 1024

    async def test(served: Served) -> None:
        content: Any = pieces() if chunked else b"x" * 65536
        response = await served.client.post("/v1/chat/completions", content=content)
        assert response.status_code == 413
        assert is_openai_error(response)
        assert "2048" in response.json()["error"]["message"]
        assert (await served.client.get("/healthz")).status_code == 200

    scenario(tmp_path, test, max_body_bytes=2048)


def test_a_bug_is_a_500_without_a_word_of_the_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def test(served: Served) -> None:
        def broken(_: object) -> None:
            raise ZeroDivisionError("secret inside")

        monkeypatch.setattr(served.toys.toolbox, "devices", broken)
        response = await served.client.get("/api/devices")
        assert response.status_code == 500
        assert is_openai_error(response)
        assert "secret" not in response.text
        assert "secret inside" in caplog.text
        assert (await served.client.get("/healthz")).status_code == 200

    caplog.set_level(logging.ERROR)
    scenario(tmp_path, test)


NONSENSE = [
    b"GET / HTTP/1.1\r\nhost: localhost\r\nhost: evil\r\n\r\n",
    b"POST /api/stop HTTP/1.1\r\nhost: localhost\r\ncontent-length: x\r\n\r\n",
    b"POST /api/stop HTTP/1.1\r\nhost: localhost\r\ncontent-length: -1\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nhost: localhost\r\n\r\n",
]


def test_nonsense_on_the_wire_harms_nobody(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        for raw in NONSENSE:
            reader, writer = await asyncio.open_connection("127.0.0.1", served.server.port)
            writer.write(raw + b"\r\n\r\n")
            writer.write_eof()
            async with asyncio.timeout(5):
                answer = await reader.read()
            writer.close()
            await writer.wait_closed()
            assert not answer or answer.split()[1][:1] == b"4", answer[:100]
        assert (await served.client.get("/healthz")).status_code == 200

    scenario(tmp_path, test)


def test_a_hundred_streams_do_not_delay_the_stop(tmp_path: Path) -> None:
    brain = Scripted()

    async def test(served: Served) -> None:
        brain.hold = asyncio.Event()
        body = json.dumps(chat(stream=True)).encode()
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n"
            f"authorization: Bearer {served.key}\r\ncontent-length: {len(body)}\r\n\r\n"
        ).encode()
        streams = [
            await asyncio.open_connection("127.0.0.1", served.server.port) for _ in range(100)
        ]
        for reader, writer in streams:
            writer.write(head + body)
            await reader.readuntil(b"assistant")
        started = time.monotonic()
        assert (await served.client.post("/api/stop")).status_code == 200
        assert time.monotonic() - started < 0.5
        assert served.toys.gate.latched
        for _, writer in streams:
            writer.close()
            await writer.wait_closed()

    scenario(tmp_path, test, brain, streams_per_key=100)


def test_sockets_are_closed_when_binding_fails_halfway() -> None:
    with contextlib.closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(AgentdError):
            bind("127.0.0.1", other.getsockname()[1])


def test_answers_are_not_held_back_for_an_acknowledgement() -> None:
    """asyncio sets TCP_NODELAY only on sockets that name their protocol."""
    with contextlib.closing(bind("127.0.0.1", 0)) as listening:
        assert listening.proto == socket.IPPROTO_TCP


def test_a_server_that_failed_can_be_run_again_on_its_port(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        again = HttpServer(served.house)
        for _ in range(2):
            running = asyncio.create_task(again.run())
            await again.started.wait()
            again.started.clear()
            response = await served.client.get(f"{again.url}/healthz")
            assert response.status_code == 200
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    scenario(tmp_path, test)
