"""The device files of Firmata boards."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentd.catalogue.spec import DeviceSpec
from agentd.toml_file import load

DEVICES = Path(__file__).parents[2] / "devices"


@pytest.mark.parametrize(
    ("folder", "name"), [("boards", "arduino-uno-standardfirmata"), ("robots", "diy-firmata-rover")]
)
def test_the_device_file_parses_and_is_named_after_its_id(folder: str, name: str) -> None:
    spec = load(DEVICES / folder / f"{name}.toml", DeviceSpec)
    assert spec.id == name
    assert spec.protocol == "firmata"
    assert spec.link.baud == 57600


def test_a_tinkerers_rover_is_never_opened_on_an_id_alone() -> None:
    spec = load(DEVICES / "robots" / "diy-firmata-rover.toml", DeviceSpec)
    assert spec.match.identifies == "bridge"
    assert not spec.match.probe
