"""The peer: the least a FastAPI handler can do to put the same bytes on the same line."""

import os

import serial
from fastapi import FastAPI, Request

app = FastAPI()
port = serial.Serial(os.environ["BENCH_PORT"], 115200)


@app.post("/v1/chat/completions")
async def chat(request: Request) -> dict[str, bool]:
    await request.json()
    port.write(b'{"T":1,"L":0.2,"R":0.2}\n')
    return {"ok": True}
