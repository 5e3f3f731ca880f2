"""Risky calls wait here for a human's yes: single use, short-lived, bound to the exact call."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agentd.errors import Reason, refuse
from agentd.model import Action, Asker, Device, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """One call that waits. `expires` is in seconds of the monotonic clock."""

    token: str
    prompt: str
    action: Action
    asker: Asker
    expires: float


def risky(arguments: Mapping[str, Value], device: Device) -> bool:
    """Return whether any argument is one that waits for a yes on this device."""
    return any((name, value) in device.confirm for name, value in arguments.items())


class Confirmations:
    """The calls that wait. The token is given to humans' channels only, never to a model."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._pending: dict[str, Pending] = {}

    def ask(self, action: Action, asker: Asker, prompt: str) -> Pending:
        """Put `action` on hold and return what waits: once, however often it is asked for."""
        asked = (action, asker.who, asker.door, asker.conversation)
        for token, each in tuple(self._pending.items()):
            if asked == (each.action, each.asker.who, each.asker.door, each.asker.conversation):
                del self._pending[token]
        pending = Pending(
            # No "-" in front: `agentd confirm` would take it for an option.
            token=secrets.token_hex(8),
            prompt=prompt,
            action=action,
            asker=asker,
            expires=self._clock() + self._seconds,
        )
        self._pending[pending.token] = pending
        return pending

    def waiting(self) -> list[Pending]:
        """Return what waits and has not expired, oldest first."""
        now = self._clock()
        self._pending = {token: each for token, each in self._pending.items() if each.expires > now}
        return list(self._pending.values())

    def take(self, token: str) -> Pending:
        """Use a token up. Raises `RefusedError` (needs_confirmation) when it is not good."""
        self.waiting()
        pending = self._pending.pop(token, None)
        if pending is None:
            raise refuse(
                Reason.NEEDS_CONFIRMATION,
                "That confirmation is unknown, used up or expired; ask again.",
            )
        return pending

    def drop_all(self) -> None:
        """Forget everything that waits (e-stop)."""
        self._pending.clear()
