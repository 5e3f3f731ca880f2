"""Many at once: chats begin one after the other, and what is written together leaves together."""

from __future__ import annotations

import asyncio
import json
import resource
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from agentd.api import openai, server
from agentd.api.corked import Corked
from agentd.pace.turnstile import Turnstile
from tests.api.served import Served, chat, scenario


def test_of_a_crowd_so_many_get_in_in_each_turn_in_the_order_they_came() -> None:
    async def test() -> None:
        turnstile, turns, begun = Turnstile(2), 0, []

        async def guest(number: int) -> None:
            await turnstile.enter()
            begun.append((number, turns))

        guests = [asyncio.create_task(guest(number)) for number in range(7)]
        while len(begun) < 7:
            turns += 1
            await asyncio.sleep(0)
        assert [number for number, _ in begun] == list(range(7))
        assert max(Counter(turn for _, turn in begun).values()) == 2
        await asyncio.gather(*guests)

    asyncio.run(test())


def test_who_comes_alone_waits_for_nobody_and_who_hangs_up_in_the_line_is_passed_over() -> None:
    async def test() -> None:
        turnstile = Turnstile()
        for _ in range(2):
            alone = turnstile.enter()
            with pytest.raises(StopIteration):
                alone.send(None)
            first, gone, here = (asyncio.create_task(turnstile.enter()) for _ in range(3))
            await asyncio.sleep(0)
            gone.cancel()
            async with asyncio.timeout(5):
                await asyncio.gather(first, here)
            assert gone.cancelled()
            await asyncio.sleep(0.01)  # the turns that follow, in which nobody waits

    asyncio.run(test())


class Written:
    """A transport that notes what it was given."""

    def __init__(self) -> None:
        self.pieces: list[Any] = []

    def write(self, data: bytes) -> None:
        self.pieces.append(data)

    def close(self) -> None:
        self.pieces.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.pieces


def test_what_is_written_in_one_turn_leaves_in_one_piece_and_before_the_end() -> None:
    async def test() -> None:
        written = Written()
        corked = Corked(written, asyncio.get_running_loop())  # type: ignore[arg-type]
        corked.write(b"head ")
        corked.write(b"")
        corked.write(b"body")
        assert written.pieces == []
        await asyncio.sleep(0)
        assert written.pieces == [b"head body"]
        corked.write(b"last")
        corked.close()
        corked.write(b"too late")
        await asyncio.sleep(0)
        assert written.pieces == [b"head body", b"last", "closed"]

    asyncio.run(test())


def test_an_answers_head_and_body_arrive_together(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        with socket.create_connection(("127.0.0.1", served.server.port)) as line:
            line.sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
            await asyncio.get_running_loop().run_in_executor(None, line.recv, 1, socket.MSG_PEEK)
            head, _, body = line.recv(65536).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            assert json.loads(body)["ready"]

    scenario(tmp_path, test)


CROWD = 60


def test_a_stop_overtakes_the_chats_that_came_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them were sent before the server looks once."""
    before: list[tuple[int, int]] = []

    async def test(served: Served) -> None:
        read, estop = [0], served.house.gate.estop

        def noted(by: str, reason: str) -> None:
            before.append((read[0], len(served.brain.turns)))
            estop(by, reason)

        served.house.gate.estop = noted  # type: ignore[method-assign]
        monkeypatch.setattr(openai, "own_turn", counted(read, openai.own_turn))
        head = f"host: localhost\r\nauthorization: Bearer {served.key}\r\n"
        lines = [
            await asyncio.open_connection("127.0.0.1", served.server.port) for _ in range(CROWD + 1)
        ]
        for number, (_, writer) in enumerate(lines[:-1]):
            body = json.dumps(chat(f"hello number {number}")).encode()
            length = f"content-length: {len(body)}\r\n\r\n"
            writer.write(f"POST /v1/chat/completions HTTP/1.1\r\n{head}{length}".encode() + body)
        lines[-1][1].write(f"POST /api/stop HTTP/1.1\r\n{head}\r\n".encode())
        for reader, writer in lines:
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            writer.close()
            await writer.wait_closed()
        assert len(served.brain.turns) == read[0] == CROWD

    scenario(tmp_path, test, streams_per_key=CROWD)
    [(read, begun)] = before
    assert read < CROWD / 2
    assert begun < CROWD / 4


def counted(count: list[int], enter: Callable[[], Awaitable[None]]) -> Callable[[], Any]:
    async def entered() -> None:
        count[0] += 1
        await enter()

    return entered


def test_a_request_that_came_in_pieces_before_its_turn_is_read_whole(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        body = json.dumps(chat("hello")).encode()
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n"
            f"authorization: Bearer {served.key}\r\ncontent-length: {len(body)}\r\n\r\n"
        ).encode()
        lines = [
            await asyncio.open_connection("127.0.0.1", served.server.port) for _ in range(CROWD)
        ]
        for piece in (head[:7], head[7:], body[:9], body[9:]):
            for _, writer in lines:
                writer.write(piece)
        for number, (reader, writer) in enumerate(lines):
            if number % 2:
                writer.close()  # gone before it was read
            else:
                assert (await reader.readline()).startswith(b"HTTP/1.1 200")
                writer.close()
            await writer.wait_closed()

    scenario(tmp_path, test, streams_per_key=CROWD)


def test_a_crowd_larger_than_asyncios_share_is_accepted(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        assert (await served.client.get("/healthz")).is_success  # it has begun to listen
        lines = [socket.socket() for _ in range(200)]
        with ExitStack() as stack:
            for each in lines:
                stack.enter_context(each)
                each.setblocking(True)
                each.connect(("127.0.0.1", served.server.port))  # the loop accepts none meanwhile
            lines[-1].sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
            answer = asyncio.get_running_loop().run_in_executor(None, lines[-1].recv, 12)
            assert await answer == b"HTTP/1.1 200"

    scenario(tmp_path, test)


def test_there_is_room_for_two_descriptors_an_answer_where_that_is_permitted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1024, before[1]))
        server.make_room()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert soft == min(server.DESCRIPTORS, before[1])
        assert hard == before[1]
        monkeypatch.setattr(server, "DESCRIPTORS", hard + 1)
        server.make_room()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
        assert f"room for {hard} open files only" in caplog.text
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
