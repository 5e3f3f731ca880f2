"""The keys of one announcement, read with the type they must have."""

from __future__ import annotations

import math
from collections.abc import Mapping

from agentd.drivers.homeassistant.errors import DiscoveryError
from agentd.drivers.homeassistant.template import AS_IT_IS, Template, compile_template

LONGEST_TOPIC = 1000


class Options:
    """A mapping with unabbreviated keys. Every getter raises `DiscoveryError` by key."""

    def __init__(self, tree: Mapping[str, object]) -> None:
        self._tree = tree

    def __contains__(self, key: str) -> bool:
        return self._tree.get(key) is not None

    def denies(self, key: str) -> bool:
        """Return whether the key is there to say that there is none (`null`)."""
        return key in self._tree and self._tree[key] is None

    def text(self, key: str, default: str = "") -> str:
        """Return a string; numbers and booleans are taken as their text."""
        value = self._tree.get(key)
        if value is None:
            return default
        if not isinstance(value, str | int | float):
            raise DiscoveryError(f'"{key}" must be text')
        return str(value)

    def topic(self, key: str) -> str:
        """Return a topic to publish to or to hear, or "" when there is none."""
        topic = self.text(key)
        if any(mark in topic for mark in "#+\0") or len(topic) > LONGEST_TOPIC:
            raise DiscoveryError(f'"{key}" is not a topic: {topic[:60]!r}')
        return topic

    def needed_topic(self, key: str) -> str:
        """Return a topic that must be there."""
        topic = self.topic(key)
        if not topic:
            raise DiscoveryError(f'"{key}" is missing')
        return topic

    def number(self, key: str, default: float) -> float:
        """Return a finite number; text that is one is accepted."""
        value = self._tree.get(key)
        if value is None:
            return default
        try:
            number = float(value) if isinstance(value, str | int | float) else math.nan
        except (ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number) or isinstance(value, bool):
            raise DiscoveryError(f'"{key}" must be a number')
        return number

    def flag(self, key: str) -> bool:
        """Return a boolean, False when absent."""
        value = self._tree.get(key)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise DiscoveryError(f'"{key}" must be true or false')
        return value

    def words(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of strings."""
        value = self._tree.get(key)
        if value is None:
            return default
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise DiscoveryError(f'"{key}" must be a list of words')
        return tuple(value)

    def rows(self, key: str) -> list[Options]:
        """Return a list of tables; a single table counts as a list of one."""
        value = self._tree.get(key)
        rows = [] if value is None else value if isinstance(value, list) else [value]
        tables = [Options(row) for row in rows if isinstance(row, dict)]
        if len(tables) < len(rows):
            raise DiscoveryError(f'"{key}" must be a list of tables')
        return tables

    def table(self, key: str) -> Options:
        """Return a table, empty when absent."""
        value = self._tree.get(key)
        if value is None:
            return Options({})
        if not isinstance(value, dict):
            raise DiscoveryError(f'"{key}" must be a table')
        return Options(value)

    def template(self, key: str, *names: str) -> Template:
        """Return the template, or the one that takes the payload as it is."""
        text = self.text(key)
        return compile_template(text, *names) if text else AS_IT_IS
