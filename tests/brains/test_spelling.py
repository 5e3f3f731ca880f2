"""Slips of the finger are put right, and what is no slip stays as it was said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.brains.homophones import Homophones
from agentd.brains.spelling import Spelling, is_slip
from agentd.brains.tagger import Tagger
from tests.brains.homes import CHINESE, ENGLISH

WORDS = st.text("abcdefgh", min_size=3, max_size=9)


def spelling() -> Spelling:
    return Spelling(ENGLISH, Tagger().knows)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("swtich on teh coffe machin", "switch on the coffee machine"),
        ("tunr of the kitchn ligth", "turn off the kitchen light"),
        ("turn the kitchen fan of", "turn the kitchen fan off"),
        ("dim the livingroom light", "dim the living room light"),
        ("drve forwrad 40 cm", "drive forward 40 cm"),
        ("is the frnt door lockd", "is the front door locked"),
    ],
)
def test_what_can_only_be_one_word_is_put_right(typed: str, meant: str) -> None:
    assert spelling().right(typed) == meant


@pytest.mark.parametrize(
    "said",
    [
        "turn on one of the lights",
        "think of the light",
        "turn of all the lights on the left",
        "Locke was a philosopher",
        "play Dimma and Clsoe",
        "a bit of the kitchen is dark",
    ],
)
def test_what_is_no_slip_stays(said: str) -> None:
    assert spelling().right(said) == said


@given(WORDS, st.data())
def test_one_letter_more_fewer_other_or_swapped_is_a_slip(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 2))
    other = data.draw(st.sampled_from("xyz"))
    for typed in (
        word[:at] + word[at + 1 :],
        word[:at] + other + word[at:],
        word[:at] + other + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    ):
        assert is_slip(typed, word) == (typed != word)


@given(WORDS)
def test_two_letters_too_many_are_no_slip(word: str) -> None:
    assert not is_slip(f"{word}xy", word)
    assert not is_slip(f"x{word}y", word)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("把除房灯关了", "把厨房灯关了"),
        ("打开卡飞机", "打开卡飞机"),
        ("床头等打开", "床头灯打开"),
        ("电影摸式", "电影模式"),
        ("我们都在后面", "我们都在后面"),
        ("打开厨房灯", "打开厨房灯"),
    ],
)
def test_a_name_typed_with_a_character_that_sounds_alike_is_that_name(
    typed: str, meant: str
) -> None:
    assert Homophones(CHINESE).right(typed) == meant


@given(st.text(max_size=40))
def test_whatever_is_said_nothing_breaks(said: str) -> None:
    assert isinstance(spelling_once.right(said), str)


spelling_once = Spelling((*ENGLISH, *CHINESE), Tagger().knows)


def test_a_title_is_no_slip_of_a_room_that_is_not_here() -> None:
    righted = Spelling(ENGLISH, lambda word: word in ("beats", "play")).right
    assert righted("play lofi beats") == "play lofi beats"
    assert righted("play jazz on the living room speakr") == "play jazz on the living room speaker"
