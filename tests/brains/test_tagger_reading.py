"""Wordings kept apart from the training sentences: read right, or asked back about."""

from __future__ import annotations

from pathlib import Path

from agentd.brains import Propose
from agentd.model import Device
from tests.brains.homes import CHINESE, ENGLISH, shown, think
from tests.brains.test_offline_commands import table

HELD_OUT = Path(__file__).with_name("held_out.txt")
READ, WRONG = 0.7, 0
"""Share that must be read, and how many may be read wrong: what the committed model reaches."""


def proposed(words: str, home: tuple[Device, ...] = ENGLISH) -> list[str]:
    return [shown(each.call) for each in think(words, home) if isinstance(each, Propose)]


def _rows() -> list[tuple[str, list[str]]]:
    return table(HELD_OUT.read_text(encoding="utf-8"))


def test_wordings_nobody_wrote_down_are_mostly_read_and_never_read_wrong() -> None:
    rows = [(words, wanted) for words, wanted in _rows() if wanted != ["nothing"]]
    right = wrong = 0
    for words, wanted in rows:
        found = proposed(words, CHINESE if not words.isascii() else ENGLISH)
        right += found == wanted
        wrong += bool(found) and found != wanted
    assert right / len(rows) >= READ, right
    assert wrong <= WRONG, wrong


def test_a_sentence_that_asks_for_nothing_does_nothing() -> None:
    nothing = [words for words, wanted in _rows() if wanted == ["nothing"]]
    assert len(nothing) >= 40
    acted = {
        words: calls
        for words in nothing
        if (calls := [each for each in proposed(words) if not each.startswith("get_state")])
    }
    assert acted == {}
