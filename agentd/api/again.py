"""An earlier answer once more, for a retry or a reconnect: the same words, and no second deed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from fastapi.responses import EventSourceResponse, JSONResponse, Response

from agentd.api.answer import Answer
from agentd.api.chat import Ask
from agentd.api.feed import KEEP_ALIVE, STREAM_HEADERS
from agentd.api.house import House

CUT = {
    "en": "The connection broke and this was cut short. Say it again if you still want it.",
    "zh": "连接中断，操作已被打断。如果仍然需要，请再说一次。",
}


def again(earlier: Answer, ask: Ask, house: House) -> Response:
    """Return an earlier answer once more, whatever became of it; a stream waits for its end."""
    if not ask.stream:
        repeat = _repeat(earlier, ask)
        return JSONResponse(repeat.whole(), headers=repeat.headers())
    events = _events_again(earlier, ask, house.settings.http.keep_alive_s)
    headers = {**STREAM_HEADERS, **replace(earlier, replayed=True).headers()}
    return EventSourceResponse(events, headers=headers)


def _repeat(earlier: Answer, ask: Ask) -> Answer:
    cut = CUT[earlier.language]
    text = earlier.text if earlier.complete else f"{earlier.text}\n{cut}".lstrip()
    return replace(earlier, include_usage=ask.include_usage, text=text, replayed=True)


async def _events_again(earlier: Answer, ask: Ask, silence_s: float) -> AsyncIterator[bytes]:
    frame = replace(earlier, include_usage=ask.include_usage)
    yield frame.chunk({"role": "assistant", "content": ""})
    told = 0
    while not earlier.over.is_set():
        grown = earlier.grown
        if text := earlier.text[told:]:
            told += len(text)
            yield earlier.says(text)
        try:
            async with asyncio.timeout(silence_s):
                await grown.wait()
        except TimeoutError:
            yield KEEP_ALIVE
    repeat = _repeat(earlier, ask)
    if text := repeat.text[told:]:
        yield repeat.says(text)
    for event in (*repeat.call_chunks(repeat.calls), *repeat.ending()):
        yield event
