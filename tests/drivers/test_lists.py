"""Shopping and to-do lists over a real database: what is said to be on them is on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from agentd.drivers.lists import MOST_ENTRIES, ListDriver, lists
from agentd.errors import Reason, RefusedError
from agentd.events import Bus
from agentd.fleet import Fleet
from agentd.fleet.fleet import DriverHost
from agentd.model import Action, Outcome, Status, Value
from agentd.state import States
from agentd.store import Database, Lists, StoreError

SHOPPING = "todo.shopping_list"


class Kept:
    """A list driver in a fleet, over the database in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.database = Database.open(folder)
        bus = Bus()
        self.states, self.fleet = States(bus), Fleet(bus)
        host = DriverHost(self.fleet)
        devices = lists({"Shopping list": ("groceries",), "To-do list": ()})
        self.driver = ListDriver(devices, Lists(self.database), host)
        host.bind(self.driver)
        self.runner = asyncio.Runner()
        self.running = self.runner.get_loop().create_task(self.driver.run())
        self.runner.run(self._announced())

    async def _announced(self) -> None:
        async with asyncio.timeout(10):
            while "items" not in self.states.get("todo.to_do_list"):
                await asyncio.sleep(0.01)

    def does(self, device_id: str = SHOPPING, **arguments: Value) -> Outcome:
        action = Action(tool="change_list", device_id=device_id, arguments=arguments)
        return self.runner.run(self.fleet.apply(action))

    def items(self, device_id: str = SHOPPING) -> list[str]:
        return str(self.states.get(device_id)["items"]).splitlines()

    def close(self) -> None:
        self.running.cancel()
        self.runner.close()
        self.database.close()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    found = Kept(tmp_path)
    yield found
    found.close()


def test_an_entry_is_on_disk_when_it_is_told_and_survives_a_restart(tmp_path: Path) -> None:
    first = Kept(tmp_path)
    first.does(add="milk")
    told = first.does(add="eggs")
    first.close()
    assert told == Outcome(Status.DONE, {"add": "eggs", "entries": 2, "items": "milk\neggs"})
    second = Kept(tmp_path)
    assert second.items() == ["milk", "eggs"]
    assert second.items("todo.to_do_list") == []
    second.close()


def test_what_is_there_is_not_noted_twice(kept: Kept) -> None:
    kept.does(add="Milk")
    assert kept.does(add="milk").state == {"already": "milk", "entries": 1}
    assert kept.items() == ["Milk"]


@pytest.mark.parametrize("said", ["oat milk", "OAT MILK", "milk", "oats"])
def test_an_entry_is_taken_off_by_its_name_or_by_words_of_it(kept: Kept, said: str) -> None:
    kept.does(add="oat milk")
    kept.does(add="bread")
    assert kept.does(remove=said).state["remove"] == "oat milk"
    assert kept.items() == ["bread"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"remove": "tea"}, Reason.NOT_THERE),
        ({"remove": "milk"}, Reason.NOT_THERE),
        ({"add": " \u200b\n "}, Reason.BAD_ARGUMENT),
        ({"add": "tea", "remove": "oat milk"}, Reason.BAD_ARGUMENT),
        ({"clear": False}, Reason.BAD_ARGUMENT),
    ],
)
def test_what_cannot_be_done_is_refused_and_leaves_the_list(
    kept: Kept, arguments: Mapping[str, Value], reason: Reason
) -> None:
    for entry in ("oat milk", "soy milk"):
        kept.does(add=entry)
    with pytest.raises(RefusedError) as refused:
        kept.does(**arguments)
    assert refused.value.refusal.reason is reason
    assert kept.items() == ["oat milk", "soy milk"]


def test_a_full_list_says_so(kept: Kept) -> None:
    for number in range(MOST_ENTRIES):
        kept.does(add=f"thing {number}")
    with pytest.raises(RefusedError, match=f"holds {MOST_ENTRIES} entries"):
        kept.does(add="one more")


def test_lines_and_what_cannot_be_seen_do_not_make_two_entries_of_one(kept: Kept) -> None:
    kept.does(add="milk\neggs\u202e")
    assert kept.items() == ["milk eggs"]


def test_clearing_empties_one_list_only(kept: Kept) -> None:
    kept.does(add="milk")
    kept.does("todo.to_do_list", add="sweep")
    assert kept.does(clear=True).state == {"clear": True, "entries": 0, "items": ""}
    assert kept.items("todo.to_do_list") == ["sweep"]


def test_a_broken_store_is_an_error_and_no_success(kept: Kept) -> None:
    kept.database.close()
    with pytest.raises(StoreError):
        kept.does(add="milk")


def test_lists_whose_names_are_spelt_alike_have_ids_of_their_own() -> None:
    found = lists({"Shopping": (), "shopping!": (), "购物": ()})
    assert [each.id for each in found] == ["todo.shopping", "todo.shopping_2", "todo.list_3"]
    assert all(("clear", True) in each.confirm for each in found)
