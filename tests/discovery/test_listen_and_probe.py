"""Listening and probing, on real ptys with someone at the other end."""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.catalogue.identification import Heard
from agentd.catalogue.port import Port
from agentd.discovery import inquiry, listen, probe
from agentd.discovery.handshakes import PROBES
from agentd.discovery.inquiry import Inquiry
from agentd.discovery.listen import recognise
from agentd.discovery.probe import probe as ask
from agentd.errors import LinkError
from agentd.transport.serial import SerialLink, open_serial

DEADLINE_S = 10.0


class Board:
    """The far end of a pty: answers what it knows and keeps what it was sent."""

    def __init__(self, fd: int, answers: dict[bytes, bytes]) -> None:
        self._fd = fd
        self._answers = answers
        self.received = b""

    def say(self, words: bytes) -> None:
        os.write(self._fd, words)

    def on_readable(self) -> None:
        self.received += os.read(self._fd, 4096)
        for question, answer in self._answers.items():
            if question in self.received:
                self.received = self.received.replace(question, b"")
                os.write(self._fd, answer)


@contextmanager
def board(answers: dict[bytes, bytes]) -> Iterator[tuple[Board, str]]:
    near, far = os.openpty()
    tty.setraw(far)
    there = Board(near, answers)
    loop = asyncio.get_running_loop()
    loop.add_reader(near, there.on_readable)
    try:
        yield there, os.ttyname(far)
    finally:
        loop.remove_reader(near)
        os.close(near)
        os.close(far)


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen, "LISTEN_S", 0.1)
    monkeypatch.setattr(probe, "SETTLE_S", 0.05)


@pytest.mark.parametrize(
    ("said", "protocol"),
    [
        (b"\r\nGrbl 1.1h ['$' for help]\r\n", "grbl"),
        (b"\xf9\x02\x05\xf0\x79\x02\x05S\x00t\x00\xf7", "firmata"),
        (b"start\necho:Marlin 2.1.2\n", "marlin"),
        (b'{"T":1001,"L":0,"R":0,"v":11.4}\r\n', "waveshare"),
        (b"MicroPython v1.22 on 2024\r\n>>> ", "python-repl"),
    ],
)
def test_banners_are_recognised(said: bytes, protocol: str) -> None:
    heard = recognise(said, 115200)
    assert heard and heard.protocol == protocol


@given(st.binary(max_size=200).filter(lambda data: not re.search(rb"[G{MAs>e\xf9]", data)))
def test_noise_is_nobody(noise: bytes) -> None:
    assert recognise(noise, 115200) is None


def test_listening_hears_a_banner_and_writes_nothing() -> None:
    async def scenario() -> None:
        with board({}) as (there, path):

            def opening_resets_it(path: str, baud: int) -> SerialLink:
                link = open_serial(path, baud)
                there.say(b"\r\nGrbl 1.1h ['$' for help]\r\n")
                return link

            heard = await listen.listen(opening_resets_it, path)
            assert heard == Heard("grbl", "listen", "Grbl 1.1h", 115200)
            assert there.received == b""

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("name", "question", "answer", "protocol"),
    [
        ("firmata", b"\xf0\x79\xf7", b"\xf0\x79\x02\x05S\x00\xf7", "firmata"),
        ("grbl", b"?", b"<Idle|MPos:0.000,0.000,0.000|FS:0,0>\r\n", "grbl"),
        ("marlin", b"M115\n", b"FIRMWARE_NAME:Marlin 2.1.2 (Github)\nok\n", "marlin"),
        ("json-line", b'{"T":130}\n', b'{"T":1001,"L":0,"R":0}\r\n', "waveshare"),
        (
            "dynamixel2",
            bytes.fromhex("fffffd00fe0300013142"),
            bytes.fromhex("fffffd0001070055000604265d84"),
            "dynamixel2",
        ),
    ],
)
def test_a_probe_that_is_answered_names_the_protocol(
    name: str, question: bytes, answer: bytes, protocol: str
) -> None:
    async def scenario() -> None:
        with board({question: answer}) as (_, path):
            heard = await ask(open_serial, path, (name,))
            assert heard and (heard.protocol, heard.by) == (protocol, name)

    asyncio.run(scenario())


def test_feetech_servos_are_told_from_dynamixel_ones_by_their_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ping = bytes.fromhex("ffff010201fb")
    pong = bytes.fromhex("ffff010200fc")
    read_model = bytes.fromhex("ffff0104020302f3")

    only_the_first = replace(PROBES["feetech"], attempts=PROBES["feetech"].attempts[:1])
    monkeypatch.setitem(PROBES, "feetech", only_the_first)

    async def scenario(model: bytes) -> Heard | None:
        answer = b"\xff\xff\x01\x04\x00" + model
        with board({ping: pong, read_model: answer + bytes((~sum(answer[2:]) & 255,))}) as (_, p):
            return await ask(open_serial, p, ("feetech",))

    heard = asyncio.run(scenario((777).to_bytes(2, "little")))
    assert heard and heard.protocol == "feetech"
    assert asyncio.run(scenario((12).to_bytes(2, "little"))) is None


def test_the_feetech_ping_is_the_one_captured_from_the_vendors_sdk() -> None:
    assert PROBES["feetech"].attempts[0][0].send == bytes.fromhex("ffff010201fb")


def test_no_probe_holds_a_byte_that_resets_or_stops_a_program() -> None:
    for each in PROBES.values():
        for step in (step for steps in each.attempts for step in steps):
            if each.name not in ("feetech", "dynamixel2"):
                assert not set(step.send) & {0xFF, 0x03, 0x04, 0x18}, each.name


def test_only_the_named_probes_are_sent() -> None:
    async def scenario() -> None:
        with board({}) as (there, path):
            assert await ask(open_serial, path, ("listen", "grbl", "python-repl")) is None
            assert set(there.received) <= {ord("?")}

    asyncio.run(scenario())


def port(path: str, serial: str = "") -> Port:
    return Port(id="p", subsystem="tty", node=path, vid="1a86", pid="7523", serial=serial)


def test_an_answer_is_remembered_only_for_a_unit_with_its_own_serial() -> None:
    opened: list[str] = []

    def counting(path: str, baud: int) -> SerialLink:
        opened.append(path)
        return open_serial(path, baud)

    async def scenario(serial: str) -> int:
        opened.clear()
        with board({b"?": b"<Idle|MPos:0,0,0>\r\n"}) as (_, path):
            asking = Inquiry(counting)
            for _ in range(2):
                heard = await asking.ask(port(path, serial), ("grbl",))
                assert heard and heard.protocol == "grbl"
        return len(opened)

    assert asyncio.run(scenario("A900XYZ")) == 1
    assert asyncio.run(scenario("0001")) == 2


def test_a_port_held_by_another_program_is_left_alone() -> None:
    async def scenario() -> None:
        with board({}) as (there, path):
            holder = os.open(path, os.O_RDWR | os.O_NOCTTY)
            try:
                fcntl.flock(holder, fcntl.LOCK_EX)
                assert await Inquiry().ask(port(path), ("listen", "grbl")) is None
            finally:
                os.close(holder)
            assert there.received == b""

    asyncio.run(scenario())


def test_asking_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inquiry, "LONGEST_S", 0.05)
    monkeypatch.setattr(listen, "LISTEN_S", 60.0)

    async def scenario() -> None:
        with board({}) as (_, path):
            async with asyncio.timeout(DEADLINE_S):
                assert await Inquiry().ask(port(path), ("listen",)) is None

    asyncio.run(scenario())


def test_a_port_that_vanishes_while_asked_is_not_identified(tmp_path: Path) -> None:
    async def scenario() -> None:
        absent = str(tmp_path / "ttyUSB9")
        with pytest.raises(LinkError):
            await ask(open_serial, absent, ("grbl",))
        assert await Inquiry().ask(port(absent), ("grbl",)) is None

    asyncio.run(scenario())
