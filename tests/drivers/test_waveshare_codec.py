from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.drivers.waveshare.codec import (
    LONGEST_LINE,
    STOP,
    AskFeedback,
    BaseFeedback,
    Decoder,
    Dropped,
    Frame,
    ServoError,
    SetEcho,
    SetFeedbackFlow,
    SetFeedbackInterval,
    SetHeartbeat,
    WheelSpeeds,
    encode,
)

WHITELIST = {1, 130, 131, 136, 142, 143, 1001, 1005}


def decimals(bound: float) -> st.SearchStrategy[float]:
    return st.integers(int(-bound * 10_000), int(bound * 10_000)).map(lambda n: n / 10_000)


maybe = st.none() | decimals(1e6)
frames: st.SearchStrategy[Frame] = st.one_of(
    st.builds(WheelSpeeds, decimals(2), decimals(2)),
    st.just(AskFeedback()),
    st.builds(SetFeedbackFlow, st.booleans()),
    st.builds(SetHeartbeat, st.integers(100, 10_000)),
    st.builds(SetFeedbackInterval, st.integers(10, 10_000)),
    st.builds(SetEcho, st.booleans()),
    st.builds(ServoError, st.integers(0, 255), st.integers(-255, 255)),
    st.builds(
        BaseFeedback,
        left_mps=decimals(10),
        right_mps=decimals(10),
        roll_deg=maybe,
        pitch_deg=maybe,
        yaw_deg=maybe,
        temperature_c=maybe,
        battery_v=st.none() | decimals(60).map(abs),
        odometer_left_cm=maybe,
        odometer_right_cm=maybe,
    ),
)


def decode_all(data: bytes) -> list[Frame | Dropped]:
    return list(Decoder().feed(data))


@given(frames)
def test_every_frame_survives_the_wire(frame: Frame) -> None:
    assert decode_all(encode(frame)) == [frame]


@given(frames)
def test_only_whitelisted_lines_are_ever_built(frame: Frame) -> None:
    line = encode(frame)
    assert json.loads(line)["T"] in WHITELIST
    assert line.count(b"\n") == 1 and line.endswith(b"\n") and len(line) <= LONGEST_LINE


@given(st.lists(frames, max_size=8), st.lists(st.integers(1, 40), min_size=1))
def test_chopping_does_not_matter(sent: list[Frame], sizes: list[int]) -> None:
    wire, decoder = b"".join(map(encode, sent)), Decoder()
    got: list[Frame | Dropped] = []
    while wire:
        size = sizes[len(got) % len(sizes)]
        got += list(decoder.feed(wire[:size]))
        wire = wire[size:]
    assert got == sent


@given(st.lists(st.tuples(frames, st.binary(max_size=900)), max_size=6))
def test_garbage_between_lines_costs_only_the_garbage(sent: list[tuple[Frame, bytes]]) -> None:
    wire = b"".join(garbage + b"\n" + encode(frame) for frame, garbage in sent)
    decoder = Decoder()
    got = list(decoder.feed(wire))
    good = [item for item in got if not isinstance(item, Dropped)]
    for frame, _ in sent:
        assert frame in good
    assert decoder.dropped == len(got) - len(good)


@given(st.lists(st.binary(max_size=2000)))
def test_random_bytes_never_raise_and_never_pile_up(chunks: list[bytes]) -> None:
    decoder = Decoder()
    for chunk in chunks:
        for item in decoder.feed(chunk):
            assert not isinstance(item, Dropped) or len(item.data) <= 64
        assert len(decoder._line) <= LONGEST_LINE


@pytest.mark.parametrize(
    ("frame", "line"),
    [
        (STOP, b'{"T":1,"L":0,"R":0}\n'),
        (WheelSpeeds(0.2, 0.2), b'{"T":1,"L":0.2,"R":0.2}\n'),
        (AskFeedback(), b'{"T":130}\n'),
        (SetFeedbackFlow(True), b'{"T":131,"cmd":1}\n'),
        (SetHeartbeat(3000), b'{"T":136,"cmd":3000}\n'),
        (SetFeedbackInterval(50), b'{"T":142,"cmd":50}\n'),
        (SetEcho(True), b'{"T":143,"cmd":1}\n'),
        (ServoError(1, 1), b'{"T":1005,"id":1,"status":1}\n'),
    ],
)
def test_the_bytes_are_those_of_the_firmware_s_own_comments(frame: Frame, line: bytes) -> None:
    assert encode(frame) == line
    assert decode_all(line) == [frame]


def test_the_ros_firmware_s_feedback_is_understood_too() -> None:
    line = (
        b'{"T":1001,"L":0.01,"R":-0.02,"ax":1,"ay":2,"az":8200,"gx":3,"gy":4,"gz":5,'
        b'"mx":6,"my":7,"mz":8,"odl":-12,"odr":34,"v":1187}\r\n'
    )
    assert decode_all(line) == [
        BaseFeedback(
            left_mps=0.01,
            right_mps=-0.02,
            battery_v=11.87,
            odometer_left_cm=-12,
            odometer_right_cm=34,
        )
    ]


def test_a_sensor_without_a_value_is_unknown_not_an_error() -> None:
    line = b'{"T":1001,"L":0,"R":0,"r":null,"p":null,"y":null,"temp":null,"v":11.5}\n'
    assert decode_all(line) == [BaseFeedback(left_mps=0, right_mps=0, battery_v=11.5)]


@pytest.mark.parametrize(
    "line",
    [
        b"UGV started.",
        b"[1,2,3]",
        b"null",
        b"7",
        b'{"L":0,"R":0}',
        b'{"T":true}',
        b'{"T":"1","L":0,"R":0}',
        b'{"T":1,"L":NaN,"R":0}',
        b'{"T":1,"L":0,"R":-Infinity}',
        b'{"T":1,"L":1e999,"R":0}',
        b'{"T":1,"L":' + b"9" * 400 + b',"R":0}',
        b'{"T":1,"L":2.01,"R":0}',
        b'{"T":1,"L":true,"R":0}',
        b'{"T":1,"L":"0.2","R":0}',
        b'{"T":1,"L":0}',
        b'{"T":136,"cmd":-1}',
        b'{"T":136,"cmd":1.5}',
        b'{"T":1001,"R":0,"v":12}',
        b'{"T":1001,"L":{},"R":0}',
        b'{"T":1001,"L":500,"R":0}',
        b'{"T":201,"name":"boot"}',
        b'{"T":600}',
        b'{"T":1}\xff\xfe',
        b"[" * 500,
        b'{"T":130}' + b" " * 600 + b"x",
    ],
)
def test_a_line_that_is_no_frame_is_dropped_and_counted(line: bytes) -> None:
    decoder = Decoder()
    (item,) = decoder.feed(line + b"\n")
    assert isinstance(item, Dropped) and item.reason
    assert line.startswith(item.data)
    assert decoder.dropped == 1
    assert list(decoder.feed(encode(STOP))) == [STOP]


@pytest.mark.parametrize("speed", [2.001, -3, float("nan"), float("inf")])
def test_a_speed_the_firmware_would_ignore_cannot_be_built(speed: float) -> None:
    with pytest.raises(ValueError, match="beyond"):
        WheelSpeeds(0, speed)


@pytest.mark.parametrize("ms", [0, -1, 99, 10_001])
def test_a_heartbeat_that_would_disarm_the_watchdog_cannot_be_built(ms: int) -> None:
    with pytest.raises(ValueError, match="within"):
        SetHeartbeat(ms)
