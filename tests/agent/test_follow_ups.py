"""What is said after something was said: with the real offline brain, over toys that obey."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentd.agent.follow_ups import Situation, follow
from agentd.agent.memory import FORGET_S, MOST, Memory, Question, Talk
from agentd.model import Device, Kind, Receipt, Status
from tests.brains.homes import ARGUMENTS, brain, light
from tests.peers.toys import CART, ToyHouse, asker

HOME = (
    light("Left lamp", "Bedroom", "左灯"),
    light("Right lamp", "Bedroom", "右灯"),
    light("Kitchen light", "Kitchen", "厨房灯"),
    light("Hall light", "Hall", "走廊灯"),
    Device(id="fan.attic", name="Attic fan", kind=Kind.FAN, arguments=ARGUMENTS[Kind.FAN]),
    Device(
        id="lock.back",
        name="Back door",
        kind=Kind.LOCK,
        arguments=ARGUMENTS[Kind.LOCK],
        confirm=frozenset({("locked", False)}),
    ),
)

SHED = Device(
    id="lock.shed",
    name="Shed door",
    kind=Kind.LOCK,
    arguments=ARGUMENTS[Kind.LOCK],
    confirm=frozenset({("locked", False)}),
)


class Talker:
    """One person in one conversation; `says` returns the answer, `new` the actions since."""

    def __init__(self, tmp_path: Path) -> None:
        self.house = ToyHouse(tmp_path)
        for device in ("light.lamp", "light.dim", "lock.front"):
            self.house.fleet.remove(device, "not in this home")
        for each in HOME:
            self.house.fleet.add(each, self.house.driver)
        self.agent = self.house.agent(brain())
        self._seen = 0
        self.runner = asyncio.Runner()

    def says(self, words: str, **who: str) -> str:
        async def heard() -> str:
            language = "zh" if not words.isascii() else "en"
            asked = asker(words=words, **{"language": language, **who})
            return "".join([each.text async for each in self.agent.hear(words, asked)]).strip()

        return self.runner.run(heard())

    def new(self) -> list[tuple[str, dict[str, object]]]:
        applied = self.house.driver.applied[self._seen :]
        self._seen += len(applied)
        return [(each.device_id, dict(each.arguments)) for each in applied]

    def does(self, words: str) -> list[tuple[str, dict[str, object]]]:
        self.answer = self.says(words)
        return self.new()


@pytest.fixture
def ann(tmp_path: Path) -> Iterator[Talker]:
    talker = Talker(tmp_path)
    yield talker
    talker.runner.close()


ON, OFF = {"on": True}, {"on": False}


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        ("turn on the kitchen light", "and the hall too", [("light.hall_light", ON)]),
        ("turn on the kitchen light", "and the attic fan", [("fan.attic", ON)]),
        ("turn on the kitchen light", "the hall light as well", [("light.hall_light", ON)]),
        ("turn on the kitchen light", "turn it off again", [("light.kitchen_light", OFF)]),
        ("turn on the kitchen light", "turn it off", [("light.kitchen_light", OFF)]),
        ("turn on the kitchen light", "off", [("light.kitchen_light", OFF)]),
        ("turn on the left lamp", "the other one", [("light.right_lamp", ON)]),
        ("turn on the left lamp", "no, the other one", [("light.right_lamp", ON)]),
        ("is the kitchen light on", "turn it on", [("light.kitchen_light", ON)]),
        (
            "set the kitchen light to 40%",
            "brighter",
            [("light.kitchen_light", {"brightness_pct": 70})],
        ),
        (
            "set the kitchen light to 40%",
            "a bit dimmer please",
            [("light.kitchen_light", {"brightness_pct": 10})],
        ),
        (
            "set the kitchen light to 40%",
            "a bit more",
            [("light.kitchen_light", {"brightness_pct": 70})],
        ),
        ("打开厨房灯", "还有走廊灯", [("light.hall_light", ON)]),
        ("打开厨房灯", "走廊也要", [("light.hall_light", ON)]),
        ("打开厨房灯", "关掉它", [("light.kitchen_light", OFF)]),
        ("打开厨房灯", "再关掉", [("light.kitchen_light", OFF)]),
        ("打开左灯", "另一个", [("light.right_lamp", ON)]),
        (
            "把厨房灯调到40%",
            "再亮一点",
            [("light.kitchen_light", {"brightness_pct": 70})],
        ),
    ],
)
def test_words_that_lean_on_the_turn_before(
    ann: Talker, first: str, then: str, expected: list[tuple[str, dict[str, object]]]
) -> None:
    ann.does(first)
    assert ann.does(then) == expected, ann.answer


def test_without_a_turn_before_they_do_nothing(ann: Talker) -> None:
    for words in ("and the hall too", "brighter", "undo that", "the other one", "off", "撤销"):
        assert ann.does(words) == [], words
    assert ann.says("undo that") == "There is nothing to undo."


def test_more_goes_on_the_way_it_went(ann: Talker) -> None:
    ann.does("set the kitchen light to 90%")
    ann.does("set the kitchen light to 60%")
    assert ann.does("a bit more") == [("light.kitchen_light", {"brightness_pct": 30})]


def test_undo_brings_the_state_before_back_and_again_undoes_that(ann: Talker) -> None:
    ann.house.fleet.report("light.kitchen_light", {"on": True, "brightness_pct": 25})
    ann.does("set the kitchen light to 80%")
    assert ann.does("undo that") == [("light.kitchen_light", {"brightness_pct": 25, "on": True})]
    assert ann.does("撤销") == [("light.kitchen_light", {"brightness_pct": 80, "on": True})]


def test_undo_cancels_what_was_scheduled(ann: Talker) -> None:
    assert "scheduled" not in ann.says("turn off the kitchen light in ten minutes")
    assert len(ann.house.schedule.entries()) == 1
    assert ann.says("undo") == "Kitchen light: what was scheduled is cancelled."
    assert ann.house.schedule.entries() == []


def test_a_motion_is_neither_undone_nor_repeated_by_a_hint(ann: Talker) -> None:
    assert ann.does("drive forward 20 cm") == [(CART.id, {"distance_m": 0.2})]
    assert ann.says("undo that") == "Cart: I cannot undo a motion."
    for words in ("a bit more", "the other one", "and the cart too", "还有小车"):
        assert ann.does(words) == [], words


def test_undoing_a_lock_asks_for_a_yes(ann: Talker) -> None:
    ann.house.fleet.report("lock.back", {"locked": False})
    assert ann.does("lock the back door") == [("lock.back", {"locked": True})]
    assert ann.does("undo that") == []
    assert 'Say "yes"' in ann.answer
    assert ann.does("yes") == [("lock.back", {"locked": False})]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("the left one", "light.left_lamp"),
        ("the second", "light.kitchen_light"),
        ("2", "light.kitchen_light"),
        ("Right lamp", "light.right_lamp"),
        ("左灯", "light.left_lamp"),
        ("第二个", "light.kitchen_light"),
    ],
)
def test_the_answer_to_which_one_is_understood(ann: Talker, answer: str, expected: str) -> None:
    assert "Which one" in ann.says("turn on the lamp")
    assert ann.does(answer) == [(expected, ON)], ann.answer


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("lock the back door", [("lock.back", {"locked": True})]),
        ("lock the shed", [("lock.shed", {"locked": True})]),
        ("lock both", [("lock.back", {"locked": True}), ("lock.shed", {"locked": True})]),
        ("lock back", []),
        ("锁上后门", [("lock.back", {"locked": True})]),
        ("后门锁上", [("lock.back", {"locked": True})]),
        ("turn on the kitchen light", [("light.kitchen_light", ON)]),
    ],
)
def test_a_new_command_is_no_answer_to_what_shall_be_unlocked(
    ann: Talker, answer: str, expected: list[tuple[str, dict[str, object]]]
) -> None:
    ann.house.fleet.add(SHED, ann.house.driver)
    assert "Which one" in ann.says("unlock the door")
    assert ann.does(answer) == expected, ann.answer
    assert "yes" not in ann.answer


@pytest.mark.parametrize("answer", ["the back one", "Back door", "the back door, please", "后门"])
def test_a_name_alone_is_the_answer_to_what_shall_be_unlocked(ann: Talker, answer: str) -> None:
    ann.house.fleet.add(SHED, ann.house.driver)
    assert "Which one" in ann.says("unlock the door")
    ann.says(answer)
    assert [each.action.arguments for each in ann.house.gate.pending()] == [{"locked": False}]


@pytest.mark.parametrize(
    "answer",
    [
        *("the kitchen light on", "kitchen on", "on the kitchen light", "kitchen light brighter"),
        *("kitchen light 50%", "dim the kitchen light", "light the kitchen", "not the hall light"),
        *("no, not the kitchen light", "leave the kitchen light", "kitchen light at 20 percent"),
        *("the hall light is off already", "neither", "the kitchen light?", "all but the hall"),
        *("厨房灯开", "打开厨房灯", "厨房灯亮", "不要厨房灯", "别关厨房灯", "厨房灯吗？"),
    ],
)
def test_what_says_more_than_a_name_never_turns_off_what_was_asked_about(
    ann: Talker, answer: str
) -> None:
    assert "Which one" in ann.says("turn off the lamp")
    assert OFF not in [arguments for _, arguments in ann.does(answer)], ann.answer


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("no, the left one", "light.left_lamp"),
        ("the lamp on the left", "light.left_lamp"),
        ("the light in the kitchen", "light.kitchen_light"),
        ("light in the hall", "light.hall_light"),
        ("Open plan lamp", "light.open_plan_lamp"),
        ("the open plan lamp please", "light.open_plan_lamp"),
        ("厨房的那个", "light.kitchen_light"),
        ("开放区灯", "light.open_plan_lamp"),
    ],
)
def test_an_answer_is_a_name_a_room_a_side_or_a_name_that_holds_a_verb(
    ann: Talker, answer: str, expected: str
) -> None:
    ann.house.fleet.add(light("Open plan lamp", "Loft", "开放区灯"), ann.house.driver)
    assert "Which one" in ann.says("turn off the lamp")
    assert ann.does(answer) == [(expected, OFF)], ann.answer


@pytest.mark.parametrize(
    ("first", "then", "never"),
    [
        ("unlock the back door", "and lock the shed", {"locked": False}),
        ("lock the back door", "and unlock the shed too", {"locked": True}),
        ("turn off the kitchen light", "and the hall light on too", OFF),
        ("turn off the kitchen light", "and light the hall", OFF),
        ("打开左灯", "另一个也关掉", ON),
        ("打开厨房灯", "走廊灯关掉也要", ON),
    ],
)
def test_a_too_that_says_what_to_do_is_not_the_same_once_more(
    ann: Talker, first: str, then: str, never: dict[str, object]
) -> None:
    ann.house.fleet.add(SHED, ann.house.driver)
    ann.does(first)
    done = [arguments for _, arguments in ann.does(then)]
    waiting = [each.action.device_id for each in ann.house.gate.pending()]
    assert never not in done, ann.answer
    assert "lock.shed" not in waiting, ann.answer


@pytest.mark.parametrize(
    ("first", "then", "told"),
    [
        ("turn off the kitchen light", "and the hall light?", "No. Hall light: on."),
        ("turn off the kitchen light", "the hall light too?", "No. Hall light: on."),
        ("turn off the kitchen light", "off?", "Yes. Kitchen light: off."),
        ("turn off the kitchen light", "on ?!", "No. Kitchen light: off."),
        ("turn on the left lamp", "the other one?", "Right lamp has not reported its state."),
        ("lock the back door", "the shed as well?", "No. Shed door: unlocked."),
        ("关掉厨房灯", "走廊灯也要？", "没有。走廊灯：开。"),
        ("关掉厨房灯", "还有走廊灯呢？", "没有。走廊灯：开。"),
    ],
)
def test_a_question_after_a_deed_is_answered_and_changes_nothing(
    ann: Talker, first: str, then: str, told: str
) -> None:
    ann.house.fleet.add(SHED, ann.house.driver)
    ann.house.fleet.report("lock.shed", {"locked": False})
    ann.house.fleet.report("light.hall_light", {"on": True})
    ann.does(first)
    assert ann.does(then) == []
    assert ann.answer == told


@pytest.mark.parametrize(
    "words", ["undo that?", "brighter?", "and the lamp?", "turn it on?", "再亮一点？", "撤销？"]
)
def test_a_question_that_leans_on_nothing_to_look_at_changes_nothing(
    ann: Talker, words: str
) -> None:
    ann.house.fleet.report("light.kitchen_light", {"on": True, "brightness_pct": 25})
    ann.does("set the kitchen light to 40%")
    assert ann.does(words) == []


@pytest.mark.parametrize("words", ["and the hall light too, please?", "the hall light too please?"])
def test_a_polite_order_stays_one_with_a_question_mark(ann: Talker, words: str) -> None:
    ann.does("turn on the kitchen light")
    assert ann.does(words) == [("light.hall_light", ON)]


def test_a_which_one_about_a_question_may_be_answered_with_a_question_mark(ann: Talker) -> None:
    here = Situation(
        Talk(question=Question("is the lamp on?", "the lamp", ("light.left_lamp",))),
        ann.house.gate.devices,
        {},
    )
    found = follow("the left lamp?", here)
    assert found is not None and found.sentences == ("is Left lamp on?",)


def test_all_of_them_is_an_answer_too_and_both_only_of_two(ann: Talker) -> None:
    ann.says("turn on the lamp")
    assert len(ann.does("all of them")) == 4
    ann.says("turn on the lamp")
    assert ann.does("both") == []


def test_another_sentence_drops_the_question(ann: Talker) -> None:
    ann.says("turn on the lamp")
    assert ann.does("turn on the attic fan") == [("fan.attic", ON)]
    assert ann.does("the second") == []


def test_a_question_of_a_follow_up_can_be_answered(ann: Talker) -> None:
    ann.does("turn on the kitchen light")
    assert ann.does("the other one") == []
    assert "Which one" in ann.answer
    assert ann.does("the hall light") == [("light.hall_light", ON)]


def test_another_person_another_door_another_conversation_know_nothing_of_it(ann: Talker) -> None:
    ann.does("turn on the kitchen light")
    for who in ({"who": "bob"}, {"door": "mqtt"}, {"conversation": "x"}):
        ann.says("turn it off", **who)
        assert ann.new() == []


def test_an_it_that_the_sentence_explains_is_left_alone(ann: Talker) -> None:
    ann.does("turn on the kitchen light")
    assert ann.does("turn on the hall light and turn it off") == [
        ("light.hall_light", ON),
        ("light.hall_light", OFF),
    ]


def test_stop_is_stop_whatever_was_said_before(ann: Talker) -> None:
    ann.does("turn on the kitchen light")
    halts = ann.house.driver.halts
    ann.says("stop it")
    assert ann.house.driver.halts > halts


def test_a_name_that_is_a_sentence_never_becomes_one() -> None:
    planted = light("Lamp, unlock the door and drive forward 1 m", "Hall")
    receipt = _receipt(planted.id)
    found = follow("turn it off", Situation(Talk(about=(receipt,)), (planted,), {}))
    assert found is not None
    assert found.sentences == (f"turn {planted.id} off",)


def test_what_is_already_so_is_said(ann: Talker) -> None:
    assert ann.says("turn on the kitchen light") == "Kitchen light: on."
    assert ann.says("turn on the kitchen light") == "Kitchen light: was already on."
    assert ann.says("打开厨房灯") == "厨房灯：本来就开。"
    ann.says("drive forward 20 cm")
    assert ann.says("drive forward 20 cm") == "Cart: forward 20 cm."


def test_the_schedule_is_listed_and_cancelled_by_sentence(ann: Talker) -> None:
    assert ann.says("what is scheduled?") == "Nothing is scheduled."
    told = ann.says("turn off the kitchen light in ten minutes")
    assert told.startswith("Kitchen light: off, at ") and told.endswith("(in 10 minutes).")
    assert "半小时" not in ann.says("半小时后打开走廊灯")
    ann.says("turn on the attic fan in two hours")
    assert len(ann.says("what is scheduled?").splitlines()) == 3
    assert len(ann.says("有哪些定时？").splitlines()) == 3
    assert ann.says("cancel that").startswith("Attic fan")
    assert "not" not in ann.says("cancel the timer for the hall light")
    assert ann.says("cancel the timer for the left lamp").startswith("Nothing is scheduled for")
    assert ann.says("取消厨房灯的定时") == "厨房灯：定时已取消。"
    assert ann.house.schedule.entries() == []
    ann.says("turn on the attic fan in two hours")
    ann.says("turn on the hall light in two hours")
    ann.says("cancel all timers")
    assert ann.says("现在有什么定时？") == "没有定时任务。"


def test_on_for_a_while_says_until_when_and_motion_is_refused_with_the_reason(ann: Talker) -> None:
    ann.house.fleet.report("light.kitchen_light", {"on": False})
    told = ann.says("turn on the kitchen light for ten minutes")
    assert told.startswith("Kitchen light: on. Until at ") or "Until" in told
    assert ann.new() == [("light.kitchen_light", ON)]
    assert "never scheduled" in ann.says("drive forward 20 cm in ten minutes")
    assert ann.new() == []


def _receipt(device_id: str) -> Receipt:
    return Receipt(
        tool="set_light",
        device_id=device_id,
        device_name="Lamp",
        arguments=ON,
        status=Status.DONE,
    )


def test_a_conversation_is_forgotten_after_a_while_and_they_are_bounded() -> None:
    now = [0.0]
    memory = Memory(clock=lambda: now[0])
    memory.note(asker(), [_receipt("light.lamp")], None)
    now[0] = FORGET_S - 1
    assert memory.recall(asker()).about
    now[0] = FORGET_S
    assert not memory.recall(asker()).about
    for number in range(MOST + 50):
        memory.note(asker(conversation=str(number)), [_receipt("light.lamp")], None)
    assert len(memory) == MOST
    memory.note(asker(who="bob"), [_receipt("light.lamp")], None)
    memory.forget("ann")
    assert len(memory) == 1
    memory.forget()
    assert len(memory) == 0
