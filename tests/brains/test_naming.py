"""From marked words to names: rooms beside things, exceptions, and one verb said of several."""

from __future__ import annotations

import pytest

from agentd.brains.naming import divided, excepted, names
from agentd.brains.tagger import Span, Tagged


def clause(words: str, *spans: tuple[str, str], verb: str = "on") -> Tagged:
    at, found = 0, []
    for slot, said in spans:
        at = words.index(said, at)
        found.append(Span(slot, said, at))
        at += len(said)
    return Tagged(words, verb, tuple(found), 1.0)


@pytest.mark.parametrize(
    ("marked", "wanted"),
    [
        (
            clause("the kitchen light on", ("room", "the kitchen"), ("target", "light")),
            (["the kitchen light"], []),
        ),
        (
            clause("lights on in the hall", ("target", "lights"), ("room", "the hall")),
            (["lights"], ["the hall"]),
        ),
        (clause("打开厨房的灯", ("room", "厨房"), ("target", "灯")), (["厨房的灯"], [])),
        (
            clause("关掉客厅和厨房的灯", ("room", "客厅"), ("target", "厨房的灯")),
            (["客厅和厨房的灯"], []),
        ),
        (clause("灯都关了", ("target", "灯")), (["所有灯"], [])),
        (clause("all of it off in the attic", ("room", "the attic")), (["all"], ["the attic"])),
        (clause("turn the on", ("target", "the")), ([], [])),
    ],
)
def test_a_room_beside_a_thing_belongs_to_its_name(
    marked: Tagged, wanted: tuple[list[str], list[str]]
) -> None:
    assert names(marked) == wanted


def test_the_one_in_the_hall_is_that_of_the_hall() -> None:
    marked = clause(
        "lights off except the one in the hall",
        ("target", "lights"),
        ("except", "the one"),
        ("except", "the hall"),
    )
    assert excepted(marked) == ["in the hall"]


def test_one_verb_said_of_two_things_with_two_values_is_two_clauses() -> None:
    marked = clause(
        "make the study light blue and the hall light red",
        ("target", "the study light"),
        ("value", "blue"),
        ("target", "the hall light"),
        ("value", "red"),
        verb="set",
    )
    parts = divided(marked)
    assert [(part.all("target"), part.all("value")) for part in parts] == [
        (["the study light"], ["blue"]),
        (["the hall light"], ["red"]),
    ]
    assert "".join(part.words for part in parts) == marked.words
    assert all(
        part.words[span.start : span.end] == span.words for part in parts for span in part.spans
    )


def test_two_values_of_one_thing_stay_one_clause() -> None:
    marked = clause(
        "the lamp red at 40%",
        ("target", "the lamp"),
        ("value", "red"),
        ("value", "40%"),
        verb="set",
    )
    assert divided(marked) == [marked]
