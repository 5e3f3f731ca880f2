"""What every test shares: real counterparts when they are installed, or a line that says how."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# A shared machine is sometimes slow; slowness is measured by the bench, not by properties.
settings.register_profile("agentd", deadline=None)
settings.load_profile("agentd")

PROVIDES = {
    "mosquitto": "mosquitto",
    "mosquitto-clients": "mosquitto_sub",
    "umockdev": "umockdev-wrapper",
    "libumockdev0": "/usr/lib/*/libumockdev.so.0",
    "libsimavr-dev": "/usr/include/simavr/sim_avr.h",
    "libelf-dev": "/usr/include/libelf.h",
    "gcc": "gcc",
    "npm": "npm",
    "prometheus": "promtool",
    "nginx": "nginx",
    "caddy": "caddy",
    "docker-compose": "docker-compose",
    "systemd": "systemd-analyze",
    "udev": "udevadm",
    "socat": "socat",
    "curl": "curl",
    "openssl": "openssl",
    "chromium": "chromium",
}


def _installed(package: str) -> bool:
    thing = PROVIDES[package]
    if thing.startswith("/"):
        return any(Path("/").glob(thing.lstrip("/")))
    return shutil.which(thing, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is not None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        wanted = [name for mark in item.iter_markers("needs") for name in mark.args]
        missing = [name for name in wanted if not _installed(name)]
        if missing:
            line = f"not installed: sudo apt-get install -y {' '.join(missing)}"
            item.add_marker(pytest.mark.skip(reason=line))


@pytest.fixture(autouse=True)
def _no_descriptor_is_left_open() -> Iterator[None]:
    before = _open_descriptors()
    yield
    gc.collect()
    leaked = {fd: name for fd, name in _open_descriptors().items() if before.get(fd) != name}
    assert not leaked, f"left open: {leaked}"


def _open_descriptors() -> dict[str, str]:
    found = {}
    for fd in Path("/proc/self/fd").iterdir():
        try:
            name = str(fd.readlink())
        except OSError:
            continue
        if not name.startswith(("/proc/", "pipe:", "/dev/null", "anon_inode:")):
            found[fd.name] = name
    return found
