"""What the rules do, said by udev itself for gadgets in umockdev's sockets."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.peers.gadgets import CH340, CORAL_APP, MAESTRO, ROOT_HUB, Gadget

pytestmark = [pytest.mark.needs("udev"), pytest.mark.needs("umockdev")]
RULES = Path(__file__).resolve().parents[1] / "systemd" / "70-agentd.rules"
APART = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
PREPARE = (
    "mount -t tmpfs none /run && mount --bind {group} /etc/group && mkdir -p /run/udev/rules.d"
)


def udev_says(tmp_path: Path, gadget: Gadget, node: str) -> str:
    """Return what `udevadm test` says about `node`, with our rules, in a mount namespace."""
    if subprocess.run([*APART, "true"], capture_output=True, check=False).returncode:
        pytest.skip("user namespaces are forbidden here")
    group = tmp_path / "group"
    group.write_text("root:x:0:\nagentd:x:990:\n")
    device = tmp_path / "machine.umockdev"
    device.write_text(f"{ROOT_HUB}\n{gadget.umockdev()}\n")
    udevadm = shutil.which("udevadm") or "/sbin/udevadm"
    steps = (
        PREPARE.format(group=group),
        f"cp {RULES} /run/udev/rules.d/",
        f"umockdev-run -d {device} -- {udevadm} test /sys{node}",
    )
    said = subprocess.run(
        [*APART, " && ".join(steps)], capture_output=True, text=True, check=False, timeout=30
    )
    return said.stdout + said.stderr


@pytest.mark.parametrize(
    ("gadget", "node"), [(MAESTRO, MAESTRO.tty_path), (CORAL_APP, CORAL_APP.path)]
)
def test_a_device_of_ours_goes_to_our_group(tmp_path: Path, gadget: Gadget, node: str) -> None:
    said = udev_says(tmp_path, gadget, node)
    assert "70-agentd.rules" in said, said
    assert "GROUP 990" in said
    assert "MODE 0660" in said
    assert ":uaccess:" in said
    assert ("ID_MM_DEVICE_IGNORE=1" in said) == (gadget is MAESTRO)


def test_a_bridge_keeps_the_group_it_has(tmp_path: Path) -> None:
    said = udev_says(tmp_path, CH340, CH340.tty_path)
    assert "DEVNAME=/dev/ttyUSB0" in said, said
    assert "GROUP 990" not in said
    ours = [line for line in said.splitlines() if "70-agentd.rules" in line]
    assert not [line for line in ours if "Unknown group" in line]
