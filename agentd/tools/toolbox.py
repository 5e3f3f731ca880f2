"""From a call to a receipt: look up, check, pass the gate, and say what really happened."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agentd import trace
from agentd.errors import INSIDE, AgentdError, Reason, Refusal, RefusedError, nearest, refuse
from agentd.events import Bus, CommandFinished, CommandStarted
from agentd.model import (
    NOTHING,
    Action,
    Asker,
    Call,
    Device,
    Kind,
    Outcome,
    Receipt,
    State,
    Status,
)
from agentd.safety import Gate
from agentd.safety.confirmation import Pending
from agentd.state import States
from agentd.tools import specs
from agentd.tools.specs import ToolSpec

log = logging.getLogger(__name__)

AT_REST_MPS = 0.02
AT_REST_WAIT_S = 1.0


@dataclass(frozen=True, slots=True)
class _Begun:
    call: Call
    asker: Asker
    device_id: str
    device_name: str
    before: State
    started: float
    span: trace.Span


class Toolbox:
    """The tools of this house."""

    def __init__(self, gate: Gate, states: States, bus: Bus) -> None:
        self._gate = gate
        self._states = states
        self._bus = bus

    def devices(self, asker: Asker) -> list[Device]:
        """Return everything that `asker` can address now, by id."""
        return self._gate.devices_for(asker)

    def openai_tools(self, asker: Asker) -> list[dict[str, Any]]:
        """Return the tools for what `asker` may touch, in OpenAI's `tools` form."""
        return specs.openai_tools(self.devices(asker))

    async def run(self, call: Call, asker: Asker) -> Receipt:
        """Run one call. Always returns a receipt, also when the answer is no."""
        return await self.receipted(call, asker, lambda: self._dispatch(call, asker))

    def vet(self, call: Call, asker: Asker) -> Device:
        """Return the device of a call that would fit it, without running it.

        Raises `RefusedError`: unknown tool or device, one that `asker` may not touch, wrong or
        out-of-range arguments, and no budget left.
        """
        tool = specs.BY_NAME.get(call.tool)
        if tool is None:
            raise _unknown_tool(call.tool)
        arguments = dict(call.arguments)
        device = self._target(tool, arguments.pop("device", None), asker)
        _check_names(tool, device, arguments)
        self._gate.vet(Action(tool=tool.name, device_id=device.id, arguments=arguments), asker)
        return device

    def needs_yes(self, call: Call) -> bool:
        """Return whether a call that `vet` let pass would be held for a person's yes."""
        arguments = dict(call.arguments)
        device_id = str(arguments.pop("device", ""))
        action = Action(tool=call.tool, device_id=device_id, arguments=arguments)
        return self._gate.needs_yes(action)

    async def confirm(self, token: str, asker: Asker) -> Receipt:
        """Run the call that waits under `token`, as a human has said yes to it.

        Raises `RefusedError` when the token is unknown, used up or expired.
        """
        pending = self._gate.take(token)
        action = pending.action
        log.info("%s says yes to what was asked under trace=%s", asker.who, pending.asker.trace)
        call = Call(action.tool, {"device": action.device_id, **action.arguments})
        return await self.receipted(
            call, asker, lambda: self._gate.execute_confirmed(pending, asker)
        )

    def pending(self) -> list[Pending]:
        """Return the calls that wait for a human's yes, oldest first."""
        return self._gate.pending()

    def decline(self, token: str) -> None:
        """Drop a waiting call, as a human has said no. Raises `RefusedError` as `confirm`."""
        self._gate.take(token)

    def skip(self, call: Call, asker: Asker, why: str) -> Receipt:
        """Return (and publish) the receipt of a call that is not run after another failed."""
        return self.decline_call(call, asker, Refusal(Reason.SKIPPED, why))

    def decline_call(self, call: Call, asker: Asker, refusal: Refusal) -> Receipt:
        """Return (and publish) the receipt of a call that was refused before it got here."""
        with trace.under(asker.trace) as span:
            return self._refused(self._begun(call, asker, span), refusal)

    async def receipted(
        self, call: Call, asker: Asker, work: Callable[[], Awaitable[Outcome]]
    ) -> Receipt:
        """Return (and publish) the receipt of `work`, done for `call`; a refusal is one too."""
        with trace.under(asker.trace) as span:
            begun = self._begun(call, asker, span)
            self._bus.publish(CommandStarted(call=call, asker=asker))
            try:
                outcome = await work()
            except RefusedError as error:
                return self._refused(begun, error.refusal)
            except asyncio.CancelledError:
                gone = Outcome(Status.FAILED, message="cut short: the asker went away.")
                self._close(begun, gone)
                raise
            except Exception as error:
                # What was begun is always finished: nobody may be left to guess what became of it.
                outcome = _broken_off(error)
            return self._close(begun, outcome)

    def _begun(self, call: Call, asker: Asker, span: trace.Span) -> _Begun:
        """Note the time, the device's name while it is there to be asked, and its state.

        Of a device that `asker` may not touch only the id is known, as it was asked for.
        """
        device_id = str(call.arguments.get("device", ""))
        known = {device.id: device.called(asker.language) for device in self.devices(asker)}
        name = known.get(device_id, device_id)
        before = self._states.get(device_id) if device_id in known else NOTHING
        return _Begun(call, asker, device_id, name, before, time.time(), span)

    def _refused(self, begun: _Begun, refusal: Refusal) -> Receipt:
        return self._close(begun, Outcome(Status.REFUSED, message=refusal.message), refusal)

    def _close(self, begun: _Begun, outcome: Outcome, refusal: Refusal | None = None) -> Receipt:
        call = begun.call
        receipt = Receipt(
            tool=call.tool,
            device_id=begun.device_id,
            device_name=begun.device_name,
            arguments={name: value for name, value in call.arguments.items() if name != "device"},
            status=outcome.status,
            state=outcome.state,
            message=outcome.message,
            refusal=refusal,
            expect=call.expect,
            before=begun.before,
            scheduled=outcome.scheduled,
            due=outcome.due,
            started=begun.started,
            took_s=time.time() - begun.started,
            trace=begun.asker.trace,
            stages=begun.span.stages(),
        )
        _tell(receipt)
        self._bus.publish(CommandFinished(receipt=receipt, asker=begun.asker))
        return receipt

    async def _dispatch(self, call: Call, asker: Asker) -> Outcome:
        tool = specs.BY_NAME.get(call.tool)
        if tool is None:
            raise _unknown_tool(call.tool)
        arguments = dict(call.arguments)
        device_id = arguments.pop("device", None)
        if call.after_s or call.for_s:
            raise refuse(Reason.NEVER_SCHEDULED, "Only the schedule knows what is not for now.")
        if tool.name == "emergency_stop":
            self._gate.estop(asker.who, asker.words or "tool call")
            return Outcome(Status.DONE)
        if tool.name == "stop":
            return await self._stop(device_id, asker)
        device = self._target(tool, device_id, asker)
        _check_names(tool, device, arguments)
        if tool.reads:
            return self._read(device)
        action = Action(tool=tool.name, device_id=device.id, arguments=arguments)
        return await self._gate.execute(action, asker)

    def _target(self, tool: ToolSpec, device_id: object, asker: Asker) -> Device:
        if not isinstance(device_id, str) or not device_id:
            known = ", ".join(each.id for each in self.devices(asker) if each.kind in tool.kinds)
            raise refuse(
                Reason.BAD_ARGUMENT,
                f"{tool.name} needs a device: {known}.",
                value=device_id,
                accepted=known,
            )
        device = self._gate.device(device_id, asker)
        if device.kind not in tool.kinds:
            raise refuse(
                Reason.UNSUPPORTED,
                f"{tool.name} does not fit {device.name}, which is a {device.kind}.",
                value=device_id,
            )
        return device

    def _read(self, device: Device) -> Outcome:
        state = self._states.get(device.id)
        if not state and device.kind not in (Kind.SCENE, Kind.BUTTON):
            return Outcome(Status.UNVERIFIED, message="it has not reported anything yet.")
        return Outcome(Status.DONE, state=state)

    async def _stop(self, device_id: object, asker: Asker) -> Outcome:
        if device_id is not None and not isinstance(device_id, str):
            raise refuse(Reason.BAD_ARGUMENT, "stop takes a device id or nothing.", value=device_id)
        if device_id not in (None, *(device.id for device in self._gate.devices)):
            self._gate.device(device_id or "", asker)  # there is none: say so, as far as it goes
        await self._gate.stop(device_id, asker.who)
        moving = [
            each for each in self._gate.devices if each.moves and device_id in (None, each.id)
        ]
        return await self._at_rest(moving)

    async def _at_rest(self, devices: list[Device]) -> Outcome:
        """Wait, bounded, until every device reports that it stands."""
        deadline = time.monotonic() + AT_REST_WAIT_S
        while True:
            stand = [_stands(self._states.get(device.id)) for device in devices]
            if all(stand):
                return Outcome(Status.DONE)
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(0.02)
        if False in stand:
            moving = devices[stand.index(False)].name
            return Outcome(Status.FAILED, message=f"{moving} still reports that it moves.")
        quiet = devices[stand.index(None)].name
        return Outcome(Status.UNVERIFIED, message=f"{quiet} does not report its motion.")


def _broken_off(error: Exception) -> Outcome:
    """Return the end of a command that an error cut short, whether it was foreseen or not."""
    if isinstance(error, AgentdError):
        return Outcome(Status.FAILED, message=error.line())
    log.error("a command broke off", exc_info=error)
    return Outcome(Status.FAILED, message=INSIDE)


def _tell(receipt: Receipt) -> None:
    """Log what became of a command: one line, under its trace."""
    why = f" ({receipt.refusal.reason})" if receipt.refusal else ""
    took = ", ".join(f"{name} {took_s * 1000:.1f} ms" for name, took_s in receipt.stages.items())
    what = f"{receipt.tool} {receipt.device_id}".strip()
    what = what if what.isprintable() else ascii(what)
    log.info("%.120s: %s%s%s", what, receipt.status, why, took and f"; {took}")


def _stands(state: Mapping[str, Any]) -> bool | None:
    """Return whether a device reports that it stands; None when it says nothing about it."""
    speeds = [abs(float(state[name])) for name in ("left_mps", "right_mps") if name in state]
    if speeds:
        return max(speeds) <= AT_REST_MPS
    return not state["moving"] if "moving" in state else None


def _check_names(tool: ToolSpec, device: Device, arguments: Mapping[str, Any]) -> None:
    accepted = [] if tool.bare else sorted(specs.arguments(tool, [device]))
    for name in arguments:
        if name not in accepted:
            shown = ", ".join(accepted) or "nothing but device"
            raise refuse(
                Reason.UNSUPPORTED,
                f"{tool.name} on {device.name} has no {name}; it accepts {shown}.",
                value=name,
                accepted=shown,
            )
    missing = tool.needs and tool.needs not in arguments
    if missing or (not tool.bare and not arguments):
        shown = tool.needs or " or ".join(accepted)
        raise refuse(Reason.BAD_ARGUMENT, f"{tool.name} needs {shown}.", accepted=shown)


def _unknown_tool(name: str) -> RefusedError:
    near = nearest(name, specs.BY_NAME) or sorted(specs.BY_NAME)
    return refuse(
        Reason.UNKNOWN_TOOL,
        f'There is no tool "{name}". Known: {", ".join(near)}.',
        value=name,
        accepted=", ".join(near),
    )
