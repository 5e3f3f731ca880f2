"""The fetcher, without a network."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from tests.peers import fetch_firmware
from tests.peers.fetch_firmware import FetchError, UnavailableError, standard_firmata


def test_without_npm_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UnavailableError, match="apt-get install -y npm"):
        standard_firmata(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_damaged_cache_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "StandardFirmata.uno.hex").write_text(":00000001FF\n")
    with pytest.raises(FetchError, match="is damaged"):
        standard_firmata(tmp_path)


def test_another_tarball_than_the_known_one_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tarball = tmp_path / "avrgirl-arduino-5.0.1.tgz"
    with tarfile.open(tarball, "w:gz"):
        pass
    monkeypatch.setattr(fetch_firmware, "_pack", lambda folder: tarball)
    with pytest.raises(FetchError, match="not the tarball we know"):
        standard_firmata(tmp_path / "cache")
