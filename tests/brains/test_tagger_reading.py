"""What the offline brain does with the trained reader behind its templates."""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path

import pytest

from agentd.brains import Propose, Thought
from agentd.brains.offline import OfflineBrain
from agentd.brains.tagger import Tagger
from agentd.model import Device
from tests.brains.homes import CHINESE, ENGLISH, shown, turn
from tests.brains.test_offline_commands import IN_EITHER_HOME, table

HELD_OUT = Path(__file__).with_name("held_out.txt")
READ, WRONG = 0.34, 0
"""Share that must be read, and how many may be read wrong: what the committed model reaches."""


@cache
def brain() -> OfflineBrain:
    return OfflineBrain(tagger=Tagger())


def think(words: str, home: tuple[Device, ...]) -> list[Thought]:
    async def ask() -> list[Thought]:
        return [each async for each in brain().think(turn(words, home))]

    return asyncio.run(ask())


def proposed(words: str, home: tuple[Device, ...] = ENGLISH) -> list[str]:
    return [shown(each.call) for each in think(words, home) if isinstance(each, Propose)]


@pytest.mark.parametrize(("words", "wanted"), table(IN_EITHER_HOME))
def test_what_a_template_reads_is_read_the_same(words: str, wanted: list[str]) -> None:
    assert proposed(words) == wanted


def _rows() -> list[tuple[str, list[str]]]:
    return table(HELD_OUT.read_text(encoding="utf-8"))


def test_wordings_no_template_foresaw_are_seldom_read_wrong() -> None:
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
