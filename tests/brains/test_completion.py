"""However a stream is cut into pieces, the same text is spoken and the same calls come out."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.brains.completion import SpokenText, ToolCalls
from agentd.errors import BrainError
from agentd.model import Call

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


def cut(text: str, places: list[int]) -> list[str]:
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in itertools.pairwise(edges)]


@given(
    st.lists(
        st.tuples(st.sampled_from(["say", "think"]), st.text("abc <>/", max_size=12)), max_size=5
    ),
    st.lists(st.integers(0, 1000), max_size=8),
)
def test_only_what_is_outside_the_think_tags_is_spoken(
    parts: list[tuple[str, str]], places: list[int]
) -> None:
    parts = [(kind, part) for kind, part in parts if "<" not in part]
    whole = "".join(f"<think>{part}</think>" if kind == "think" else part for kind, part in parts)
    spoken = SpokenText()
    heard = "".join(spoken.feed(piece) for piece in cut(whole, places)) + spoken.rest()
    assert heard == "".join(part for kind, part in parts if kind == "say")


@given(st.text("<think>/ ab", max_size=40), st.lists(st.integers(0, 1000), max_size=8))
def test_where_a_text_is_cut_makes_no_difference(text: str, places: list[int]) -> None:
    whole, pieces = SpokenText(), SpokenText()
    assert whole.feed(text) + whole.rest() == (
        "".join(pieces.feed(piece) for piece in cut(text, places)) + pieces.rest()
    )


@given(
    st.lists(st.dictionaries(st.text(max_size=6), JSON, max_size=4), min_size=1, max_size=4),
    st.lists(st.integers(0, 1000), max_size=6),
)
def test_calls_in_pieces_come_back_whole(wanted: list[dict], places: list[int]) -> None:
    calls = ToolCalls()
    for index, arguments in enumerate(wanted):
        head = {"index": index, "id": f"c{index}", "function": {"name": "drive", "arguments": ""}}
        calls.add(head)
        for piece in cut(json.dumps(arguments), places):
            calls.add({"index": index, "function": {"arguments": piece}})
    assert calls.finished() == [Call("drive", arguments) for arguments in wanted]


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["id", "index", "function", "type"]), JSON), max_size=6
    )
)
def test_any_delta_is_taken_or_refused(deltas: list[dict]) -> None:
    calls = ToolCalls()
    try:
        for delta in deltas:
            calls.add(delta)
        calls.finished()
    except BrainError:
        pass


def test_no_arguments_at_all_are_an_empty_object() -> None:
    calls = ToolCalls()
    calls.add({"index": 0, "function": {"name": "stop"}})
    assert calls.finished() == [Call("stop", {})]


def test_arguments_without_end_are_refused() -> None:
    calls = ToolCalls()
    calls.add({"index": 0, "function": {"name": "drive"}})
    with pytest.raises(BrainError):
        for _ in range(100):
            calls.add({"index": 0, "function": {"arguments": "x" * 1000}})
