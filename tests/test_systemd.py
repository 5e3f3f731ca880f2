"""The files for systemd, checked by systemd's own tools where they are installed."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from agentd import catalogue

SYSTEMD = Path(__file__).resolve().parents[1] / "systemd"
UNIT = SYSTEMD / "agentd.service"


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def service() -> dict[str, list[str]]:
    """Return the [Service] section; a key may stand there several times."""
    section = UNIT.read_text(encoding="utf-8").split("[Service]")[1].split("[Install]")[0]
    keys: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", section, re.MULTILINE):
        keys.setdefault(key, []).append(value)
    return keys


@pytest.mark.needs("systemd")
def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    checked = tmp_path / "agentd.service"
    unit = UNIT.read_text(encoding="utf-8")
    checked.write_text(unit.replace("ExecStart=/usr/bin/agentd", "ExecStart=/bin/true"))
    result = run("systemd-analyze", "verify", "--man=no", str(checked))
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.needs("systemd")
def test_the_sandbox_scores_at_most_two() -> None:
    result = run(
        "systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager", str(UNIT)
    )
    assert result.returncode == 0, result.stdout
    score = re.search(r"exposure level for agentd.service: ([\d.]+)", result.stdout)
    assert score and float(score[1]) <= 2.0


def test_the_unit_tells_systemd_and_is_watched() -> None:
    keys = service()
    assert keys["Type"] == ["notify"]
    assert keys["NotifyAccess"] == ["main"]
    assert keys["ExecStart"] == ["/usr/bin/agentd run --config /etc/agentd/config.toml"]
    assert int(keys["WatchdogSec"][0]) > 0
    assert keys["Restart"] == ["on-failure"]


def test_the_sandbox_leaves_usb_and_hot_plug_alive() -> None:
    keys = service()
    assert "PrivateDevices" not in keys
    assert "ProcSubset" not in keys
    assert "IPAddressAllow" not in keys and "PrivateNetwork" not in keys
    assert "AF_NETLINK" in keys["RestrictAddressFamilies"][0].split()
    allowed = {line.split()[0] for line in keys["DeviceAllow"]}
    assert allowed >= {"char-ttyACM", "char-ttyUSB", "char-usb_device"}


def test_the_serial_drivers_are_loaded_before_the_unit_starts() -> None:
    modules = {
        line
        for line in (SYSTEMD / "modules-load.d/agentd.conf").read_text().splitlines()
        if line and not line.startswith("#")
    }
    needed = {
        spec.match.kernel_driver
        for spec in catalogue.load().specs.values()
        if spec.match.node == "tty"
    }
    assert modules == needed
    assert "After=systemd-modules-load.service" in UNIT.read_text(encoding="utf-8")


@pytest.mark.needs("systemd")
def test_the_users_and_groups_are_made(tmp_path: Path) -> None:
    conf = str(SYSTEMD / "sysusers.d/agentd.conf")
    (tmp_path / "etc").mkdir()
    result = run("systemd-sysusers", f"--root={tmp_path}", conf)
    assert result.returncode == 0, result.stderr
    groups = (tmp_path / "etc/group").read_text()
    assert re.search(r"^agentd:", (tmp_path / "etc/passwd").read_text(), re.MULTILINE)
    for group in service()["SupplementaryGroups"][0].split():
        assert re.search(rf"^{group}:x:\d+:agentd$", groups, re.MULTILINE)


@pytest.mark.needs("systemd")
def test_the_owners_folders_are_made(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    (tmp_path / "etc/group").write_text("root:x:0:\nagentd:x:990:\n")
    conf = str(SYSTEMD / "tmpfiles.d/agentd.conf")
    result = run("systemd-tmpfiles", f"--root={tmp_path}", "--create", conf)
    if result.returncode and "Operation not permitted" in result.stderr:
        pytest.skip("only root may give a folder away")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "etc/agentd/devices.d").is_dir()


def test_udev_finds_no_fault_in_the_rules() -> None:
    udevadm = shutil.which("udevadm") or ""
    if not udevadm or run(udevadm, "verify", "--help").returncode:
        pytest.skip("udevadm verify needs systemd 254: apt-get install -y udev on Debian 13")
    result = run(udevadm, "verify", "--resolve-names=never", str(SYSTEMD / "70-agentd.rules"))
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_unit_is_plain_enough_for_any_reader() -> None:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.read(UNIT)
    assert parser.sections() == ["Unit", "Service", "Install"]
