"""The patterns of `grounds.toml`, read once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from agentd.brains.words import either
from agentd.toml_file import Table, validate


class _File(Table):
    tools: dict[str, tuple[str, ...]]
    ways: dict[str, tuple[str, ...]]
    clause: dict[str, tuple[str, ...]]
    sentence: dict[str, tuple[str, ...]]
    wants: dict[str, tuple[str, ...]]
    parts: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Patterns:
    """The file, compiled: each name with one pattern for any of its lines."""

    tools: Mapping[str, re.Pattern[str]]
    """What asks for a tool; `risky` for those that are not listed."""
    ways: Mapping[str, re.Pattern[str]]
    """What says which way: `forward`, `open`, `unlock` ..."""
    clause: Mapping[str, re.Pattern[str]]
    """What makes a clause no order."""
    sentence: Mapping[str, re.Pattern[str]]
    """What makes a whole sentence no order."""
    wants: Mapping[str, re.Pattern[str]]
    """What tells of a want, by the kinds of device that may help, with spaces between them."""
    parts: Mapping[str, re.Pattern[str]]
    """Pieces of a sentence that must be known to read the rest of it."""


@cache
def patterns() -> Patterns:
    """Return the patterns that ship with the package."""
    text = files("agentd.brains.grounds").joinpath("grounds.toml").read_text(encoding="utf-8")
    data = validate(tomllib.loads(text), _File, lambda place: f"grounds.toml: {place}")
    return Patterns(
        _each(data.tools),
        _each(data.ways),
        _each(data.clause),
        _each(data.sentence),
        _each(data.wants),
        _each(data.parts),
    )


def _each(table: Mapping[str, Sequence[str]]) -> dict[str, re.Pattern[str]]:
    return {name: either(lines, re.IGNORECASE | re.DOTALL) for name, lines in table.items()}
