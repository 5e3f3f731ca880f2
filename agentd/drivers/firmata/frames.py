"""Firmata 2.8 messages as frozen values that encode themselves.

A message is a status byte (0x80 or above) and 7-bit data, least significant bits first; a sysex
is F0, an id, data, F7. There is no checksum. Source: firmata/protocol, protocol.md and servos.md.
`encode` raises `ValueError` when a field does not fit its bits: that is a mistake of the caller,
never of the wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from agentd.drivers.firmata.bits import Sysex, bits, letters, short, sysex, wide

NO_CHANNEL = 0x7F


class Mode(IntEnum):
    """What a pin is used as. A board may announce modes that are not named here."""

    INPUT = 0
    OUTPUT = 1
    ANALOG = 2
    PWM = 3
    SERVO = 4
    PULLUP = 11


class Frame(Protocol):
    """One message, in either direction."""

    def encode(self) -> bytes:
        """Return the bytes on the wire."""


@dataclass(frozen=True, slots=True)
class VersionQuery:
    """Ask for the protocol version."""

    def encode(self) -> bytes:
        """Return F9."""
        return b"\xf9"


@dataclass(frozen=True, slots=True)
class Version:
    """The protocol version the board speaks. It also says this when it has just started."""

    major: int
    minor: int

    def encode(self) -> bytes:
        """Return F9 MAJ MIN."""
        return b"\xf9" + bits(self.major, 1) + bits(self.minor, 1)


@dataclass(frozen=True, slots=True)
class FirmwareQuery:
    """Ask for the sketch's name and version."""

    def encode(self) -> bytes:
        """Return F0 79 F7."""
        return sysex(Sysex.FIRMWARE)


@dataclass(frozen=True, slots=True)
class Firmware:
    """The sketch's version and name (`StandardFirmata.ino`), 8-bit characters."""

    major: int
    minor: int
    name: str

    def encode(self) -> bytes:
        """Return F0 79 MAJ MIN letters F7."""
        return sysex(Sysex.FIRMWARE, bits(self.major, 1) + bits(self.minor, 1) + letters(self.name))


@dataclass(frozen=True, slots=True)
class CapabilityQuery:
    """Ask what each pin can do."""

    def encode(self) -> bytes:
        """Return F0 6B F7."""
        return sysex(Sysex.CAPABILITY_QUERY)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """For each pin from 0 on: pairs of mode (0..126) and resolution in bits (0..127)."""

    pins: tuple[tuple[tuple[int, int], ...], ...]

    def encode(self) -> bytes:
        """Return F0 6C (mode resolution)* 7F ... F7."""
        data = bytearray()
        for modes in self.pins:
            for mode, resolution in modes:
                if mode == NO_CHANNEL:
                    raise ValueError("127 ends a pin's list and is no mode")
                data += bits(mode, 1) + bits(resolution, 1)
            data.append(NO_CHANNEL)
        return sysex(Sysex.CAPABILITIES, bytes(data))


@dataclass(frozen=True, slots=True)
class AnalogMapQuery:
    """Ask which pin is which analog input."""

    def encode(self) -> bytes:
        """Return F0 69 F7."""
        return sysex(Sysex.ANALOG_MAP_QUERY)


@dataclass(frozen=True, slots=True)
class AnalogMap:
    """For each pin from 0 on: its analog channel, or `NO_CHANNEL`."""

    channels: tuple[int, ...]

    def encode(self) -> bytes:
        """Return F0 6A channel* F7."""
        return sysex(Sysex.ANALOG_MAP, b"".join(bits(channel, 1) for channel in self.channels))


@dataclass(frozen=True, slots=True)
class PinStateQuery:
    """Ask for a pin's mode and what was last written to it."""

    pin: int

    def encode(self) -> bytes:
        """Return F0 6D PIN F7."""
        return sysex(Sysex.PIN_STATE_QUERY, bits(self.pin, 1))


@dataclass(frozen=True, slots=True)
class PinState:
    """What a pin is set to: for outputs the last value written, in up to 35 bits."""

    pin: int
    mode: int
    value: int

    def encode(self) -> bytes:
        """Return F0 6E PIN MODE value F7."""
        return sysex(Sysex.PIN_STATE, bits(self.pin, 1) + bits(self.mode, 1) + wide(self.value, 1))


@dataclass(frozen=True, slots=True)
class SetPinMode:
    """Use a pin as `mode`."""

    pin: int
    mode: int

    def encode(self) -> bytes:
        """Return F4 PIN MODE."""
        return b"\xf4" + bits(self.pin, 1) + bits(self.mode, 1)


@dataclass(frozen=True, slots=True)
class SetDigitalPin:
    """Set one output pin (protocol 2.5 and later)."""

    pin: int
    high: bool

    def encode(self) -> bytes:
        """Return F5 PIN 0|1."""
        return b"\xf5" + bits(self.pin, 1) + bytes([self.high])


@dataclass(frozen=True, slots=True)
class DigitalPort:
    """The levels of the 8 pins of a port (0..15): bit 0 is pin 8 * port. 14 bits on the wire."""

    port: int
    levels: int

    def encode(self) -> bytes:
        """Return 9P LSB MSB."""
        return short(0x90, self.port, *bits(self.levels, 2))


@dataclass(frozen=True, slots=True)
class Analog:
    """To the board: a PWM or servo value for pin 0..15; from it: a reading of that channel."""

    pin: int
    value: int

    def encode(self) -> bytes:
        """Return EP LSB MSB."""
        return short(0xE0, self.pin, *bits(self.value, 2))


@dataclass(frozen=True, slots=True)
class ExtendedAnalog:
    """A PWM or servo value for any pin, in up to 35 bits."""

    pin: int
    value: int

    def encode(self) -> bytes:
        """Return F0 6F PIN value F7, at least 14 bits of value."""
        return sysex(Sysex.EXTENDED_ANALOG, bits(self.pin, 1) + wide(self.value, 2))


@dataclass(frozen=True, slots=True)
class ServoConfig:
    """Attach a servo to a pin with its shortest and longest pulse in microseconds (14 bits)."""

    pin: int
    min_us: int
    max_us: int

    def encode(self) -> bytes:
        """Return F0 70 PIN min max F7."""
        return sysex(
            Sysex.SERVO_CONFIG, bits(self.pin, 1) + bits(self.min_us, 2) + bits(self.max_us, 2)
        )


@dataclass(frozen=True, slots=True)
class ReportAnalog:
    """Start or stop the reports of an analog channel (0..15)."""

    channel: int
    on: bool

    def encode(self) -> bytes:
        """Return CN 0|1."""
        return short(0xC0, self.channel, self.on)


@dataclass(frozen=True, slots=True)
class ReportDigital:
    """Start or stop the reports of a port's input pins (0..15)."""

    port: int
    on: bool

    def encode(self) -> bytes:
        """Return DN 0|1."""
        return short(0xD0, self.port, self.on)


@dataclass(frozen=True, slots=True)
class SamplingInterval:
    """How often the board samples its analog inputs, in milliseconds (14 bits)."""

    ms: int

    def encode(self) -> bytes:
        """Return F0 7A LSB MSB F7."""
        return sysex(Sysex.SAMPLING_INTERVAL, bits(self.ms, 2))


@dataclass(frozen=True, slots=True)
class SystemReset:
    """Put every pin to its default: outputs low. Never a probe: active-low drivers start."""

    def encode(self) -> bytes:
        """Return FF."""
        return b"\xff"


@dataclass(frozen=True, slots=True)
class Text:
    """A message for a person, 8-bit characters."""

    text: str

    def encode(self) -> bytes:
        """Return F0 71 letters F7."""
        return sysex(Sysex.TEXT, letters(self.text))


@dataclass(frozen=True, slots=True)
class OtherSysex:
    """A sysex whose id we do not speak."""

    id: int
    data: bytes

    def encode(self) -> bytes:
        """Return F0 ID data F7."""
        return sysex(self.id, self.data)
