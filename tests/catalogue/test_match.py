"""What a port is taken for, and that the dangerous mistakes cannot happen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd import catalogue
from agentd.catalogue import Catalogue
from agentd.catalogue.identification import Basis, Heard, same_stick
from agentd.catalogue.match import identify
from agentd.catalogue.port import Port
from agentd.catalogue.spec import DeviceSpec, Match, UsbId
from agentd.config import Pin

SHIPPED = catalogue.load()
BRIDGES = {
    (each.vid, each.pid)
    for spec in SHIPPED.specs.values()
    if spec.match.identifies == "bridge"
    for each in spec.match.usb
}


def port(usb_id: str = "", **more: str) -> Port:
    vid, _, pid = usb_id.partition(":")
    strings = {"id": "usb:1-1:1.0", "node": "/dev/ttyUSB0", **more}
    return Port(subsystem="tty", vid=vid, pid=pid, **strings)  # type: ignore[arg-type]


def family(name: str, *ids: UsbId, identifies: str = "device", protocol: str = "") -> DeviceSpec:
    match = Match.model_validate(
        {"identifies": identifies, "usb": ids, "probe": ["listen", "json-line"]}
    )
    return DeviceSpec(
        id=name, name=name, protocol=protocol, match=match, sources=("test",), confidence="primary"
    )


def house(*specs: DeviceSpec) -> Catalogue:
    return Catalogue({spec.id: spec for spec in specs}, SHIPPED.radios)


CP210X = UsbId(vid="10c4", pid="ea60")


def test_an_id_of_its_own_names_the_device() -> None:
    found = identify(port("1ffb:0089"), SHIPPED)
    assert (found.basis, found.spec and found.spec.id) == (Basis.ID, "pololu-maestro")


def test_a_bridge_is_told_in_words_with_the_line_that_pins_it() -> None:
    there = port("1a86:7523", product="USB2.0-Serial")
    found = identify(there, SHIPPED)
    assert (found.basis, found.spec) == (Basis.BRIDGE, None)
    assert found.reason.startswith("VID/PID 1a86:7523 names only a bridge chip (CH340")
    assert '[[discovery.pins]] path = "/dev/ttyUSB0"' in found.reason


def test_a_pinned_port_is_what_the_owner_says_even_if_it_looks_like_a_radio() -> None:
    there = port("10c4:ea60", manufacturer="Nabu Casa", product="SkyConnect v1.0")
    assert identify(there, SHIPPED).basis is Basis.RADIO
    pin = Pin(path="/dev/ttyUSB0", device="pololu-maestro")
    found = identify(there, SHIPPED, [pin])
    assert (found.basis, found.spec, found.pin) == (
        Basis.PIN,
        SHIPPED.specs["pololu-maestro"],
        pin,
    )


def test_a_pin_may_name_any_link_to_the_port() -> None:
    link = "/dev/serial/by-path/platform-usb-0:1:1.0"
    there = Port(id="x", subsystem="tty", node="/dev/ttyUSB0", links=(link,))
    assert identify(there, SHIPPED, [Pin(path=link, device="odrive")]).basis is Basis.PIN
    assert identify(there, SHIPPED, [Pin(path="/dev/ttyUSB1", device="odrive")]).spec is None


def test_a_pin_to_an_unknown_device_names_the_nearest_and_attaches_nothing() -> None:
    found = identify(port(), SHIPPED, [Pin(path="/dev/ttyUSB0", device="pololu-maestr")])
    assert found.spec is None
    assert "Nearest: pololu-maestro" in found.reason


@pytest.mark.parametrize(
    ("usb_id", "maker", "product", "name"),
    [
        ("1cf1:0030", "dresden elektronik ingenieurtechnik GmbH", "ConBee II", "ConBee II"),
        ("10c4:ea60", "Nabu Casa", "SkyConnect v1.0", "Connect ZBT-1 / SkyConnect"),
        ("10c4:ea60", "Silicon Labs", "Sonoff Zigbee 3.0 USB Dongle Plus", "Sonoff ZBDongle"),
        ("1a86:55d4", "ITEAD", "SONOFF Zigbee 3.0 USB Dongle Plus V2", "Sonoff ZBDongle-E"),
        ("0658:0200", "", "", "Aeotec / Sigma Z-Wave"),
        ("0451:bef3", "Texas Instruments", "XDS110 (03.00.00.05)", "TI LaunchPad"),
        ("303a:4001", "Nabu Casa", "ZBT-2", "Connect ZBT-2"),
    ],
)
def test_radios_on_the_market_are_left_alone(
    usb_id: str, maker: str, product: str, name: str
) -> None:
    found = identify(port(usb_id, manufacturer=maker, product=product), SHIPPED)
    assert (found.basis, found.spec, found.probes) == (Basis.RADIO, None, ())
    assert found.name.startswith(name)


def test_a_bare_cp2102_is_no_radio_just_because_of_its_chip_maker() -> None:
    maker = "Silicon Labs"
    there = port("10c4:ea60", manufacturer=maker, product="CP2102N USB to UART Bridge Controller")
    assert identify(there, SHIPPED).basis is Basis.BRIDGE


def test_a_board_in_dfu_is_left_alone() -> None:
    found = identify(port("0483:df11"), SHIPPED)
    assert (found.basis, found.spec, found.probes) == (Basis.NEVER_USE, None, ())


def test_a_shared_id_counts_only_with_its_strings() -> None:
    assert identify(port("03eb:2404"), SHIPPED).basis is Basis.UNKNOWN
    roboclaw = identify(port("03eb:2404", product="USB RoboClaw 2x15A"), SHIPPED)
    assert roboclaw.spec is SHIPPED.specs["roboclaw"]
    assert identify(port("3231:0100", product="dhrobot"), SHIPPED).spec is None


def test_a_claim_to_a_bridge_needs_strings_of_its_own() -> None:
    chip = family("chip", CP210X, identifies="bridge")
    bold = family("bold", CP210X)
    named = family("named", UsbId(vid="10c4", pid="ea60", product="My Robot*"))
    assert identify(port("10c4:ea60"), house(chip, bold, named)).spec is None
    there = port("10c4:ea60", product="my robot 3")
    assert identify(there, house(chip, bold, named)).spec is named


def test_what_was_heard_decides_between_a_chip_and_a_robot_on_it() -> None:
    chip = family("chip", CP210X, identifies="bridge")
    rover = family("rover", CP210X, identifies="bridge", protocol="waveshare")
    heard = Heard("waveshare", "listen", '{"T":1001}', 115200)
    assert identify(port("10c4:ea60"), house(chip, rover)).probes == ("listen", "json-line")
    found = identify(port("10c4:ea60"), house(chip, rover), heard=heard)
    assert (found.basis, found.spec) == (Basis.HEARD, rover)
    other = Heard("grbl", "listen", "Grbl 1.1h", 115200)
    assert identify(port("10c4:ea60"), house(chip, rover), heard=other).spec is None


def test_two_families_that_speak_the_same_are_not_guessed_between() -> None:
    one = family("one", CP210X, identifies="bridge", protocol="waveshare")
    two = family("two", CP210X, identifies="bridge", protocol="waveshare")
    found = identify(port("10c4:ea60"), house(one, two), heard=Heard("waveshare", "listen"))
    assert (found.basis, found.spec) == (Basis.AMBIGUOUS, None)
    assert "one, two" in found.reason


def test_a_stick_with_a_shared_id_is_ambiguous_until_it_is_seen_to_change() -> None:
    booted = identify(port("03e7:f63b"), SHIPPED)
    assert (booted.basis, booted.spec) == (Basis.AMBIGUOUS, None)
    assert {spec.id for spec in booted.candidates} == {
        "movidius-ncs1",
        "movidius-ncs2",
        "luxonis-oak",
    }
    first = identify(port("03e7:2150"), SHIPPED)
    again = same_stick(first, booted)
    assert again and again.spec is SHIPPED.specs["movidius-ncs1"]
    second = identify(port("03e7:2485"), SHIPPED)
    still = same_stick(second, booted)
    assert still and still.spec is None and len(still.candidates) == 2
    assert same_stick(first, identify(port("1a6e:089a"), SHIPPED)) is None


words = st.text(max_size=24)
any_id = st.sampled_from(
    sorted(
        {(each.vid, each.pid) for spec in SHIPPED.specs.values() for each in spec.match.usb}
        | {(radio.vid, radio.pid) for radio in SHIPPED.radios}
        | {("dead", "beef")}
    )
)


@given(st.sampled_from(sorted(BRIDGES)), words, words, words)
def test_a_bridge_is_never_picked_as_a_device(
    usb: tuple[str, str], maker: str, product: str, serial: str
) -> None:
    there = port(":".join(usb), manufacturer=maker, product=product, serial=serial)
    found = identify(there, SHIPPED)
    by_strings = found.spec and any(
        each.manufacturer or each.product or each.serial for each in found.spec.match.usb
    )
    assert found.spec is None or by_strings


@given(st.sampled_from(SHIPPED.radios), words, words, st.sampled_from(["upper", "lower", "title"]))
def test_a_radio_is_always_denied(
    radio: catalogue.Radio, before: str, serial: str, case: str
) -> None:
    said = getattr(radio.glob.replace("*", f" {before} "), case)()
    heard = Heard("waveshare", "listen")
    there = port(f"{radio.vid}:{radio.pid}", product=f"{said}", serial=serial)
    found = identify(there, SHIPPED, heard=heard)
    assert (found.basis, found.spec, found.probes) == (Basis.RADIO, None, ())


@given(any_id, words, words, st.sampled_from(sorted(SHIPPED.specs)))
def test_the_owners_pin_wins_over_everything(
    usb: tuple[str, str], maker: str, product: str, device: str
) -> None:
    there = port(":".join(usb), manufacturer=maker, product=product)
    found = identify(there, SHIPPED, [Pin(path="/dev/ttyUSB0", device=device)])
    assert (found.basis, found.spec) == (Basis.PIN, SHIPPED.specs[device])


@given(any_id, words, words)
def test_every_answer_carries_its_reason(usb: tuple[str, str], maker: str, product: str) -> None:
    found = identify(port(":".join(usb), manufacturer=maker, product=product), SHIPPED)
    assert found.reason.endswith(".")
    assert found.name
