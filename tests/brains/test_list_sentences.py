"""What is said of shopping and to-do lists, and what is not said of them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.brains.lists import NotePad
from agentd.brains.misunderstanding import NotUnderstood
from agentd.drivers.lists import lists
from agentd.model import Call, Device
from tests.brains.homes import ENGLISH, calls, shown, unsure

TWO = tuple(lists({"Shopping list": ("groceries", "购物清单"), "To-do list": ("待办清单",)}))
SHOPS = tuple(lists({"Personal Tasks": (), "Trader Joe's": ()}))
ONE = tuple(lists({"Einkaufen": ()}))


def said(words: str, kept: tuple[Device, ...] = TWO) -> str:
    found = calls(words, (*ENGLISH, *kept))
    return "; ".join(map(shown, found)).replace("change_list todo.", "")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("add milk to the shopping list", "shopping_list add=milk"),
        ("could you put oat milk on my shopping list please", "shopping_list add=oat milk"),
        ("write bin bags on the groceries", "shopping_list add=bin bags"),
        ("jot down call the plumber on the to-do list", "to_do_list add=call the plumber"),
        ("add call mum and dad to my todo list", "to_do_list add=call mum and dad"),
        ('write "light bulbs" on the shopping list', "shopping_list add=light bulbs"),
        ("add call mum to my to-do list for Friday", "to_do_list add=call mum for Friday"),
        ("add milk to the shopping list for the party", "shopping_list add=milk"),
        ("add lock the garage to my to-do list", "to_do_list add=lock the garage"),
        ("remove the milk from the shopping list", "shopping_list remove=milk"),
        ("cross eggs off the shopping list", "shopping_list remove=eggs"),
        ("mark water the plants as done on my chores list", "to_do_list remove=water the plants"),
        ("clear the shopping list", "shopping_list clear=True"),
        ("把牛奶加到购物清单", "shopping_list add=牛奶"),
        ("往购物清单里加一袋大米", "shopping_list add=一袋大米"),
        ("请帮我把交电费记到待办清单上", "to_do_list add=交电费"),
        ("从购物清单里划掉牛奶", "shopping_list remove=牛奶"),
        ("把购物清单里的牛奶删掉", "shopping_list remove=牛奶"),
        ("清空购物清单", "shopping_list clear=True"),
    ],
)
def test_a_list_is_changed_in_ones_own_words(words: str, expected: str) -> None:
    assert said(words) == expected


@pytest.mark.parametrize(
    ("words", "entries"),
    [
        ("add milk and eggs to the shopping list", ["milk", "eggs"]),
        ("add mac and cheese, salt and oat milk to the shopping list", None),
        ("put some bread, butter, and jam on the shopping list", ["bread", "butter", "jam"]),
        ("eggs, flour and butter for the shopping list", ["eggs", "flour", "butter"]),
        ("we're out of soap, stick it on the groceries", ["soap"]),
        ("家里没酱油了，写到购物清单上吧", ["酱油"]),
        ("shopping list: bread, some cheese and a cucumber", ["bread", "cheese", "a cucumber"]),
        ("把苹果、香蕉和梨加到购物清单", ["苹果", "香蕉", "梨"]),
    ],
)
def test_several_things_are_several_entries(words: str, entries: list[str] | None) -> None:
    found = [call.arguments["add"] for call in calls(words, (*ENGLISH, *TWO))]
    assert found == (entries or ["mac and cheese", "salt", "oat milk"])


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("what's on my shopping list?", ["shopping_list"]),
        ("is there milk on the shopping list?", ["shopping_list"]),
        ("read me the shopping list", ["shopping_list"]),
        ("what do we need to buy?", ["shopping_list"]),
        ("who do I need to call?", ["to_do_list"]),
        ("what is on the list?", ["shopping_list", "to_do_list"]),
        ("购物清单上有什么", ["shopping_list"]),
        ("我要买什么？", ["shopping_list"]),
        ("今天有什么待办事项？", ["to_do_list"]),
    ],
)
def test_a_question_reads_the_list_it_is_about(words: str, read: list[str]) -> None:
    found = calls(words, (*ENGLISH, *TWO))
    assert found == [Call("get_state", {"device": f"todo.{each}"}) for each in read]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("add apples to my trader joe's list", "trader_joe_s add=apples"),
        ("put apples on the trader joes list", "trader_joe_s add=apples"),
        ("put apples on the shopping list", "trader_joe_s add=apples"),
        ("add wash the car to my chores list", "personal_tasks add=wash the car"),
    ],
)
def test_a_list_goes_by_its_name_or_by_what_only_it_can_be_for(words: str, expected: str) -> None:
    assert said(words, SHOPS) == expected


def test_the_only_list_needs_no_name() -> None:
    assert said("put milk on the list", ONE) == "einkaufen add=milk"
    assert said("把牛奶加到清单", ONE) == "einkaufen add=牛奶"


def test_of_two_lists_it_asks_which_and_of_a_strange_one_it_names_those_there_are() -> None:
    assert "Shopping list" in unsure("put milk on the list", (*ENGLISH, *TWO))
    told = unsure("add candles to the birthday list", (*ENGLISH, *TWO))
    assert "birthday list" in told and "To-do list" in told


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            "add milk to the shopping list and turn on the kitchen light",
            "shopping_list add=milk; set_light light.kitchen on=True",
        ),
        (
            "put the kitchen light on and add milk to the shopping list",
            "set_light light.kitchen on=True; shopping_list add=milk",
        ),
        (
            "turn off the kitchen light, then put bread on the shopping list",
            "set_light light.kitchen on=False; shopping_list add=bread",
        ),
    ],
)
def test_a_list_and_a_lamp_in_one_sentence_are_both_seen_to(words: str, expected: str) -> None:
    assert said(words) == expected


@pytest.mark.parametrize(
    "words",
    [
        "don't add milk to the shopping list",
        "I added milk to the shopping list",
        "she said put milk on the shopping list",
        "I was going to add milk to the list",
        "if she calls, add milk to the shopping list",
        "add milk to the shopping list and turn on the moon",
        "add milk to the shopping list tomorrow morning",
        "we need milk",
        "movie night, milk and eggs go on the shopping list",
        "never clear the shopping list",
        "write a poem about my shopping list",
        "put the shopping list on the fridge",
        "帮我写个购物清单的小程序",
        "歌单里加一首歌",
        'translate "add milk to the shopping list" into French',
        'he said "add milk to the shopping list"',
        "“把牛奶加到购物清单”用英语怎么说",
        "你觉得写购物清单有用吗",
        "我本来想清空购物清单的，后来算了",
        "下次去超市想带点榴莲和山竹回来，先给我挂到购物清单上",
        "别把牛奶加到购物清单",
        "我昨天把牛奶加到购物清单了",
    ],
)
def test_what_is_no_order_for_a_list_leaves_it_alone(words: str) -> None:
    assert unsure(words, (*ENGLISH, *TWO))


def test_a_home_without_lists_hears_nothing_of_them() -> None:
    assert NotePad(ENGLISH).read("add milk to the shopping list") is None
    assert unsure("add milk to the shopping list")


def test_what_is_noted_keeps_the_characters_it_was_said_in() -> None:
    assert said("把雞蛋加到購物清單") == "shopping_list add=雞蛋"


@given(st.text(alphabet="ad pu milk ,和把加到购物清单the list'", max_size=300))
def test_any_words_are_read_in_bounded_time(words: str) -> None:
    began = time.monotonic()
    with contextlib.suppress(NotUnderstood):
        NotePad(TWO).read(words)
    assert time.monotonic() - began < 1.0


ENTRIES: Mapping[str, str] = {"en": "bcdfgk", "zh": "牛奶鸡蛋面包苹果"}


@given(st.sampled_from(["en", "zh"]), st.data())
def test_an_entry_comes_through_as_it_was_said(language: str, data: st.DataObject) -> None:
    letters = st.sampled_from(ENTRIES[language].replace(" ", ""))
    entry = data.draw(st.lists(letters, min_size=1, max_size=8).map("".join))
    words = f"add {entry} to the shopping list" if language == "en" else f"把{entry}加到购物清单"
    noted = NotePad(TWO).read(words)
    assert noted is not None
    assert [call.arguments["add"] for call in noted.calls] == [entry]
