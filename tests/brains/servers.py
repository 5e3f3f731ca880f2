"""A real HTTP server on the loopback that replays, byte for byte, what a script says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import SecretStr

from agentd.brains import Thought
from agentd.brains.upstream import UpstreamBrain, Waits
from agentd.config import Upstream
from agentd.tools.specs import openai_tools
from tests.brains.homes import ENGLISH, turn

KEY = "sk-secret-0123456789"
CUT = b"<cut>"
"""In a script: the connection breaks here."""
STALL = b"<stall>"
"""In a script: comments, and nothing else, from here on."""


@dataclass
class Script:
    """What the server answers, request by request; the last answer is repeated."""

    pieces: Sequence[bytes] = ()
    then: list[Sequence[bytes]] = field(default_factory=list)
    """What it answers from the second request on, one after the other; else `pieces` again."""
    statuses: list[int] = field(default_factory=lambda: [200])
    content_type: str = "text/event-stream"
    error_body: bytes = b""
    silent: bool = False
    others: dict[str, Callable[[dict[str, Any]], Response]] = field(default_factory=dict)
    """What it answers at other paths, as `/embeddings`; where nothing is, 404."""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


def sse(*events: object, end: str = "\n\n", done: bool = True) -> bytes:
    lines = [f"data: {json.dumps(event, ensure_ascii=False)}{end}" for event in events]
    return ("".join(lines) + (f"data: [DONE]{end}" if done else "")).encode()


def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}


def text(*pieces: str, finish: str = "stop") -> list[dict[str, Any]]:
    return [*(chunk({"content": piece}) for piece in pieces), chunk({}, finish)]


def one_by_one(stream: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in stream]


@asynccontextmanager
async def serving(script: Script) -> AsyncIterator[str]:
    """Yield the base URL of a server that follows `script`."""
    gone = asyncio.Event()
    app = FastAPI()

    @app.post("/v1/chat/completions")
    async def completions(request: Request) -> Response:
        script.bodies.append(await request.json())
        script.keys.append(request.headers.get("authorization", ""))
        status = script.statuses.pop(0) if len(script.statuses) > 1 else script.statuses[0]
        if script.silent:
            await gone.wait()
        if status != 200:
            return Response(script.error_body, status, media_type="application/json")
        pieces = script.pieces
        script.pieces = script.then.pop(0) if script.then else pieces
        return StreamingResponse(_play(pieces, gone), media_type=script.content_type)

    for path, told in script.others.items():
        app.post(f"/v1{path}")(_noted(script, told))
    config = uvicorn.Config(
        app, port=0, log_config=None, access_log=False, lifespan="off", ws="none"
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        gone.set()
        server.should_exit = True
        await task


def _noted(script: Script, told: Callable[[dict[str, Any]], Response]) -> Any:
    async def answer(request: Request) -> Response:
        script.bodies.append(await request.json())
        script.keys.append(request.headers.get("authorization", ""))
        return told(script.bodies[-1])

    return answer


async def _play(pieces: Sequence[bytes], gone: asyncio.Event) -> AsyncIterator[bytes]:
    for piece in pieces:
        if piece == CUT:
            raise ConnectionAbortedError
        while piece == STALL and not gone.is_set():
            yield b": keep-alive\n\n"
            await asyncio.sleep(0.02)
        yield piece


def upstream(url: str, name: str = "tiny") -> Upstream:
    return Upstream(name=name, base_url=url, model="tiny", api_key=SecretStr(KEY))


def ask(
    script: Script,
    words: str = "turn on the kitchen light",
    *,
    timeout_s: float = 5.0,
    idle_s: float = 5.0,
    total_s: float = 10.0,
    **more: Any,
) -> list[Thought]:
    """Put one sentence to an upstream brain in front of a server that follows `script`."""

    async def scenario() -> list[Thought]:
        async with serving(script) as url:
            waits = Waits(timeout_s, idle_s, total_s)
            brain = UpstreamBrain(upstream(url), waits=waits)
            asked = replace(turn(words), tools=openai_tools(ENGLISH))
            try:
                return [each async for each in brain.think(replace(asked, **more))]
            finally:
                await brain.close()

    return asyncio.run(scenario())
