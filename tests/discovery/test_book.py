"""Two looks give what came and what went."""

from __future__ import annotations

from dataclasses import replace

from agentd import catalogue
from agentd.catalogue.identification import Basis, Heard, Identification
from agentd.catalogue.match import identify
from agentd.catalogue.port import Port
from agentd.discovery.book import Book, Change, Gone, Seen

SHIPPED = catalogue.load()
MAESTRO = Port(
    id="usb:1-1:1.0", subsystem="tty", node="/dev/ttyACM0", vid="1ffb", pid="0089", instance="1/4"
)
CH340 = replace(MAESTRO, id="usb:1-2:1.0", node="/dev/ttyUSB0", vid="1a86", pid="7523")
DFU = Port(id="usb:1-3", subsystem="usb", vid="1a6e", pid="089a", instance="1/5")
APP = replace(DFU, vid="18d1", pid="9302", instance="1/6")


def judge(port: Port, heard: Heard | None) -> Identification:
    return identify(port, SHIPPED, (), heard)


def kinds(changes: list[Change]) -> list[str]:
    return [f"{type(each).__name__} {each.sighting.port.usb_id}" for each in changes]


def test_what_is_there_is_said_once() -> None:
    book = Book(judge)
    assert kinds(book.look([MAESTRO, CH340], 0.0)) == ["Seen 1ffb:0089", "Seen 1a86:7523"]
    assert book.look([MAESTRO, CH340], 1.0) == []
    assert kinds(book.look([MAESTRO], 2.0)) == ["Gone 1a86:7523"]
    assert [each.port for each in book.sightings] == [MAESTRO]


def test_a_board_replugged_between_two_looks_went_and_came() -> None:
    book = Book(judge)
    book.look([MAESTRO], 0.0)
    again = replace(MAESTRO, instance="1/9")
    assert kinds(book.look([again], 1.0)) == ["Gone 1ffb:0089", "Seen 1ffb:0089"]


def test_another_thing_in_the_same_socket_is_another_device() -> None:
    book = Book(judge)
    book.look([MAESTRO], 0.0)
    other = replace(CH340, id=MAESTRO.id, instance="1/9")
    assert kinds(book.look([other], 1.0)) == ["Gone 1ffb:0089", "Seen 1a86:7523"]


def test_a_permission_that_comes_late_is_a_change_of_the_same_device() -> None:
    book = Book(judge)
    locked = replace(MAESTRO, allowed=False)
    book.look([locked], 0.0)
    (change,) = book.look([MAESTRO], 1.0)
    assert isinstance(change, Seen)
    assert change.before and change.before.port == locked
    assert change.attach_anew


def test_a_link_that_comes_late_is_no_reason_to_attach_anew() -> None:
    book = Book(judge)
    book.look([MAESTRO], 0.0)
    (change,) = book.look([replace(MAESTRO, links=("/dev/serial/by-id/x",))], 1.0)
    assert isinstance(change, Seen)
    assert not change.attach_anew


def test_a_stick_away_for_its_firmware_is_forgiven_and_then_gone() -> None:
    book = Book(judge, grace_s=4.0)
    book.look([DFU], 0.0)
    assert book.look([], 1.0) == []
    assert book.waiting
    (change,) = book.look([APP], 3.0)
    assert isinstance(change, Seen)
    assert change.before and change.before.identification.state == "dfu"
    assert change.sighting.identification.state == "app"
    assert not book.waiting
    assert book.look([], 4.0) == []
    assert book.look([], 7.9) == []
    assert kinds(book.look([], 8.1)) == ["Gone 18d1:9302"]


def test_a_board_in_a_sticks_socket_is_not_the_stick() -> None:
    book = Book(judge)
    book.look([DFU], 0.0)
    other = replace(MAESTRO, id=DFU.id)
    assert kinds(book.look([other], 1.0)) == ["Gone 1a6e:089a", "Seen 1ffb:0089"]


def test_what_was_heard_is_kept_while_it_stays_plugged_in() -> None:
    book = Book(judge)
    book.look([CH340], 0.0)
    heard = Heard("grbl", "listen", "Grbl 1.1h", 115200)
    (change,) = book.hear(CH340, heard)
    assert isinstance(change, Seen)
    assert change.sighting.identification.basis is Basis.AMBIGUOUS
    (late,) = book.look([replace(CH340, links=("/dev/serial/by-path/x",))], 1.0)
    assert late.sighting.identification.heard == heard


def test_what_was_heard_too_late_is_about_nobody() -> None:
    book = Book(judge)
    heard = Heard("grbl", "listen")
    book.look([CH340], 0.0)
    book.look([replace(CH340, instance="1/9")], 1.0)
    assert book.hear(CH340, heard) == []
    book.look([], 2.0)
    assert book.hear(CH340, heard) == []
    assert not [each for each in (book.look([], 3.0)) if isinstance(each, Gone)]
