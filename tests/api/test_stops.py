"""`stop`: the text ends there, and no half truth of what happened is left."""

from __future__ import annotations

import itertools

from hypothesis import example, given
from hypothesis import strategies as st

from agentd.agent import Voice
from agentd.api.stops import Stops

TEXT = st.text("ab \n.", max_size=12)
PIECES = st.lists(st.tuples(TEXT, st.sampled_from([Voice.DAEMON, Voice.MODEL])), max_size=6)
STOPS = st.lists(st.text("ab \n.", min_size=1, max_size=4), min_size=1, max_size=4)


def shown(stops: Stops, *pieces: tuple[str, Voice]) -> str:
    return "".join([*(stops.feed(text, voice) for text, voice in pieces), stops.rest()])


@given(PIECES, STOPS)
@example([("a\n", Voice.DAEMON), ("b", Voice.DAEMON)], ["\nb"])
def test_what_is_shown_never_holds_a_stop_text(
    pieces: list[tuple[str, Voice]], stops: list[str]
) -> None:
    text = shown(Stops(tuple(stops)), *pieces)
    assert not [stop for stop in stops if stop in text]


@given(PIECES)
def test_without_a_stop_text_everything_is_shown(pieces: list[tuple[str, Voice]]) -> None:
    everything = "".join(text for text, _ in pieces)
    assert shown(Stops(), *pieces) == everything
    assert shown(Stops(("never",)), *pieces).split() == everything.split()


@given(st.text("ab.", max_size=30), STOPS, st.lists(st.integers(0, 30)))
@example("a..", [".", "a.."], [2])
def test_a_models_words_end_at_the_same_place_however_they_arrive(
    words: str, stops: list[str], cuts: list[int]
) -> None:
    places = sorted({0, len(words), *(cut for cut in cuts if cut < len(words))})
    pieces = [words[one:two] for one, two in itertools.pairwise(places)]
    found = shown(Stops(tuple(stops)), *((each, Voice.MODEL) for each in pieces))
    begins = [(words.find(stop), len(stop)) for stop in stops]
    ends = [(place + length, place) for place, length in begins if place >= 0]
    assert found == words[: min(ends)[1] if ends else len(words)]


def test_a_sentence_about_a_device_is_told_whole_or_not_at_all() -> None:
    stops = Stops((" but",))
    lamp, rover = "Lamp: on.\n", "Rover: sent, but not confirmed by the device.\n"
    assert shown(stops, (lamp, Voice.DAEMON), (rover, Voice.DAEMON)) == lamp
    assert stops.met


def test_a_line_end_as_a_stop_text_hides_no_device() -> None:
    told = shown(Stops(("\n",)), ("Lamp: on.\n", Voice.DAEMON), ("Cart: not done.\n", Voice.DAEMON))
    assert told == "Lamp: on. Cart: not done. "


def test_where_a_model_stops_the_daemon_goes_on() -> None:
    pieces = ("Fine. ###", Voice.MODEL), ("and more", Voice.MODEL), ("Lamp: on.\n", Voice.DAEMON)
    assert shown(Stops(("###",)), *pieces) == "Fine. Lamp: on.\n"


def test_no_stop_text_keeps_a_claim_from_being_corrected() -> None:
    claim, fix = ("I turned it on.", Voice.MODEL), ("\nCorrection: I did not.", Voice.CORRECTION)
    for stop in ("\n", "Correction", "on.", "not"):
        assert "Correction: I did not." in shown(Stops((stop,)), claim, fix)
