"""A real llama.cpp server with a real model, in a process of its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.peers.fetch_llama import CACHE, MODEL


@contextlib.contextmanager
def llama_server(folder: Path, *more: str, threads: int = 1) -> Iterator[str]:
    """Yield the base URL of a running server; its log lies in `folder`.

    With "embeddings" it makes those, and nothing else. Two threads that wait for each other busily
    are slower than one on a shared machine.
    """
    script = Path(__file__).with_name("llama_server.py")
    command = [sys.executable, str(script), str(CACHE / MODEL), str(threads), *more]
    environ = {**os.environ, "PYTHONPATH": str(CACHE), "PYTHONSAFEPATH": "1"}
    log = folder / "llama.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=errors)
    assert process.stdout is not None
    try:
        address = process.stdout.readline().decode().strip()
        assert address, f"llama.cpp did not start: {log.read_text()[-2000:]}"
        yield f"{address}/v1"
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
