"""`python -m bench [latency] [stop] [load] [proxy] [llm] [footprint]`: a table, and bench.json."""

from __future__ import annotations

import asyncio
import json
import platform
import sys
from pathlib import Path
from typing import Any

from bench import footprint, latency, llm, load, proxy, stop

SECTIONS = {
    "latency": ("sentence at HTTP -> first byte on the line", latency.measure),
    "stop": ("e-stop at HTTP -> stop bytes on the line", stop.measure),
    "load": ("500 chats at once, and stop meanwhile", load.measure),
    "proxy": ("another server's model through agentd, beside LiteLLM's proxy", proxy.measure),
    "llm": ("a language model on this machine, beside llama.cpp", llm.measure),
    "footprint": ("the core with nothing attached", footprint.measure),
}


async def main(wanted: list[str]) -> None:
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    results: dict[str, Any] = {"machine": machine}
    for name in wanted or SECTIONS:
        title, measure = SECTIONS[name]
        print(f"\n{title}", flush=True)
        results[name] = await measure()
        for row, value in results[name].items():
            print(f"  {row:<32} {_shown(value)}")
    Path("bench.json").write_text(json.dumps(results, indent=2) + "\n")


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {each}" for key, each in value.items())
    return str(value)


asyncio.run(main(sys.argv[1:]))
