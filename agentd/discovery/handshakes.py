"""The handshakes that tell protocols apart, as data. None of them changes a device's state.

Never sent as a command: 0xFF (Firmata's system reset sets every pin to OUTPUT low), 0x03 (stops a
program on a Python board), 0x18 (Grbl's soft reset).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """Bytes to send, and the answer that proves the protocol."""

    send: bytes
    answer: re.Pattern[bytes]
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Probe:
    """One protocol's handshake: any of `attempts` may succeed, each with all of its steps."""

    name: str
    protocol: str
    bauds: tuple[int, ...]
    attempts: tuple[tuple[Step, ...], ...]
    binary: bool = False


def _one(send: bytes, answer: bytes, timeout_s: float) -> tuple[tuple[Step, ...], ...]:
    return ((Step(send, re.compile(answer, re.MULTILINE), timeout_s),),)


def _feetech() -> Iterator[tuple[Step, ...]]:
    """Yield ping, then "read model number", for each id: the ping alone is Dynamixel 1's too."""
    for servo in range(1, 21):
        head = re.escape(bytes((0xFF, 0xFF, servo)))
        ping = _checked(bytes((servo, 2, 1)))
        model = _checked(bytes((servo, 4, 2, 3, 2)))
        known = b"|".join(re.escape(each) for each in FEETECH_MODELS)
        yield (
            Step(ping, re.compile(head + rb"\x02..", re.DOTALL), 0.05),
            Step(model, re.compile(head + rb"\x04.(?:" + known + rb").", re.DOTALL), 0.05),
        )


def _checked(body: bytes) -> bytes:
    """Return the Feetech frame for `body` (id, length, instruction, parameters)."""
    return b"\xff\xff" + body + bytes((~sum(body) & 0xFF,))


FEETECH_MODELS = (
    (777).to_bytes(2, "little"),
    (2825).to_bytes(2, "little"),
    (11272).to_bytes(2, "little"),
    (1284).to_bytes(2, "big"),
)
"""STS3215, STS3250, SM8512BL and, high byte first, SCS0009: lerobot motors/feetech/tables.py."""

PROBES = {
    probe.name: probe
    for probe in (
        Probe(
            "firmata",
            "firmata",
            (57600, 115200),
            _one(b"\xf0\x79\xf7", rb"\xf0\x79[\x00-\x7f]{2,}?\xf7", 1.0),
            binary=True,
        ),
        Probe(
            "grbl",
            "grbl",
            (115200,),
            _one(b"?", rb"^<(Idle|Run|Hold|Jog|Alarm|Door|Check|Home|Sleep)(:\d)?\|", 1.0),
        ),
        Probe("marlin", "marlin", (115200, 250000), _one(b"M115\n", rb"FIRMWARE_NAME:\S+", 2.0)),
        Probe(
            "json-line",
            "waveshare",
            (115200,),
            _one(b'{"T":130}\n', rb'^\{[^\n]*"T":\s*1001\b', 1.0),
        ),
        Probe("feetech", "feetech", (1000000, 500000, 115200), tuple(_feetech()), binary=True),
        Probe(
            "dynamixel2",
            "dynamixel2",
            (57600, 1000000),
            _one(
                bytes.fromhex("fffffd00fe0300013142"),
                rb"\xff\xff\xfd\x00[\x00-\xfc]\x07\x00\x55",
                0.8,
            ),
            binary=True,
        ),
    )
}
"""In the order in which they are tried. Sources: firmata/protocol protocol.md 2.8.0; gnea/grbl
interface.md ('?' is a real-time byte); MarlinDocumentation M115.md; waveshareteam/
ugv_base_general json_cmd.h (T=130 only reports); lerobot feetech tables; DynamixelSDK broadcast
ping."""
