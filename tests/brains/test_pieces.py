"""How the tagger sees a sentence: pieces, their spelling, and which of them are names here."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agentd.brains.gazetteer import BEGINS, FIRST_KIND, INSIDE, MARKS, PARTLY, PLACE, Gazetteer
from agentd.brains.pieces import BUCKETS, SPELLINGS, pieces, spellings
from tests.brains.homes import CHINESE, ENGLISH


def _texts(sentence: str) -> list[str]:
    return [piece.text for piece in pieces(sentence)]


def test_words_numbers_marks_and_single_chinese_characters_are_pieces() -> None:
    assert _texts("Drive 20cm, don't stop") == ["drive", "20", "cm", ",", "don't", "stop"]
    assert _texts("把Kitchen灯调到50.5%") == ["把", "kitchen", "灯", "调", "到", "50.5", "%"]


@given(st.text(max_size=60))
def test_pieces_stand_where_they_say_and_leave_only_space_out(sentence: str) -> None:
    found = pieces(sentence)
    assert all(sentence[each.start : each.end].lower() == each.text for each in found)
    covered = {at for each in found for at in range(each.start, each.end)}
    rest = "".join(char for at, char in enumerate(sentence) if at not in covered)
    assert not any(char.isalnum() for char in rest)


@given(st.text(max_size=60))
def test_every_piece_has_a_few_numbers_inside_the_table(sentence: str) -> None:
    for numbers in spellings(pieces(sentence)):
        assert 0 < len(numbers) <= SPELLINGS
        assert all(0 < each < BUCKETS for each in numbers)


def test_a_slip_of_the_finger_still_shares_most_of_a_words_spelling() -> None:
    right, wrong = (set(spellings(pieces(word))[0]) for word in ("thermostat", "thermostaat"))
    other = set(spellings(pieces("curtains"))[0])
    assert len(right & wrong) > 5 > len(right & other)


def test_the_numbers_of_a_spelling_never_change() -> None:
    # A trained model's table is in this order; another hash would scramble it.
    assert spellings(pieces("lamp 灯"))[0][0] == 8262
    assert [len(each) for each in spellings(pieces("lamp 灯"))] == [5, 3]


def test_names_rooms_and_parts_of_names_are_marked() -> None:
    names = Gazetteer(ENGLISH)
    kitchen, light, fan = names.marks(pieces("kitchen light ceiling"))
    assert PLACE in kitchen and BEGINS in kitchen and FIRST_KIND in kitchen
    assert INSIDE in light and FIRST_KIND in light
    assert fan == [PARTLY]
    assert BEGINS in Gazetteer(CHINESE).marks(pieces("打开客厅灯"))[2]


@given(st.text(max_size=40))
def test_marks_are_within_their_bounds_for_any_text(sentence: str) -> None:
    words = pieces(sentence)
    found = Gazetteer(ENGLISH).marks(words)
    assert len(found) == len(words)
    assert all(0 <= mark < MARKS for marks in found for mark in marks)


@given(
    st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4), max_size=5),
    st.lists(st.sampled_from("abc"), max_size=9),
)
def test_the_longest_names_are_found_from_the_left(known: list[list[str]], said: list[str]) -> None:
    names = Gazetteer.of([(" ".join(each), 0) for each in known], ())
    at, wanted = 0, []
    while at < len(said):
        sizes = [len(each) for each in known if said[at : at + len(each)] == each]
        if sizes:
            wanted.append(range(at, at + max(sizes)))
        at += max(sizes, default=1)
    assert names.whole(pieces(" ".join(said))) == wanted
