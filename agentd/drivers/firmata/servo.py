"""A hobby servo on a Firmata board."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from agentd.catalogue.spec import Channel
from agentd.drivers.firmata import frames as f
from agentd.drivers.firmata.board import Board, dial
from agentd.drivers.firmata.pins import Pin, Report, read_wire, verdict, within
from agentd.errors import ConfigError, Reason, refuse
from agentd.model import Action, Device, Outcome, State
from agentd.toml_file import Table

Pulse = Annotated[int, Field(ge=544, le=2900)]


class ServoWire(Table):
    """`min_us` and `max_us` are the pulses at `min_deg` and `max_deg`.

    Not below 544 us: the board's Servo library takes smaller numbers for degrees. A gripper
    has `open_deg` and `closed_deg`. `stop` is what a stop means: `hold` the angle, `release`
    the signal (it goes limp), or go to an angle (the standstill of a continuous servo).
    """

    pin: Pin
    min_us: Pulse = 1000
    max_us: Pulse = 2000
    min_deg: float = 0
    max_deg: float = 180
    open_deg: float | None = None
    closed_deg: float | None = None
    stop: Literal["hold", "release"] | float = "hold"

    @model_validator(mode="after")
    def _sound(self) -> ServoWire:
        if self.min_us >= self.max_us or self.min_deg >= self.max_deg:
            raise ValueError("min_us below max_us and min_deg below max_deg")
        if (self.open_deg is None) != (self.closed_deg is None):
            raise ValueError("open_deg and closed_deg, both or neither")
        for angle in (self.open_deg, self.closed_deg, self.stop):
            if isinstance(angle, float) and not self.min_deg <= angle <= self.max_deg:
                raise ValueError(f"angles between min_deg and max_deg, not {angle:g}")
        return self


class Servo:
    """Attached by its first command, not before: on attaching, the board sends 1500 us."""

    def __init__(self, device: Device, channel: Channel, board: Board, report: Report) -> None:
        self.device, self._board, self._report = device, board, report
        self._wire = wire = read_wire(channel, ServoWire)
        self.pins: tuple[int, ...] = (wire.pin,)
        self._attached = False
        board.resolution(wire.pin, f.Mode.SERVO, device.id)
        within(device, "angle_deg", wire.min_deg, wire.max_deg)
        if "open" in device.arguments and wire.open_deg is None:
            raise ConfigError(f"{device.id}: to open and close, wire needs open_deg, closed_deg.")

    def modes(self) -> list[f.Frame]:
        """Nothing yet."""
        return []

    def stop(self) -> list[f.Frame]:
        """Hold, release or go to the stop angle. The board ignores an angle when detached."""
        pin, stop = self._wire.pin, self._wire.stop
        if stop == "hold":
            return []
        if stop == "release":
            self._attached = False
            return [f.SetPinMode(pin, f.Mode.OUTPUT), self._board.level(pin, False)]
        return [dial(pin, self._pulse(float(stop)))]

    def stopped(self) -> dict[int, tuple[f.Mode, int]]:
        """Expect a released pin to be low; what the others report depends on the past."""
        return {self._wire.pin: (f.Mode.OUTPUT, 0)} if self._wire.stop == "release" else {}

    def cut(self) -> None:
        """Nothing to end: the board has its angle at once."""

    def hear(self, frame: f.Frame) -> None:
        """Report the angle the board holds."""
        if isinstance(frame, f.PinState) and frame.pin == self._wire.pin:
            self._attached = frame.mode == f.Mode.SERVO
            if self._attached and frame.value:
                self._report(self._state(frame.value))

    async def apply(self, action: Action) -> Outcome:
        """Go to `angle_deg`, or to the open or closed angle by `open`."""
        wire, angle = self._wire, action.arguments.get("angle_deg")
        if angle is None and "open" in action.arguments:
            angle = wire.open_deg if action.arguments["open"] else wire.closed_deg
        if not isinstance(angle, int | float) or not wire.min_deg <= angle <= wire.max_deg:
            accepted = f"{wire.min_deg:g} to {wire.max_deg:g}"
            raise refuse(Reason.BAD_ARGUMENT, f"{self.device.name} goes from {accepted} degrees.")
        pulse = self._pulse(angle)
        self._board.send(*self._attach(), dial(wire.pin, pulse))
        wrong = await self._board.mismatch({wire.pin: (f.Mode.SERVO, pulse)})
        return verdict(wrong, self._state(pulse))

    def _attach(self) -> list[f.Frame]:
        """Attach, with our range as the board's own clamp as far as its library can hold it.

        Servo.h keeps the two ends as int8 steps of 4 us from 544 and from 2400: a low end above
        1056 or a high end below 1892 would wrap around.
        """
        if self._attached:
            return []
        self._attached = True
        low, high = min(self._wire.min_us, 1052), max(self._wire.max_us + 3, 1896)
        return [f.ServoConfig(self._wire.pin, low, high)]

    def _pulse(self, angle: float) -> int:
        wire = self._wire
        share = (angle - wire.min_deg) / (wire.max_deg - wire.min_deg)
        return round(wire.min_us + share * (wire.max_us - wire.min_us))

    def _state(self, pulse: int) -> State:
        wire = self._wire
        share = (pulse - wire.min_us) / (wire.max_us - wire.min_us)
        angle = round(wire.min_deg + share * (wire.max_deg - wire.min_deg), 1)
        state: dict[str, float | bool] = {"angle_deg": angle}
        if wire.open_deg is not None:
            state["open"] = pulse == self._pulse(wire.open_deg)
        return state
