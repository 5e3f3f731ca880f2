"""Firmata's byte stream: chopped, garbled and endless on one side, whole frames on the other.

Understands both directions, so the same decoder serves the driver and a simulated board.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agentd.drivers.firmata import frames as f
from agentd.drivers.firmata.bits import END_SYSEX, START_SYSEX, Sysex, number, text_of

LONGEST_SYSEX = 4096
"""A Mega announces some 70 pins in under 1 kB; what is longer is garbage."""
LONGEST_STRAY = 64


@dataclass(frozen=True, slots=True)
class Malformed:
    """Bytes that are no Firmata message, and why."""

    data: bytes
    why: str


Item = f.Frame | Malformed


class Decoder:
    """Turns chunks of bytes into frames. Never raises, and holds at most one sysex.

    What it makes of a stream does not depend on how the stream was chopped.
    """

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[Item]:
        """Return what is complete after `data`, in order, garbage included as `Malformed`."""
        items: list[Item] = []
        for byte in data:
            items += self._take(byte)
        return items

    @property
    def held(self) -> int:
        """How many bytes wait for the rest of their message."""
        return len(self._pending)

    def _take(self, byte: int) -> list[Item]:
        pending = self._pending
        if byte < 0x80:
            pending.append(byte)
            return self._complete()
        if byte == END_SYSEX and pending[:1] == bytes([START_SYSEX]):
            return [_sysex(self._flush())]
        before = self._interrupted()
        pending.append(byte)
        return before + self._complete()

    def _complete(self) -> list[Item]:
        """Return the short message that `_pending` has become, if it has."""
        pending, status = self._pending, self._pending[0]
        if status < 0x80:
            return self._overlong(LONGEST_STRAY, "data outside a message")
        if status == START_SYSEX:
            return self._overlong(LONGEST_SYSEX, "a sysex without an end")
        reader = _SHORT.get(status if status >= 0xF0 else status & 0xF0)
        if reader is None:
            return [Malformed(self._flush(), "an unknown status byte")]
        length, build = reader
        return [build(self._flush())] if len(pending) == length else []

    def _interrupted(self) -> list[Item]:
        """Return what to make of `_pending` when a new message starts."""
        if not self._pending:
            return []
        data = self._flush()
        if data == b"\xf9":
            return [f.VersionQuery()]
        stray = data[0] < 0x80
        return [Malformed(data, "data outside a message" if stray else "a message cut short")]

    def _overlong(self, limit: int, why: str) -> list[Item]:
        return [Malformed(self._flush(), why)] if len(self._pending) >= limit else []

    def _flush(self) -> bytes:
        data = bytes(self._pending)
        self._pending.clear()
        return data


def _flag(data: bytes, build: Callable[[bool], f.Frame]) -> Item:
    known = data[-1] <= 1
    return build(bool(data[-1])) if known else Malformed(data, "neither 0 nor 1")


_SHORT: dict[int, tuple[int, Callable[[bytes], Item]]] = {
    0x90: (3, lambda d: f.DigitalPort(d[0] & 0xF, number(d[1:]))),
    0xC0: (2, lambda d: _flag(d, lambda on: f.ReportAnalog(d[0] & 0xF, on))),
    0xD0: (2, lambda d: _flag(d, lambda on: f.ReportDigital(d[0] & 0xF, on))),
    0xE0: (3, lambda d: f.Analog(d[0] & 0xF, number(d[1:]))),
    0xF4: (3, lambda d: f.SetPinMode(d[1], d[2])),
    0xF5: (3, lambda d: _flag(d, lambda high: f.SetDigitalPin(d[1], high))),
    0xF9: (3, lambda d: f.Version(d[1], d[2])),
    0xFF: (1, lambda d: f.SystemReset()),
}
"""Status byte (low 4 bits cleared below F0) to the message's length and its reader."""


def _sysex(message: bytes) -> Item:
    """Read a sysex, given without its F7."""
    if len(message) == 1:
        return Malformed(message + b"\xf7", "an empty sysex")
    id, data = message[1], message[2:]
    reader = _SYSEX.get(id)
    if reader is None:
        return f.OtherSysex(id, data)
    frame = reader(data)
    return frame or Malformed(message + b"\xf7", f"a sysex {id:02x} with data that does not fit")


def _firmware(data: bytes) -> f.Frame | None:
    if not data:
        return f.FirmwareQuery()
    name = text_of(data[2:])
    return None if len(data) < 2 or name is None else f.Firmware(data[0], data[1], name)


def _text(data: bytes) -> f.Frame | None:
    text = text_of(data)
    return None if text is None else f.Text(text)


def _capabilities(data: bytes) -> f.Frame | None:
    pins: list[tuple[tuple[int, int], ...]] = []
    modes: list[tuple[int, int]] = []
    rest = iter(data)
    for mode in rest:
        if mode == f.NO_CHANNEL:
            pins.append(tuple(modes))
            modes.clear()
        else:
            modes.append((mode, next(rest, -1)))
    cut_short = bool(modes)
    return None if cut_short else f.Capabilities(tuple(pins))


def _pin_state(data: bytes) -> f.Frame | None:
    return f.PinState(data[0], data[1], number(data[2:])) if 3 <= len(data) <= 7 else None


def _extended_analog(data: bytes) -> f.Frame | None:
    return f.ExtendedAnalog(data[0], number(data[1:])) if 2 <= len(data) <= 6 else None


def _servo_config(data: bytes) -> f.Frame | None:
    if len(data) != 5:
        return None
    return f.ServoConfig(data[0], number(data[1:3]), number(data[3:5]))


_SYSEX: dict[int, Callable[[bytes], f.Frame | None]] = {
    Sysex.ANALOG_MAP_QUERY: lambda d: None if d else f.AnalogMapQuery(),
    Sysex.ANALOG_MAP: lambda d: f.AnalogMap(tuple(d)),
    Sysex.CAPABILITY_QUERY: lambda d: None if d else f.CapabilityQuery(),
    Sysex.CAPABILITIES: _capabilities,
    Sysex.PIN_STATE_QUERY: lambda d: f.PinStateQuery(d[0]) if len(d) == 1 else None,
    Sysex.PIN_STATE: _pin_state,
    Sysex.EXTENDED_ANALOG: _extended_analog,
    Sysex.SERVO_CONFIG: _servo_config,
    Sysex.TEXT: _text,
    Sysex.FIRMWARE: _firmware,
    Sysex.SAMPLING_INTERVAL: lambda d: f.SamplingInterval(number(d)) if len(d) == 2 else None,
}
