"""A person and their shopping list: sentence, gate, disk and the answer, with the offline brain."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentd.drivers.lists import ListDriver, lists
from agentd.fleet.fleet import DriverHost
from agentd.model import Receipt
from agentd.store import Database, Lists
from tests.brains.homes import brain
from tests.peers.toys import ToyHouse, asker

SHOPPING = "todo.shopping_list"


class Shopper:
    """One person in one conversation."""

    def __init__(self, folder: Path) -> None:
        self.house = ToyHouse(folder)
        self.database = Database.open(folder)
        host = DriverHost(self.house.fleet)
        driver = ListDriver(lists({"Shopping list": ("购物清单",)}), Lists(self.database), host)
        host.bind(driver)
        self.agent = self.house.agent(brain())
        self.runner = asyncio.Runner()
        self.running = self.runner.get_loop().create_task(driver.run())
        self.runner.run(self._announced())
        self.receipts: list[Receipt] = []

    async def _announced(self) -> None:
        async with asyncio.timeout(10):
            while "items" not in self.house.states.get(SHOPPING):
                await asyncio.sleep(0.01)

    def says(self, words: str) -> str:
        async def heard() -> str:
            asked = asker(words=words, language="en" if words.isascii() else "zh")
            pieces = [each async for each in self.agent.hear(words, asked)]
            self.receipts += [each.receipt for each in pieces if each.receipt]
            return "".join(each.text for each in pieces).strip()

        return self.runner.run(heard())

    def close(self) -> None:
        self.running.cancel()
        self.runner.close()
        self.database.close()


@pytest.fixture
def shopper(tmp_path: Path) -> Iterator[Shopper]:
    found = Shopper(tmp_path)
    yield found
    found.close()


def test_what_was_noted_is_told_from_the_receipt(shopper: Shopper) -> None:
    assert shopper.says("add milk to the shopping list") == "Shopping list: milk added."
    assert shopper.says("add milk to the shopping list") == "Shopping list: milk is on it already."
    assert shopper.says("把鸡蛋加到购物清单") == "购物清单：已加上鸡蛋。"
    assert shopper.says("what is on the shopping list?") == "Shopping list: milk, 鸡蛋"
    assert shopper.says("从购物清单里划掉鸡蛋") == "购物清单：已划掉鸡蛋。"
    assert shopper.says("购物清单上有什么") == "购物清单：milk"


def test_an_empty_list_is_said_to_hold_nothing(shopper: Shopper) -> None:
    assert shopper.says("what is on the shopping list?") == "Shopping list: nothing"
    assert shopper.says("购物清单上有什么") == "购物清单：什么都没有"


def test_what_is_not_on_it_is_said_with_what_is(shopper: Shopper) -> None:
    shopper.says("add milk to the shopping list")
    assert shopper.says("remove tea from the shopping list") == (
        'Shopping list: "tea" is not on it; there is: milk.'
    )
    assert shopper.says("从购物清单里划掉茶") == "购物清单：上面没有“茶”，现有：milk。"


def test_clearing_it_waits_for_a_yes(shopper: Shopper) -> None:
    shopper.says("add milk to the shopping list")
    assert "needs your yes" in shopper.says("clear the shopping list")
    assert shopper.house.states.get(SHOPPING)["entries"] == 1
    assert shopper.says("yes") == "Shopping list: cleared."
    assert shopper.house.states.get(SHOPPING)["entries"] == 0


def test_undo_takes_off_what_was_added_and_puts_back_what_was_taken(shopper: Shopper) -> None:
    shopper.says("add milk to the shopping list")
    assert shopper.says("undo that") == "Shopping list: milk taken off."
    shopper.says("add milk to the shopping list")
    shopper.says("remove milk from the shopping list")
    assert shopper.says("undo that") == "Shopping list: milk added."


def test_undo_leaves_what_was_there_before(shopper: Shopper) -> None:
    shopper.says("add milk to the shopping list")
    shopper.says("add milk to the shopping list")
    assert "cannot undo" in shopper.says("undo that")
    assert shopper.house.states.get(SHOPPING)["items"] == "milk"


def test_what_is_said_behind_it_goes_on_the_same_list(shopper: Shopper) -> None:
    shopper.says("add milk to the shopping list")
    assert shopper.says("and eggs too") == "Shopping list: eggs added."
    assert shopper.says("also bread and jam").count("added") == 2
    assert shopper.says("还有苹果") == "购物清单：已加上苹果。"
    shopper.says("remove milk from the shopping list")
    assert shopper.says("and the eggs") == "Shopping list: eggs taken off."


def test_another_order_behind_it_is_no_entry(shopper: Shopper) -> None:
    shopper.says("add milk to the shopping list")
    for words in ("and turn on the lamp", "and the lamp too", "also what is the time"):
        shopper.says(words)
    assert shopper.house.states.get(SHOPPING)["items"] == "milk"
