"""What agentd says happened, happened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from agentd.agent import Heard
from agentd.brains import Answered, Propose, Say, Thought, Turn, Unsure
from agentd.errors import BrainError, Reason
from agentd.model import Call, Outcome, Status
from tests.peers.toys import ToyHouse, asker

LIGHT_ON = Call("set_light", {"device": "light.lamp", "on": True})
FORWARD = Call("drive", {"device": "cart", "distance_m": 0.2})
LEFT = Call("turn", {"device": "cart", "angle_deg": 90})


class Scripted:
    """A brain that thinks what the test wrote."""

    name = "scripted"

    def __init__(self, *thoughts: Thought, error: BrainError | None = None) -> None:
        self.thoughts = thoughts
        self.error = error
        self.turns: list[Turn] = []

    async def think(self, turn: Turn) -> AsyncIterator[Thought]:
        self.turns.append(turn)
        yield Answered(self.name)
        for thought in self.thoughts:
            yield thought
        if self.error:
            raise self.error


def hear(
    house: ToyHouse, brain: Scripted, words: str = "do it now", language: str = "en"
) -> list[Heard]:
    async def main() -> list[Heard]:
        agent = house.agent(brain)
        return [piece async for piece in agent.hear(words, asker(words=words, language=language))]

    return asyncio.run(main())


def text(pieces: list[Heard]) -> str:
    return "".join(piece.text for piece in pieces).strip()


def test_the_answer_is_made_from_the_receipt(tmp_path: Path) -> None:
    house = ToyHouse(tmp_path)
    pieces = hear(house, Scripted(Propose(LIGHT_ON)))
    assert text(pieces) == "Lamp: on."
    assert pieces[0].brain == "scripted"
    assert [piece.receipt.status for piece in pieces if piece.receipt] == [Status.DONE]


def test_the_answer_is_in_the_askers_language(tmp_path: Path) -> None:
    house = ToyHouse(tmp_path)
    pieces = hear(house, Scripted(Propose(FORWARD), Propose(LIGHT_ON)), language="zh")
    assert text(pieces) == "小车：前进了 20 厘米。\nLamp：开。"


def test_a_device_that_does_not_confirm_is_told_as_unconfirmed(tmp_path: Path) -> None:
    house = ToyHouse(tmp_path)
    house.driver.outcome = Outcome(Status.UNVERIFIED, message="It never reports.")
    assert text(hear(house, Scripted(Propose(LIGHT_ON)))) == (
        "Lamp: sent, but not confirmed by the device. (It never reports)"
    )


def test_motions_run_one_after_the_other_and_the_rest_is_skipped_after_a_failure(
    tmp_path: Path,
) -> None:
    house = ToyHouse(tmp_path)
    pieces = hear(house, Scripted(Propose(FORWARD), Propose(LEFT)))
    assert [action.tool for action in house.driver.applied] == ["drive", "turn"]
    assert text(pieces) == "Cart: forward 20 cm.\nCart: turned left 90°."

    house = ToyHouse(tmp_path)
    house.driver.outcome = Outcome(Status.FAILED, message="the wheels are blocked.")
    receipts = [piece.receipt for piece in hear(house, Scripted(Propose(FORWARD), Propose(LEFT)))]
    told = [each for each in receipts if each]
    assert [each.status for each in told] == [Status.FAILED, Status.REFUSED]
    assert told[1].refusal
    assert told[1].refusal.reason is Reason.SKIPPED
    assert len(house.driver.applied) == 1


def test_the_home_obeys_side_by_side(tmp_path: Path) -> None:
    async def main() -> None:
        house = ToyHouse(tmp_path)
        house.driver.hold = True
        brain = Scripted(
            Propose(LIGHT_ON), Propose(Call("set_light", {"device": "light.dim", "on": True}))
        )
        pieces = house.agent(brain).hear("both", asker())
        told = asyncio.create_task(_collect(pieces))
        while len(house.driver.applied) < 2:
            await asyncio.sleep(0)
        house.driver.release.set()
        assert text(await told) == "Lamp: on.\nDim lamp: on."

    asyncio.run(main())


async def _collect(pieces: AsyncIterator[Heard]) -> list[Heard]:
    return [piece async for piece in pieces]


def test_a_brain_that_fails_moves_nothing_even_after_a_proposal(tmp_path: Path) -> None:
    house = ToyHouse(tmp_path)
    pieces = hear(house, Scripted(Propose(FORWARD), error=BrainError("the server is away.")))
    assert text(pieces) == "I cannot understand words just now: the server is away."
    assert house.driver.applied == []


def test_a_question_is_answered_yes_or_no_from_the_reported_state(tmp_path: Path) -> None:
    house = ToyHouse(tmp_path)
    ask = Call("get_state", {"device": "light.lamp"}, expect={"on": True})
    assert text(hear(house, Scripted(Propose(ask)))) == "Lamp has not reported its state."
    house.fleet.report("light.lamp", {"on": True, "brightness_pct": 40})
    assert text(hear(house, Scripted(Propose(ask)))) == "Yes. Lamp: on, 40 %."
    house.fleet.report("light.lamp", {"on": False})
    assert text(hear(house, Scripted(Propose(ask)))) == "No. Lamp: off."
    assert house.driver.applied == []


def test_a_question_about_many_is_answered_in_one_sentence(tmp_path: Path) -> None:
    house = ToyHouse(tmp_path)
    brain = Scripted(
        *(
            Propose(Call("get_state", {"device": device}, expect={"on": True}))
            for device in ("light.lamp", "light.dim")
        )
    )
    house.fleet.report("light.lamp", {"on": False})
    assert text(hear(house, brain)) == "No, none of the 2."
    house.fleet.report("light.dim", {"on": True})
    pieces = hear(house, brain)
    assert text(pieces) == "Yes: Dim lamp."
    assert len([piece for piece in pieces if piece.receipt]) == 2


def test_what_is_not_understood_and_plain_talk_are_passed_on(tmp_path: Path) -> None:
    house = ToyHouse(tmp_path)
    assert text(hear(house, Scripted(Unsure("I did not get that.")))) == "I did not get that."
    assert text(hear(house, Scripted(Say("Hello "), Say("there.")))) == "Hello there."
    assert text(hear(house, Scripted(), words="  ")) == "Say what I should do."


def test_only_the_same_person_at_the_same_door_can_say_yes(tmp_path: Path) -> None:
    house = ToyHouse(tmp_path)
    unlock = Scripted(Propose(Call("set_lock", {"device": "lock.front", "locked": False})))

    async def main() -> None:
        agent = house.agent(unlock)
        asked = await _collect(agent.hear("unlock the front door", asker()))
        assert 'Say "yes" to go on.' in text(asked)
        await _collect(agent.hear("yes", asker(who="mallory")))
        await _collect(agent.hear("yes", asker(door="mqtt")))
        await _collect(agent.hear("yes", asker(conversation="another")))
        assert house.driver.applied == []
        said = await _collect(agent.hear("Yes!", asker()))
        assert text(said) == "Front door: unlocked."
        assert len(house.driver.applied) == 1

    asyncio.run(main())


def test_a_no_leaves_it_as_it_is(tmp_path: Path) -> None:
    house = ToyHouse(tmp_path)
    unlock = Scripted(Propose(Call("set_lock", {"device": "lock.front", "locked": False})))

    async def main() -> None:
        agent = house.agent(unlock)
        await _collect(agent.hear("unlock the front door", asker()))
        assert len(house.gate.pending()) == 1
        said = await _collect(agent.hear("no", asker()))
        assert text(said) == "Alright, I left it as it is."

    asyncio.run(main())
    assert house.gate.pending() == []
    assert house.driver.applied == []


def test_a_time_that_the_brain_overlooked_is_kept(tmp_path: Path) -> None:
    house = ToyHouse(tmp_path)
    later = "turn the lamp on in ten minutes"
    told = text(hear(house, Scripted(Propose(LIGHT_ON)), words=later))
    assert told.startswith("Lamp: on, at ")
    assert house.driver.applied == []
    assert "never scheduled" in text(hear(house, Scripted(Propose(FORWARD)), words=later))
    both = "turn on the lamp and drive in ten minutes"
    told = text(hear(house, Scripted(Propose(LIGHT_ON), Propose(FORWARD)), words=both))
    assert told.startswith("I am not sure what the time is for")
    assert house.driver.applied == []
    stop = Scripted(Propose(Call("stop", {})))
    hear(house, stop, words="stop, it hits the wall in ten seconds")
    assert house.driver.halts == 1
