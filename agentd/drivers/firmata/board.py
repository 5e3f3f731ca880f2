"""One Firmata board on a link: what it is, what its pins can do, questions and answers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TypeVar

from agentd.drivers.firmata import frames as f
from agentd.drivers.firmata.codec import Decoder, Malformed
from agentd.errors import ConfigError, LinkError, ProtocolError
from agentd.transport import Link

log = logging.getLogger(__name__)

ANSWER_S = 1.0
"""A board at 57600 baud answers the longest question, the capabilities, in under 0.2 s."""
TRIES = 3
F = TypeVar("F", bound=f.Frame)


class Board:
    """Asks and tells. Answers arrive only while `listen` runs."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._decoder = Decoder()
        self._waiting: list[tuple[type[f.Frame], int, asyncio.Future[f.Frame]]] = []
        self._due: dict[int, int] = {}
        self._levels: dict[int, int] = {}
        self._broken: LinkError | None = None
        self._greeted = False
        self.version = f.Version(0, 0)
        self.firmware = f.Firmware(0, 0, "")
        self.pins: tuple[dict[int, int], ...] = ()
        self.analog: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The link's name, for messages."""
        return self._link.name

    def send(self, *frames: f.Frame) -> None:
        """Put frames on the wire in one write. Raises `LinkError`."""
        for frame in frames:
            if isinstance(frame, f.PinStateQuery):
                self._due[frame.pin] = self._due.get(frame.pin, 0) + 1
        self._link.write(b"".join(frame.encode() for frame in frames))

    async def listen(self, hear: Callable[[f.Frame], None]) -> None:
        """Give every frame to who asked for it and to `hear`.

        Raises `LinkError` when the wire breaks or the board restarts.
        """
        try:
            while True:
                for item in self._decoder.feed(await self._link.read()):
                    if isinstance(item, Malformed):
                        log.debug("%s: %s: %s", self.name, item.why, item.data[:32].hex(" "))
                    else:
                        self._take(item)
                        hear(item)
        except LinkError as error:
            self._broken = error
            for _, _, answer in self._waiting:
                if not answer.done():
                    answer.set_exception(error)
            raise

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen for the length of a conversation, before the driver runs."""
        listener = asyncio.create_task(self.listen(lambda frame: None))
        try:
            yield
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)

    async def ask(self, query: f.Frame, kind: type[F], pin: int = -1) -> F:
        """Send `query` and return the answer of `kind` (about `pin`), asking up to three times.

        Raises `ProtocolError` when none comes, `LinkError` when the wire breaks.
        """
        for _ in range(TRIES):
            if self._broken:
                raise self._broken
            answer: asyncio.Future[f.Frame] = asyncio.get_running_loop().create_future()
            waiter = (kind, pin, answer)
            self._waiting.append(waiter)
            try:
                self.send(query)
                async with asyncio.timeout(ANSWER_S):
                    frame = await answer
            except TimeoutError:
                self._due.pop(pin, None)
            else:
                assert isinstance(frame, kind)
                return frame
            finally:
                self._waiting.remove(waiter)
        raise ProtocolError(f"{self.name}: no answer to a Firmata {type(query).__name__}.")

    async def pin_state(self, pin: int) -> f.PinState:
        """Return what the board says `pin` is set to, after everything sent so far."""
        return await self.ask(f.PinStateQuery(pin), f.PinState, pin)

    async def mismatch(self, wanted: Mapping[int, tuple[f.Mode, int]]) -> str:
        """Ask for each pin; return "" when all are as wanted, else what the board says."""
        for pin, (mode, value) in wanted.items():
            state = await self.pin_state(pin)
            if (state.mode, state.value) != (mode, value):
                return (
                    f"The board reports pin {pin} in mode {state.mode} at {state.value}, "
                    f"not in mode {mode.value} at {value}."
                )
        return ""

    async def greet(self) -> None:
        """Learn version, firmware and pins. Raises `ProtocolError` when it is no Firmata 2.

        Answers come in order, so once the last is here no earlier one is still under way: a
        firmware report from then on means that the board has restarted.
        """
        self.version = await self.ask(f.VersionQuery(), f.Version)
        if self.version.major != 2:
            spoken = f"{self.version.major}.{self.version.minor}"
            raise ProtocolError(f"{self.name}: speaks Firmata {spoken}; 2.x is needed.")
        self.firmware = await self.ask(f.FirmwareQuery(), f.Firmware)
        capabilities = await self.ask(f.CapabilityQuery(), f.Capabilities)
        self.pins = tuple(dict(modes) for modes in capabilities.pins)
        self.analog = (await self.ask(f.AnalogMapQuery(), f.AnalogMap)).channels
        self._greeted = True

    def resolution(self, pin: int, mode: f.Mode, who: str) -> int:
        """Return the bits that `pin` has in `mode`. Raises `ConfigError` when it cannot do it."""
        if pin >= len(self.pins):
            last = len(self.pins) - 1
            raise ConfigError(f"{who}: this board has pins 0 to {last}, no pin {pin}.")
        modes = self.pins[pin]
        if mode not in modes:
            able = [str(n) for n, each in enumerate(self.pins) if mode in each]
            raise ConfigError(
                f"{who}: pin {pin} of this board cannot do {mode.name.lower()};",
                hint=f"pins that can: {', '.join(able) or 'none'}.",
            )
        return modes[mode]

    def level(self, pin: int, high: bool) -> f.Frame:
        """Return the frame that sets one output pin.

        By the whole port: the message for a single pin is missing before Firmata 2.5, and a
        port write leaves pins alone that are no plain outputs.
        """
        port, bit = divmod(pin, 8)
        levels = self._levels.get(port, 0)
        self._levels[port] = levels | 1 << bit if high else levels & ~(1 << bit)
        return f.DigitalPort(port, self._levels[port])

    def _take(self, frame: f.Frame) -> None:
        if isinstance(frame, f.Firmware) and self._greeted:
            raise LinkError(f"{self.name}: the board restarted.")
        about = -1
        if isinstance(frame, f.PinState):
            about = frame.pin
            self._due[about] = max(self._due.get(about, 0) - 1, 0)
            if self._due[about]:
                return
        for kind, pin, answer in self._waiting:
            if isinstance(frame, kind) and pin == about and not answer.done():
                answer.set_result(frame)


def dial(pin: int, value: int) -> f.Frame:
    """Return the frame that writes a PWM or servo value to `pin`."""
    return f.Analog(pin, value) if pin < 16 and value < 1 << 14 else f.ExtendedAnalog(pin, value)
