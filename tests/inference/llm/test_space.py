"""Room on the disk and in memory is asked for before it is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentd.errors import ConfigError
from agentd.inference.llm import space


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "meminfo").write_text("MemTotal: 9000 kB\nMemAvailable: 4000 kB\n")
    monkeypatch.setattr(space, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(space, "_own_group", lambda: tmp_path)
    return tmp_path


def test_what_the_system_can_give_is_free(group: Path) -> None:
    assert space.free_memory() == 4000 * 1024
    (group / "memory.max").write_text("max\n")
    (group / "memory.current").write_text("1\n")
    assert space.free_memory() == 4000 * 1024


def test_a_limit_of_our_own_counts(group: Path) -> None:
    (group / "memory.max").write_text("3000000\n")
    (group / "memory.current").write_text("1000000\n")
    assert space.free_memory() == 2_000_000
    with pytest.raises(ConfigError, match=r"it needs 3 MB of memory; 2 MB are free"):
        space.need_memory(2_500_000, "it")
    space.need_memory(2_000_000, "it")


def test_a_system_that_does_not_tell_forbids_nothing(group: Path) -> None:
    (group / "meminfo").write_text("nonsense")
    assert space.free_memory() is None
    space.need_memory(2**60, "it")


def test_a_place_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        space.need_disk(tmp_path / "nowhere", 1, "it")
    with pytest.raises(ConfigError, match=r"MB on the disk of"):
        space.need_disk(tmp_path, 2**60, "it")
