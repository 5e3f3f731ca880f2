"""Home Assistant's own sentence templates as a second opinion on what ours do not know.

From `home-assistant-intents` (CC BY 4.0). Only the intents that turn into our tools are kept, and
none of those that need to know which room the speaker is in. They never see a robot: the slot
lists hold home devices alone.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any, Final

from agentd.brains.grammar import Reading
from agentd.brains.targets import Home
from agentd.brains.words import room_words, tokenise
from agentd.model import Device, Kind

_LANGUAGES: Final = {"en": "en", "zh": "zh-CN"}
_HOME: Final = frozenset(Kind) - {Kind.DRIVE, Kind.SERVO, Kind.OUTPUT}
_ASKS: Final = frozenset({"HassGetState", "HassClimateGetTemperature"})
_VERBS: Final = {
    "HassMediaPause": "pause",
    "HassMediaUnpause": "resume",
    "HassMediaNext": "next",
    "HassMediaPrevious": "previous",
    "HassMediaPlayerMute": "mute",
    "HassMediaPlayerUnmute": "unmute",
    "HassClimateGetTemperature": "ask_temperature",
}
_VALUES: Final = {
    "HassLightSet": (("brightness", "%"), ("color", ""), ("temperature", "K")),
    "HassSetPosition": (("position", "%"),),
    "HassFanSetSpeed": (("percentage", "%"),),
    "HassClimateSetTemperature": (("temperature", "°C"),),
    "HassSetVolume": (("volume_level", "%"),),
}
_KEPT: Final = {*_ASKS, *_VERBS, *_VALUES, "HassTurnOn", "HassTurnOff"}
_STATES: Final = {
    "on": "on=true",
    "off": "on=false",
    "open": "open=true",
    "closed": "open=false",
    "locked": "locked=true",
    "unlocked": "locked=false",
}


class HomeGrammar:
    """Home Assistant's templates of one language, with the names of one home in them."""

    def __init__(self, language: str) -> None:
        from hassil import Intents  # noqa: PLC0415  costs start-up time
        from home_assistant_intents import get_intents  # noqa: PLC0415

        data = get_intents(_LANGUAGES[language])
        self._intents: Any = Intents.from_dict(_reduce(data) if data else {})
        self._home: Home | None = None
        self._lists: dict[str, Any] = {}

    def readings(self, clause: str, home: Home, *, asking: bool) -> list[Reading]:
        """Return the first reading of `clause` as a list, or none."""
        from hassil import recognize_all  # noqa: PLC0415

        if self._home is not home:
            self._lists, self._home = _slot_lists(home), home
        for result in recognize_all(clause, self._intents, slot_lists=self._lists):
            intent = result.intent.name
            if asking and intent not in _ASKS:
                continue
            slots = {name: entity.value for name, entity in result.entities.items()}
            reading = _reading(intent, clause, slots, home)
            if reading is not None:
                return [reading]
        return []


def _reduce(data: dict[str, Any]) -> dict[str, Any]:
    """Return the intents we can act on, without floors and without "here"."""
    reduced = {**data, "intents": {}, "skip_words": []}
    for name in _KEPT & data["intents"].keys():
        blocks = [block for block in data["intents"][name]["data"] if _usable(block)]
        reduced["intents"][name] = {"data": copy.deepcopy(blocks)}
    return reduced


def _usable(block: dict[str, Any]) -> bool:
    text = " ".join(block["sentences"])
    return "area" not in block.get("requires_context", {}) and "{floor" not in text


def _slot_lists(home: Home) -> dict[str, Any]:
    from hassil.intents import TextSlotList  # noqa: PLC0415

    devices = [device for device in home.devices if device.kind in _HOME]
    names = [
        (name, device.id, {"domain": device.kind.value})
        for device in devices
        for name in dict.fromkeys((device.name, *device.aliases))
    ]
    areas = [
        (spelling, device.area)
        for device in devices
        if device.area
        for spelling in dict.fromkeys((device.area, *room_words(device.area)))
    ]
    return {
        "name": TextSlotList.from_tuples(names, allow_template=False),
        "area": TextSlotList.from_tuples(list(dict.fromkeys(areas)), allow_template=False),
        "floor": TextSlotList.from_tuples([]),
    }


def _reading(intent: str, words: str, slots: dict[str, Any], home: Home) -> Reading | None:
    devices = list(_devices(slots, home))
    verb, said = _verb(intent, slots, devices)
    if not verb or not devices:
        return None
    return Reading(verb, words, said, tuple(device.id for device in devices))


def _devices(slots: dict[str, Any], home: Home) -> Iterable[Device]:
    """Return the devices that the slots leave: by name, room, domain and device class."""
    area, domain = slots.get("area"), slots.get("domain")
    wanted = str(slots.get("device_class", ""))
    for device in home.devices:
        if device.kind not in _HOME or (area is not None and device.area != area):
            continue
        if "name" in slots and device.id != slots["name"]:
            continue
        if domain is not None and device.kind != domain:
            continue
        if wanted and not set(tokenise(wanted).concepts) <= home.concepts(device):
            continue
        if "name" in slots or domain is not None:
            yield device


def _verb(intent: str, slots: dict[str, Any], devices: list[Device]) -> tuple[str, dict[str, str]]:
    """Return our verb and its slots, or an empty verb where we have none."""
    if intent in ("HassTurnOn", "HassTurnOff"):
        started = intent == "HassTurnOn"
        if any(device.kind is Kind.LOCK for device in devices):
            return ("lock" if started else "unlock"), {}
        return ("on_or_open" if started else "off_or_close"), {}
    if intent == "HassGetState":
        return "ask_is", {"state": _STATES.get(str(slots.get("state")), "")}
    for name, unit in _VALUES.get(intent, ()):
        if name in slots:
            return "set", {"value": f"{slots[name]}{unit}"}
    return _VERBS.get(intent, ""), {}
