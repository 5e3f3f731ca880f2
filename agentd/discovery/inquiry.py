"""Finding out what speaks on a line: listen, then probe, one port at a time, and remember."""

from __future__ import annotations

import asyncio
import logging

from agentd.catalogue.identification import Heard
from agentd.catalogue.port import Port
from agentd.discovery.listen import OpenLink, listen
from agentd.discovery.probe import probe
from agentd.errors import LinkError
from agentd.transport.serial import open_serial

log = logging.getLogger(__name__)
LONGEST_S = 60.0


class Inquiry:
    """Asks lines what they speak.

    An answer is remembered for a unit with a serial number of its own, so that it is not reset
    again when it is plugged in next time. Twins with a factory serial are asked each time.
    """

    def __init__(self, open_link: OpenLink = open_serial) -> None:
        self._open = open_link
        self._one_at_a_time = asyncio.Lock()
        self._remembered: dict[tuple[str, str, str], Heard] = {}

    async def ask(self, port: Port, probes: tuple[str, ...]) -> Heard | None:
        """Return what `port` speaks, or None; a port somebody else holds is left alone."""
        unit = (port.vid, port.pid, port.serial)
        if port.has_own_serial and unit in self._remembered:
            return self._remembered[unit]
        try:
            async with self._one_at_a_time, asyncio.timeout(LONGEST_S):
                heard = await self._find_out(port.node, probes)
        except (LinkError, TimeoutError) as error:
            log.info("%s was not identified: %s", port.node, error or "no answer in time")
            return None
        if heard and port.has_own_serial:
            self._remembered[unit] = heard
        return heard

    async def _find_out(self, path: str, probes: tuple[str, ...]) -> Heard | None:
        heard = await listen(self._open, path) if "listen" in probes else None
        return heard or await probe(self._open, path, probes)
