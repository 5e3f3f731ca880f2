"""Home Assistant's sentences about timers, as calls for later and changes of what is scheduled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from agentd.drivers.timer import TIMER
from agentd.model import Asker, Call
from agentd.store import Scheduled

__all__ = ["TIMER", "fields"]

Json = Mapping[str, Any]
_ALTERS: Final = {
    "HassCancelTimer": ("cancel", 0),
    "HassPauseTimer": ("hold", 0),
    "HassUnpauseTimer": ("resume", 0),
    "HassIncreaseTimer": ("shift", 1),
    "HassDecreaseTimer": ("shift", -1),
    "HassTimerStatus": ("status", 0),
}
_UNITS: Final = {"hours": 3600, "minutes": 60, "seconds": 1}


def fields(intent: str, slots: Json, fixture: Json, near: str) -> dict[str, Any] | None:
    """Return what a row about a timer has beside its words; None for one that is about none.

    `near` is the room of the speaker, where a new timer belongs.
    """
    if intent == "HassStartTimer" and "conversation_command" not in slots:
        length = _seconds(slots)
        told = {"called": _name(slots), "room": near}
        arguments = {"device": TIMER.id, "length_s": length, **{k: v for k, v in told.items() if v}}
        return {"later": Call("ring_timer", arguments, after_s=length)}
    if intent not in _ALTERS:
        return None
    what, sign = _ALTERS[intent]
    agenda = tuple(_scheduled(fixture, held=what == "resume"))
    meant = [each for each in agenda if _is_meant(each, slots)]
    if not (_name(slots) or slots["area"] or _seconds(slots, "start_")):
        agenda = agenda[-1:]  # named by nothing, it is the only one there is
        meant = list(agenda)
    return {"agenda": agenda, "alters": ((what, meant[0].id, sign * _seconds(slots)),)}


def _scheduled(fixture: Json, *, held: bool) -> Iterator[Scheduled]:
    areas = {area["id"]: area["name"] for area in fixture["areas"]}
    for number, timer in enumerate(fixture["timers"]):
        length = _seconds(timer, "start_")
        told = {
            "called": timer.get("name"),
            "room": areas.get(timer.get("area"), timer.get("area")),
        }
        arguments = {"device": TIMER.id, "length_s": length, **{k: v for k, v in told.items() if v}}
        left = float(timer["total_seconds_left"])
        yield Scheduled(
            id=f"{number:06x}",
            due=1_800_000_000.0 + left,
            call=Call("ring_timer", arguments),
            asker=Asker(who="eval", door="eval"),
            left_s=left if held else 0.0,
        )


def _is_meant(entry: Scheduled, slots: Json) -> bool:
    known, length = entry.call.arguments, _seconds(slots, "start_")
    area = str(slots["area"]).casefold()
    return (
        known.get("called", "") == _name(slots) != ""
        or known.get("room", "").casefold() == area != ""
        or known["length_s"] == length
    )


def _name(slots: Json) -> str:
    name = slots.get("name", "")
    return str(name[-1] if isinstance(name, list) else name).strip()


def _seconds(slots: Json, of: str = "") -> float:
    return float(sum(slots.get(f"{of}{unit}", 0) * size for unit, size in _UNITS.items()))
