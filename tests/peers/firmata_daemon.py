"""A process that drives a rover and never looks back: `python -m tests.peers.firmata_daemon PORT`.

It is there to be killed.
"""

from __future__ import annotations

import asyncio
import sys

from tests.peers.firmata_host import ROVER, do, eventually, session


async def main(port: str) -> None:
    async with session(port, ROVER) as (driver, ears):
        driving = asyncio.create_task(driver.apply(do("drive", "rover", distance_m=2)))
        await eventually(lambda: bool(ears.of("rover")))
        print("driving", flush=True)
        await driving


asyncio.run(main(sys.argv[1]))
