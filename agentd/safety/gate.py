"""The gate: the one place where a command is allowed, and the shortest way to stop.

`execute` runs every check before a byte is sent. `estop` is synchronous: when it returns, the
stop bytes are on every wire; it passes no brain, no queue and no lock.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Protocol

from agentd import trace
from agentd.config import Safety
from agentd.errors import Reason, nearest, refuse
from agentd.events import Bus, ConfirmationWanted, EStopLatched, EStopReset
from agentd.fleet import Fleet
from agentd.model import Action, Asker, Call, Device, Outcome, Value, touches
from agentd.safety import limits
from agentd.safety.arming import Arming
from agentd.safety.confirmation import Confirmations, Pending, risky
from agentd.safety.latch import Latch
from agentd.safety.rate import Bucket
from agentd.safety.running import LET_GO_S, Running
from agentd.state import States

log = logging.getLogger(__name__)

SHORTEST_S = 0.1
"""What a motion of no known length counts as before it has been timed."""
MOTION_SLACK = 1.2
"""A motion may take this much longer than planned before it is cut short."""


Vouch = Callable[[str, str], bool]
"""Says of a key's id and name whether it still opens anything."""


class Purse(Protocol):
    """What the askers may still use: `agentd.usage.Ledger`."""

    def check(self, asker: Asker, motion_s: float = 0.0) -> None:
        """Raise `RefusedError` (budget) unless one more call, moving for `motion_s`, fits."""

    def spending(self, asker: Asker, motion_s: float = 0.0) -> AbstractContextManager[None]:
        """Count a call while it runs; refuses as `check` does."""


class _Bottomless:
    """The purse of a gate that was given none."""

    def check(self, asker: Asker, motion_s: float = 0.0) -> None:
        pass

    def spending(self, asker: Asker, motion_s: float = 0.0) -> AbstractContextManager[None]:
        return nullcontext()


class Gate:
    """Decides, carries out, stops."""

    def __init__(
        self,
        *,
        fleet: Fleet,
        bus: Bus,
        states: States,
        settings: Safety,
        latch_path: Path,
        purse: Purse | None = None,
        vouch: Vouch | None = None,
    ) -> None:
        self._vouch = vouch
        self._fleet = fleet
        self._bus = bus
        self._states = states
        self._settings = settings
        self._latch = Latch(latch_path)
        self._arming = Arming(bus)
        self._confirmations = Confirmations(settings.confirmation_s)
        self._running = Running(fleet.halt)
        self._buckets: dict[str, Bucket] = {}
        self._purse = purse or _Bottomless()

    @property
    def devices(self) -> list[Device]:
        """Everything that can be addressed now, by id."""
        return sorted(self._fleet.devices.values(), key=lambda device: device.id)

    @property
    def latched(self) -> bool:
        """True from an e-stop until `reset`."""
        return self._latch.latched

    def devices_for(self, asker: Asker) -> list[Device]:
        """Return what `asker` may touch of what can be addressed now, by id."""
        return [device for device in self.devices if asker.may_touch(device.id)]

    def device(self, device_id: str, asker: Asker | None = None) -> Device:
        """Return the attached device, if `asker` may touch it (None: the daemon itself).

        Raises `RefusedError`: not_allowed, also where there is no such device and a stranger
        would learn that; unknown_device, with the nearest that may be touched.
        """
        if asker is not None and not asker.may_touch(device_id):
            raise _not_allowed(device_id, asker)
        found = self._fleet.devices.get(device_id)
        if found is None:
            known = sorted(self._fleet.devices)
            known = [each for each in known if asker is None or asker.may_touch(each)]
            near = ", ".join(nearest(device_id, known))
            hint = f" Did you mean {near}?" if near else ""
            raise refuse(
                Reason.UNKNOWN_DEVICE,
                f'There is no device "{device_id}".{hint}',
                value=device_id,
                accepted=near or ", ".join(known[:8]),
            )
        return found

    async def execute(self, action: Action, asker: Asker) -> Outcome:
        """Check `action`, carry it out, and return what the device said.

        Raises `RefusedError` when the answer is no; then nothing was sent.
        """
        device = self.device(action.device_id, asker)
        self._check(action, device, asker)
        if self.needs_yes(action):
            raise self._hold(action, device, asker)
        return await self._carry_out(action, device, asker)

    def needs_yes(self, action: Action) -> bool:
        """Return whether that would be held for a person's yes. Raises `RefusedError`."""
        device = self.device(action.device_id)
        return risky(action.arguments, device) or touches(self._settings.confirm, device.id)

    def vet(self, action: Action, asker: Asker) -> None:
        """Raise `RefusedError` unless `asker` may ask for that.

        It must be within the limits of the device and of the key, and there must be budget left
        for a call that waits.
        """
        device = self.device(action.device_id, asker)
        self._purse.check(asker)
        limits.check(action, device, self._settings.max_motion_s)

    async def execute_confirmed(self, pending: Pending, asker: Asker) -> Outcome:
        """Carry out a call that a human said yes to; every other check is made again.

        Who says yes must be allowed the device as well as who asked for it. It is booked on who
        asked for it.
        """
        self.device(pending.action.device_id, asker)
        device = self.device(pending.action.device_id, pending.asker)
        self._check_key(pending.asker)
        self._check(pending.action, device, asker)
        return await self._carry_out(pending.action, device, pending.asker)

    def pending(self) -> list[Pending]:
        """Return the calls that wait for a yes."""
        return self._confirmations.waiting()

    def take(self, token: str) -> Pending:
        """Use up a confirmation. Raises `RefusedError` when the token is not good."""
        return self._confirmations.take(token)

    async def stop(self, device_id: str | None, by: str) -> list[Device]:
        """Stop motion now, without latching; return the devices whose command was cut short."""
        if device_id is None:
            self._fleet.halt_all()
        else:
            self._fleet.halt(self.device(device_id).id)
        cut = self._running.cut(device_id, f"stopped by {by}")
        if cut:
            await asyncio.wait([task for task, _ in cut], timeout=LET_GO_S)
        return [device for _, device in cut]

    def estop(self, by: str, reason: str) -> None:
        """Stop everything now and latch: nothing moves until `reset`."""
        self._fleet.halt_all()
        self._latch.set(by, reason)
        self._confirmations.drop_all()
        self._running.cut(None, f"emergency stop by {by}")
        log.warning("emergency stop by %s: %s", by, reason)
        self._bus.publish(EStopLatched(by=by, reason=reason, trace=trace.current()))

    def halt_all(self) -> None:
        """Stop everything without latching (the daemon is going down)."""
        self._fleet.halt_all()
        self._running.cut(None, "agentd is stopping")

    def reset(self, by: str) -> None:
        """Release the latch and re-arm what waits for it. Only a person may ask for this."""
        if self._latch.latched:
            self._latch.reset()
            log.warning("emergency stop released by %s", by)
            self._bus.publish(EStopReset(by=by, trace=trace.current()))
        for device_id in self._arming.unarmed():
            self._arming.arm(device_id, by)

    def rearm(self, device_id: str, by: str) -> None:
        """Let one device move again after it came back. Raises `RefusedError`."""
        self._arming.arm(self.device(device_id).id, by)

    def unarmed(self) -> list[str]:
        """Return the devices that must be re-armed before they move."""
        return self._arming.unarmed()

    def _check(self, action: Action, device: Device, asker: Asker) -> None:
        limits.check(action, device, self._settings.max_motion_s)
        self._check_key(asker)
        self._check_latch()
        self._check_ready(device)
        self._purse.check(asker, _motion_s(action, device))
        bucket = self._buckets.setdefault(asker.who, Bucket(self._settings.commands_per_minute))
        wait = bucket.take()
        if wait:
            raise refuse(
                Reason.RATE_LIMIT,
                f"Too many commands; the next is accepted in {wait:.1f} s.",
                accepted=f"{self._settings.commands_per_minute} a minute",
            )

    def _check_key(self, asker: Asker) -> None:
        """A key may end between the words and the deed: what waits for its time or a yes."""
        if asker.key and self._vouch is not None and not self._vouch(asker.key, asker.who):
            raise refuse(Reason.NOT_ALLOWED, f'The key "{asker.who}" is no longer valid.')

    def _check_latch(self) -> None:
        if self._latch.latched:
            raise refuse(
                Reason.ESTOP,
                f"The emergency stop is on ({self._latch.why}). "
                "A person must release it with `agentd resume`.",
            )

    def _check_ready(self, device: Device) -> None:
        if device.id in self._arming.unarmed():
            raise refuse(
                Reason.NOT_ARMED,
                f"{device.name} was away and came back; look at it, then `agentd resume "
                f"{device.id}`.",
            )
        if self._states.get(device.id).get("available") is False:
            raise refuse(Reason.UNAVAILABLE, f"{device.name} is offline.")

    def _hold(self, action: Action, device: Device, asker: Asker) -> Exception:
        prompt = f"{device.name}: {_shown(action.arguments)} needs a person's yes."
        pending = self._confirmations.ask(action, asker, prompt)
        self._bus.publish(
            ConfirmationWanted(
                token=pending.token,
                call=Call(action.tool, {"device": device.id, **action.arguments}),
                asker=asker,
                prompt=prompt,
                expires=pending.expires,
            )
        )
        return refuse(
            Reason.NEEDS_CONFIRMATION,
            prompt,
            accepted=f'"yes" within {self._settings.confirmation_s:g} s',
        )

    async def _carry_out(self, action: Action, device: Device, asker: Asker) -> Outcome:
        limit = (
            self._settings.max_motion_s * MOTION_SLACK
            if device.moves
            else self._settings.command_timeout_s
        )
        async with self._running.turn(device):
            self._check_latch()
            with self._purse.spending(asker, _motion_s(action, device)):
                trace.passed()
                return await self._running.carry_out(self._fleet.apply(action), device, limit)


def _motion_s(action: Action, device: Device) -> float:
    """Return how long a call may move its device; 0 for what does not move."""
    return max(limits.motion_seconds(action, device), SHORTEST_S) if device.moves else 0.0


def _not_allowed(device_id: str, asker: Asker) -> Exception:
    accepted = ", ".join(asker.devices or ()) or "no device"
    return refuse(
        Reason.NOT_ALLOWED,
        f'The key "{asker.who}" may not touch {device_id}.',
        value=device_id,
        accepted=accepted,
    )


def _shown(arguments: Mapping[str, Value]) -> str:
    return ", ".join(f"{name}={json.dumps(value)}" for name, value in arguments.items())
