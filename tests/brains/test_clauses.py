"""Cutting a sentence loses nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.brains.clauses import split, spoken

WORDS = st.sampled_from(
    [
        "turn on",
        "the light",
        " and ",
        " and then ",
        ", ",
        ";",
        "、",
        "，",
        "然后",
        "再",
        "再见",
        "并且",
    ]
)


@given(st.lists(WORDS | st.text(max_size=5), max_size=12).map("".join))
def test_clauses_and_separators_are_the_sentence_again(sentence: str) -> None:
    assert "".join(clause.text + clause.separator for clause in split(sentence)) == sentence


@given(st.text(max_size=60))
def test_dropping_empty_clauses_loses_no_character_but_leading_separators(sentence: str) -> None:
    kept = "".join(clause.text + clause.separator for clause in spoken(split(sentence)))
    assert sentence.endswith(kept)


@pytest.mark.parametrize(
    ("sentence", "clauses"),
    [
        ("close the curtains and turn on the light", ["close the curtains", "turn on the light"]),
        ("drive 1 m, then stop", ["drive 1 m", "stop"]),
        ("drive 0.5 m. Turn left 90 degrees.", ["drive 0.5 m", "Turn left 90 degrees"]),
        ("关灯、拉上窗帘，然后播放音乐", ["关灯", "拉上窗帘", "播放音乐"]),
        ("前进一米再左转九十度", ["前进一米", "左转九十度"]),
        ("再见", ["再见"]),
        ("the sandy band", ["the sandy band"]),
    ],
)
def test_a_sentence_is_cut_here(sentence: str, clauses: list[str]) -> None:
    assert [clause.text for clause in spoken(split(sentence))] == clauses
