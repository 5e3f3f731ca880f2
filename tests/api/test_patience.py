"""Who is slow, silent or does not listen is let go; who asks properly never notices."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agentd.api import server
from agentd.brains import Say
from agentd.events import StateReported
from tests.api.served import Scripted, Served, chat, scenario, until

SOON_S = 0.3


@contextlib.asynccontextmanager
async def line(
    served: Served,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.server.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def rest(reader: asyncio.StreamReader) -> bytes:
    """Return what comes until the line ends, however it does."""
    got = b""
    async with asyncio.timeout(10):
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(4096):
                got += piece
    return got


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, drop: bytes) -> bytes:
    """Send `drop` again and again until the line ends; return what came."""
    ended = asyncio.create_task(rest(reader))
    while not ended.done():
        writer.write(drop)
        await asyncio.sleep(SOON_S / 10)
    return await ended


async def dripped(served: Served, path: str, length: int) -> bytes:
    """Return the answer to a POST whose body is promised and never ends."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n"
        f"authorization: Bearer {served.key}\r\n\r\n"
    )
    async with line(served) as (reader, writer):
        writer.write(head.encode())
        return await drip(reader, writer, b" ")


@pytest.mark.parametrize(
    "begun", [b"", b"P", b"POST /api/stop HTTP/1.1\r\nhost: localhost\r\nx-slow: "]
)
def test_a_head_that_never_ends_is_hung_up_on_though_bytes_keep_coming(
    tmp_path: Path, begun: bytes
) -> None:
    async def test(served: Served) -> None:
        async with line(served) as (reader, writer):
            writer.write(begun)
            assert await drip(reader, writer, b"a" if begun else b"") == b""

    scenario(tmp_path, test, read_timeout_s=SOON_S)


def test_a_body_that_never_ends_is_answered_and_hung_up_on(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        answer = await dripped(served, "/v1/chat/completions", 1000)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "too_slow"
        assert served.brain.turns == []

    scenario(tmp_path, test, read_timeout_s=SOON_S)


def test_the_rest_of_a_body_that_nobody_reads_holds_no_line_open(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        answer = await dripped(served, "/api/stop", 100_000)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert served.toys.gate.latched

    scenario(tmp_path, test, read_timeout_s=SOON_S)


def test_an_answer_may_take_longer_than_its_request(tmp_path: Path) -> None:
    brain = Scripted(Say("At last."))

    async def test(served: Served) -> None:
        brain.hold = asyncio.Event()
        for stream in (False, True):
            brain.hold.clear()
            asked = asyncio.create_task(
                served.client.post("/v1/chat/completions", json=chat(stream=stream))
            )
            await asyncio.sleep(SOON_S * 2)
            brain.hold.set()
            assert "At last." in (await asked).text

    scenario(tmp_path, test, brain, read_timeout_s=SOON_S)


def test_a_stream_ends_politely_when_its_time_is_over(tmp_path: Path) -> None:
    brain = Scripted()

    async def test(served: Served) -> None:
        brain.hold = asyncio.Event()
        streamed = await served.client.post("/v1/chat/completions", json=chat(stream=True))
        assert "took longer than" in streamed.text
        assert streamed.text.endswith("data: [DONE]\n\n")
        assert brain.gone.is_set()
        whole = await served.client.post("/v1/chat/completions", json=chat("and another"))
        assert (whole.status_code, whole.json()["error"]["code"]) == (504, "too_late")
        async with served.client.stream("GET", "/api/events") as response:
            got = "".join([piece async for piece in response.aiter_text()])
        assert "keep-alive" in got and "rror" not in got

    scenario(tmp_path, test, brain, stream_timeout_s=0.8)


def test_who_does_not_read_an_answer_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "UNREAD_S", 1.0)

    async def test(served: Served) -> None:
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", served.server.port))
        with contextlib.closing(deaf):
            head = f"GET /api/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {served.key}\r\n"
            deaf.sendall(head.replace("host: x", "host: localhost").encode() + b"\r\n")
            feeds = served.server.app.state.feeds
            await until(lambda: feeds._open)
            for _ in range(100):
                big = {"x": "x" * 65536}
                served.toys.bus.publish(StateReported(device_id="cart", state=big))
                await asyncio.sleep(0)
            await until(lambda: not feeds._open, 15)

    scenario(tmp_path, test)


def test_a_client_with_many_wrong_keys_at_once_is_told_to_come_back_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def test(served: Served) -> None:
        wrong = {"authorization": "Bearer agd_wrong"}
        knocks = [served.client.get("/v1/models", headers=wrong) for _ in range(60)]
        got = await asyncio.gather(*knocks)
        refused = [each for each in got if each.status_code == 429]
        assert {each.status_code for each in got} == {401, 429}
        assert len(refused) >= 20
        assert all(int(each.headers["retry-after"]) >= 1 for each in refused)
        assert (await served.client.post("/api/stop")).status_code == 200
        assert 1 <= caplog.text.count("a wrong key from") < 20, "nobody fills the disk with lines"

    scenario(tmp_path, test)
