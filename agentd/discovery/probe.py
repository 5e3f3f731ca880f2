"""Probing: asking a line which protocol it speaks. Only for ports whose owner allowed it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from agentd.catalogue.identification import Heard
from agentd.discovery.handshakes import PROBES, Probe, Step
from agentd.discovery.listen import LONGEST, OpenLink, hear
from agentd.transport import Link

SETTLE_S = 2.0
"""Opening resets many boards, and their bootloader would eat the probe."""
QUIET_S = 0.05
NOTHING = re.compile(rb"(?!)")


async def probe(open_link: OpenLink, path: str, names: Sequence[str]) -> Heard | None:
    """Ask on `path` with the named probes; unknown names and `listen` are passed over.

    One opening per rate, since each resets the board. Raises `LinkError` if `path` cannot be held.
    """
    chosen = [each for name, each in PROBES.items() if name in names]
    for baud in dict.fromkeys(baud for each in chosen for baud in each.bauds):
        link = open_link(path, baud)
        try:
            heard = await _ask_all(link, baud, [each for each in chosen if baud in each.bauds])
        finally:
            link.close()
        if heard:
            return heard
    return None


async def _ask_all(link: Link, baud: int, probes: Sequence[Probe]) -> Heard | None:
    heard = await hear(link, baud, SETTLE_S)
    if heard:
        return heard
    for each in probes:
        for steps in each.attempts:
            said = await _ask(link, steps)
            if said:
                detail = said.decode("ascii").strip()[:60] if said.isascii() else ""
                return Heard(each.protocol, each.name, detail if not each.binary else "", baud)
        if each.binary:
            link.write(b"\n")
        await _answer(link, NOTHING, QUIET_S)
    return None


async def _ask(link: Link, steps: Sequence[Step]) -> bytes:
    """Return the last answer if every step got the one it wants, else nothing."""
    said = b""
    for step in steps:
        link.write(step.send)
        said = await _answer(link, step.answer, step.timeout_s)
        if not said:
            return b""
    return said


async def _answer(link: Link, wanted: re.Pattern[bytes], seconds: float) -> bytes:
    data = b""
    try:
        async with asyncio.timeout(seconds):
            while len(data) < LONGEST:
                data += await link.read()
                found = wanted.search(data)
                if found:
                    return found[0]
    except TimeoutError:
        pass
    return b""
