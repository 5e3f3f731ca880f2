"""The Firmata codec: spec examples, then everything a wire can do to a stream."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.drivers.firmata import frames as f
from agentd.drivers.firmata.bits import Sysex
from agentd.drivers.firmata.codec import LONGEST_STRAY, LONGEST_SYSEX, Decoder, Item, Malformed

SEVEN = st.integers(0, 127)
FOUR = st.integers(0, 15)
FOURTEEN = st.integers(0, 0x3FFF)
WIDE = st.integers(0, (1 << 35) - 1)
LATIN = st.text(st.characters(max_codepoint=255), max_size=40)
MODES = st.lists(st.tuples(st.integers(0, 126), SEVEN), max_size=6).map(tuple)
OTHER_IDS = SEVEN.filter(lambda id: id not in set(Sysex))

FRAMES: st.SearchStrategy[f.Frame] = st.one_of(
    st.builds(f.VersionQuery),
    st.builds(f.Version, SEVEN, SEVEN),
    st.builds(f.FirmwareQuery),
    st.builds(f.Firmware, SEVEN, SEVEN, LATIN),
    st.builds(f.CapabilityQuery),
    st.builds(f.Capabilities, st.lists(MODES, max_size=20).map(tuple)),
    st.builds(f.AnalogMapQuery),
    st.builds(f.AnalogMap, st.lists(SEVEN, max_size=20).map(tuple)),
    st.builds(f.PinStateQuery, SEVEN),
    st.builds(f.PinState, SEVEN, SEVEN, WIDE),
    st.builds(f.SetPinMode, SEVEN, SEVEN),
    st.builds(f.SetDigitalPin, SEVEN, st.booleans()),
    st.builds(f.DigitalPort, FOUR, FOURTEEN),
    st.builds(f.Analog, FOUR, FOURTEEN),
    st.builds(f.ExtendedAnalog, SEVEN, WIDE),
    st.builds(f.ServoConfig, SEVEN, FOURTEEN, FOURTEEN),
    st.builds(f.ReportAnalog, FOUR, st.booleans()),
    st.builds(f.ReportDigital, FOUR, st.booleans()),
    st.builds(f.SamplingInterval, FOURTEEN),
    st.builds(f.SystemReset),
    st.builds(f.Text, LATIN),
    st.builds(f.OtherSysex, OTHER_IDS, st.lists(SEVEN, max_size=20).map(bytes)),
)
END = f.SystemReset()
"""A lone F9 is a query only once the next message starts."""


def decode(data: bytes, cuts: list[int] | None = None) -> list[Item]:
    decoder, items, start = Decoder(), list[Item](), 0
    for end in [*sorted(cuts or []), len(data)]:
        items += decoder.feed(data[start:end])
        start = max(start, end)
    return items


def wire(frames: list[f.Frame]) -> bytes:
    return b"".join(frame.encode() for frame in frames)


@given(st.lists(FRAMES, max_size=12), st.data())
def test_every_frame_survives_the_wire_however_it_is_chopped(
    frames: list[f.Frame], data: st.DataObject
) -> None:
    stream = wire([*frames, END])
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=10))
    assert decode(stream, cuts) == [*frames, END]


@given(st.lists(FRAMES, max_size=6), st.binary(max_size=80), st.lists(FRAMES, max_size=6))
def test_frames_around_garbage_are_not_lost(
    before: list[f.Frame], garbage: bytes, after: list[f.Frame]
) -> None:
    items = decode(wire([*before, END]) + garbage + wire([END, *after, END]))
    assert items[: len(before) + 1] == [*before, END]
    assert items[len(items) - len(after) - 2 :] == [END, *after, END]


@given(st.binary(max_size=400), st.data())
def test_random_bytes_never_raise_and_read_the_same_however_they_are_chopped(
    noise: bytes, data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(noise)), max_size=8))
    assert decode(noise, cuts) == decode(noise)


@given(st.binary(max_size=400))
def test_no_byte_of_garbage_is_lost_or_invented(noise: bytes) -> None:
    def raw(item: Item) -> bytes:
        return item.data if isinstance(item, Malformed) else item.encode()

    decoder = Decoder()
    items = decoder.feed(noise)
    if not any(isinstance(item, f.PinState | f.ExtendedAnalog) for item in items):
        assert b"".join(raw(item) for item in items) == noise[: len(noise) - decoder.held]


@given(st.sampled_from([b"\xf0\x6c", b"\xf0", b""]), st.binary(min_size=1, max_size=50))
def test_a_stream_without_an_end_is_held_in_a_bounded_buffer(head: bytes, body: bytes) -> None:
    decoder = Decoder()
    decoder.feed(head)
    for _ in range(200):
        decoder.feed(body.translate(bytes(byte & 0x7F for byte in range(256))))
        assert decoder.held <= max(LONGEST_SYSEX, LONGEST_STRAY)


@pytest.mark.parametrize(
    ("frame", "hex"),
    [
        (f.Version(2, 8), "f9 02 08"),
        (f.FirmwareQuery(), "f0 79 f7"),
        (f.CapabilityQuery(), "f0 6b f7"),
        (f.AnalogMapQuery(), "f0 69 f7"),
        (f.PinStateQuery(9), "f0 6d 09 f7"),
        (f.SetPinMode(13, f.Mode.OUTPUT), "f4 0d 01"),
        (f.SetDigitalPin(13, True), "f5 0d 01"),
        (f.DigitalPort(1, 0b10100000), "91 20 01"),
        (f.Analog(9, 1500), "e9 5c 0b"),
        (f.ExtendedAnalog(20, 1500), "f0 6f 14 5c 0b f7"),
        (f.ServoConfig(9, 544, 2400), "f0 70 09 20 04 60 12 f7"),
        (f.ReportAnalog(0, True), "c0 01"),
        (f.ReportDigital(1, False), "d1 00"),
        (f.SamplingInterval(100), "f0 7a 64 00 f7"),
        (f.SystemReset(), "ff"),
        (f.Text("hi"), "f0 71 68 00 69 00 f7"),
        (f.Capabilities(((), ((0, 1), (3, 8)))), "f0 6c 7f 00 01 03 08 7f f7"),
        (f.AnalogMap((127, 0)), "f0 6a 7f 00 f7"),
    ],
)
def test_bytes_are_those_of_the_specification(frame: f.Frame, hex: str) -> None:
    assert frame.encode() == bytes.fromhex(hex)
    assert decode(bytes.fromhex(hex)) == [frame]


@pytest.mark.parametrize(
    "hex",
    ["f0 f7", "f0 70 09 20 f7", "f0 6d f7", "f0 6c 00 f7", "f0 71 68 f7", "f5 0d 05", "c0 02"],
)
def test_a_message_that_does_not_fit_keeps_its_bytes_for_the_error(hex: str) -> None:
    (item,) = decode(bytes.fromhex(hex))
    assert isinstance(item, Malformed) and item.data == bytes.fromhex(hex) and item.why


@pytest.mark.parametrize(
    ("frames", "hex"),
    [
        ([f.ServoConfig(9, 544, 2400), f.Analog(9, 90)], "f0 70 09 20 04 60 12 f7 e9 5a 00"),
        ([f.SetPinMode(5, f.Mode.PWM), f.Analog(5, 128)], "f4 05 03 e5 00 01"),
        ([f.SetPinMode(13, f.Mode.OUTPUT), f.DigitalPort(1, 1 << 5)], "f4 0d 01 91 20 00"),
        ([f.ReportAnalog(0, True), f.ReportAnalog(0, False)], "c0 01 c0 00"),
        ([f.SamplingInterval(100), f.FirmwareQuery()], "f0 7a 64 00 f7 f0 79 f7"),
    ],
)
def test_bytes_are_those_of_pyfirmata2(frames: list[f.Frame], hex: str) -> None:
    """Captured from pyfirmata2 2.5.1 writing to a pty."""
    assert wire(frames) == bytes.fromhex(hex)
    assert decode(bytes.fromhex(hex)) == frames


def test_a_new_message_inside_a_sysex_ends_the_broken_one() -> None:
    assert decode(bytes.fromhex("f0 6e 05 f9 02 04")) == [
        Malformed(bytes.fromhex("f0 6e 05"), "a message cut short"),
        f.Version(2, 4),
    ]


@pytest.mark.parametrize(
    "frame",
    [
        f.Analog(16, 0),
        f.Analog(1, 1 << 14),
        f.SetPinMode(128, 1),
        f.PinState(1, 1, 1 << 35),
        f.PinState(1, 1, -1),
        f.OtherSysex(1, b"\x80"),
        f.Capabilities((((127, 1),),)),
    ],
)
def test_a_value_that_does_not_fit_its_bits_is_never_put_on_the_wire(frame: f.Frame) -> None:
    with pytest.raises(ValueError, match=r".+"):
        frame.encode()
