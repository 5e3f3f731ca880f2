"""The local language model beside llama.cpp: same GGUF file, same threads, turn by turn.

llama.cpp is the one inside the PyPI package xllamacpp (`make llama` fetches it); its own timings
count. How close we are to what the file means is measured against the same graph in float32.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from agentd.inference.llm.chat import Chat
from agentd.inference.llm.decoder import Decoder
from agentd.inference.llm.importing import import_gguf
from agentd.inference.llm.layout import read_layout
from bench.rig import ROOT, quantile
from tests.peers.fetch_llama import CACHE, MODEL, WHEELS, present
from tests.peers.llama import llama_server

THREADS = sorted({1, os.cpu_count() or 1})
PROMPT, ANSWER, ROUNDS = 512, 64, 7
TEXT = Path(__file__).with_name("llm_text.txt")


async def measure() -> dict[str, Any]:
    if not present():
        return {"skipped": "llama.cpp and the model are not fetched: make llama"}
    with tempfile.TemporaryDirectory() as place:
        folders = {form: Path(place) / form for form in ("fast", "float32")}
        for form, folder in folders.items():
            folder.mkdir()
            await asyncio.to_thread(import_gguf, CACHE / MODEL, folder, exactness=form)
        found: dict[str, Any] = {"prompt / answer": f"{PROMPT} / {ANSWER} tokens"}
        for threads in THREADS:
            of = "1 thread" if threads == 1 else f"{threads} threads"
            speeds = await _speeds(folders["fast"], Path(place), threads)
            found |= {f"{of}: {what}": figures for what, figures in speeds.items()}
        found["llama.cpp is that of"] = next(each for each in WHEELS if "xllamacpp" in each)
        return found | await asyncio.to_thread(_closeness, folders)


async def _speeds(folder: Path, place: Path, threads: int) -> dict[str, Any]:
    ours = await _Worker.start(folder, threads)
    try:
        with llama_server(place, threads=threads) as url:
            async with httpx.AsyncClient(base_url=url.removesuffix("/v1"), timeout=300) as peer:
                await _llama(peer, 0)
                rounds = [
                    (await ours.run(), await _llama(peer, at + 1), await ours.ask("memory"))
                    for at in range(ROUNDS)
                ]
            peak = _high_water(_server_pid())
    finally:
        await ours.stop()
    found: dict[str, Any] = {}
    for kind in ("prefill", "decode"):
        mine, theirs = ([each[side][kind] for each in rounds] for side in (0, 1))
        ratios = [a / b for a, b in zip(mine, theirs, strict=True)]
        found[kind] = {
            "tokens_s": round(quantile(mine, 0.5), 1),
            "llama.cpp": round(quantile(theirs, 0.5), 1),
            "ratio": round(quantile(ratios, 0.5), 2),
            "ratios": f"{min(ratios):.2f} to {max(ratios):.2f}",
        }
    found |= _shares(rounds, ours)
    found["peak memory MB"] = {
        "ours": round(rounds[0][0]["peak"] / 1e6),
        "llama.cpp": round(peak / 1e6),
    }
    return found


def _shares(rounds: Sequence[Sequence[dict[str, float]]], ours: _Worker) -> dict[str, Any]:
    """Return which part of the memory's speed decoding takes up: each at its best of all rounds."""
    mine, theirs = (max(each[side]["decode"] for each in rounds) for side in (0, 1))
    quickest = max(each[0]["quickest"] for each in rounds)
    products = min(limits["products_s"] for _, _, limits in rounds)
    memory = max(limits["bytes_s"] for _, _, limits in rounds)
    kept = ours.kept_bytes * (PROMPT + ANSWER // 2)
    read = {
        "ours": mine * (ours.weight_bytes + kept),
        "our quickest token": quickest * (ours.weight_bytes + kept),
        # Its keys and values are 16-bit floats.
        "llama.cpp": theirs * ((CACHE / MODEL).stat().st_size + kept / 2),
        "our products alone": ours.weight_bytes / products,
    }
    return {
        "memory read speed GB/s": round(memory / 1e9, 1),
        "share of it while decoding": {
            who: round(bytes_s / memory, 2) for who, bytes_s in read.items()
        },
    }


class _Worker:
    """`bench.llm_worker` and the lines to and from it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.weight_bytes = self.kept_bytes = 0

    @classmethod
    async def start(cls, folder: Path, threads: int) -> _Worker:
        command = [sys.executable, "-m", "bench.llm_worker", str(folder), str(threads)]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe)
        worker = cls(process)
        sizes = await worker._line()
        worker.weight_bytes, worker.kept_bytes = sizes["weight_bytes"], sizes["kept_bytes"]
        return worker

    async def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(await self._process.stdout.readline())
        return found

    async def ask(self, what: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{what}\n".encode())
        return await self._line()

    async def run(self) -> dict[str, Any]:
        return await self.ask(f"{PROMPT} {ANSWER}")

    async def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()


async def _llama(peer: httpx.AsyncClient, seed: int) -> dict[str, float]:
    """Let llama.cpp read and answer as much as we do; its cache is off and the start differs."""
    tokens = [300 + seed, *((7 * at) % 200 + 10 for at in range(1, PROMPT))]
    body = {"prompt": tokens, "n_predict": ANSWER, "cache_prompt": False, "ignore_eos": True}
    answer = await peer.post("/completion", json=body | {"temperature": 0})
    timings = answer.raise_for_status().json()["timings"]
    assert timings["prompt_n"] == PROMPT, timings
    assert timings["predicted_n"] == ANSWER, timings
    return {"prefill": timings["prompt_per_second"], "decode": timings["predicted_per_second"]}


def _server_pid() -> int:
    """Return the process that runs `llama_server.py`: a child of ours."""
    for task in Path("/proc/self/task").iterdir():
        for child in (task / "children").read_text().split():
            if b"llama_server.py" in Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
    raise RuntimeError("llama.cpp's process is gone")


def _high_water(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


def _closeness(folders: dict[str, Path]) -> dict[str, Any]:
    """Compare each next word's probabilities with those of the float32 graph."""
    chat = Chat(folders["fast"])
    tokens = chat.tokenizer.encode(TEXT.read_text(), add_special_tokens=False).ids
    models = {form: Decoder(read_layout(folder), 2) for form, folder in folders.items()}
    divergences, agreed = [], 0
    for at, token in enumerate(tokens):
        fast, exact = (_logs(models[form].run([token], at)) for form in ("fast", "float32"))
        divergences.append(float((np.exp(exact) * (exact - fast)).sum()))
        agreed += int(fast.argmax() == exact.argmax())
    return {
        "KL to float32, nats a token": round(float(np.mean(divergences)), 4),
        "same first choice": round(agreed / len(tokens), 3),
        "tokens compared": len(tokens),
    }


def _logs(logits: Any) -> Any:
    shifted = logits.astype(np.float64) - logits.max()
    return shifted - np.log(np.exp(shifted).sum())
