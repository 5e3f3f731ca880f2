"""Which devices a piece of a person's words names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from agentd.brains.grounds.patterns import patterns
from agentd.brains.targets import Home
from agentd.brains.words import tokenise, tokens_of_name
from agentd.model import Device, Kind

_BESIDE: Final = frozenset(
    {
        *("please", "too", "as", "well", "both", "also", "my", "our", "your", "the", "all", "hey"),
        *("ok", "okay", "of", "in", "on", "和", "跟", "与", "也", "都", "还", "有", "的", "请"),
    }
)
"""What may stand beside names in a list of nothing but names."""
_VERBS: Final = ("unlock", "lock", "open", "close")


class Called:
    """The names, aliases and areas of the devices of one turn."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._words = {
            device.id: frozenset(
                concept
                for name in (device.name, device.area, *device.aliases)
                for concept in tokens_of_name(name).concepts
            )
            for device in devices
        }
        self._home = Home(devices)
        self._things = [device.id for device in devices if device.kind is not Kind.SENSOR]
        self._all = frozenset[str]().union(*self._words.values())

    def names(self, device: Device, things: Iterable[str]) -> bool:
        """Return whether one of the texts in `things` says a word of the device's names or area.

        Where more words of another device were said, that one is meant: "the garage door" is no
        front door.
        """
        return any(self._names(device.id, text) for text in things)

    def _names(self, device_id: str, text: str) -> bool:
        said = frozenset(tokenise(text).concepts)
        mine = said & self._words.get(device_id, frozenset())
        return bool(mine) and not any(mine < said & self._words[each] for each in self._things)

    def spoken_of(self, things: Iterable[str]) -> frozenset[str]:
        """Return the ids of what `things` may speak of, none where they name nothing here."""
        return frozenset[str]().union(*(self._home.spoken_of(text) for text in things))

    def only_names(self, text: str) -> bool:
        """Return whether `text` is names and no verb: the rest of a list, or who is addressed."""
        said = set(tokenise(text).concepts)
        bare = text.strip()
        if any(patterns().ways[verb].match(bare) for verb in _VERBS):
            return False
        return bool(said & self._all) and said <= self._all | _BESIDE
