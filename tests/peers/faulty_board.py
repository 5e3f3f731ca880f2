"""A Firmata board in memory that can lie, fall silent and stop listening.

For the failures that real firmware does not produce on demand; what works is proved elsewhere.
"""

from __future__ import annotations

import asyncio

from agentd.drivers.firmata import frames as f
from agentd.drivers.firmata.codec import Decoder
from agentd.errors import LinkError

OUTPUT, ANALOG, PWM, SERVO = 1, 2, 3, 4
FLUSH = b"\xfe"
"""An undefined status byte: ends a lone F9, and is otherwise ignored."""


class FaultyBoard:
    """A link whose other end is a board: 20 pins that all do output, PWM and servo."""

    def __init__(self) -> None:
        self.stuck: set[int] = set()
        """Pins that keep their value whatever is written."""
        self.mute: set[type] = set()
        """Questions it does not answer."""
        self.forgetful = 0
        """How many pin state answers it still loses."""
        self.restarts_at: type | None = None
        """What it hears just before it restarts."""
        self.version = f.Version(2, 8)
        self.modes = [OUTPUT] * 20
        self.values = [0] * 20
        self.written = bytearray()
        self.closed = False
        self._decoder = Decoder()
        self._out: asyncio.Queue[bytes] = asyncio.Queue()

    @property
    def name(self) -> str:
        return "a faulty board"

    def write(self, data: bytes) -> None:
        if self.closed:
            raise LinkError("a faulty board: unplugged.")
        self.written += data
        for frame in self._decoder.feed(data + FLUSH):
            self._take(frame)

    async def read(self) -> bytes:
        data = await self._out.get()
        if not data:
            raise LinkError("a faulty board: unplugged.")
        return data

    def close(self) -> None:
        self.closed = True
        self._out.put_nowait(b"")

    def say(self, *frames: f.Frame) -> None:
        self._out.put_nowait(b"".join(frame.encode() for frame in frames))

    def _take(self, frame: object) -> None:
        if type(frame) in self.mute:
            return
        if type(frame) is self.restarts_at:
            self.say(self.version, f.Firmware(2, 8, "Faulty.ino"))
        match frame:
            case f.SetPinMode(pin, mode):
                self.modes[pin] = mode
            case f.ServoConfig(pin):
                self.modes[pin] = SERVO
            case f.Analog(pin, value) if self.modes[pin] in (PWM, SERVO):
                self._set(pin, value)
            case f.DigitalPort(port, levels):
                for pin in range(port * 8, min(port * 8 + 8, 20)):
                    if self.modes[pin] == OUTPUT:
                        self._set(pin, levels >> pin % 8 & 1)
            case _:
                self._answer(frame)

    def _answer(self, frame: object) -> None:
        match frame:
            case f.VersionQuery():
                self.say(self.version)
            case f.FirmwareQuery():
                self.say(f.Firmware(2, 8, "Faulty.ino"))
            case f.CapabilityQuery():
                able = ((OUTPUT, 1), (PWM, 8), (SERVO, 14))
                self.say(f.Capabilities((able,) * 14 + ((*able, (ANALOG, 10)),) * 6))
            case f.AnalogMapQuery():
                self.say(f.AnalogMap((f.NO_CHANNEL,) * 14 + tuple(range(6))))
            case f.PinStateQuery() if self.forgetful:
                self.forgetful -= 1
            case f.PinStateQuery(pin):
                self.say(f.PinState(pin, self.modes[pin], self.values[pin]))

    def _set(self, pin: int, value: int) -> None:
        if pin not in self.stuck:
            self.values[pin] = value
