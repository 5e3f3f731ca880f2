"""Firmata's 7-bit world: numbers and letters as bytes below 0x80, the lowest bits first.

Encoders raise `ValueError` when a value does not fit: that is a mistake of the caller, never of
the wire. Source: firmata/protocol, protocol.md.
"""

from __future__ import annotations

from enum import IntEnum

START_SYSEX, END_SYSEX = 0xF0, 0xF7


class Sysex(IntEnum):
    """The sysex ids we speak."""

    ANALOG_MAP_QUERY = 0x69
    ANALOG_MAP = 0x6A
    CAPABILITY_QUERY = 0x6B
    CAPABILITIES = 0x6C
    PIN_STATE_QUERY = 0x6D
    PIN_STATE = 0x6E
    EXTENDED_ANALOG = 0x6F
    SERVO_CONFIG = 0x70
    TEXT = 0x71
    FIRMWARE = 0x79
    SAMPLING_INTERVAL = 0x7A


def bits(value: int, count: int) -> bytes:
    """Split `value` into `count` bytes of 7 bits."""
    if not 0 <= value < 1 << 7 * count:
        raise ValueError(f"{value} does not fit {count} x 7 bits")
    return bytes(value >> 7 * place & 0x7F for place in range(count))


def wide(value: int, least: int) -> bytes:
    """Split `value` (0 to 2^35-1) into at least `least` and at most 5 bytes of 7 bits."""
    return bits(value, next((n for n in range(least, 5) if 0 <= value < 1 << 7 * n), 5))


def number(data: bytes) -> int:
    """Join bytes of 7 bits; the inverse of `bits` and `wide`."""
    return sum(byte << 7 * place for place, byte in enumerate(data))


def letters(text: str) -> bytes:
    """Encode each 8-bit character as two bytes."""
    return b"".join(bits(byte, 2) for byte in text.encode("latin-1"))


def text_of(data: bytes) -> str | None:
    """Join pairs of bytes to characters; None when one is missing or has more than 8 bits."""
    if len(data) % 2 or any(high > 1 for high in data[1::2]):
        return None
    pairs = zip(data[::2], data[1::2], strict=True)
    return bytes(low | high << 7 for low, high in pairs).decode("latin-1")


def short(status: int, low: int, *data: int) -> bytes:
    """Encode a channel message: the low 4 bits of the status byte address a port or pin."""
    if not 0 <= low <= 0xF:
        raise ValueError(f"{low} does not fit 4 bits")
    return bytes([status | low, *data])


def sysex(id: int, data: bytes = b"") -> bytes:
    """Wrap 7-bit `data` into F0 ID data F7."""
    if not 0 <= id <= 0x7F or any(byte > 0x7F for byte in data):
        raise ValueError("a sysex carries 7-bit bytes only")
    return bytes([START_SYSEX, id, *data, END_SYSEX])
