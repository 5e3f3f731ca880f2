"""Server-sent events from bytes, as OpenAI-compatible servers really send them.

Lines are split on the bytes themselves: text may hold U+2028, which `str.splitlines` would take
for a line end. Each `data:` line is taken as an event, since some servers leave out the empty line
in between; a bare JSON line counts as well. Comments keep a connection alive and mean nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator

from agentd.errors import BrainError

MAX_LINE_BYTES = 1024 * 1024
MAX_STREAM_BYTES = 16 * 1024 * 1024


async def data_lines(chunks: AsyncIterable[bytes]) -> AsyncIterator[str]:
    """Yield the payload of every data line, without `[DONE]`, which ends the stream.

    Raises `BrainError` when a line or the stream is too long or not UTF-8.
    """
    buffer = bytearray()
    total = 0
    async for chunk in chunks:
        total += len(chunk)
        buffer += chunk
        *lines, rest = bytes(buffer).split(b"\n") if b"\n" in chunk else [bytes(buffer)]
        if len(rest) > MAX_LINE_BYTES or total > MAX_STREAM_BYTES:
            raise BrainError("The upstream server sent more than an answer can be.")
        buffer[:] = rest
        for line in lines:
            payload = _payload(line)
            if payload == "[DONE]":
                return
            if payload:
                yield payload
    payload = _payload(bytes(buffer))
    if payload and payload != "[DONE]":
        yield payload


def _payload(line: bytes) -> str:
    try:
        text = line.decode("utf-8").strip(" \r\t\ufeff")
    except UnicodeDecodeError as error:
        raise BrainError("The upstream server sent something that is not text.") from error
    if text.startswith("data:"):
        return text[5:].strip()
    return text if text.startswith("{") else ""
