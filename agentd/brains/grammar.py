"""Our own sentence templates (`sentences/en.yaml`, `zh.yaml`), matched by hassil.

A match is only a reading of the words: which devices a target means, and whether they can do it,
is found out later and may throw the reading away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Final

from agentd.brains.words import choice_words

MAX_READINGS: Final = 40


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the `words` of a clause: a verb, its slots, its devices if already known."""

    verb: str
    words: str
    slots: Mapping[str, str] = field(default_factory=dict)
    device_ids: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether it only wants to know something."""
        return self.verb.startswith("ask")


class Grammar:
    """The templates of one language. Building it takes about a tenth of a second."""

    def __init__(self, language: str) -> None:
        # Imported here because it costs start-up time that a daemon without this brain saves.
        from hassil import Intents  # noqa: PLC0415
        from hassil.intents import TextSlotList  # noqa: PLC0415

        source = files("agentd.brains").joinpath(f"sentences/{language}.yaml")
        with source.open(encoding="utf-8") as template_file:
            self._intents: Any = Intents.from_yaml(template_file)
        # What a device can be set to by a word ("red", 制冷), known to `words.choice`.
        options = [(word, word) for word in choice_words()]
        self._lists: dict[str, Any] = {
            "choice": TextSlotList.from_tuples(options, allow_template=False)
        }
        self._language = language

    def readings(self, clause: str) -> list[Reading]:
        """Return every way to read `clause`, in the order of the templates, at most 40."""
        from hassil import recognize_all  # noqa: PLC0415

        found: list[Reading] = []
        results = recognize_all(
            clause, self._intents, slot_lists=self._lists, language=self._language
        )
        for result in results:
            slots = {name: str(entity.value) for name, entity in result.entities.items()}
            found.append(Reading(result.intent.name, clause, slots))
            if len(found) == MAX_READINGS:
                break
        return found
