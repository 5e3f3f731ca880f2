"""Home Assistant's own sentence tests, English and zh-cn (CC BY 4.0).

Those tests only ask whether a sentence is recognised, so their fixture lacks things they speak of
(a fan in the kitchen, the room of a scene). Such a thing is added for that sentence alone, and
whatever a sentence is
to change begins in the opposite state, so that doing nothing is never right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from agentd.model import Call, Device, Kind, Number, State, Value
from eval import entities, timers
from eval.home_commands import home_devices, home_states, lines
from eval.notation import tool_of
from eval.rows import Dataset, Row, Wants

Json = Mapping[str, Any]
LANGUAGES: Final = {"en": ("ha_en", "en"), "zh-cn": ("ha_zh", "zh")}
_TO_CHANGE: Final[dict[str, tuple[str, Kind | None]]] = {
    "HassTurnOn": ("on", None),
    "HassTurnOff": ("off", None),
    "HassLightSet": ("light", Kind.LIGHT),
    "HassSetPosition": ("position", None),
    "HassVacuumStart": ("start", Kind.VACUUM),
    "HassVacuumReturnToBase": ("dock", Kind.VACUUM),
    "HassSetVolume": ("volume", Kind.MEDIA),
    "HassClimateSetTemperature": ("temperature", Kind.CLIMATE),
    "HassMediaNext": ("next", Kind.MEDIA),
    "HassMediaPrevious": ("previous", Kind.MEDIA),
    "HassMediaPause": ("pause", Kind.MEDIA),
    "HassMediaUnpause": ("unpause", Kind.MEDIA),
    "HassMediaSearchAndPlay": ("media", Kind.MEDIA),
    "HassListAddItem": ("add", Kind.TODO),
    "HassListCompleteItem": ("remove", Kind.TODO),
    "HassShoppingListAddItem": ("add", Kind.TODO),
}
_DOMAIN_WORDS: Final = {
    "zh": {
        "light": "灯",
        "fan": "风扇",
        "lock": "门锁",
        "cover": "窗帘",
        "garage": "车库门",
        "media_player": "音箱",
        "climate": "空调",
        "valve": "阀门",
        "vacuum": "扫地机器人",
    },
    "en": {
        "garage": "Garage door",
        "media_player": "Speaker",
        "climate": "Thermostat",
        "todo": "Shopping list",
    },
}


def datasets() -> list[Dataset]:
    """Return what we offer and what we do not, for each language."""
    fixtures = {each["lang"]: each for each in lines("ha_intents_fixtures.jsonl")}
    found: dict[str, list[Row]] = {}
    for each in lines("ha_intents_tests.jsonl"):
        name, language = LANGUAGES[each["lang"]]
        made = row(each, fixtures[each["lang"]], language)
        part = f"{name} not offered" if made.wants is Wants.NOTHING else name
        found.setdefault(part, []).append(made)
    return [Dataset(name, tuple(found[name])) for name in sorted(found)]


def row(said: Json, fixture: Json, language: str) -> Row:
    """Return one test sentence with the home it needs."""
    intent = said["intents"][0]
    slots, context = dict(intent["slots"]), intent["context"] or {}
    devices = list(_devices(fixture))
    near = _area(context.get("area", ""), fixture)
    base = {
        "id": said["id"],
        "group": intent["name"],
        "words": said["text"],
        "language": language,
        "speaker_area": near,
    }
    slots["area"] = _area(slots.get("area", ""), fixture)
    domain = slots.get("domain") or context.get("domain") or ""
    states = home_states(fixture, tuple(devices), {})
    if intent["name"] in ("HassGetState", "HassClimateGetTemperature") and domain != "person":
        return Row(
            **base,
            wants=Wants.READ,
            devices=tuple(devices),
            states=states,
            reads=frozenset(_to_read(intent["name"], devices, slots)),
            all_reads=intent["name"] == "HassGetState" and "name" not in slots,
        )
    if intent["name"] == "HassGetCurrentTime":
        return Row(**base, wants=Wants.READ, devices=tuple(devices), states=states, told=True)
    if (timer := timers.fields(intent["name"], slots, fixture, near)) is not None:
        at_home = (*devices, timers.TIMER)
        return Row(**base, wants=Wants.CHANGE, devices=at_home, states=states, **timer)
    if intent["name"] not in _TO_CHANGE:
        return Row(**base, wants=Wants.NOTHING, devices=tuple(devices), states=states)
    verb, kind = _TO_CHANGE[intent["name"]]
    kind = kind or entities.KINDS.get(domain)
    if verb == "position":
        kind = kind or Kind.COVER
    devices = [_placed(each, slots) for each in devices]
    if intent["name"] == "HassShoppingListAddItem":
        # Home Assistant keeps that one list apart from those it calls to-do lists.
        devices = [each for each in devices if each.kind is not Kind.TODO]
    targets = _targets(devices, kind, slots)
    if not targets and slots["area"]:
        # People say blind for a curtain; only where there is neither, one is added.
        loose = {name: value for name, value in slots.items() if name != "device_class"}
        targets = _targets(devices, kind, loose)
    targets = targets or [_added(kind, slots, language)]
    devices += [each for each in targets if each not in devices]
    calls = [_call(each, verb, slots) for each in targets]
    endings = [tuple(calls)]
    if verb == "temperature" and set(slots) <= {"temperature", "area"} and not slots["area"]:
        endings += [(call,) for call in calls]
    return Row(
        **base,
        wants=Wants.CHANGE,
        devices=tuple(devices),
        states=states | _opposed(calls, states),
        endings=tuple(endings),
    )


def _devices(fixture: Json) -> Iterator[Device]:
    for device in home_devices(fixture):
        accepts = dict(device.arguments)
        if device.kind is Kind.LIGHT:
            accepts |= entities.COLORED
        if device.kind is Kind.CLIMATE:
            accepts["temperature_c"] = Number(0, 100, "°C")
        yield replace(device, arguments=accepts)


def _area(name: str, fixture: Json) -> str:
    """Return the fixture's own name of an area; a satellite may give its English one."""
    ids = {area["id"].removesuffix("_id"): area["name"] for area in fixture["areas"]}
    return str(ids.get(name.lower().replace(" ", "_"), name))


def _targets(devices: Sequence[Device], kind: Kind | None, slots: Json) -> list[Device]:
    name = slots.get("name", "")
    named = [each for each in devices if _is_called(each, name) and kind in (None, each.kind)]
    if name and name != "all" and named:
        return named
    return [
        each
        for each in devices
        if (kind is each.kind)
        and slots["area"] in ("", each.area)
        and slots.get("floor", each.floor) == each.floor
        and slots.get("device_class", each.device_class) == each.device_class
    ]


def _placed(device: Device, slots: Json) -> Device:
    """Return a scene in the room that the sentence puts it in, where the fixture says none."""
    said = device.kind is Kind.SCENE and _is_called(device, slots.get("name", ""))
    return replace(device, area=slots["area"]) if said and not device.area else device


def _is_called(device: Device, name: str) -> bool:
    return device.name.casefold().replace("'", "") == name.casefold().replace("'", "")


def _added(kind: Kind | None, slots: Json, language: str) -> Device:
    """Return the thing the sentence speaks of and the fixture lacks."""
    if kind is None:
        raise ValueError(f"nothing to add for {slots}")
    what = slots.get("device_class") or kind.value
    word = _DOMAIN_WORDS[language].get(what) or _DOMAIN_WORDS[language].get(kind.value) or what
    # "close the garage door" names no area: the name is the word for it.
    apart = "" if language == "zh" else " "
    name = word if what == "garage" else f"{slots['area']}{apart}{word}".strip()
    accepts = dict(entities.ARGUMENTS.get(kind, {}))
    return Device(
        id=f"{kind.value}.added_{what}",
        name=name,
        kind=kind,
        area=slots["area"],
        floor=slots.get("floor", ""),
        device_class=slots.get("device_class", ""),
        arguments=accepts,
    )


def _call(device: Device, verb: str, slots: Json) -> Call:
    arguments = _arguments(device.kind, verb, slots)
    return Call(tool_of(device.kind), {"device": device.id, **arguments})


def _arguments(kind: Kind, verb: str, slots: Json) -> dict[str, Value]:
    if verb in ("on", "off"):
        if kind in (Kind.SCENE, Kind.BUTTON):
            return {}
        if kind is Kind.VACUUM:
            return {"task": "start" if verb == "on" else "dock"}
        name = {Kind.COVER: "open", Kind.VALVE: "open", Kind.LOCK: "locked"}.get(kind, "on")
        return {name: verb == "on"}
    if verb == "light":
        return (
            {"brightness_pct": slots["brightness"]}
            if "brightness" in slots
            else {"color": slots["color"]}
        )
    settings: dict[str, tuple[str, Any]] = {
        "position": ("position_pct", slots.get("position")),
        "volume": ("volume_pct", slots.get("volume_level")),
        "temperature": ("temperature_c", slots.get("temperature")),
        "next": ("skip", "next"),
        "previous": ("skip", "previous"),
        "pause": ("playing", False),
        "unpause": ("playing", True),
        "start": ("task", "start"),
        "dock": ("task", "dock"),
        "media": ("media", slots.get("search_query")),
        "add": ("add", slots.get("item")),
        "remove": ("remove", slots.get("item")),
    }
    name, value = settings[verb]
    return {name: value}


def _opposed(calls: Sequence[Call], states: Mapping[str, State]) -> dict[str, State]:
    """Return states in which none of the calls has already happened."""
    found: dict[str, State] = {}
    for call in calls:
        device = call.arguments["device"]
        before = dict(states.get(device, {}))
        for name, value in call.arguments.items():
            if isinstance(value, bool):
                before[name] = not value
            elif before.get(name) == value:
                del before[name]
        if "open" in before:
            before["position_pct"] = 100 if before["open"] else 0
        if call.arguments.get("position_pct") in (0, 100):
            before |= {"open": not call.arguments["position_pct"]}
            before["position_pct"] = 100 - call.arguments["position_pct"]
        if before.get("playing") or "skip" in call.arguments or "volume_pct" in call.arguments:
            before |= {"on": True, "playing": True}
        if "remove" in call.arguments:
            before |= {"entries": 1, "items": str(call.arguments["remove"])}
        found[device] = before
    return found


def _to_read(name: str, devices: Sequence[Device], slots: Json) -> Iterator[str]:
    """Yield the devices that hold the answer; empty when the home has none."""
    domain = slots.get("domain", "")
    for device in devices:
        if name == "HassClimateGetTemperature":
            words = device.name.casefold()
            fits = device.kind is Kind.CLIMATE or "temperature" in words or "温度" in words
        elif "name" in slots:
            fits = _is_called(device, slots["name"])
        else:
            fits = (
                device.id.startswith(domain)
                and slots["area"] in ("", device.area)
                and slots.get("floor", device.floor) == device.floor
                and slots.get("device_class", device.device_class) == device.device_class
            )
        if fits:
            yield device.id
