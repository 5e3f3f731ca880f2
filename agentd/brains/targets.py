"""From "the living room light" or 客厅灯 to devices: by name, alias, room and kind.

A phrase means a device when all its concepts are among the device's own: those of its name, its
aliases, its room and its kind. Nothing in a phrase is ever ignored but articles.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from agentd.brains.floors import floor_levels
from agentd.brains.language import fold
from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.words import Tokens, any_of, tokenise, tokens_of_name, word_list
from agentd.errors import nearest
from agentd.model import Device, Kind

Fits = Callable[[Device], bool]

_KINDS: Final[dict[Kind, frozenset[str]]] = {
    Kind.LIGHT: frozenset({"light", "brightness"}),
    Kind.SWITCH: frozenset({"switch"}),
    Kind.COVER: frozenset({"cover", "position"}),
    Kind.VALVE: frozenset({"valve", "position", "water"}),
    Kind.VACUUM: frozenset({"vacuum", "battery"}),
    Kind.CLIMATE: frozenset({"climate", "temperature"}),
    Kind.FAN: frozenset({"fan", "speed"}),
    Kind.LOCK: frozenset({"lock", "door"}),
    Kind.MEDIA: frozenset({"speaker", "music", "volume"}),
    Kind.SCENE: frozenset({"scene"}),
    Kind.BUTTON: frozenset({"button"}),
    Kind.TODO: frozenset({"list"}),
    Kind.TIMER: frozenset({"timer"}),
    Kind.DRIVE: frozenset({"rover", "battery", "speed", "position"}),
    Kind.SERVO: frozenset({"servo", "position"}),
    Kind.OUTPUT: frozenset({"output"}),
    Kind.SENSOR: frozenset({"sensor"}),
}
_HEADS: Final = {
    "light": Kind.LIGHT,
    "switch": Kind.SWITCH,
    "curtain": Kind.COVER,
    "cover": Kind.COVER,
    "valve": Kind.VALVE,
    "vacuum": Kind.VACUUM,
    "mower": Kind.VACUUM,
    "climate": Kind.CLIMATE,
    "fan": Kind.FAN,
    "lock": Kind.LOCK,
    "speaker": Kind.MEDIA,
    "scene": Kind.SCENE,
    "button": Kind.BUTTON,
    "rover": Kind.DRIVE,
    "servo": Kind.SERVO,
    "output": Kind.OUTPUT,
    "sensor": Kind.SENSOR,
}
_DOMAINS: Final = {"lawn_mower": frozenset({"mower"}), "siren": frozenset({"siren"})}
"""What else the first part of an id says of a device: it goes by this, not by its kind's words."""
_CLASSED: Final = frozenset({Kind.COVER, Kind.SENSOR})
_BY_NAME_ONLY: Final = frozenset({"valve", "vacuum", "lawn_mower", "siren", "lock", "cover"})
"""What is not meant by "everything in the garden": nobody asked to water or mow or lock it."""
_OPENINGS: Final = frozenset({"door", "gate", "window", "shutter", "awning"})
_MAX_PHRASE: Final = 120
MOST_READ: Final = 4
"""So many equally good devices a question may read without asking back."""


@dataclass(frozen=True, slots=True)
class _Entry:
    device: Device
    names: tuple[Tokens, ...]
    spelt: frozenset[str]
    floor: frozenset[str]
    place: frozenset[str]
    place_and_kind: frozenset[str]
    all: frozenset[str]


class Home:
    """The devices of one moment, indexed by the words people use for them."""

    def __init__(self, devices: Iterable[Device]) -> None:
        self.devices = tuple(devices)
        self._by_id = {device.id: device for device in self.devices}
        levels = floor_levels(self.devices)
        self._entries = [
            _entry(device, levels.get(device.floor, frozenset())) for device in self.devices
        ]

    def find(
        self, phrase: str, fits: Fits, *, asking: bool = False, near: str = ""
    ) -> list[Device]:
        """Return the devices that `phrase` means among those that `fits`.

        `near` is the room of the speaker: among several it is those there. With `asking` a few
        equally good ones are all returned. Raises `NotUnderstood`: nothing is called that, it
        cannot do that, or two would do.
        """
        try:
            return self._find_one(phrase, fits, asking, near)
        except NotUnderstood as problem:
            parts = _and_split(phrase, _BESIDE)
            if problem.why is not Why.TARGET or len(parts) < 2:
                raise
            found: list[Device] = []
            for part in parts:
                found += self._find_part(part, fits, asking, _room_of(found) or near)
            return list({device.id: device for device in found}.values())

    def _find_part(
        self, part: tuple[str, str], fits: Fits, asking: bool, near: str
    ) -> list[Device]:
        """Find one member of a list, with the kind's word of the last, or as it was said."""
        alike, bare = part
        try:
            return self._find_one(alike, fits, asking, near)
        except NotUnderstood:
            if alike == bare or not self._named(bare, fits):
                raise
            return self._named(bare, fits)

    def spoken_of(self, phrase: str) -> frozenset[str]:
        """Return the ids of what `phrase` may speak of: words of its names, room or kind are said.

        Where more words of another device were said, that one is meant. None where no whole name,
        no room and no kind is said: a single word may mean anything.
        """
        parts = _and_split(phrase) or [(phrase, phrase)]
        return frozenset[str]().union(*(self._spoken_of(part) for part, _ in parts))

    def _spoken_of(self, phrase: str) -> frozenset[str]:
        said = frozenset(tokenise(phrase).concepts)
        things = [each for each in self._entries if each.device.kind is not Kind.SENSOR]
        if not any(_is_said(entry, said) for entry in things):
            return frozenset()
        shared = {entry.device.id: said & entry.all for entry in things}
        said_of = set(shared.values())
        most = {words for words in said_of if words and not any(words < each for each in said_of)}
        return frozenset(device for device, words in shared.items() if words in most)

    def inside(self, place: str, fits: Fits) -> list[Device]:
        """Return what `fits` in the room or on the floor `place`; all of the home for none."""
        wanted = frozenset(tokenise(place).concepts)
        able = [entry for entry in self._entries if fits(entry.device)]
        return [entry.device for entry in able if wanted <= entry.place]

    def is_place(self, phrase: str) -> bool:
        """Return whether `phrase` is a room or floor of this home."""
        wanted = frozenset(tokenise(phrase).concepts)
        return bool(wanted) and any(wanted <= entry.place for entry in self._entries)

    def has(self, wanted: set[str]) -> bool:
        """Return whether something here goes by all of these concepts."""
        return any(wanted <= entry.all for entry in self._entries)

    def knows(self, phrase: str) -> bool:
        """Return whether something here is called `phrase`."""
        wanted = set(tokenise(phrase).concepts)
        return bool(wanted) and self.has(wanted)

    def concepts(self, device: Device) -> frozenset[str]:
        """Return all words that `device` goes by, as concepts."""
        return next(entry.all for entry in self._entries if entry.device is device)

    def get(self, device_id: str) -> Device:
        """Return the device with this id. Raises `KeyError`."""
        return self._by_id[device_id]

    def _find_one(self, phrase: str, fits: Fits, asking: bool, near: str) -> list[Device]:
        said = tokenise(phrase) if len(phrase) <= _MAX_PHRASE else Tokens((), frozenset())
        named = self._named(phrase, fits)
        if named:
            return named
        called = self._called(said)
        if not called:
            raise NotUnderstood(Why.TARGET, phrase.strip(), self._near(phrase, said))
        able = [entry for entry in called if fits(entry.device)]
        if not able:
            raise NotUnderstood(Why.UNABLE, phrase.strip(), _names(called))
        best = _nearest(_best(able, said), said, near)
        devices = [entry.device for entry in best]
        several = len(best) > (MOST_READ if asking else 1)
        if several and not (said.many or _means_all(best, said)):
            raise NotUnderstood(Why.AMBIGUOUS, phrase.strip(), _names(best), devices)
        return devices

    def _called(self, said: Tokens) -> list[_Entry]:
        """Return what all the words may mean; a kind's word behind a name may be too much."""
        wanted = frozenset(said.concepts)
        if not wanted:
            return self._entries if said.many else []
        called = [entry for entry in self._entries if wanted <= entry.all]
        for kind in () if called else [each for each in said.concepts if each in _HEADS]:
            fewer = wanted - {kind}
            called = called or [
                entry
                for entry in self._entries
                if fewer and fewer <= entry.all and entry.device.kind is _HEADS[kind]
            ]
        return called

    def _named(self, phrase: str, fits: Fits) -> list[Device]:
        """Return the one device that is called exactly `phrase`, if it can do what is asked."""
        said = re.sub(r"^(?:the|my|our) ", "", fold(phrase))
        named = [
            device
            for device in self.devices
            if said in {fold(name) for name in (device.id, device.name, *device.aliases)}
        ]
        return named if len(named) == 1 and fits(named[0]) else []

    def _near(self, phrase: str, said: Tokens) -> list[str]:
        names = [device.name for device in self.devices]
        shared = [
            entry.device.name
            for entry in self._entries
            if frozenset(said.concepts) & entry.all - {"position", "brightness", "speed"}
        ]
        return list(dict.fromkeys(nearest(phrase, names) + shared))[:3]


def _entry(device: Device, level: frozenset[str]) -> _Entry:
    named = [tokens_of_name(name) for name in (device.name, *device.aliases)]
    concepts = frozenset(word for tokens in named for word in tokens.concepts)
    kind = _DOMAINS.get(_domain(device), _KINDS[device.kind])
    if device.kind is Kind.COVER and not concepts & _OPENINGS:
        kind |= {"curtain"}
    if device.device_class == "gas":
        kind -= {"water"}
    if device.kind is Kind.SENSOR and device.id.rpartition(".")[2].endswith("temperature"):
        kind |= {"temperature"}
    if device.device_class:
        kind |= _class_concepts(device.device_class)
    floor = frozenset(tokens_of_name(device.floor).concepts) | level
    place = frozenset(tokens_of_name(device.area).concepts) | floor
    return _Entry(
        device=device,
        names=tuple(named),
        spelt=frozenset(word for tokens in named for word in tokens.spelt)
        | {word for name in (device.name, *device.aliases) for word in fold(name).split()},
        floor=floor,
        place=place,
        place_and_kind=place | kind,
        all=concepts | place | kind,
    )


def _is_said(entry: _Entry, said: frozenset[str]) -> bool:
    """Return whether a whole name of a device, its room, its floor or its kind is among `said`."""
    kind = entry.place_and_kind - entry.place
    whole = (frozenset(each.concepts) for each in entry.names)
    room = entry.place - entry.floor
    places = any(place and place <= said for place in (room, entry.floor))
    return bool(kind & said) or places or any(name and name <= said for name in whole)


def _domain(device: Device) -> str:
    return device.id.partition(".")[0]


@cache
def _class_concepts(name: str) -> frozenset[str]:
    """Return the words that a device class goes by, as concepts."""
    spelt = word_list().classes.get(name, (name.replace("_", " "),))
    return frozenset(word for each in spelt for word in tokenise(each).concepts)


@cache
def _classes_by_word() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, spelt in word_list().classes.items():
        for word in spelt:
            found.setdefault(word, set()).add(name)
    return found


def _best(able: Sequence[_Entry], said: Tokens) -> list[_Entry]:
    """Return the entries that fit best: of the kind said, called just so, spelt just so."""
    heads = [_HEADS[concept] for concept in said.concepts if concept in _HEADS]
    best = list(able)
    if heads:
        best = [entry for entry in best if entry.device.kind is heads[-1]] or best
    best = _placed(best, frozenset(said.concepts))
    classes = {name for word in said.spelt for name in _classes_by_word().get(word, ())}
    if all(entry.device.kind in _CLASSED for entry in best):
        best = [entry for entry in best if entry.device.device_class in classes] or best
    if said.many or _is_bare_room(best, said):
        if _is_bare_room(best, said):
            best = [each for each in best if _domain(each.device) not in _BY_NAME_ONLY] or best
        return best
    best = [entry for entry in best if _is_called(entry, said)] or best
    spelt = [entry for entry in best if said.spelt <= entry.spelt]
    return spelt if len(spelt) == 1 else best


def _placed(entries: list[_Entry], wanted: frozenset[str]) -> list[_Entry]:
    """Return those whose room is the one said: "the bedroom" is not the guest bedroom."""
    area = {entry.device.id: frozenset(tokenise(entry.device.area).concepts) for entry in entries}
    exact = [each for each in entries if area[each.device.id] and area[each.device.id] <= wanted]
    partly = [each for each in entries if area[each.device.id] & wanted]
    return exact if exact and partly else entries


def _room_of(found: Sequence[Device]) -> str:
    """Return the one room of what was found before: "the bedroom light and the fan"."""
    rooms = {device.area for device in found}
    return rooms.pop() if len(rooms) == 1 else ""


def _nearest(best: list[_Entry], said: Tokens, near: str) -> list[_Entry]:
    """Return those in the speaker's room, where several would do and no place was said."""
    here = [entry for entry in best if near and entry.device.area == near]
    placed = frozenset(said.concepts) & {word for entry in best for word in entry.place}
    return here if here and len(best) > 1 and not placed else best


def _is_called(entry: _Entry, said: Tokens) -> bool:
    """Return whether `said` is one of its names: in other words only across languages."""
    return any(
        set(said.concepts) == set(name.concepts)
        and (said.spelt == name.spelt or said.chinese != name.chinese)
        for name in entry.names
    )


def _is_bare_room(entries: Sequence[_Entry], said: Tokens) -> bool:
    wanted = frozenset(said.concepts)
    return all(wanted <= entry.place for entry in entries)


def _means_all(best: Sequence[_Entry], said: Tokens) -> bool:
    """Return whether a phrase without a plural means all of `best`.

    A bare room means its devices when they are all of one kind, "the bedroom light" all lights
    of that room unless one is called so. Chinese has no plural: 窗帘 are all curtains.
    """
    wanted = frozenset(said.concepts)
    kinds = {entry.device.kind for entry in best}
    if len(kinds) > 1 or not all(wanted <= entry.place_and_kind for entry in best):
        return False
    one_room = len({entry.device.area for entry in best}) == 1
    one_room = one_room or all(wanted & entry.floor - {"floor"} for entry in best)
    if said.chinese:
        return one_room or kinds == {Kind.COVER}
    return _is_bare_room(best, said) or (one_room and kinds == {Kind.LIGHT})


_BESIDE: Final = r"(?<!\bin)(?<!\bon)(?<!\bof)(?<!\bat)(?<!both)(?<!all)\s+(?=(?:the|my) )"
"""Between things that nothing joins: "the tv the ac and the fan"."""


def _and_split(phrase: str, beside: str = "(?!)") -> list[tuple[str, str]]:
    """Return the members of "the kitchen and bedroom lights", each with its kind's word.

    Behind each stands what was said of it alone. What `beside` finds parts them, too.
    """
    conjunction = any_of(word_list().phrases.conjunction)
    pieces = re.split(rf"\s*(?:{conjunction}|[,，、&])\s*|{beside}", phrase, flags=re.IGNORECASE)
    parts = [part for part in pieces if part.strip()]
    last = [c for c in tokenise(parts[-1]).concepts if c in _HEADS] if parts else []
    spoken = _word_of_kind(parts[-1], last[-1]) if last else ""
    headed = [any(c in _HEADS for c in tokenise(part).concepts) for part in parts]
    return [
        (part if has_head else f"{part} {spoken}", part)
        for part, has_head in zip(parts, headed, strict=True)
    ]


def _word_of_kind(phrase: str, concept: str) -> str:
    """Return the word in `phrase` that names `concept` ("lights")."""
    words = word_list()
    spellings = (*words.things.get(concept, ()), *words.many.get(concept, ()))
    said = re.findall(any_of(spellings), fold(phrase)) if spellings else []
    return str(said[-1]) if said else ""


def _names(entries: Sequence[_Entry]) -> list[str]:
    return list(dict.fromkeys(entry.device.name for entry in entries))[:6]
