"""Listening: what a device says by itself after its port is opened. Nothing is written.

Opening a tty asserts DTR, which resets AVR boards and many ESP32s; they then greet with a banner.
So even listening waits for the owner's `auto_probe`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agentd.catalogue.identification import Heard
from agentd.transport import Link

BAUDS = (115200, 57600, 250000, 1000000)
LISTEN_S = 2.5
LONGEST = 8192
"""Bytes kept while listening: far more than any banner, and an end to a chattering line."""

OpenLink = Callable[[str, int], Link]


@dataclass(frozen=True, slots=True)
class Banner:
    """What a protocol's devices say unasked."""

    protocol: str
    pattern: re.Pattern[bytes]


BANNERS = (
    Banner("grbl", re.compile(rb"^Grbl (\d+\.\d+\w?)", re.MULTILINE)),
    Banner("firmata", re.compile(rb"\xf9[\x02\x03][\x00-\x7f]\xf0\x79")),
    Banner(
        "marlin",
        re.compile(rb"^start\r?$|^echo:\s*(?:Marlin|External Reset)|Marlin \d", re.MULTILINE),
    ),
    Banner("waveshare", re.compile(rb'^\{[^\n]*"T":\s*\d+[^\n]*\}', re.MULTILINE)),
    Banner(
        "python-repl",
        re.compile(rb"^(?:>>> |MicroPython v|Adafruit CircuitPython)", re.MULTILINE),
    ),
)
"""gnea/grbl doc/markdown/interface.md; firmata/protocol protocol.md (version, then firmware
report, as StandardFirmata sends them after a reset); MarlinFirmware; waveshareteam/
ugv_base_general."""


def recognise(data: bytes, baud: int) -> Heard | None:
    """Return whose banner is in `data`, or None."""
    for banner in BANNERS:
        found = banner.pattern.search(data)
        if found:
            words = found[0].decode("ascii", "replace").strip() if found[0].isascii() else ""
            return Heard(banner.protocol, "listen", words[:60], baud)
    return None


async def listen(open_link: OpenLink, path: str, bauds: Sequence[int] = BAUDS) -> Heard | None:
    """Listen for `LISTEN_S` seconds at each rate. Raises `LinkError` if `path` cannot be held."""
    for baud in bauds:
        link = open_link(path, baud)
        try:
            heard = await hear(link, baud, LISTEN_S)
        finally:
            link.close()
        if heard:
            return heard
    return None


async def hear(link: Link, baud: int, seconds: float) -> Heard | None:
    """Read from `link` for at most `seconds`; return at the first banner."""
    data = b""
    try:
        async with asyncio.timeout(seconds):
            while len(data) < LONGEST:
                data += await link.read()
                heard = recognise(data, baud)
                if heard:
                    return heard
    except TimeoutError:
        pass
    return None
