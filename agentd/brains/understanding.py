"""What the offline brain keeps between sentences: recognisers by language, the home's index."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from agentd.brains.grammar import Grammar, Reading
from agentd.brains.home_grammar import HomeGrammar
from agentd.brains.targets import Home
from agentd.model import Device


class Language:
    """The recognisers of one language (`en`, `zh`)."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.conjunction = "和" if code == "zh" else " and "
        self.grammar = Grammar(code)
        self._home_grammar = HomeGrammar(code)

    def warm_up(self) -> None:
        """Let hassil parse its templates, which it does on the first sentence it sees."""
        self.grammar.readings("?")
        self._home_grammar.readings("?", Home(()), asking=False)

    def home_readings(self, clause: str, home: Home, asking: bool) -> list[Reading]:
        """Return what Home Assistant's templates make of `clause`: one reading or none."""
        return self._home_grammar.readings(clause, home, asking=asking)


class Languages:
    """Builds each language once, and the index of the home only when the registry changed."""

    def __init__(self) -> None:
        self._languages: dict[str, Language] = {}
        self._lock = threading.Lock()
        self._home = Home(())

    def get(self, code: str) -> Language:
        """Return the recognisers of `code`, built on first use. Call it off the event loop."""
        with self._lock:
            if code not in self._languages:
                self._languages[code] = Language(code)
            return self._languages[code]

    def home(self, devices: Sequence[Device]) -> Home:
        """Return the index of `devices`; the same one while they stay the same."""
        if tuple(devices) != self._home.devices:
            self._home = Home(devices)
        return self._home
