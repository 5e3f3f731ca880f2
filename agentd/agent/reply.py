"""Sentences made from receipts. Nothing here knows what was asked for, only what happened."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from agentd.agent.words import INSTEAD, attribute, join, moment, phrase
from agentd.brains.delays import spell
from agentd.errors import Reason
from agentd.model import Device, Receipt, State, Status, Value
from agentd.store import Scheduled

_NEVER_ALREADY = frozenset({"drive", "turn", "activate", "stop", "emergency_stop", "get_state"})


def sentence_in(language: str, receipt: Receipt) -> str:
    """Return one sentence about `receipt` in `language` (`en` or `zh`)."""
    if receipt.refusal is not None:
        return _refused(language, receipt)
    if receipt.tool == "get_state":
        return _answer(language, receipt)
    return _happened(language, receipt)


def which(language: str, receipts: Sequence[Receipt]) -> str:
    """Return one sentence that answers "which of these ...?" from one receipt each."""
    names = [each.device_name for each in receipts if holds(each.expect, each.state)]
    if not names:
        return phrase(language, "which_none", count=str(len(receipts)))
    return phrase(language, "which", names=join(language, names))


def agenda(language: str, entries: Sequence[Scheduled], devices: Sequence[Device]) -> str:
    """Return one line for each call that waits."""
    names = {device.id: device.called(language) for device in devices}
    lines = []
    for each in entries:
        device = str(each.call.arguments.get("device", ""))
        asked = {k: v for k, v in each.call.arguments.items() if k != "device"}
        when = moment(language, each.due, time.time())
        name, told = names.get(device, device), _to_come(language, each.call.tool, asked)
        wait, key = spell(each.left_s, language), "held" if each.left_s else "accepted"
        lines.append(phrase(language, key, name=name, told=told, when=when, wait=wait))
    return "\n".join(lines)


def _to_come(language: str, tool: str, asked: Mapping[str, Value]) -> str:
    """Return what a call that waits will do."""
    if "length_s" in asked:
        return phrase(language, "ring_timer", called=str(asked.get("called", ""))).strip()
    return described(language, asked) or phrase(language, tool)


def not_scheduled(
    language: str, name: str, entries: Sequence[Scheduled], devices: Sequence[Device]
) -> str:
    """Return the answer when nothing, or more than one thing, is what should be cancelled."""
    if not entries:
        return phrase(language, "nothing_scheduled")
    if name:
        return phrase(language, "not_scheduled", name=name)
    return phrase(language, "which_scheduled", list=agenda(language, entries, devices))


def _happened(language: str, receipt: Receipt) -> str:
    name = receipt.device_name or phrase(language, "everything")
    told = described(language, receipt.state, receipt.arguments)
    if receipt.tool == "turn" and "angle_deg" in receipt.state:
        told = attribute(language, "turned_deg", receipt.state["angle_deg"], receipt.state)
    if receipt.status is Status.ACCEPTED:
        when = moment(language, receipt.due, receipt.started)
        told = _to_come(language, receipt.tool, receipt.arguments)
        return phrase(language, "accepted", name=name, told=told, when=when)
    if receipt.tool in ("cancel_scheduled", "hold_scheduled") and receipt.status is Status.DONE:
        told = _to_come(language, receipt.tool, receipt.arguments)
        wait = spell(float(receipt.state.get("left_s") or 0), language)
        return phrase(language, receipt.tool, name=name, told=told, wait=wait)
    until = ""
    if receipt.due:
        until = phrase(language, "until", when=moment(language, receipt.due, receipt.started))
    return _ended(language, receipt, name, told) + until


def _ended(language: str, receipt: Receipt, name: str, told: str) -> str:
    if receipt.status is Status.DONE:
        if receipt.tool in ("stop", "emergency_stop", "activate"):
            told = phrase(language, receipt.tool)
        return phrase(
            language,
            "already" if told and already(receipt) else "done",
            name=name,
            told=told or phrase(language, "ok"),
            note=_note(receipt),
        )
    if receipt.status is Status.UNVERIFIED:
        return phrase(language, "unverified", name=name, note=_note(receipt))
    return phrase(language, "failed", name=name, note=receipt.message)


def already(receipt: Receipt) -> bool:
    """Return whether the device said before the call that it was as was asked for."""
    before, asked = receipt.before, receipt.arguments
    if receipt.tool in _NEVER_ALREADY or before.get("moving") or before.get("available") is False:
        return False
    if before.get("on") is False and "on" not in asked:
        return False
    return bool(asked) and holds(asked, before)


def _refused(language: str, receipt: Receipt) -> str:
    assert receipt.refusal is not None
    name = receipt.device_name or receipt.tool
    known = {
        Reason.ESTOP: "refused_estop",
        Reason.SKIPPED: "refused_skipped",
        Reason.NOT_ASKED: "refused_not_asked",
        Reason.NOT_ALLOWED: "refused_not_allowed",
        Reason.NEEDS_CONFIRMATION: "refused_confirm",
        Reason.OUT_OF_RANGE: "refused_range",
        Reason.NEVER_SCHEDULED: "refused_motion",
        Reason.BUDGET: "refused_budget",
        Reason.NOT_THERE: "refused_absent",
    }
    key = known.get(receipt.refusal.reason, "refused")
    # Only what passed its checks can be put into words: anything may have been asked for.
    told = described(language, receipt.arguments) if key == "refused_confirm" else ""
    return phrase(
        language,
        key,
        name=name,
        told=told,
        note=receipt.refusal.message,
        accepted=receipt.refusal.accepted,
        value=receipt.refusal.value,
    )


def _answer(language: str, receipt: Receipt) -> str:
    told = described(language, receipt.state)
    if receipt.status is not Status.DONE or not told:
        return phrase(language, "unknown_state", name=receipt.device_name)
    fact = phrase(language, "state", name=receipt.device_name, told=told)
    if not receipt.expect:
        return fact
    return phrase(language, "yes" if holds(receipt.expect, receipt.state) else "no", fact=fact)


def holds(expected: State, state: State) -> bool:
    """Return whether `state` has every expected value (numbers within 1 %)."""
    return all(_same(value, state.get(name)) for name, value in expected.items())


def _same(expected: Value, actual: Value) -> bool:
    numbers = isinstance(expected, int | float) and isinstance(actual, int | float)
    if numbers and not isinstance(expected, bool) and not isinstance(actual, bool):
        return abs(float(expected or 0) - float(actual or 0)) <= abs(float(expected or 0)) * 0.01
    return expected == actual


def described(language: str, state: State, asked: Mapping[str, object] | None = None) -> str:
    """Return `state` in words; with `asked`, only what was asked for, as far as it is reported."""
    names = [name for name in (asked or ()) if name in state]
    if "media" in (asked or ()):
        names += [name for name in INSTEAD["media"] if name in state]
    if not names:
        names = [name for name in state if name != "available"]
    if "activity" in state:
        # What it does is its own word for the task.
        names = ["activity" if name == "task" else name for name in names]
    if state.get("moving"):
        names = ["moving", *(name for name in names if name not in INSTEAD["moving"])]
    words = [attribute(language, name, state[name], state) for name in dict.fromkeys(names)]
    return join(language, [word for word in words if word])


def _note(receipt: Receipt) -> str:
    """Return the driver's message in brackets, unless the state says the same."""
    message = receipt.message.rstrip(".")
    return f" ({message})" if message and message != receipt.state.get("moving") else ""
