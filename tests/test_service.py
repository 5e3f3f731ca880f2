"""sd_notify against a real datagram socket, as systemd listens on one."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agentd.errors import LinkError
from agentd.service import Notifier

DEADLINE_S = 5.0


@contextmanager
def manager(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + address[1:] if address.startswith("@") else address)
        listening.settimeout(DEADLINE_S)
        yield listening


def test_a_socket_with_a_path_hears_each_state(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with manager(address) as listening:
        service = Notifier({"NOTIFY_SOCKET": address})
        service.ready("listening on 127.0.0.1:8000")
        service.status("2 devices")
        service.stopping()
        heard = [listening.recv(4096) for _ in range(3)]
    assert heard == [
        b"READY=1\nSTATUS=listening on 127.0.0.1:8000",
        b"STATUS=2 devices",
        b"STOPPING=1",
    ]


def test_an_abstract_socket_hears_it_too() -> None:
    address = f"@agentd-test-{os.getpid()}"
    with manager(address) as listening:
        Notifier({"NOTIFY_SOCKET": address}).ready()
        assert listening.recv(4096) == b"READY=1"


def test_the_watchdog_is_fed_at_half_its_time_out(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    pid = str(os.getpid())
    environ = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "40000", "WATCHDOG_PID": pid}

    async def scenario() -> list[bytes]:
        with manager(address) as listening:
            listening.setblocking(False)
            service = Notifier(environ)
            assert service.watchdog_s == pytest.approx(0.02)
            feeding = asyncio.create_task(service.feed_watchdog())
            loop = asyncio.get_running_loop()
            async with asyncio.timeout(DEADLINE_S):
                heard = [await loop.sock_recv(listening, 4096) for _ in range(3)]
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
            return heard

    assert asyncio.run(scenario()) == [b"WATCHDOG=1"] * 3


def test_a_manager_that_is_away_for_a_moment_is_fed_again(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")

    async def scenario() -> bytes:
        feeding = asyncio.create_task(
            Notifier({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "20000"}).feed_watchdog()
        )
        await asyncio.sleep(0)
        with manager(address) as listening:
            listening.setblocking(False)
            async with asyncio.timeout(DEADLINE_S):
                heard = await asyncio.get_running_loop().sock_recv(listening, 4096)
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        return heard

    assert asyncio.run(scenario()) == b"WATCHDOG=1"


def test_a_watchdog_meant_for_another_process_is_not_ours() -> None:
    service = Notifier({"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"})
    assert service.watchdog_s == 0.0
    asyncio.run(asyncio.wait_for(service.feed_watchdog(), DEADLINE_S))


def test_outside_systemd_nothing_happens() -> None:
    Notifier({}).ready("on a terminal")


def test_a_socket_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(LinkError, match="systemd cannot be told"):
        Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()
