"""LobeChat's own packages, each in a Node process of its own."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.peers.fetch_lobechat import CACHE, present

NODE_S = 60
"""Longer than Node needs to read these packages on a small, busy machine."""
needs_lobechat = pytest.mark.skipif(
    shutil.which("node") is None or not present(),
    reason="not fetched: python tests/peers/fetch_lobechat.py (needs npm; or `make lobechat`)",
)


async def lobechat(script: str, asked: Any) -> Any:
    """Return what a script beside this file answers to `asked`, both as JSON."""
    process = await asyncio.create_subprocess_exec(
        "node",
        str(Path(__file__).with_name(script)),
        str(CACHE / "package.json"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(NODE_S):
            out, err = await process.communicate(json.dumps(asked).encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, err.decode()
    return json.loads(out)
