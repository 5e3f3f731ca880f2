"""The load generator: a process of its own that posts chats and times their answers.

python -m bench.generator: each line on stdin is a job as JSON, each line on stdout its result.
It writes and reads HTTP by hand, because an HTTP client in Python costs more than what is
measured; what it used of a core is part of every result.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from typing import Any
from urllib.parse import urlsplit

LENGTH = re.compile(rb"content-length: ?(\d+)", re.IGNORECASE)
WORD = re.compile(rb'"content": ?"[^"]')
PATIENCE_S = 300.0
MOST_KEPT = 65_536


class Chat(asyncio.Protocol):
    """One connection: posts one chat after another, and times each."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.first: asyncio.Future[float] = self._loop.create_future()
        self.end: asyncio.Future[float] = self._loop.create_future()
        self.words = 0
        """How many of the upstream's pieces came through, whatever they came in."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        for each in (self.first, self.end):
            if not each.done():
                each.set_exception(exc or ConnectionResetError("hung up before the end"))
                each.exception()  # whoever asks for it is told all the same

    def post(self, request: bytes) -> None:
        self.first, self.end = self._loop.create_future(), self._loop.create_future()
        self._data, self._tail, self.begun = b"", b"", time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        seen = self._tail[-4:] + data
        self.words += seen.count(b"Word ")
        self._tail = (self._tail + data)[-5:]
        if len(self._data) < MOST_KEPT:
            self._data += data
        if not self.first.done():
            if not self._data.startswith(b"HTTP/1.1 200"):
                self.connection_lost(RuntimeError(self._data[:300].decode()))
                return
            if WORD.search(self._data):
                self.first.set_result(now - self.begun)
        if self.first.done() and not self.end.done() and self._over():
            self.end.set_result(now - self.begun)

    def _over(self) -> bool:
        if self._tail == b"0\r\n\r\n":
            return True
        head, _, body = self._data.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        return length is not None and len(body) >= int(length[1])


def request(job: dict[str, Any], number: int = 0) -> bytes:
    url, key = urlsplit(job["url"]), job["keys"][number % len(job["keys"])]
    said = {"role": "user", "content": "tell me a long story about a lighthouse keeper"}
    body = {"model": job["model"], "stream": job["stream"], "messages": [said]}
    # Equal chats of one key would be taken for one that connected anew.
    content = json.dumps(body | {"user": f"{number}"}).encode()
    head = (
        f"POST {url.path}/chat/completions HTTP/1.1\r\n"
        f"host: {url.netloc}\r\nauthorization: Bearer {key}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def connect(job: dict[str, Any]) -> Chat:
    url = urlsplit(job["url"])
    loop = asyncio.get_running_loop()
    return (await loop.create_connection(Chat, url.hostname, url.port))[1]


async def one_by_one(job: dict[str, Any]) -> dict[str, Any]:
    """`runs` chats, each on the same connection; or on one each, left after its first word."""
    firsts, ends = [], []
    chat = await connect(job)
    for number in range(job["runs"]):
        chat.post(request(job, job.get("from", 0) + number))
        firsts.append(await chat.first)
        if job.get("leave"):
            chat.transport.abort()
            chat = await connect(job)
        else:
            ends.append(await chat.end)
    chat.transport.abort()
    return {"firsts": firsts, "ends": ends}


async def at_once(job: dict[str, Any]) -> dict[str, Any]:
    """`chats` of them begun at the same moment, each heard to its end."""
    chats = [await connect(job) for _ in range(job["chats"])]
    for number, chat in enumerate(chats):
        chat.post(request(job, job.get("from", 0) + number))
    async with asyncio.timeout(PATIENCE_S):
        ends = await asyncio.gather(*(chat.end for chat in chats), return_exceptions=True)
    failed = [str(each) for each in ends if isinstance(each, BaseException)]
    firsts = [chat.first.result() for chat in chats if not chat.first.exception()]
    for chat in chats:
        chat.transport.abort()
    whole = max((each for each in ends if isinstance(each, float)), default=0.0)
    words = [chat.words for chat in chats]
    return {"firsts": firsts, "failed": failed, "words": words, "whole_s": whole}


async def without_pause(job: dict[str, Any]) -> dict[str, Any]:
    """`lanes` connections for `for_s` seconds, each posting the next chat at the last one's end."""
    until, ends = time.perf_counter() + job["for_s"], []

    async def lane(chat: Chat, number: int) -> None:
        wanted = request(job, number)
        while time.perf_counter() < until:
            chat.post(wanted)
            ends.append(await chat.end)
        chat.transport.abort()

    chats = [await connect(job) for _ in range(job["lanes"])]
    await asyncio.gather(*(lane(chat, number) for number, chat in enumerate(chats)))
    return {"ends": ends}


JOBS = {each.__name__: each for each in (one_by_one, at_once, without_pause)}


def main() -> None:
    for line in sys.stdin:
        job, begun, used = json.loads(line), time.perf_counter(), time.process_time()
        result = asyncio.run(JOBS[job["do"]](job))
        result["took_s"] = time.perf_counter() - begun
        result["cpu_s"] = time.process_time() - used
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
