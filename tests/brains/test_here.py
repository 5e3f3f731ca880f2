"""Where the speaker is: what "here" and "the lights" mean then."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from agentd.brains import Propose, Thought, Unsure
from agentd.brains.places import placed
from agentd.brains.tagger import Span, Tagged
from tests.brains.homes import CHINESE, ENGLISH, brain, shown, turn


def think(words: str, area: str, *, chinese: bool = False) -> list[Thought]:
    asked = turn(words, CHINESE if chinese else ENGLISH)
    placed = replace(asked, asker=replace(asked.asker, area=area))

    here = brain()  # before the loop that asks it: it is warmed up in one of its own

    async def ask() -> list[Thought]:
        return [each async for each in here.think(placed)]

    return asyncio.run(ask())


def proposed(words: str, area: str, *, chinese: bool = False) -> list[str]:
    thoughts = think(words, area, chinese=chinese)
    return [shown(each.call) for each in thoughts if isinstance(each, Propose)]


@pytest.mark.parametrize(
    "words",
    [
        "turn on the lights in here",
        "turn on the lights",
        "turn on all lights in this room",
        "switch on my lights in this room",
        "turn on the lights in this space",
    ],
)
def test_the_lights_are_those_of_the_room_one_is_in(words: str) -> None:
    assert proposed(words, "Bedroom") == [
        "set_light light.ceiling on=True",
        "set_light light.bedside on=True",
    ]


def test_here_is_understood_in_chinese() -> None:
    assert proposed("打开这里的灯", "厨房", chinese=True) == ["set_light light.kitchen on=True"]


def test_a_room_that_is_named_wins_over_the_one_that_one_is_in() -> None:
    assert proposed("turn on the kitchen light", "Bedroom") == ["set_light light.kitchen on=True"]


@pytest.mark.parametrize("here", ["in this room", "in here", "in this space"])
def test_without_a_known_room_here_is_asked_back_about(here: str) -> None:
    (answer,) = think(f"turn on the lights {here}", "")
    assert isinstance(answer, Unsure) and "which room" in answer.message


@pytest.mark.parametrize(
    "words",
    [
        "turn every light off across the house",
        "turn the lights off in all the rooms",
        "turn off the lights in every room",
        "lights off throughout the whole house",
    ],
)
def test_all_the_rooms_are_the_whole_house(words: str) -> None:
    found = proposed(words, "Bedroom")
    assert len(found) == sum(each.id.startswith("light.") for each in ENGLISH)


@pytest.mark.parametrize(
    ("words", "chinese"),
    [
        ("turn off the lights in the attic", False),
        ("lights off on the balcony", False),
        ("please turn the lights in our cellar off", False),
        ("turn off the lights downstairs", False),
        ("把阁楼的灯关掉", True),
        ("楼下的灯都关了吧", True),
    ],
)
def test_a_place_that_is_not_here_is_never_left_out(words: str, chinese: bool) -> None:
    (answer,) = think(words, "", chinese=chinese)
    assert isinstance(answer, Unsure), answer


def test_a_place_in_a_clause_is_marked_where_the_model_overlooked_it() -> None:
    words = "turn off the lights in the attic"
    clause = Tagged(words, "off", (Span("target", "the lights", 9),), 1.0)
    assert [(span.slot, span.words) for span in placed(clause).spans] == [
        ("target", "the lights"),
        ("room", "attic"),
    ]
    titled = Tagged("play in the kitchen", "play", (Span("media", "in the kitchen", 5),), 1.0)
    assert placed(titled) == titled
