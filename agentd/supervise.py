"""Parts that must live as long as the daemon: restarted with back-off, alone in their trouble."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from agentd.errors import AgentdError
from agentd.events import Bus, PartChanged

log = logging.getLogger(__name__)

FIRST_RETRY_S = 0.5
LONGEST_RETRY_S = 30.0


class Parts:
    """What each part of the daemon is doing: `ready`, `degraded` or `stopped`."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._states: dict[str, str] = {}
        self._reasons: dict[str, str] = {}
        bus.listen(lambda event: self._fold(event) if isinstance(event, PartChanged) else None)

    def all(self) -> Mapping[str, str]:
        """Return every part's state by name, with the reason when it is not ready."""
        return {
            part: f"{state}: {self._reasons[part]}" if state != "ready" else state
            for part, state in self._states.items()
        }

    async def keep(self, part: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run `run` for ever; an error degrades this part only and starts it again later."""
        wait = FIRST_RETRY_S
        while True:
            self._bus.publish(PartChanged(part=part, state="ready"))
            started = asyncio.get_running_loop().time()
            try:
                await run()
                reason = "it ended by itself"
            except AgentdError as error:
                reason = error.line()
                log.error("%s: %s", part, reason)
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"
                log.exception("%s failed and starts again in %.1f s", part, wait)
            self._bus.publish(PartChanged(part=part, state="degraded", reason=reason))
            if asyncio.get_running_loop().time() - started > LONGEST_RETRY_S:
                wait = FIRST_RETRY_S
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_RETRY_S)

    def _fold(self, event: PartChanged) -> None:
        self._states[event.part] = event.state
        self._reasons[event.part] = event.reason
