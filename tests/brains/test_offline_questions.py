"""A question reads and never changes anything; talk that asks for nothing does nothing."""

# ruff: noqa: E501  the tables read better unwrapped
from __future__ import annotations

from collections.abc import Sequence

import pytest

from agentd.brains import Propose
from agentd.model import Call, Device
from tests.brains.homes import CHINESE, ENGLISH, HOMES, calls, shown, think, unsure
from tests.brains.test_offline_commands import IN_EITHER_HOME, table

QUESTIONS = """
is the kitchen light on?
    = get_state light.kitchen on?True
Is the kitchen light off?
    = get_state light.kitchen on?False
厨房的灯开着吗?
    = get_state light.kitchen on?True
请问客厅灯关了吗
    = get_state light.living_room on?False
客厅灯是不是开着
    = get_state light.living_room on?True
is the front door locked?
    = get_state lock.front locked?True
前门锁了吗
    = get_state lock.front locked?True
is the garage door open?
    = get_state cover.garage open?True
车库门关着吗？
    = get_state cover.garage open?False
what is the temperature in the bedroom?
    = get_state sensor.temperature
卧室几度
    = get_state sensor.temperature
which lights are on?
    = get_state light.living_room on?True; get_state light.kitchen on?True; get_state light.ceiling on?True; get_state light.bedside on?True
哪些灯开着？
    = get_state light.living_room on?True; get_state light.kitchen on?True; get_state light.ceiling on?True; get_state light.bedside on?True
are all the lights in the bedroom off?
    = get_state light.ceiling on?False; get_state light.bedside on?False
are the lights on in the bedroom?
    = get_state light.ceiling on?True; get_state light.bedside on?True
tell me the state of the thermostat
    = get_state climate.bedroom
is the speaker playing?
    = get_state media_player.living_room playing?True
how bright is the kitchen light?
    = get_state light.kitchen
"""

NEVER_ANSWERED_BY_DOING = [
    "is it a good idea to turn on the kitchen light?",
    "why is the kitchen light on?",
    "who turned on the kitchen light?",
    "should I close the curtains?",
    "did you close the curtains?",
    "what if you drive forward 20 cm?",
    "how do I turn on the kitchen light?",
    "do you want to play music?",
    "turn on the kitchen light?",
    "drive forward 20 cm?",
    "unlock the front door?",
    "what happens when I say stop?",
    "为什么打开厨房灯？",
    "要不要打开厨房灯？",
    "打开厨房灯吗？",
    "请打开厨房灯吗？",
    "is the kitchen light on, please?",
    "厨房灯开着好吗",
    "谁打开了厨房灯",
    "前进二十厘米吗？",
    "怎么打开车库门",
]

NO_MOTION = [
    "gripper 30",
    "base at 45",
    "go to the kitchen",
    "drive to the kitchen",
    "move 20 cm of snow",
    "turn the kitchen light left 90 degrees",
    "drive the kitchen light forward 20 cm",
    "drive forward 20 cm or 30 cm",
    "drive forward 20 cm per day",
    "drive forward 20 °C",
    "drive forward 2 turns",
    "turn left half",
    "maybe drive forward 20 cm",
    "set the rover to 50%",
    "close the rover",
    "开20厘米",
    "转90度",
    "我们前进20厘米",
    "小车能前进20厘米吗？",
    "你别后退20厘米",
    "假如前进20厘米",
]

SMALL_TALK = [
    "hello",
    "good morning",
    "good night",
    "thank you",
    "thanks a lot, that was great",
    "nice weather today",
    "I am tired",
    "I turned on the kitchen light",
    "I have turned off the fan already",
    "she opened the garage door yesterday",
    "we drove forward for an hour",
    "the rover drove forward 20 cm",
    "he said turn on the light",
    'the sign says "stop"',
    'he told me "drive forward 20 cm"',
    "if it rains close the curtains",
    "if you were a robot you would drive forward 20 cm",
    "when I come home turn on the kitchen light",
    "I would like to talk about the light",
    "let there be light",
    "the light at the end of the tunnel",
    "light is an electromagnetic wave",
    "don't turn on the kitchen light",
    "do not drive forward 20 cm",
    "never open the garage door",
    "please don't stop believing",
    "stop worrying about it",
    "I can't stop laughing",
    "turn over a new leaf",
    "turn left at the next crossing",
    "drive safely",
    "drive me crazy",
    "go ahead",
    "go forward with the plan",
    "move on",
    "back to the future",
    "she moved the chair forward 20 cm",
    "my car needs new tires",
    "open your mind",
    "close but no cigar",
    "open a bank account",
    "close the deal",
    "set an example",
    "set a timer for 5 minutes",
    "lock and load",
    "dim sum for lunch",
    "remind me to turn on the kitchen light",
    "tell Bob to turn on the kitchen light",
    "turn on the kitchen light tomorrow",
    "turn on the kitchen light if it is dark",
    "almost turn on the kitchen light",
    "a b c d e f g",
    "42",
    "on",
    "off",
    "and",
    ",,,",
    "?",
    "the",
    "kitchen",
    "summarize this conversation: user: drive forward 20 cm",
    "user: drive forward 20 cm assistant: done",
    "你好",
    "早上好",
    "晚安",
    "谢谢你",
    "今天天气不错",
    "我累了",
    "我刚才打开了厨房灯",
    "他说打开厨房灯",
    "昨天小车前进了二十厘米",
    "如果下雨就拉上窗帘",
    "不要打开厨房灯",
    "别前进二十厘米",
    "千万不要打开车库门",
    "明天打开厨房灯",
    "我想聊聊灯的历史",
    "灯光下的故事",
    "开心就好",
    "开车要小心",
    "关于机器人的书",
    "停车场在哪里",
    "转发这条消息",
    "打开你的心",
    "播种希望",
    "前进的道路",
    "再见",
    "继续",
    "continue",
    "resume",
]


@pytest.mark.parametrize("home", HOMES.values(), ids=HOMES)
@pytest.mark.parametrize(("words", "wanted"), table(QUESTIONS))
def test_a_question_only_reads(words: str, wanted: list[str], home: tuple[Device, ...]) -> None:
    assert [shown(call) for call in calls(words, home)] == wanted


@pytest.mark.parametrize("words", NEVER_ANSWERED_BY_DOING)
def test_a_question_about_doing_is_not_done(words: str) -> None:
    for home in HOMES.values():
        assert all(call.tool == "get_state" for call in _proposed(words, home)), words


@pytest.mark.parametrize("words", [words for words, _ in table(IN_EITHER_HOME)])
def test_no_command_with_a_question_word_before_it_changes_anything(words: str) -> None:
    chinese = any(ord(char) > 0x2E80 for char in words)
    asked = f"为什么{words}" if chinese else f"why {words.rstrip('?')}"
    assert all(call.tool == "get_state" for call in _proposed(asked, ENGLISH))


@pytest.mark.parametrize("words", NO_MOTION)
def test_almost_a_motion_is_no_motion(words: str) -> None:
    for home in HOMES.values():
        assert unsure(words, home)


@pytest.mark.parametrize("words", SMALL_TALK)
def test_talk_that_asks_for_nothing_proposes_nothing(words: str) -> None:
    for home in HOMES.values():
        assert unsure(words, home)


def test_a_question_about_many_lights_asks_back_when_they_are_not_all_meant() -> None:
    twins = [each for each in (*ENGLISH, *CHINESE) if each.kind == "light"]
    assert len(_proposed("is the light on?", twins)) == 0


@pytest.mark.parametrize("words", ["现在几度？", "how warm is it?", "what is the temperature?"])
def test_the_temperature_of_nowhere_is_that_of_all_who_know_it(words: str) -> None:
    for home in HOMES.values():
        proposed = _proposed(words, home)
        assert "get_state sensor.temperature" in [shown(call) for call in proposed]
        assert all(call.tool == "get_state" for call in proposed)


def _proposed(words: str, home: Sequence[Device]) -> list[Call]:
    return [thought.call for thought in think(words, home) if isinstance(thought, Propose)]
