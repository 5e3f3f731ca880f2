"""Posting JSON to real servers: what is sent, what comes back, and how each failure is told."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from agentd.transport.http import Answer, HttpClient, HttpError, UnreachableError
from tests.api.test_tls import certificate

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


class Server:
    """Answers each request with the same bytes and notes what it was sent."""

    def __init__(self, answer: bytes, *, hang_up: bool = False) -> None:
        self.answer, self.hang_up = answer, hang_up
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.heads.append(head)
                length = head.lower().partition("content-length: ")[2].partition("\r\n")[0]
                self.bodies.append(await reader.readexactly(int(length or 0)))
                writer.write(self.answer)
                await writer.drain()
                if self.hang_up:
                    break
        writer.close()


@contextlib.asynccontextmanager
async def serving(
    answer: bytes, *, hang_up: bool = False, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    served = Server(answer, hang_up=hang_up)
    async with await asyncio.start_server(served.serve, "127.0.0.1", 0, ssl=tls) as listening:
        served.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1/chat"
        yield served


def with_client(work: Callable[[HttpClient], Awaitable[None]]) -> None:
    async def run() -> None:
        client = HttpClient()
        try:
            await work(client)
        finally:
            await client.close()
            await client.close()
        await asyncio.sleep(0.01)  # the servers see the end of their connections

    asyncio.run(run())


async def whole(answer: Answer) -> bytes:
    try:
        return b"".join([piece async for piece in answer.pieces()])
    finally:
        answer.close()


def test_json_arrives_as_it_was_meant_and_one_connection_serves_many() -> None:
    async def test(client: HttpClient) -> None:
        async with serving(OK) as server:
            for _ in range(3):
                key = {"authorization": "Bearer k"}
                answer = await client.post(server.url, {"say": "你好"}, key)
                assert answer.is_success
                assert answer.content_type == "application/json"
                assert await whole(answer) == b"{}"
            assert json.loads(server.bodies[0]) == {"say": "你好"}
            assert "authorization: bearer k\r\n" in server.heads[0].lower()
            assert server.connections == 1

    with_client(test)


def test_a_body_of_megabytes_arrives_whole() -> None:
    async def test(client: HttpClient) -> None:
        async with serving(OK) as server:
            await whole(await client.post(server.url, {"say": "x" * 3_000_000}, {}))
            assert len(json.loads(server.bodies[0])["say"]) == 3_000_000

    with_client(test)


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async def test(client: HttpClient) -> None:
        moved = b"HTTP/1.1 307 Moved\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"
        async with serving(moved) as server:
            answer = await client.post(server.url, {}, {"authorization": "Bearer k"})
            assert await whole(answer) == b""
            assert answer.status == 307
            assert not answer.is_success
            assert len(server.heads) == 1

    with_client(test)


def test_nobody_there_is_told_apart_from_an_answer_that_breaks_off() -> None:
    async def test(client: HttpClient) -> None:
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            with pytest.raises(UnreachableError):
                await client.post(f"http://127.0.0.1:{bound.getsockname()[1]}/", {}, {})
        async with serving(b"", hang_up=True) as server:
            with pytest.raises(HttpError) as gone:
                await client.post(server.url, {}, {})
            assert not isinstance(gone.value, UnreachableError)
        cut = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"
        async with serving(cut, hang_up=True) as server:
            answer = await client.post(server.url, {}, {})
            with pytest.raises(HttpError):
                await whole(answer)
        async with serving(b"this is no HTTP\r\n\r\n", hang_up=True) as server:
            with pytest.raises(HttpError):
                await client.post(server.url, {}, {})

    with_client(test)


def test_a_name_and_password_in_the_address_go_before_the_key() -> None:
    async def test(client: HttpClient) -> None:
        async with serving(OK) as server:
            url = server.url.replace("://", "://me:secret@")
            await whole(await client.post(url, {}, {"authorization": "Bearer k"}))
            basic = base64.b64encode(b"me:secret").decode()
            assert f"Basic {basic}" in server.heads[0]
            assert "Bearer" not in server.heads[0]

    with_client(test)


def test_a_proxy_of_the_environment_is_used_but_for_who_is_excepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def test(client: HttpClient) -> None:
        async with serving(OK) as proxy:
            monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/v1/chat"))
            await whole(await client.post("http://models.example/v1", {}, {}))
            assert proxy.heads[0].startswith("POST http://models.example/v1 HTTP/1.1")
            async with serving(OK) as server:
                await whole(await client.post(server.url, {}, {}))
                assert len(server.heads) == 1
            assert len(proxy.heads) == 1

    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with_client(test)


@pytest.mark.needs("openssl")
def test_a_server_nobody_vouches_for_gets_no_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cert, key = certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)

    async def test(client: HttpClient) -> None:
        async with serving(OK, tls=context) as server:
            url = server.url.replace("http://127.0.0.1", "https://localhost")
            with pytest.raises(UnreachableError, match="certificate"):
                await client.post(url, {}, {})
            assert server.heads == []
            monkeypatch.setenv("SSL_CERT_FILE", cert)
            other = HttpClient()
            try:
                assert await whole(await other.post(url, {}, {})) == b"{}"
            finally:
                await other.close()

    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    with_client(test)
