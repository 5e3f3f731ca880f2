"""The scorer is honest: right is right, nothing done earns nothing, one lamp too many is seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from agentd.brains import Propose, Say, Thought, Turn, Unsure
from agentd.errors import BrainError
from agentd.model import Call
from agentd.tools import specs
from eval import report
from eval.house import House
from eval.our_home import HOMES, STATES
from eval.rows import Dataset, Row, Wants
from eval.score import Verdict, judge, verdict
from eval.sets import datasets
from eval.written import row


@cache
def all_sets() -> tuple[Dataset, ...]:
    return tuple(datasets())


def said(words: str, expected: str, language: str = "en") -> Row:
    return row("test", language, "test", words, expected)


def answer(asked: Row, *calls: Call, unsure: str = "") -> Verdict:
    thoughts: list[Thought] = [Propose(call) for call in calls]
    return verdict(asked, thoughts + ([Unsure(unsure)] if unsure else []), 1.0)


def light(name: str, **arguments: object) -> Call:
    return Call("set_light", {"device": f"light.{name}", **arguments})


def perfect(asked: Row) -> Verdict:
    match asked.wants:
        case Wants.CHANGE:
            later = [asked.later] if asked.later else []
            return answer(asked, *(asked.endings[0] if asked.endings else ()), *later)
        case Wants.READ if asked.told:
            return verdict(asked, [Say("It is so.")], 1.0)
        case Wants.READ:
            return answer(asked, *(Call("get_state", {"device": each}) for each in asked.reads))
        case Wants.ASK:
            return answer(asked, unsure="Which one?")
    return answer(asked)


def test_a_perfect_brain_is_exact_on_every_row_whose_kind_we_have() -> None:
    for each in all_sets():
        rows = [asked for asked in each.rows if not asked.agenda]  # those ask no brain
        failed = [(v.row.words, v.wrong, v.missed) for v in map(perfect, rows) if not v.exact]
        lacking = [r.words for r in each.rows if r.lacks]
        assert [words for words, *_ in failed] == lacking, (each.name, failed)


def test_a_brain_that_does_nothing_is_exact_only_where_nothing_is_right() -> None:
    for each in all_sets():
        for asked in each.rows:
            silent = answer(asked, unsure="I did not understand.")
            if asked.agenda:
                continue  # no brain is asked
            answered = asked.wants is Wants.READ and not asked.reads and not asked.told
            may = asked.wants in (Wants.NOTHING, Wants.ASK) or answered or asked.may_ask
            assert silent.exact is may, (each.name, asked)
            assert not silent.wrong


def test_one_lamp_too_many_is_a_wrong_action() -> None:
    for each in all_sets():
        for asked in each.rows:
            spare = _flip_of_another(asked)
            by_call = asked.wants is Wants.CHANGE and not asked.lacks and asked.endings
            if spare is not None and by_call:
                busy = answer(asked, *asked.endings[0], spare)
                assert busy.wrong and not busy.exact, (each.name, asked.words, spare)


def _flip_of_another(asked: Row) -> Call | None:
    touched = {call.arguments.get("device") for ending in asked.endings for call in ending}
    for device in asked.devices:
        on = asked.states.get(device.id, {}).get("on")
        if device.id.startswith("light.") and device.id not in touched and isinstance(on, bool):
            return Call("set_light", {"device": device.id, "on": not on})
    return None


def test_a_wrong_value_is_wrong_and_a_rounding_is_not() -> None:
    asked = said("kitchen light to a third", "light.kitchen brightness_pct=33")
    assert answer(asked, light("kitchen", brightness_pct=34)).exact
    assert answer(asked, light("kitchen", brightness_pct=43)).wrong


def test_a_relative_change_may_end_anywhere_in_its_range() -> None:
    asked = said("a bit brighter in the kitchen", "light.kitchen brightness_pct=45..75")
    assert answer(asked, light("kitchen", brightness_pct=60)).exact
    assert answer(asked, light("kitchen", brightness_pct=100)).wrong
    assert answer(asked, light("kitchen", brightness_pct=20)).wrong


def test_what_is_already_so_needs_no_call_and_a_needless_call_does_no_harm() -> None:
    asked = said("hall light on and kitchen off", "light.hall on=true; light.kitchen on=false")
    assert answer(asked, light("kitchen", on=False)).exact
    assert answer(asked, light("hall", on=True), light("kitchen", on=False)).exact


def test_a_half_done_sentence_is_not_exact_and_not_wrong() -> None:
    asked = said("hall and kitchen off", "light.hall on=false; light.kitchen on=false")
    half = answer(asked, light("kitchen", on=False))
    assert (half.exact, half.wrong, bool(half.missed)) == (False, (), True)


def test_motions_are_compared_in_order_and_by_value() -> None:
    asked = said("go, then turn", "drive rover distance_m=0.5; turn rover angle_deg=90")
    go = Call("drive", {"device": "rover", "distance_m": 0.5})
    turn = Call("turn", {"device": "rover", "angle_deg": 90})
    assert answer(asked, go, turn).exact
    assert answer(asked, turn, go).wrong
    assert answer(asked, go, replace(turn, arguments={"device": "rover", "angle_deg": -90})).wrong
    assert answer(asked, go, turn, turn).wrong


def test_out_of_range_may_be_proposed_for_the_gate_to_refuse_or_asked_back() -> None:
    asked = said("drive 20 meters", "drive rover distance_m=20 ?")
    assert answer(asked, Call("drive", {"device": "rover", "distance_m": 20})).exact
    assert answer(asked, unsure="That is too far.").exact
    assert not answer(asked).exact
    assert answer(asked, Call("drive", {"device": "rover", "distance_m": 2})).wrong


def test_a_call_on_small_talk_is_a_false_call_even_when_it_changes_nothing() -> None:
    asked = said("I will drive forward with my plans", "nothing")
    still = answer(asked, light("hall", on=True))
    moved = answer(asked, Call("drive", {"device": "rover", "distance_m": 99}))
    read = answer(asked, Call("get_state", {"device": "light.hall"}))
    assert (still.exact, moved.exact, read.exact) == (False, False, True)
    shown = report.figures([still, moved, read])
    assert (shown["false_moving"], shown["false_other"]) == (1, 1)
    assert report.summary({"one": shown, "two": shown}) == (
        "wrong actions: 0 of 0 (0 %); false calls on 6 that ask for nothing: 2 that move, 2 others"
    )


def test_the_summary_counts_wrong_actions_over_what_was_asked() -> None:
    asked = said("hall off", "light.hall on=false")
    right, wrong = answer(asked, light("hall", on=False)), answer(asked, light("study", on=False))
    told = report.summary({"one": report.figures([right, right, right, wrong])})
    assert told.startswith("wrong actions: 1 of 4 (25 %)")


def test_guessing_where_asking_is_right_is_a_wrong_action() -> None:
    asked = said("turn on the lamp", "ask")
    assert answer(asked, light("bedside", on=True)).wrong
    assert answer(asked, unsure="Which lamp?").asked
    assert not answer(asked).exact


def test_a_question_must_read_the_right_device_and_change_nothing() -> None:
    asked = said("is the back door locked?", "read lock.back")
    right = Call("get_state", {"device": "lock.back"})
    assert answer(asked, right).exact
    assert not answer(asked, Call("get_state", {"device": "lock.front"})).exact
    assert answer(asked, right, Call("set_lock", {"device": "lock.back", "locked": True})).wrong


class Scripted:
    """A brain that does what it is told to."""

    name = "scripted"

    def __init__(self, script: Callable[[Turn], Sequence[Thought]]) -> None:
        self._script = script

    async def think(self, turn: Turn) -> AsyncGenerator[Thought, None]:
        for thought in self._script(turn):
            yield thought


def test_a_brain_is_told_the_home_the_states_the_tools_and_where_the_speaker_is() -> None:
    seen: list[Turn] = []
    asked = replace(said("lights on", "light.reading on=true"), speaker_area="Living room")

    def script(turn: Turn) -> Sequence[Thought]:
        seen.append(turn)
        return [Propose(light("reading", on=True))]

    assert asyncio.run(judge(Scripted(script), asked)).exact
    (turn,) = seen
    assert (turn.words, turn.asker.area) == ("lights on", "Living room")
    assert (turn.devices, turn.states) == (HOMES["en"], STATES)
    assert turn.tools == specs.openai_tools(HOMES["en"])


def test_a_brain_that_breaks_loses_the_row_and_not_the_run() -> None:
    def script(turn: Turn) -> Sequence[Thought]:
        raise BrainError("the server is away")

    lost = asyncio.run(judge(Scripted(script), said("hall off", "light.hall on=false")))
    assert (lost.exact, lost.unsure) == (False, True)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)
known = sorted({name for device in HOMES["en"] for name in device.arguments})
calls = st.builds(
    Call,
    st.sampled_from([tool.name for tool in specs.TOOLS]) | st.text(max_size=8),
    st.dictionaries(st.sampled_from(known) | st.text(max_size=8), anything, max_size=3).flatmap(
        lambda arguments: st.builds(
            lambda device: {**arguments, "device": device},
            st.sampled_from([device.id for device in HOMES["en"]]) | anything,
        )
    ),
)


@given(st.lists(calls, max_size=4))
def test_playing_a_proposal_never_raises_and_a_refused_one_changes_nothing(
    proposed: list[Call],
) -> None:
    house = House(HOMES["en"], STATES)
    for call in proposed:
        before = {name: dict(state) for name, state in house.states.items()}
        deeds = {name: list(each) for name, each in house.deeds.items()}
        if house.play(call):
            assert (house.states, house.deeds) == (before, deeds)
    verdict(said("x", "nothing"), [Propose(call) for call in proposed], 0.0)
    verdict(said("x", "light.hall on=false"), [Propose(call) for call in proposed], 0.0)
