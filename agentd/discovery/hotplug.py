"""Signs that something was plugged in or out: events from udev, and pinned paths that change.

Only events from source 'udev' count, since the kernel's own come before permissions are set.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pyudev

log = logging.getLogger(__name__)
UDEV_CONTROL = Path("/run/udev/control")
"""There as long as udev runs; without it nothing would ever be sent."""


def fingerprint(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Return what changes when a pinned path comes, goes or is made anew.

    Ptys and symlinks of the owner's own making bring no event.
    """
    found = []
    for path in paths:
        try:
            found.append(f"{os.path.realpath(path)}@{os.lstat(path).st_ctime_ns}")
        except OSError:
            found.append("")
    return tuple(found)


@contextlib.contextmanager
def udev_events(stir: Callable[[], None], control: Path = UDEV_CONTROL) -> Iterator[bool]:
    """Call `stir` for each tty or USB event; yield False where there is no udev to send any."""
    monitor = _monitor() if control.exists() else None
    if monitor is None:
        yield False
        return
    loop = asyncio.get_running_loop()
    descriptor = monitor.fileno()
    loop.add_reader(descriptor, functools.partial(_drain, monitor, stir))
    try:
        yield True
    finally:
        loop.remove_reader(descriptor)


def _monitor() -> pyudev.Monitor | None:
    try:
        monitor = pyudev.Monitor.from_netlink(pyudev.Context(), source="udev")
        monitor.filter_by("tty")
        monitor.filter_by("usb", "usb_device")
        monitor.start()
    except (ImportError, OSError) as error:
        log.warning("no hot-plug events, polling instead: %s", error)
        return None
    return monitor


def _drain(monitor: pyudev.Monitor, stir: Callable[[], None]) -> None:
    try:
        while monitor.poll(timeout=0):
            pass
    except OSError as error:
        log.info("hot-plug events were lost: %s", error)
    stir()
