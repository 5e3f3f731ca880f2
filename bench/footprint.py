"""Start to ready, stop, idle CPU and resident memory of the core with nothing attached."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Any

from bench import rig

STARTS = 5
IDLE_S = 30.0
TICKS = os.sysconf("SC_CLK_TCK")


async def measure() -> dict[str, Any]:
    starts, stops = [], []
    for _ in range(STARTS):
        with tempfile.TemporaryDirectory() as folder:
            daemon = rig.Agentd(Path(folder), "")
            starts.append(await daemon.start())
            stops.append(await daemon.stop())
    async with rig.agentd("") as daemon:
        await asyncio.sleep(5)  # warm-up of the brain is not idling
        before = _cpu(daemon.pid)
        await asyncio.sleep(IDLE_S)
        used = _cpu(daemon.pid) - before
        memory = _resident_mb(daemon.pid)
    return {
        "start_to_ready_s": round(rig.quantile(starts, 0.5), 3),
        "sigterm_to_gone_s": round(rig.quantile(stops, 0.5), 3),
        "idle_cpu_pct": round(100 * used / IDLE_S, 2),
        "resident_mb": round(memory, 1),
    }


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
