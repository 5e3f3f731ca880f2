"""Sentences made from receipts. Nothing here knows what was asked for, only what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agentd.agent.words import INSTEAD, attribute, join, phrase
from agentd.errors import Reason
from agentd.model import Receipt, State, Status, Value


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


def _happened(language: str, receipt: Receipt) -> str:
    name = receipt.device_name or phrase(language, "everything")
    told = described(language, receipt.state, receipt.arguments)
    if receipt.tool == "turn" and "angle_deg" in receipt.state:
        told = attribute(language, "turned_deg", receipt.state["angle_deg"], receipt.state)
    if receipt.status is Status.DONE:
        if receipt.tool in ("stop", "emergency_stop", "activate"):
            told = phrase(language, receipt.tool)
        return phrase(
            language,
            "done",
            name=name,
            told=told or phrase(language, "ok"),
            note=_note(receipt),
        )
    if receipt.status is Status.UNVERIFIED:
        return phrase(language, "unverified", name=name, note=_note(receipt))
    return phrase(language, "failed", name=name, note=receipt.message)


def _refused(language: str, receipt: Receipt) -> str:
    assert receipt.refusal is not None
    name = receipt.device_name or receipt.tool
    known = {
        Reason.ESTOP: "refused_estop",
        Reason.SKIPPED: "refused_skipped",
        Reason.NOT_ASKED: "refused_not_asked",
        Reason.NEEDS_CONFIRMATION: "refused_confirm",
        Reason.OUT_OF_RANGE: "refused_range",
    }
    key = known.get(receipt.refusal.reason, "refused")
    return phrase(
        language,
        key,
        name=name,
        told=described(language, receipt.arguments),
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
    if state.get("moving"):
        names = ["moving", *(name for name in names if name not in INSTEAD["moving"])]
    words = [attribute(language, name, state[name], state) for name in dict.fromkeys(names)]
    return join(language, [word for word in words if word])


def _note(receipt: Receipt) -> str:
    """Return the driver's message in brackets, unless the state says the same."""
    message = receipt.message.rstrip(".")
    return f" ({message})" if message and message != receipt.state.get("moving") else ""
