"""An OpenAI-compatible server that costs next to nothing, so that what is before it is measured.

python -m bench.fast_upstream PORT

The model's name says how it streams: `CHUNKS-PAUSE_MS` (as in `16-2`), the first chunk at once.
The first one holds more than the 160 characters that agentd waits for before it says anything.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys

OPENING = "Once there was a lighthouse keeper who counted the ships of every night. " * 3
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: "
STREAMS = HEAD + b"text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
MODEL = re.compile(rb'"model": ?"(\d+)-(\d+)"')
LENGTH = re.compile(rb"content-length: ?(\d+)", re.IGNORECASE)
STREAM = re.compile(rb'"stream": ?true')


def _event(content: str, finish: str | None = None) -> bytes:
    delta = {"role": "assistant", "content": content} if content else {}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    frame = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "story"}
    return b"data: " + json.dumps(frame | {"choices": [choice]}).encode() + b"\n\n"


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _whole() -> bytes:
    message = {"role": "assistant", "content": OPENING}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 9, "completion_tokens": 60, "total_tokens": 69}
    frame = {"id": "x", "object": "chat.completion", "created": 1, "model": "story"}
    body = json.dumps(frame | {"choices": [choice], "usage": usage}).encode()
    return HEAD + b"application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


WHOLE = _whole()
FIRST = _chunk(_event(OPENING))
WORDS = [_chunk(_event(f"Word {number} of the story.\n")) for number in range(1000)]
LAST = _chunk(_event("", "stop")) + _chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n"


class Upstream(asyncio.Protocol):
    """One connection, kept alive."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._held = b""
        self._late: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._late is not None:
            self._late.cancel()

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, found, rest = self._held.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not found or len(rest) < (int(length[1]) if length else 0):
            return
        self._held = b""
        if not STREAM.search(rest):
            self._transport.write(WHOLE)
            return
        named = MODEL.search(rest)
        chunks, pause_ms = (int(named[1]), int(named[2])) if named else (10, 0)
        self._transport.write(STREAMS + FIRST)
        self._tell(0, chunks, pause_ms / 1000)

    def _tell(self, number: int, chunks: int, pause_s: float) -> None:
        if number:
            self._transport.write(WORDS[number % 1000])
        if number >= chunks:
            self._transport.write(LAST)
            return
        loop = asyncio.get_running_loop()
        self._late = loop.call_later(pause_s, self._tell, number + 1, chunks, pause_s)


async def main(port: int) -> None:
    loop = asyncio.get_running_loop()
    async with await loop.create_server(Upstream, "127.0.0.1", port, backlog=1024) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
