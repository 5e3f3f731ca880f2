"""An OpenAI-compatible server that tells a long story slowly, to keep chat streams busy."""

import asyncio
import json
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()


@app.post("/v1/chat/completions")
async def chat() -> StreamingResponse:
    return StreamingResponse(_story(), media_type="text/event-stream")


async def _story() -> AsyncIterator[str]:
    for number in range(1200):
        delta = {"role": "assistant", "content": f"Word {number} of the story.\n"}
        choice = {"index": 0, "delta": delta, "finish_reason": None}
        yield f"data: {json.dumps({'id': 'x', 'model': 'story', 'choices': [choice]})}\n\n"
        await asyncio.sleep(0.05)
    yield "data: [DONE]\n\n"
