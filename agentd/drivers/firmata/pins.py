"""What one pin of a Firmata board can be to a person: an output (light, switch, fan), a sensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Protocol, TypeVar

from pydantic import Field

from agentd.catalogue.spec import Channel
from agentd.drivers.firmata import frames as f
from agentd.drivers.firmata.board import Board, dial
from agentd.errors import ConfigError, Reason, refuse
from agentd.model import Action, Device, Number, Outcome, State, Status
from agentd.toml_file import Table, validate

Pin = Annotated[int, Field(ge=0, le=127)]
LEVELS = ("level_pct", "brightness_pct", "speed_pct")
Report = Callable[[State], None]
Wire = TypeVar("Wire", bound=Table)


class Part(Protocol):
    """One channel of the board, speaking for one device."""

    device: Device
    pins: tuple[int, ...]
    """The pins it uses, which no other part may use."""

    def modes(self) -> list[f.Frame]:
        """Return the frames that give the pins their modes."""

    def stop(self) -> list[f.Frame]:
        """Return the frames that put the pins at their stop values."""

    def stopped(self) -> dict[int, tuple[f.Mode, int]]:
        """Return the mode and value the board must report of each pin after `stop`."""

    def cut(self) -> None:
        """End a motion that is under way: its stop was sent, or the wire is gone."""

    def hear(self, frame: f.Frame) -> None:
        """Take note of what the board says; only the own pins are meant."""

    async def apply(self, action: Action) -> Outcome:
        """Do it and wait for the board's word.

        Raises `LinkError`, `ProtocolError`, and `RefusedError` for what it cannot mean.
        """


def read_wire(channel: Channel, model: type[Wire]) -> Wire:
    """Read a channel's `wire` table. Raises `ConfigError` with the nearest key or the range."""
    return validate(dict(channel.wire), model, lambda place: f"channel {channel.id}, wire")


def within(device: Device, name: str, low: float, high: float) -> None:
    """Raise `ConfigError` unless the device's range of `name` lies within `low` to `high`."""
    span = device.arguments.get(name)
    if isinstance(span, Number) and not low <= span.low <= span.high <= high:
        raise ConfigError(
            f"{device.id}: {name} may be {span}, but its wire only reaches {low:g} to {high:g}."
        )


def verdict(wrong: str, state: State) -> Outcome:
    """Return `failed` with what is wrong, or `done` with the state."""
    return Outcome(Status.FAILED, message=wrong) if wrong else Outcome(Status.DONE, state)


class OutputWire(Table):
    """A pin that is on or off, or dimmed by PWM when the channel has a level.

    `active_low`: on while the pin is low. `stop`: off (false), on (true) or a level in percent,
    taken whenever agentd opens the board, stops, or dies.
    """

    pin: Pin
    active_low: bool = False
    stop: bool | Annotated[float, Field(ge=0, le=100)] = False


class Output:
    """An output, light, switch or fan on one pin."""

    def __init__(self, device: Device, channel: Channel, board: Board, report: Report) -> None:
        self.device, self._board, self._report = device, board, report
        self._wire = read_wire(channel, OutputWire)
        self.pins: tuple[int, ...] = (self._wire.pin,)
        levels = [name for name in LEVELS if name in device.arguments]
        self._level = levels[0] if levels else ""
        self._mode = f.Mode.PWM if levels else f.Mode.OUTPUT
        self._top = (1 << board.resolution(self._wire.pin, self._mode, device.id)) - 1
        self._last_pct = 100.0

    def modes(self) -> list[f.Frame]:
        """Make it a plain output or a PWM pin."""
        return [f.SetPinMode(self._wire.pin, self._mode)]

    def stop(self) -> list[f.Frame]:
        """Go to the stop value."""
        return [self._write(self._stop_raw())]

    def stopped(self) -> dict[int, tuple[f.Mode, int]]:
        """Expect the stop value."""
        return {self._wire.pin: (self._mode, self._stop_raw())}

    def cut(self) -> None:
        """Nothing to end: the board has its value at once."""

    def hear(self, frame: f.Frame) -> None:
        """Report the level the board holds."""
        if isinstance(frame, f.PinState) and (frame.pin, frame.mode) == (self.pins[0], self._mode):
            self._report(self._state(frame.value))

    async def apply(self, action: Action) -> Outcome:
        """Set `on` or the level; `on` alone brings the last level back."""
        pct = action.arguments.get(self._level, self._last_pct)
        if action.arguments.get("on") is False:
            pct = 0.0
        if not isinstance(pct, int | float) or not 0 <= pct <= 100:
            raise refuse(Reason.BAD_ARGUMENT, f"{self.device.name} needs on or a level.")
        self._last_pct = pct or self._last_pct
        raw = self._raw(pct)
        self._board.send(self._write(raw))
        wrong = await self._board.mismatch({self._wire.pin: (self._mode, raw)})
        return verdict(wrong, self._state(raw))

    def _write(self, raw: int) -> f.Frame:
        pin = self._wire.pin
        return dial(pin, raw) if self._level else self._board.level(pin, bool(raw))

    def _stop_raw(self) -> int:
        stop = self._wire.stop
        return self._raw(100.0 * stop if isinstance(stop, bool) else stop)

    def _raw(self, pct: float) -> int:
        raw = round(pct / 100 * self._top)
        return self._top - raw if self._wire.active_low else raw

    def _state(self, raw: int) -> State:
        shown = self._top - raw if self._wire.active_low else raw
        state: dict[str, bool | int] = {"on": shown > 0}
        if self._level:
            state[self._level] = round(shown / self._top * 100)
        return state


class SensorWire(Table):
    """An analog input, A0 being 0: value = reading * scale + offset, in `unit`.

    `deadband`: the change, in `unit`, below which nothing is reported; by default 3 steps of
    the board's converter, which swallows the usual noise.
    """

    analog: Annotated[int, Field(ge=0, le=15)]
    scale: float = 1.0
    offset: float = 0.0
    unit: str = ""
    deadband: Annotated[float, Field(ge=0)] | None = None


class Sensor:
    """An analog input that reports by itself."""

    def __init__(self, device: Device, channel: Channel, board: Board, report: Report) -> None:
        self.device, self._board, self._report = device, board, report
        self._wire = wire = read_wire(channel, SensorWire)
        if wire.analog not in board.analog:
            last = max((each for each in board.analog if each != f.NO_CHANNEL), default=-1)
            raise ConfigError(f"{device.id}: this board has analog inputs A0 to A{last}.")
        self.pins: tuple[int, ...] = (board.analog.index(wire.analog),)
        self._deadband = 3 * abs(wire.scale) if wire.deadband is None else wire.deadband
        self._last: float | None = None

    def modes(self) -> list[f.Frame]:
        """Make it an analog input that is reported."""
        mode = f.SetPinMode(self.pins[0], f.Mode.ANALOG)
        return [mode, f.ReportAnalog(self._wire.analog, True)]

    def stop(self) -> list[f.Frame]:
        """Nothing to stop."""
        return []

    def stopped(self) -> dict[int, tuple[f.Mode, int]]:
        """Nothing to expect."""
        return {}

    def cut(self) -> None:
        """Nothing to end."""

    def hear(self, frame: f.Frame) -> None:
        """Report a reading that left the deadband around the last one reported."""
        if not isinstance(frame, f.Analog) or frame.pin != self._wire.analog:
            return
        value = frame.value * self._wire.scale + self._wire.offset
        if self._last is None or abs(value - self._last) >= max(self._deadband, 1e-9):
            self._last = value
            self._report({"value": round(value, 3), "unit": self._wire.unit})

    async def apply(self, action: Action) -> Outcome:
        """Refuse: a sensor only reports."""
        raise refuse(Reason.UNSUPPORTED, f"{self.device.name} can only be read.")
