"""The peer: LiteLLM's proxy, from PyPI into an environment of its own under `.cache/`.

1.104.0 is the newest release whose `proxy` extra could be installed from PyPI when this was
written (of the newer ones that were tried,
all asked for versions of their own parts that were not there). One worker, no
database, a master key, warnings only: as it is started from its own documentation's first page.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from bench.rig import ROOT, free_port

REQUIREMENT = "litellm[proxy]==1.104.0"
HOME = ROOT / ".cache" / "litellm"
INSTALL_S = 900
START_S = 120
KEY = "sk-bench"
CONFIG = """\
model_list:
  - model_name: story
    litellm_params:
      model: openai/{model}
      api_base: {upstream}
      api_key: none
general_settings:
  master_key: {key}
litellm_settings:
  telemetry: false
"""


class AbsentError(Exception):
    """It cannot be had; the message says why."""


async def install() -> None:
    """Make the environment, once. Raises `AbsentError`."""
    if (HOME / "bin" / "litellm").exists():
        return
    print(
        f"  installing {REQUIREMENT} into {HOME.relative_to(ROOT)} (once, minutes) ...", flush=True
    )
    begun = time.monotonic()
    await _run(sys.executable, "-m", "venv", str(HOME))
    await _run(str(HOME / "bin" / "python"), "-m", "pip", "install", "-q", REQUIREMENT)
    print(f"  installed in {time.monotonic() - begun:.0f} s", flush=True)


async def _run(*command: str) -> None:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    try:
        async with asyncio.timeout(INSTALL_S):
            _, told = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise AbsentError(
            f"{REQUIREMENT} took over {INSTALL_S} s to install: no network?"
        ) from None
    if process.returncode:
        last = (told.decode().strip().splitlines() or ["no reason given"])[-1]
        raise AbsentError(f"{REQUIREMENT} cannot be installed: {last}")


@contextlib.asynccontextmanager
async def proxy(upstream: str, model: str) -> AsyncIterator[tuple[str, int]]:
    """Run it in front of `upstream`; yields its address and process id. Raises `AbsentError`."""
    await install()
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="litellm-") as folder:
        config, log = Path(folder) / "config.yaml", Path(folder) / "log"
        config.write_text(CONFIG.format(model=model, upstream=upstream, key=KEY))
        # What it fetches at its start (a list of prices) is part of the package, too.
        environ = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"}
        with log.open("w") as told:
            process = await asyncio.create_subprocess_exec(
                *(str(HOME / "bin" / "litellm"), "--config", str(config)),
                *("--host", "127.0.0.1", "--port", str(port), "--num_workers", "1"),
                cwd=folder,
                env=environ,
                stdout=told,
                stderr=told,
            )
        try:
            await _ready(f"http://127.0.0.1:{port}/health/liveliness", process, log)
            yield f"http://127.0.0.1:{port}/v1", process.pid
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _ready(url: str, process: asyncio.subprocess.Process, log: Path) -> None:
    until = time.monotonic() + START_S
    async with httpx.AsyncClient() as client:
        while time.monotonic() < until and process.returncode is None:
            with contextlib.suppress(httpx.TransportError):
                if (await client.get(url)).is_success:
                    return
            await asyncio.sleep(0.1)
    raise AbsentError(f"LiteLLM did not start: {log.read_text()[-500:]}")
