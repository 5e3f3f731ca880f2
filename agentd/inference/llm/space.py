"""Is there room? Disk and memory, asked before anything big begins."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from agentd.errors import ConfigError

_MEMINFO: Final = Path("/proc/meminfo")
_CGROUP: Final = Path("/sys/fs/cgroup")


def free_memory() -> int | None:
    """Return the bytes of memory that can be had now, or None when the system does not tell.

    A limit of our control group (a container, systemd's `MemoryMax`) counts as well.
    """
    try:
        lines = _MEMINFO.read_text().splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvail"))
    except (OSError, StopIteration, ValueError):
        return None
    limit, used = _number(_own_group() / "memory.max"), _number(_own_group() / "memory.current")
    if limit is None or used is None:
        return free
    return max(0, min(free, limit - used))


def need_memory(count: int, what: str) -> None:
    """Raise `ConfigError` unless `count` bytes of memory are free."""
    free = free_memory()
    if free is not None and free < count:
        raise ConfigError(
            f"{what} needs {_mb(count)} MB of memory; {_mb(free)} MB are free.",
            hint="Close something, or take a smaller model.",
        )


def need_disk(folder: Path, count: int, what: str) -> None:
    """Raise `ConfigError` unless `count` bytes are free where `folder` lies."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror or error}.") from error
    if free < count:
        raise ConfigError(
            f"{what} needs {_mb(count)} MB on the disk of {folder}; {_mb(free)} MB are free.",
            hint="`agentd models remove` makes room.",
        )


def _own_group() -> Path:
    try:
        line = Path("/proc/self/cgroup").read_text().strip().splitlines()[-1]
    except (OSError, IndexError):
        return _CGROUP
    return _CGROUP / line.rpartition(":")[2].lstrip("/")


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):  # "max" is no limit
        return None


def _mb(count: int) -> int:
    return -(-count // 10**6)
