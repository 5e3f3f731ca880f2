"""What of a sentence is a name in this home: the marks that tell the tagger so.

The tagger was trained with marks now and then missing, so that it also reads names in part.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Final

from agentd.brains.language import simplified
from agentd.brains.pieces import Piece, pieces
from agentd.model import Device

GROUPS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("light",), 0),
    **dict.fromkeys(("switch", "output"), 1),
    **dict.fromkeys(("cover", "valve"), 2),
    **dict.fromkeys(("climate",), 3),
    **dict.fromkeys(("fan",), 4),
    **dict.fromkeys(("lock",), 5),
    **dict.fromkeys(("media_player",), 6),
    **dict.fromkeys(("scene", "button"), 7),
    **dict.fromkeys(("drive", "vacuum"), 8),
    **dict.fromkeys(("servo",), 9),
    **dict.fromkeys(("sensor",), 10),
}
"""Kinds of devices that are spoken of in like ways share a mark."""
BEGINS, INSIDE, PARTLY, PLACE, PLACE_INSIDE = range(5)
"""A device's whole name begins or goes on here; a word of some name; a room's or floor's name."""
FIRST_KIND: Final = 5
MARKS: Final = 16
"""Marks a piece has: the five above and one for each group of kinds."""
_LONGEST: Final = 8
_SMALL: Final = frozenset({"the", "a", "of", "in", "and", "的", "my", "s"})

Words = tuple[str, ...]


class Gazetteer:
    """The names of one home, ready to be looked up."""

    def __init__(self, devices: Iterable[Device]) -> None:
        named = [
            (name, GROUPS.get(device.kind, GROUPS["sensor"]))
            for device in devices
            for name in (device.name, *device.aliases)
        ]
        places = [place for device in devices for place in (device.area, device.floor) if place]
        self._fill(named, places)

    @classmethod
    def of(cls, named: Sequence[tuple[str, int]], places: Iterable[str]) -> Gazetteer:
        """Return the gazetteer of names with their kind's group, and of places."""
        made = cls(())
        made._fill(named, places)
        return made

    def _fill(self, named: Sequence[tuple[str, int]], places: Iterable[str]) -> None:
        self._names: dict[Words, set[int]] = {}
        self._words: set[str] = set()
        for name, kind in named:
            words = _words(name)
            if words:
                self._names.setdefault(words, set()).add(kind)
                self._words.update(word for word in words if word not in _SMALL)
        self._places = {_words(place) for place in places} - {()}
        self._name_sizes = _sizes(self._names)
        self._place_sizes = _sizes(self._places)

    def marks(self, words: Sequence[Piece]) -> list[list[int]]:
        """Return the marks that are set for each piece."""
        said = tuple(word.text for word in words)
        found: list[list[int]] = [[PARTLY] if word in self._words else [] for word in said]
        for at, size in _matches(said, self._places, self._place_sizes):
            found[at].append(PLACE)
            for inner in range(at + 1, at + size):
                found[inner].append(PLACE_INSIDE)
        for at, size in _matches(said, self._names, self._name_sizes):
            kinds = [FIRST_KIND + kind for kind in sorted(self._names[said[at : at + size]])]
            for inner in range(at, at + size):
                found[inner] += [BEGINS if inner == at else INSIDE, *kinds]
        return found

    def whole(self, words: Sequence[Piece]) -> list[range]:
        """Return where devices are called by their whole names."""
        said = tuple(word.text for word in words)
        return [range(at, at + size) for at, size in _matches(said, self._names, self._name_sizes)]

    def places(self, words: Sequence[Piece]) -> list[range]:
        """Return where rooms and floors are called by their whole names."""
        said = tuple(word.text for word in words)
        found = _matches(said, self._places, self._place_sizes)
        return [range(at, at + size) for at, size in found]


def _words(name: str) -> Words:
    words = tuple(piece.text for piece in pieces(simplified(name)))
    return words if len(words) <= _LONGEST else ()


def _sizes(known: Iterable[Words]) -> dict[str, list[int]]:
    """Return how long what is `known` can be, the longest first, by its first word."""
    found: dict[str, set[int]] = {}
    for words in known:
        found.setdefault(words[0], set()).add(len(words))
    return {first: sorted(sizes, reverse=True) for first, sizes in found.items()}


def _matches(
    said: Words, known: Container[Words], sizes: Mapping[str, Sequence[int]]
) -> list[tuple[int, int]]:
    """Return start and length of what is `known`, the longest at each place, not overlapping."""
    found, at = [], 0
    while at < len(said):
        for size in sizes.get(said[at], ()):
            if size <= len(said) - at and said[at : at + size] in known:
                found.append((at, size))
                at += size
                break
        else:
            at += 1
    return found
