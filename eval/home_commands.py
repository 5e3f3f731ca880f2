"""The sets assist, assist-mini, intents and questions (home-assistant-datasets, Apache-2.0)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from agentd.model import Call, Device, Kind, State, Value
from eval import entities
from eval.notation import tool_of
from eval.rows import Dataset, Ending, Row, Wants

DATA = Path(__file__).with_name("data")
Json = Mapping[str, Any]
_ORDER = ("mode", "on", "playing", "open", "locked")


def lines(name: str) -> Iterator[Json]:
    """Yield the objects of a JSON-lines file of ours."""
    with (DATA / name).open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def datasets() -> list[Dataset]:
    """Return the four sets."""
    homes = {home["home"]: home for home in lines("home_homes.jsonl")}
    found: dict[str, list[Row]] = {}
    for each in lines("home_commands.jsonl"):
        found.setdefault(each["dataset"], []).append(row(each, homes[each["home"]]))
    return [Dataset(name, tuple(rows)) for name, rows in found.items()]


def row(said: Json, home: Json) -> Row:
    """Return one sentence in its home, with the states the case begins with."""
    setup = said["setup"] or {}
    devices = tuple(_with_setup(each, setup) for each in home_devices(home))
    states = home_states(home, devices, setup)
    changes = said["expect_changes"] or {}
    known = {device.id: device for device in devices}
    lacking = sorted({name.partition(".")[0] for name in changes if name not in known})
    free = set(_free(said["ignore_changes"] or {})) | _derived(changes)
    free |= {(name, "items") for name in changes if name.startswith("todo.")}
    question = said["dataset"] == "questions"
    endings = _endings(changes, known, states, free)
    # A list that shall stay as it is: it was not said which one is meant.
    stays = all(name.startswith("todo.") for name in changes) and not any(endings)
    category = said["category"]
    return Row(
        id=said["id"],
        group=category if isinstance(category, str) else category[0],
        words=said["text"],
        wants=Wants.CHANGE if changes and not stays else Wants.READ if question else Wants.ASK,
        devices=devices,
        states=states,
        endings=endings,
        free=frozenset(free),
        lacks=", ".join(lacking),
    )


def home_devices(home: Json) -> Iterator[Device]:
    """Yield the entities of a home that we have a kind for."""
    areas = {area["id"]: area for area in home["areas"]}
    floors = {floor["id"]: floor["name"] for floor in home.get("floors") or ()}
    seen: set[str] = set()
    for entity in home["entities"]:
        area = areas.get(entity.get("area"), {})
        floor = area.get("floor", "")
        device = entities.device(entity, area.get("name", ""), floors.get(floor, floor))
        if device is not None and device.id not in seen:
            seen.add(device.id)
            yield device


def home_states(home: Json, devices: tuple[Device, ...], setup: Json) -> dict[str, State]:
    """Return how everything is: as the home says, then as the case sets it up."""
    kinds = {device.id: device.kind for device in devices}
    states: dict[str, State] = {}
    for entity in home["entities"]:
        if (kind := kinds.get(entity["id"])) is not None:
            begin = setup.get(entity["id"], {})
            own = entities.state(kind, entity.get("state"), entity.get("attributes") or {})
            states[entity["id"]] = own | _of(kind, begin)
    return states


def _with_setup(device: Device, setup: Json) -> Device:
    modes = (setup.get(device.id, {}).get("attributes") or {}).get("supported_color_modes", ())
    if device.kind is Kind.LIGHT and "rgb" in modes:
        return replace(device, arguments={**device.arguments, **entities.COLORED})
    return device


def _of(kind: Kind, said: Json) -> dict[str, Value]:
    return entities.state(kind, said.get("state"), said.get("attributes") or {})


def _endings(
    changes: Json,
    known: Mapping[str, Device],
    states: Mapping[str, State],
    free: set[tuple[str, str]],
) -> tuple[Ending, ...]:
    calls: list[Call] = []
    for name, change in changes.items():
        if name not in known:
            continue
        if known[name].kind is Kind.TODO:
            calls += _noted(known[name], _of(Kind.TODO, change), states[name])
            continue
        skip = _skip(change, name)
        if skip:
            calls.append(skip)
            continue
        calls += _calls(known[name], _of(known[name].kind, change), states[name], free)
    ending = tuple(calls)
    muted = tuple(_muted(call) for call in ending)
    return (ending, muted) if muted != ending else (ending,)


def _calls(
    device: Device, after: Mapping[str, Value], before: State, free: set[tuple[str, str]]
) -> Iterator[Call]:
    """Yield one call for each attribute that must change, the plain ones first."""
    for name in sorted(after, key=lambda each: (each not in _ORDER, each)):
        derived = name == "playing" and after.get("on") is False
        accepted = name in device.arguments and (device.id, name) not in free
        if accepted and not derived and after[name] != before.get(name):
            yield Call(tool_of(device.kind), {"device": device.id, name: after[name]})


def _noted(device: Device, after: State, before: State) -> Iterator[Call]:
    """Yield one call for each entry that must come or go; their cases do not say which it is."""
    more = int(str(after["entries"])) - int(str(before["entries"]))
    for _ in range(abs(more)):
        name = "add" if more > 0 else "remove"
        yield Call("change_list", {"device": device.id, name: "..."})


def _skip(change: Json, name: str) -> Call | None:
    if "media_track" not in (change.get("attributes") or {}):
        return None
    return Call("set_media", {"device": name, "skip": "next"})


def _muted(call: Call) -> Call:
    """Their player mutes by setting the volume to nothing; ours has a switch for it."""
    if call.arguments.get("volume_pct") != 0:
        return call
    return Call(call.tool, {"device": call.arguments["device"], "muted": True})


_DERIVED = {
    "light": ("brightness_pct", "color"),
    "cover": ("position_pct",),
    "valve": ("position_pct",),
    "fan": ("speed_pct",),
}


def _derived(changes: Json) -> set[tuple[str, str]]:
    """What follows from switching alone: their fan starts at 100 %, a dark lamp has no colour."""
    found = set()
    for name, change in changes.items():
        domain, said = name.partition(".")[0], change.get("state")
        position = (change.get("attributes") or {}).get("current_position")
        partly = domain in ("cover", "valve") and position not in (None, 0, 100)
        if said is not None and not partly and (domain != "light" or said == "off"):
            found |= {(name, each) for each in _DERIVED.get(domain, ())}
    return found


def _free(ignored: Json) -> Iterator[tuple[str, str]]:
    for name, what in ignored.items():
        attributes = what.get("attributes", what) if isinstance(what, Mapping) else what
        for attribute in attributes:
            ours = {"current_position": "position_pct", "brightness": "brightness_pct"}
            yield (name, ours.get(attribute, attribute))
