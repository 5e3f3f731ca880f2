"""A model may talk; it may not say that something was done when nothing was."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.agent.truth import LONGEST_SENTENCE, PREFACE_CHARACTERS, Truth, claims_a_deed
from agentd.agent.words import PHRASES
from agentd.brains import Decline, Propose, Say, Unsure
from agentd.errors import BrainError, Reason, Refusal
from agentd.model import Call, Outcome, Status
from tests.agent.test_agent import FORWARD, LIGHT_ON, Scripted, hear, text
from tests.peers.toys import ToyHouse, asker

ENGLISH = PHRASES["en"]["correction"]
CHINESE = PHRASES["zh"]["correction"]
CLAIMS = """
Done
Done!
**Done.**
D\u200bone.
All set, the lights are off.
OK, it's done.
Sure! I've turned on the kitchen light.
I have set the thermostat to 21 degrees.
I turned the lamp off for you.
I just locked the front door.
Turning it on now.
Okay, turning on the lights.
I'm opening the curtains.
I am driving forward 20 cm.
I’ll turn that on for you.
I will close the blinds right away.
Let me turn that off.
The light is now on.
The kitchen light has been turned off.
The door is unlocked.
The lights are on now.
Your lamp was switched on, but the fan was not.
Successfully set the volume to 30 %.
Consider it done.
Moved the arm to 90 degrees.
好的，已经打开了客厅灯。
已为您打开灯
灯已经关了
正在打开窗帘
马上为您打开
我把灯关掉了
搞定！
已完成
好了，音量调到百分之三十了。
门已解锁
我会帮您打开灯
小车前进了二十厘米
客厅灯现在开着
The rover moved 1 m forward.
The cart turned left.
It rotated 90 degrees.
The heating's going up to 22.
The lights are coming on.
✅ Kitchen light off
✔️ Front door: locked
No problem — garage door open.
Lights out, as you wished.
Lights out!
You'll find the front door unlocked.
The garage door opened.
The lamp went off.
It worked.
Good news: that worked!
灯灭了。
客厅灯亮了
车库门正在开。
窗帘正在慢慢拉上
妥了。
好的，成了。
如您所愿，灯已熄。
"""
HONEST = """
Hello there.
Which light do you mean?
I cannot turn on the light.
I could not open the door.
I did not switch anything.
Should I turn it on?
Do you want me to turn it on?
I can turn on the lamp if you like.
There are three lights in the kitchen.
The lighthouse keeper lived alone.
Nothing was changed.
I don't know a garage here.
要我打开灯吗？
我没有打开灯
您想打开哪盏灯？
客厅里有三盏灯。
我不能解锁前门。
今天天气很好。
You will find the switch on the wall.
Say: turn the kitchen light off.
To turn the lamp off, say so.
You left me wondering.
Tell me if it worked.
It worked like a clock for a hundred years.
The temperature is going up this week.
He moved three times.
The story moved me.
The wall is 3 m long.
Is the door open?
Which doors open to the garden?
A good night starts with no lights on.
我正在开会。
天亮了。
灯泡是1879年发明的。
门锁有三种。
"""


@pytest.mark.parametrize("sentence", CLAIMS.strip().splitlines())
def test_a_claim_is_recognised(sentence: str) -> None:
    assert claims_a_deed(sentence)


@pytest.mark.parametrize("sentence", HONEST.strip().splitlines())
def test_an_honest_sentence_is_left_alone(sentence: str) -> None:
    assert not claims_a_deed(sentence)


def test_after_a_question_a_state_is_an_answer_and_after_a_command_a_claim() -> None:
    assert claims_a_deed("The light is on.")
    assert not claims_a_deed("The light is on.", asked=True)


@given(st.text())
def test_any_text_is_judged(sentence: str) -> None:
    claims_a_deed(sentence)


def pieces_of(told: str, size: int = 3) -> list[Say]:
    return [Say(told[at : at + size]) for at in range(0, len(told), size)]


@pytest.mark.parametrize(
    ("told", "language", "correction"),
    [("Sure. I've turned on the lamp.", "en", ENGLISH), ("好的，已经打开了灯。", "zh", CHINESE)],
)
def test_a_claim_without_a_call_is_corrected_in_the_same_reply(
    tmp_path: Path, told: str, language: str, correction: str
) -> None:
    house = ToyHouse(tmp_path)
    answer = text(hear(house, Scripted(*pieces_of(told)), language=language))
    assert answer == f"{told}\n{correction}"
    assert house.driver.applied == []


def test_a_claim_is_held_until_its_correction_can_follow(tmp_path: Path) -> None:
    house = ToyHouse(tmp_path)
    story = "Once there was a keeper. " * (PREFACE_CHARACTERS // 20)
    brain = Scripted(*pieces_of(story), Say("I have turned on the lamp. Sleep well."))

    async def main() -> list[str]:
        return [each.text async for each in house.agent(brain).hear("tell it", asker())]

    told = [each for each in asyncio.run(main()) if each]
    assert len(told) > 3, "a long answer streams by sentence"
    claim = next(at for at, each in enumerate(told) if "turned on" in each)
    assert told[claim + 1 :] == ["\n" + ENGLISH]
    assert "".join(told).startswith(story)


def test_words_without_an_end_still_stream_and_a_claim_across_a_cut_is_corrected(
    tmp_path: Path,
) -> None:
    house = ToyHouse(tmp_path)
    endless = "word " * 200

    async def told(*said: Say) -> list[str]:
        agent = house.agent(Scripted(*said))
        return [each.text async for each in agent.hear("tell it", asker()) if each.text]

    assert len(asyncio.run(told(*pieces_of(endless)))) > 3
    for shift in range(0, LONGEST_SENTENCE, 7):
        claim = "x" * shift + " and I have just turned on the lamp " + "word " * 100
        assert asyncio.run(told(*pieces_of(claim)))[-1].endswith(ENGLISH), shift


def test_with_a_call_the_receipt_speaks_and_the_model_does_not(tmp_path: Path) -> None:
    house = ToyHouse(tmp_path)
    brain = Scripted(Say("Sure, I've turned the lamp on. Anything else?"), Propose(LIGHT_ON))
    assert text(hear(house, brain)) == "Lamp: on."


def test_a_claim_that_the_receipt_contradicts_is_never_spoken(tmp_path: Path) -> None:
    house = ToyHouse(tmp_path)
    house.driver.outcome = Outcome(Status.FAILED, message="the wheels are blocked.")
    answer = text(hear(house, Scripted(Say("Done, driving."), Propose(FORWARD))))
    assert answer == "Cart: that did not work: the wheels are blocked."


def test_a_claim_beside_a_mere_look_is_corrected(tmp_path: Path) -> None:
    house = ToyHouse(tmp_path)
    house.fleet.report("light.lamp", {"on": False})
    look = Propose(Call("get_state", {"device": "light.lamp"}))
    answer = text(hear(house, Scripted(Say("I turned on the lamp."), look)))
    assert answer.splitlines()[0] == "I turned on the lamp."
    assert "Lamp: off" in answer
    assert answer.endswith(ENGLISH)


def test_words_around_a_mere_look_are_kept(tmp_path: Path) -> None:
    house = ToyHouse(tmp_path)
    house.fleet.report("light.lamp", {"on": False})
    look = Propose(Call("get_state", {"device": "light.lamp"}))
    answer = text(hear(house, Scripted(Say("Here is what I see."), look)))
    assert answer == "Here is what I see.\nLamp: off"


def test_what_was_declined_has_a_receipt_and_no_claim(tmp_path: Path) -> None:
    house = ToyHouse(tmp_path)
    refusal = Refusal(Reason.NOT_ASKED, "Nothing in your own words asks for drive.")
    pieces = hear(house, Scripted(Say("Done!"), Decline(FORWARD, refusal)))
    assert text(pieces).startswith("Cart: not done. Nothing in your own words asks for drive.")
    assert [each.receipt.status for each in pieces if each.receipt] == [Status.REFUSED]
    chinese = text(hear(house, Scripted(Decline(FORWARD, refusal)), language="zh"))
    assert chinese.startswith("小车：没有执行。Nothing in your own words asks for drive.")


def test_a_claim_before_the_brain_breaks_off_is_not_spoken(tmp_path: Path) -> None:
    house = ToyHouse(tmp_path)
    broken = Scripted(Say("Done!"), error=BrainError("It broke off."))
    assert "Done" not in text(hear(house, broken))
    assert text(hear(house, Scripted(Say("Done!"), Unsure("What?")))) == "What?"


@given(st.lists(st.text(alphabet="ab.!? \n。已打开了Done", max_size=12), max_size=30))
def test_nothing_is_lost_on_the_way(pieces: list[str]) -> None:
    truth = Truth("en", "hello")
    told = "".join(truth.hear(piece) for piece in pieces) + truth.rest([])
    assert told == "".join(pieces)
