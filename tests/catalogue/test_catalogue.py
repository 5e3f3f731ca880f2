"""The shipped device files, and the owner's beside them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agentd import catalogue
from agentd.brains import own_words
from agentd.catalogue import udev
from agentd.errors import ConfigError

REPO = Path(__file__).resolve().parents[2]
MINE = """
id = "{id}"
name = "My robot"
sources = ["the bench"]
confidence = "primary"
[match]
identifies = "device"
usb = [{{ vid = "1209", pid = "0001" }}]
"""


def test_the_shipped_files_are_valid_and_every_one_has_its_source() -> None:
    shipped = catalogue.load()
    assert len(shipped.specs) >= 38
    assert len(shipped.radios) == 28
    assert shipped.problems == ()
    assert all(spec.sources for spec in shipped.specs.values())


def test_each_file_is_named_after_its_family() -> None:
    for path in catalogue.shipped().rglob("*.toml"):
        if path.name != catalogue.RADIOS:
            assert f'id = "{path.stem}"' in path.read_text(encoding="utf-8")


def test_the_owners_file_wins_by_id_and_a_bad_one_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MINE.format(id="odrive"))
    (tmp_path / "bad.toml").write_text(MINE.format(id="other") + "\nchanels = []\n")
    (tmp_path / "broken.toml").write_text("id = \n")
    loaded = catalogue.load([tmp_path, tmp_path / "absent"])
    assert loaded.specs["odrive"].name == "My robot"
    assert "other" not in loaded.specs
    bad, broken = loaded.problems
    assert bad.startswith(f"{tmp_path}/bad.toml:") and "match.chanels" in bad
    assert broken.startswith(f"{tmp_path}/broken.toml:1: not valid TOML")


def test_an_id_given_twice_in_one_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(MINE.format(id="twin"))
    (tmp_path / "b.toml").write_text(MINE.format(id="twin"))
    loaded = catalogue.load([tmp_path])
    assert loaded.problems == (
        f'{tmp_path}/b.toml: the id "twin" is taken by another file in this folder.',
    )
    assert "twin" in loaded.specs


def test_a_bad_shipped_file_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("id = 1\n")
    monkeypatch.setattr(catalogue, "shipped", lambda: tmp_path)
    with pytest.raises(ConfigError, match=r"bad\.toml"):
        catalogue.load()


def test_the_owner_can_add_radios(tmp_path: Path) -> None:
    (tmp_path / "radios.toml").write_text(
        '[[radio]]\nname = "Mine"\nvid = "1a86"\npid = "7523"\nglob = "*"\n'
    )
    assert catalogue.load([tmp_path]).radios[-1].name == "Mine"


def test_the_rules_file_is_up_to_date() -> None:
    committed = (REPO / "systemd" / "70-agentd.rules").read_text(encoding="utf-8")
    assert committed == udev.rules(catalogue.load()), (
        "regenerate it: python -m agentd.catalogue.udev > systemd/70-agentd.rules"
    )


def test_rules_are_well_formed_and_take_nothing_from_others() -> None:
    shipped = catalogue.load()
    lines = [
        line
        for line in udev.rules(shipped).splitlines()
        if line and not line.startswith(("#", "LABEL", "ACTION"))
    ]
    term = r'[A-Z_]+(\{[^}]+\})?(==|\+=|=)"[^"]*"'
    assert all(re.fullmatch(rf"{term}(, {term})*", line) for line in lines)
    foreign = {f'=="{pid}"' for pid in ("7523", "ea60", "6001", "df11", "614e", "4001")}
    assert not [line for line in lines for pid in foreign if pid in line]
    maestro = next(line for line in lines if '"1ffb"' in line and '"0089"' in line)
    assert 'GROUP="agentd", MODE="0660", TAG+="uaccess"' in maestro
    assert 'ENV{ID_MM_DEVICE_IGNORE}="1"' in maestro


def test_the_ftdi_latency_timer_rule_is_kept() -> None:
    assert 'ATTR{latency_timer}="1"' in udev.rules(catalogue.load())


ROBOT = """
id = "mine"
name = "My robot"
sources = ["the bench"]
confidence = "primary"
[[channels]]
id = "mine"
name = "Mine"
kind = "{kind}"
[channels.limits]
angle_deg = {{ low = 0, high = 180 }}
distance_m = {{ low = -1, high = 1 }}
[[channels.examples]]
say = "wave hello"
set = {{ angle_deg = 90 }}
[[channels.examples]]
say = {say}
set = {set}
"""


@pytest.mark.parametrize(
    ("kind", "say", "set", "told"),
    [
        ("servo", '"bow"', "{ angle_deg = 270 }", "angle_deg 270 is out of range: 0 to 180."),
        ("servo", '"bow"', "{ angel_deg = 9 }", "one of angle_deg, distance_m"),
        ("servo", '"bow"', '{ angle_deg = "{number}" }', "has the slot {number}"),
        ("servo", '""', "{ angle_deg = 9 }", "mine.toml:17: "),
        ("drive", '"bow"', "{ angle_deg = 9, distance_m = 1 }", "distance_m (drive) or angle_deg"),
    ],
)
def test_an_example_that_its_channel_would_refuse_is_told_with_the_file(
    tmp_path: Path, kind: str, say: str, set: str, told: str
) -> None:
    (tmp_path / "mine.toml").write_text(ROBOT.format(kind=kind, say=say, set=set))
    loaded = catalogue.load([tmp_path])
    assert "mine" not in loaded.specs
    (problem,) = loaded.problems
    assert problem.startswith(f"{tmp_path}/mine.toml:")
    assert told in problem
    assert len(problem.removeprefix(str(tmp_path))) < 260


def test_an_example_of_a_file_that_is_a_stop_word_is_left_out_and_told(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        ROBOT.format(kind="servo", say='"stop"', set="{ angle_deg = 9 }")
    )
    loaded = catalogue.load([tmp_path])
    (problem,) = own_words.problems(loaded.specs.values())
    assert problem.startswith('mine: the example "stop" is left out: ')
    assert "stops what moves" in problem
    assert loaded.specs["mine"].channels[0].examples[0].say == "wave hello"


def test_the_shipped_examples_can_all_be_used() -> None:
    shipped = catalogue.load().specs
    said = [each.say for spec in shipped.values() for c in spec.channels for each in c.examples]
    assert "about face" in said
    assert own_words.problems(shipped.values()) == []
