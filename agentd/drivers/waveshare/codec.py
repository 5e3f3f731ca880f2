"""The line-JSON frames of Waveshare's General Driver, as frozen values, both ways.

One JSON object a line, LF-terminated, 115200 8N1; the key `T` says which frame it is. Only the
frames below exist here, so nothing else can be built: `T` 2xx and 6xx write the robot's flash,
3xx and 4xx its radios. Left out on purpose: `T=0` (unknown to the General Driver; on the ROS
firmware it latches an arm until `T=999`) and `T=13` (there it does not feed the heartbeat).

Source: waveshareteam/ugv_base_general (firmware of 2024-07-19) json_cmd.h, uart_ctrl.h,
ugv_advance.h, movtion_module.h; waveshareteam/ugv_base_ros for the fields it sends differently.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LONGEST_LINE = 512
MAX_WHEEL_MPS = 2.0
"""The firmware ignores a T=1 beyond this (setGoalSpeed)."""
_CENTIVOLTS_ABOVE = 60
"""The General Driver sends volts, the ROS firmware hundredths of a volt; no pack has 60 V."""


def _within(key: str, value: float, bound: float) -> None:
    if not (math.isfinite(value) and abs(value) <= bound):
        raise ValueError(f"{key} {value} is beyond ±{bound:g}")


def _whole(key: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ValueError(f"{key} {value} is not within {low} to {high}")


@dataclass(frozen=True, slots=True)
class WheelSpeeds:
    """T=1: the goal of each wheel, ±2 m/s. Feeds the heartbeat; repeat it while moving."""

    left_mps: float
    right_mps: float

    def __post_init__(self) -> None:
        _within("L", self.left_mps, MAX_WHEEL_MPS)
        _within("R", self.right_mps, MAX_WHEEL_MPS)


STOP = WheelSpeeds(0, 0)


@dataclass(frozen=True, slots=True)
class AskFeedback:
    """T=130: send one base feedback (unless one went out less than the interval ago)."""


@dataclass(frozen=True, slots=True)
class SetFeedbackFlow:
    """T=131: send base feedback unasked, or only when asked."""

    on: bool


@dataclass(frozen=True, slots=True)
class SetHeartbeat:
    """T=136: stop the wheels after `ms` without a T=1 (100 to 10000; 3000 after power-up).

    The range matters: the firmware compares with an unsigned time, so that a negative value
    would switch its watchdog off.
    """

    ms: int

    def __post_init__(self) -> None:
        _whole("cmd", self.ms, 100, 10_000)


@dataclass(frozen=True, slots=True)
class SetFeedbackInterval:
    """T=142: the least time between two base feedbacks, 10 to 10000 ms."""

    ms: int

    def __post_init__(self) -> None:
        _whole("cmd", self.ms, 10, 10_000)


@dataclass(frozen=True, slots=True)
class SetEcho:
    """T=143: repeat each received command back, as the General Driver does after power-up."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseFeedback:
    """T=1001: what the base measures; None for what this firmware does not send.

    Wheel speeds in m/s (±10), roll, pitch and yaw in degrees as the IMU gives them (with an arm
    mounted, `y` is the arm's), battery 0 to 60 V, odometers in whole centimetres.
    """

    left_mps: float
    right_mps: float
    roll_deg: float | None = None
    pitch_deg: float | None = None
    yaw_deg: float | None = None
    temperature_c: float | None = None
    battery_v: float | None = None
    odometer_left_cm: float | None = None
    odometer_right_cm: float | None = None

    def __post_init__(self) -> None:
        _within("L", self.left_mps, 10)
        _within("R", self.right_mps, 10)
        _within("v", self.battery_v or 0, _CENTIVOLTS_ABOVE)
        for key in ("r", "p", "y", "temp", "odl", "odr"):
            _within(key, getattr(self, _FEEDBACK_KEYS[key]) or 0, 1e6)


_FEEDBACK_KEYS: Mapping[str, str] = {
    "L": "left_mps",
    "R": "right_mps",
    "r": "roll_deg",
    "p": "pitch_deg",
    "y": "yaw_deg",
    "temp": "temperature_c",
    "v": "battery_v",
    "odl": "odometer_left_cm",
    "odr": "odometer_right_cm",
}


@dataclass(frozen=True, slots=True)
class ServoError:
    """T=1005: a bus servo (arm or gimbal) did not answer."""

    id: int
    status: int

    def __post_init__(self) -> None:
        _whole("id", self.id, 0, 255)
        _whole("status", self.status, -255, 255)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A line that is no frame: why, and its first bytes for the log."""

    reason: str
    data: bytes


Command = WheelSpeeds | AskFeedback | SetFeedbackFlow | SetHeartbeat | SetFeedbackInterval | SetEcho
Report = BaseFeedback | ServoError
Frame = Command | Report


def encode(frame: Frame) -> bytes:
    """Return the frame's line, LF included. Numbers keep four decimals."""
    match frame:
        case WheelSpeeds(left, right):
            fields = {"T": 1, "L": _number(left), "R": _number(right)}
        case AskFeedback():
            fields = {"T": 130}
        case SetFeedbackFlow(on):
            fields = {"T": 131, "cmd": int(on)}
        case SetHeartbeat(ms):
            fields = {"T": 136, "cmd": ms}
        case SetFeedbackInterval(ms):
            fields = {"T": 142, "cmd": ms}
        case SetEcho(on):
            fields = {"T": 143, "cmd": int(on)}
        case ServoError(servo, status):
            fields = {"T": 1005, "id": servo, "status": status}
        case BaseFeedback():
            values = {key: getattr(frame, name) for key, name in _FEEDBACK_KEYS.items()}
            known = {key: _number(value) for key, value in values.items() if value is not None}
            fields = {"T": 1001, **known}
    return json.dumps(fields, separators=(",", ":"), allow_nan=False).encode() + b"\n"


class Decoder:
    """Turns bytes, chopped anyhow, into frames. Holds at most one line; never raises."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._too_long = False
        self.dropped = 0

    def feed(self, data: bytes) -> Iterator[Frame | Dropped]:
        """Yield what the lines that end within `data` say, in order."""
        *ended, rest = data.split(b"\n")
        for piece in ended:
            self._keep(piece)
            line, too_long = bytes(self._line).strip(), self._too_long
            self._line.clear()
            self._too_long = False
            if line:
                yield self._count(Dropped("too long", line[:64]) if too_long else decode(line))
        self._keep(rest)

    def _keep(self, piece: bytes) -> None:
        room = LONGEST_LINE - len(self._line)
        self._too_long = self._too_long or len(piece) > room
        self._line += piece[:room]

    def _count(self, item: Frame | Dropped) -> Frame | Dropped:
        self.dropped += isinstance(item, Dropped)
        return item


def decode(line: bytes) -> Frame | Dropped:
    """Return what one line says. Extra keys are ignored; anything else odd is dropped."""
    try:
        fields = json.loads(line.decode(), parse_constant=_refuse_constant)
        reader = _READERS.get(_integer(fields, "T"))
        return reader(fields) if reader else Dropped("unknown T", line[:64])
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        return Dropped(f"{type(error).__name__}: {error}"[:80], line[:64])


def _base_feedback(fields: Mapping[str, Any]) -> BaseFeedback:
    known = {name: fields.get(key) for key, name in _FEEDBACK_KEYS.items()}
    values = {name: float(_real(value)) for name, value in known.items() if value is not None}
    if values.get("battery_v", 0) > _CENTIVOLTS_ABOVE:
        values["battery_v"] /= 100
    return BaseFeedback(**values)


_READERS: Mapping[int, Callable[[Mapping[str, Any]], Frame]] = {
    1: lambda fields: WheelSpeeds(float(_real(fields["L"])), float(_real(fields["R"]))),
    130: lambda fields: AskFeedback(),
    131: lambda fields: SetFeedbackFlow(_integer(fields, "cmd") != 0),
    136: lambda fields: SetHeartbeat(_integer(fields, "cmd")),
    142: lambda fields: SetFeedbackInterval(_integer(fields, "cmd")),
    143: lambda fields: SetEcho(_integer(fields, "cmd") != 0),
    1001: _base_feedback,
    1005: lambda fields: ServoError(_integer(fields, "id"), _integer(fields, "status")),
}


def _number(value: float) -> float | int:
    short = round(value, 4)
    return int(short) if short == int(short) else short


def _real(value: object) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r:.20} is no number")
    return value


def _integer(fields: Mapping[str, Any], key: str) -> int:
    value = fields[key]
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{key} {value!r:.20} is no whole number")
    return value


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")
