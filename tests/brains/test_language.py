"""One form for comparing: whatever characters come, and however often."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from agentd.brains import language
from agentd.brains.language import ByCategory, tidy


def slowly(text: str) -> str:
    """The form, character by character."""
    text = unicodedata.normalize("NFKC", text).replace("\u2019", "'")
    hidden = {"Cc", "Cf", "Co", "Cs", "Cn"}
    shown = (
        " " if char.isspace() or unicodedata.category(char) in hidden else char for char in text
    )
    return " ".join("".join(shown).split())


@given(st.text(st.characters(), max_size=60))
def test_white_space_and_what_cannot_be_seen_parts_words_and_nothing_else_does(text: str) -> None:
    assert tidy(text) == slowly(text)
    assert tidy(text) == slowly(text)  # from the table now


def test_the_table_stays_small_whatever_is_sent() -> None:
    table = ByCategory({"Cc"}, "")
    everything = "".join(map(chr, range(0x3000)))
    assert len(everything.translate(table)) == len(everything) - 65
    assert len(everything.translate(table)) == len(everything) - 65
    assert len(table) == language.MOST_KNOWN
