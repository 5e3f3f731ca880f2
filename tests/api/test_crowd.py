"""Many at once: chats begin one after the other, and what is written together leaves together."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

from agentd.api.corked import Corked
from agentd.api.turnstile import Turnstile
from tests.api.served import Served, chat, scenario


def test_of_a_crowd_one_begins_in_each_turn_in_the_order_they_came() -> None:
    async def test() -> None:
        turnstile, turns, begun = Turnstile(), 0, []

        async def guest(number: int) -> None:
            await turnstile.enter()
            begun.append((number, turns))

        guests = [asyncio.create_task(guest(number)) for number in range(5)]
        while len(begun) < 5:
            turns += 1
            await asyncio.sleep(0)
        assert [number for number, _ in begun] == [0, 1, 2, 3, 4]
        assert len({turn for _, turn in begun}) == 5
        await asyncio.gather(*guests)

    asyncio.run(test())


def test_who_hangs_up_in_the_line_costs_nobody_a_turn_and_the_next_crowd_gets_through() -> None:
    async def test() -> None:
        turnstile = Turnstile()
        for _ in range(2):
            gone, here = (asyncio.create_task(turnstile.enter()) for _ in range(2))
            await asyncio.sleep(0)
            gone.cancel()
            async with asyncio.timeout(5):
                await here
            assert gone.cancelled()

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


def test_a_stop_overtakes_the_chats_that_came_before_it(tmp_path: Path) -> None:
    """All are sent before the server looks once; the stop needs no turn of the turnstile."""

    async def test(served: Served) -> None:
        begun_before_stop: list[int] = []
        estop = served.house.gate.estop

        def noted(by: str, reason: str) -> None:
            begun_before_stop.append(len(served.brain.turns))
            estop(by, reason)

        served.house.gate.estop = noted  # type: ignore[method-assign]
        lines = [await asyncio.open_connection("127.0.0.1", served.server.port) for _ in range(31)]
        head = f"host: localhost\r\nauthorization: Bearer {served.key}\r\n"
        for number, (_, writer) in enumerate(lines[:-1]):
            body = json.dumps(chat(f"hello number {number}")).encode()
            length = f"content-length: {len(body)}\r\n\r\n"
            writer.write(f"POST /v1/chat/completions HTTP/1.1\r\n{head}{length}".encode() + body)
        lines[-1][1].write(f"POST /api/stop HTTP/1.1\r\n{head}\r\n".encode())
        for reader, writer in lines:
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            writer.close()
            await writer.wait_closed()
        assert len(served.brain.turns) == 30
        assert begun_before_stop[0] < 15

    scenario(tmp_path, test)
