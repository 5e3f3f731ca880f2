"""What the adapters make of a few well-known rows, and what the sets must hold."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import eval as eval_package
from agentd.model import Kind
from eval import ha_intents, home_commands, nothing_asked, robot_sentences
from eval.home_commands import lines
from eval.house import House
from eval.notation import expectation
from eval.our_home import HOMES
from eval.rows import Dataset, Row, Wants
from eval.sets import datasets

ROOT = Path(eval_package.__file__).parent


@cache
def sets() -> dict[str, Dataset]:
    return {each.name: each for each in datasets()}


def find(name: str, words: str) -> Row:
    return next(row for row in sets()[name].rows if row.words == words)


def shown(row: Row) -> list[list[str]]:
    return [
        [f"{call.tool} {' '.join(map(str, call.arguments.values()))}" for call in ending]
        for ending in row.endings
    ]


def test_every_public_row_is_there() -> None:
    sizes = {name: len(each.rows) for name, each in sets().items()}
    assert [sizes[name] for name in ("assist", "assist-mini", "intents", "questions")] == [
        *(53, 23, 86, 20)
    ]
    assert sizes["ha_en"] + sizes["ha_en not offered"] == 471
    assert sizes["ha_zh"] + sizes["ha_zh not offered"] == 126


def test_upstairs_means_the_rooms_of_that_floor() -> None:
    row = find("assist", "Shut off the upstairs lights please")
    off = [f"set_light light.bedroom_{number}_light False" for number in (2, 3, 4)]
    assert shown(row) == [off]
    floors = {device.id: device.floor for device in row.devices}
    assert (floors["light.bedroom_1_light"], floors["light.bedroom_2_light"]) == (
        *("Ground", "Upstairs"),
    )


def test_brightness_and_volume_become_per_cent_and_a_mute_may_be_a_switch() -> None:
    assert shown(find("assist-mini", "Set the living room light to 50% brightness")) == [
        ["set_light light.living_room_light 50"]
    ]
    assert shown(find("assist-mini", "Mute the outdoor speakers")) == [
        ["set_media media_player.outdoor_speakers 0"],
        ["set_media media_player.outdoor_speakers True"],
    ]


def test_a_list_is_to_hold_one_entry_more_and_an_ambiguous_one_is_left_alone() -> None:
    assert {row.lacks for each in sets().values() for row in each.rows} == {""}
    added = find("assist", "put apples on the shopping list")
    assert shown(added) == [["change_list todo.trader_joe_s ..."]]
    assert ("todo.trader_joe_s", "items") in added.free
    assert find("assist", "put milk on the list").wants is Wants.ASK
    done = find("ha_en", "delete take out the trash in my chores list")
    assert shown(done) == [["change_list todo.chores take out the trash"]]


def test_a_timer_is_a_call_for_later_and_one_that_runs_is_altered() -> None:
    started = find("ha_en", "set a timer for 1 and a 1/2 hours").later
    assert started is not None
    assert (started.tool, started.after_s) == ("ring_timer", 5400.0)
    shorter = find("ha_en", "take 5 minutes off 1 hour timer")
    assert shorter.alters == (("shift", "000000", -300.0),)
    assert [each.call.arguments["length_s"] for each in shorter.agenda] == [3600, 1800, 300]
    assert find("ha_zh", "恢复披萨计时器").alters == (("resume", "000001", 0.0),)
    assert all(each.left_s for each in find("ha_zh", "恢复披萨计时器").agenda)


def test_an_ambiguous_volume_is_to_be_asked() -> None:
    asked = [row.wants for row in sets()["assist"].rows if row.words == "Set the volume to 0%"]
    assert asked == [Wants.CHANGE, Wants.ASK]


def test_valves_are_opened_and_set_and_vacuums_are_sent_out_and_home() -> None:
    valve = "set_valve valve.irrigation_valve"
    assert shown(find("assist", "open the irrigation valve")) == [[f"{valve} True"]]
    assert shown(find("assist", "turn off the water in the front yard")) == [[f"{valve} False"]]
    assert shown(find("assist", "set the irrigation valve to 50%")) == [[f"{valve} 50"]]
    home = find("assist", "Vacuum return to base")
    assert shown(home) == [["set_vacuum vacuum.roborock_downstairs dock"]]
    before = home.states["vacuum.roborock_downstairs"]
    assert before == {"task": "start", "activity": "cleaning"}
    assert shown(find("ha_en", "set main valve to 100")) == [["set_valve valve.main_valve 100"]]
    assert shown(find("ha_en", "clean the first floor")) == [["set_vacuum vacuum.rover start"]]
    assert shown(find("ha_zh", "Rover开始清洁")) == [["set_vacuum vacuum.rover start"]]


def test_a_scene_is_in_the_room_that_the_sentence_says() -> None:
    row = find("ha_en", "activate party mode in the kitchen")
    (party,) = [device for device in row.devices if device.name == "Party Mode"]
    assert party.area == "Kitchen"


def test_yes_and_no_are_what_a_binary_sensor_says() -> None:
    states = find("ha_en", "clean the first floor").states
    assert states["binary_sensor.shed_window"] == {"value": True, "on": True}
    assert states["binary_sensor.pet_door"] == {"value": False, "on": False}


def test_questions_change_nothing() -> None:
    assert {row.wants for row in sets()["questions"].rows} == {Wants.READ}


def test_here_is_the_speakers_room_and_what_is_to_be_on_begins_off() -> None:
    row = find("ha_en", "activate all the lights here")
    assert row.speaker_area == "Living Room"
    assert shown(row) == [
        ["set_light light.living_room_lamp True", "set_light light.play_corner True"]
    ]
    assert row.states["light.play_corner"]["on"] is False
    assert find("ha_zh", "下一首").speaker_area == "客厅"


def test_what_a_sentence_speaks_of_and_the_fixture_lacks_is_added_for_it_alone() -> None:
    added = find("ha_zh", "打开厨房的风扇")
    assert shown(added) == [["set_fan fan.added_fan True"]]
    (fan,) = [device for device in added.devices if device.id == "fan.added_fan"]
    assert (fan.name, fan.area, fan.kind) == ("厨房风扇", "厨房", Kind.FAN)
    other = find("ha_zh", "打开卧室的灯")
    assert not [device for device in other.devices if "added" in device.id]


def test_unlocking_is_what_turning_off_a_lock_means() -> None:
    assert shown(find("ha_zh", "打开前门的锁")) == [["set_lock lock.front_door False"]]


def test_the_weather_and_announcements_are_not_offered() -> None:
    rows = sets()["ha_en not offered"].rows
    assert {row.wants for row in rows} == {Wants.NOTHING}
    assert {"HassGetWeather", "HassBroadcast"} < {row.group for row in rows}


def test_three_hundred_robot_sentences_and_a_thousand_others_each_said_once() -> None:
    for made, wanted in ((robot_sentences.datasets(), 300), (nothing_asked.datasets(), 1000)):
        words = [row.words for each in made for row in each.rows]
        assert (len(words), len(set(words))) == (wanted, wanted)
    assert 80 <= len(sets()["clauses"].rows) <= 100


def test_the_sets_are_the_same_in_every_run() -> None:
    assert robot_sentences.english() == robot_sentences.english()
    assert nothing_asked.datasets()[0].rows == nothing_asked.datasets()[0].rows


def test_every_expected_value_but_the_out_of_range_ones_passes_the_gates_checks() -> None:
    for each in sets().values():
        for row in each.rows:
            for ending in () if row.may_ask else row.endings:
                house = House(row.devices, row.states)
                assert [house.play(call) for call in ending] == [""] * len(ending), row


FRESH = {
    "fresh_home": 335,
    "fresh_robot": 200,
    "fresh_questions": 80,
    "fresh_nothing": 300,
    "fresh_homes_en": 135,
    "fresh_homes_zh": 142,
}


def test_the_fresh_sets_hold_english_and_chinese_in_the_numbers_the_readme_gives() -> None:
    rows = {name: sets()[name].rows for name in FRESH}
    assert {name: len(each) for name, each in rows.items()} == FRESH
    english = [sum(row.language == "en" for row in each) for each in rows.values()]
    assert english == [201, 100, 50, 180, 135, 0]
    in_ours = {name: each for name, each in rows.items() if "homes" not in name}
    wants = Counter((name, row.wants) for name, each in in_ours.items() for row in each)
    assert wants == {
        ("fresh_home", Wants.CHANGE): 300,
        ("fresh_home", Wants.ASK): 35,
        ("fresh_robot", Wants.CHANGE): 185,
        ("fresh_robot", Wants.ASK): 15,
        ("fresh_questions", Wants.READ): 80,
        ("fresh_nothing", Wants.NOTHING): 300,
    }


def test_every_fresh_sentence_is_said_once_and_in_no_other_set() -> None:
    said = Counter(
        re.sub(r"\W+", " ", row.words.casefold()).strip()
        for each in sets().values()
        for row in each.rows
    )
    for name in FRESH:
        for row in sets()[name].rows:
            assert said[re.sub(r"\W+", " ", row.words.casefold()).strip()] == 1, row.words


@pytest.mark.parametrize("language", ["en", "zh"])
def test_six_other_homes_are_spoken_to_in_each_language(language: str) -> None:
    rows = [row for name in ("homes", "fresh_homes") for row in sets()[f"{name}_{language}"].rows]
    homes = {row.id.partition("#")[0]: row.devices for row in rows}
    assert len(homes) == 6
    assert all(len(devices) >= 12 for devices in homes.values())
    assert {row.wants for row in rows} == set(Wants)


def test_lists_and_timers_have_sentences_of_every_kind() -> None:
    counted = {name: len(each.rows) for name, each in sets().items() if "noted_" in name}
    assert counted == {
        "noted_lists": 302,
        "noted_timers": 242,
        "fresh_noted_lists": 50,
        "fresh_noted_timers": 30,
    }
    noted, timed = sets()["noted_lists"].rows, sets()["noted_timers"].rows
    assert {row.wants for row in noted} == set(Wants)
    done = {what for row in timed for what, *_ in row.alters}
    assert done == {"cancel", "hold", "resume", "shift", "status"}
    assert sum(row.later is not None for row in timed) > 80
    assert {row.language for row in (*noted, *timed)} == {"en", "zh"}


def test_every_fresh_ending_leads_somewhere_else_than_where_the_house_began() -> None:
    for row in (row for name in FRESH for row in sets()[name].rows):
        for ending in () if row.may_ask else row.endings:
            before, after = House(row.devices, row.states), House(row.devices, row.states)
            assert [after.play(call) for call in ending] == [""] * len(ending), row
            assert after.deeds or after.states != before.states, row


def test_both_ends_of_a_fresh_range_are_accepted_by_the_device_and_are_not_so_yet() -> None:
    for row in (row for name in FRESH for row in sets()[name].rows):
        for (device, name), (low, high) in row.ranges.items():
            accepts = next(each for each in row.devices if each.id == device).arguments[name]
            accepts.check(name, low)
            accepts.check(name, high)
            assert low < high, row
            now = row.states[device].get(name, -1)
            assert isinstance(now, int | float) and not low <= now <= high, row


def test_what_a_fresh_set_calls_out_of_range_is_refused_and_nothing_else_is() -> None:
    for row in sets()["fresh_robot"].rows:
        house = House(row.devices, row.states)
        refused = [bool(house.play(call)) for ending in row.endings[:1] for call in ending]
        assert any(refused) is (row.group == "out of range") is row.may_ask, row


def test_a_fresh_question_reads_devices_of_its_home() -> None:
    for row in sets()["fresh_questions"].rows:
        assert row.all_reads and row.reads, row
        assert row.reads <= {device.id for device in row.devices}, row


def test_a_mode_is_written_as_the_device_spells_it_and_a_colour_without_underscores() -> None:
    (ending,) = expectation("climate.living_room mode=fan_only", HOMES["en"])["endings"]
    assert ending[0].arguments["mode"] == "fan_only"
    (ending,) = expectation("light.reading color=warm_white", HOMES["en"])["endings"]
    assert ending[0].arguments["color"] == "warm white"


def test_a_misspelt_expectation_is_an_error() -> None:
    with pytest.raises(KeyError):
        expectation("light.kitchn on=true", HOMES["en"])


def test_only_english_and_chinese_are_kept() -> None:
    for name in ("ha_intents_tests.jsonl", "ha_intents_fixtures.jsonl"):
        assert {line["lang"] for line in lines(name)} == {"en", "zh-cn"}
    assert home_commands.DATA == ROOT / "data"
    assert set(ha_intents.LANGUAGES) == {"en", "zh-cn"}


def test_nothing_that_trains_reads_what_judges() -> None:
    reading = re.compile(r"^\s*(?:from|import) eval\b|eval/data|home_commands\.jsonl", re.MULTILINE)
    for folder in ("training", "agentd"):
        for file in (ROOT.parent / folder).rglob("*.py"):
            assert not reading.search(file.read_text(encoding="utf-8")), file


def test_the_command_prints_a_table_and_writes_the_figures(tmp_path: Path) -> None:
    file = tmp_path / "eval.json"
    command = [sys.executable, "-m", "eval", "--set", "questions", "--json", str(file)]
    told = subprocess.run(
        [*command, "--failures", "1"], cwd=ROOT.parent, capture_output=True, text=True, check=True
    )
    assert re.search(r"^questions +20 ", told.stdout, re.MULTILINE), told.stdout
    figures = json.loads(file.read_text())["sets"]["questions"]
    assert (figures["rows"], figures["false_moving"]) == (20, 0)


def test_an_unknown_set_is_named_with_the_known_ones() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "eval", "--set", "assits"],
        cwd=ROOT.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    assert "assist-mini" in told.stderr
