"""One sentence, the home it is said in, and how the home should be afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from agentd.model import Call, Device, State
from agentd.store import Scheduled

Ending = tuple[Call, ...]
"""Calls that lead where the sentence wants to go; played in the home before comparing."""


class Wants(StrEnum):
    """What a sentence wants from us."""

    CHANGE = "change"
    READ = "read"
    """An answer from the state; nothing may change."""
    NOTHING = "nothing"
    """It asks for nothing, or for something no tool offers: no call that changes anything."""
    ASK = "ask"
    """Two readings, or none that can be done: nothing may change, and asking back is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A sentence and its expectation.

    `endings` are the accepted ones. `ranges` replaces the value of `(device, attribute)` by an
    inclusive range, for "a bit warmer". `free` may change. `reads` are the devices that may be
    read to answer; `all_reads` says that every one of them must be. `lacks` names the kind of
    device we do not have yet, which makes the row a failure whatever the brain does.
    """

    id: str
    group: str
    words: str
    wants: Wants
    language: str = "en"
    speaker_area: str = ""
    devices: tuple[Device, ...] = ()
    states: Mapping[str, State] = field(default_factory=dict)
    endings: tuple[Ending, ...] = ()
    ranges: Mapping[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    free: frozenset[tuple[str, str]] = frozenset()
    reads: frozenset[str] = frozenset()
    all_reads: bool = False
    may_ask: bool = False
    """Asking back is as right as doing it (a value out of range)."""
    lacks: str = ""
    later: Call | None = None
    """The call that must be made for later, with its wait."""
    agenda: tuple[Scheduled, ...] = ()
    """What is scheduled already; then the row is about `alters` of it and no brain is asked."""
    alters: tuple[tuple[str, str, float], ...] = ()
    """What is to be done, with which entries of it, by how many seconds."""
    told: bool = False
    """It must be answered in words, by who is sure."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A named set of rows."""

    name: str
    rows: tuple[Row, ...]
