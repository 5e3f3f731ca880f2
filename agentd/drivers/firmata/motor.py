"""The motors of a rover on a Firmata board: how they are wired and what turns them."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field, model_validator

from agentd.drivers.firmata import frames as f
from agentd.drivers.firmata.board import Board, dial
from agentd.drivers.firmata.pins import Pin
from agentd.toml_file import Table


class DriveWire(Table):
    """Two motors and what they make of 100 % PWM.

    A motor has a PWM pin and either one direction pin (`left_dir`, high is forward) or the two
    of an H-bridge (`left_in1`, `left_in2`; high and low is forward). `deadband_pct`: the PWM
    at which the wheels just begin to turn. `active_low`: the motor stands while PWM is at 100 %.
    `speed_mps`, `speed_dps`: the speeds when none is asked for, by default half of what the
    wheels reach. `longest_s`: no single motion takes longer.
    """

    left_pwm: Pin
    left_dir: Pin | None = None
    left_in1: Pin | None = None
    left_in2: Pin | None = None
    left_reversed: bool = False
    right_pwm: Pin
    right_dir: Pin | None = None
    right_in1: Pin | None = None
    right_in2: Pin | None = None
    right_reversed: bool = False
    active_low: bool = False
    max_mps: Annotated[float, Field(gt=0, le=5)]
    track_m: Annotated[float, Field(gt=0, le=5)]
    deadband_pct: Annotated[float, Field(ge=0, lt=100)] = 0
    speed_mps: Annotated[float, Field(gt=0)] | None = None
    speed_dps: Annotated[float, Field(gt=0)] | None = None
    longest_s: Annotated[float, Field(gt=0, le=600)] = 30

    @model_validator(mode="after")
    def _wired(self) -> DriveWire:
        for side in ("left", "right"):
            one, two = getattr(self, f"{side}_dir"), _bridge(self, side)
            if (one is None) == (None in two) or (one is not None and two != (None, None)):
                raise ValueError(f"{side}_dir, or {side}_in1 and {side}_in2")
        turning = math.radians(self.speed_dps or 0) * self.track_m / 2
        if max(self.speed_mps or 0, turning) > self.max_mps:
            reach = f"{self.max_mps:g} m/s at the wheels can reach"
            raise ValueError(f"speeds that {reach} (speed_mps, speed_dps)")
        return self


def _bridge(wire: DriveWire, side: str) -> tuple[int | None, int | None]:
    return getattr(wire, f"{side}_in1"), getattr(wire, f"{side}_in2")


class Motor:
    """One motor: its pins and the frames that turn it."""

    def __init__(self, wire: DriveWire, side: str, board: Board, who: str) -> None:
        self._board, self._active_low = board, wire.active_low
        self._pwm: int = getattr(wire, f"{side}_pwm")
        self._reversed: bool = getattr(wire, f"{side}_reversed")
        one = getattr(wire, f"{side}_dir")
        self._ways = tuple(pin for pin in (one, *_bridge(wire, side)) if pin is not None)
        self._deadband = wire.deadband_pct / 100
        self._top = (1 << board.resolution(self._pwm, f.Mode.PWM, who)) - 1
        for pin in self._ways:
            board.resolution(pin, f.Mode.OUTPUT, who)
        self.pins = (self._pwm, *self._ways)

    def modes(self) -> list[f.Frame]:
        """Return the frames that make the pins PWM and outputs."""
        ways = [f.SetPinMode(pin, f.Mode.OUTPUT) for pin in self._ways]
        return [f.SetPinMode(self._pwm, f.Mode.PWM), *ways]

    def stop(self) -> list[f.Frame]:
        """Return the frames for no PWM and all direction pins low."""
        return [self._power(0), *(self._board.level(pin, False) for pin in self._ways)]

    def stopped(self) -> dict[int, tuple[f.Mode, int]]:
        """Return what the board must report of the pins when the motor is stopped."""
        ways = dict.fromkeys(self._ways, (f.Mode.OUTPUT, 0))
        return {self._pwm: (f.Mode.PWM, self._raw(0)), **ways}

    def turn(self, share: float) -> list[f.Frame]:
        """Return the frames for `share` (-1 to 1) of full speed, direction before power."""
        forward = (share > 0) != self._reversed
        levels = (forward, not forward)
        ways = [self._board.level(*each) for each in zip(self._ways, levels, strict=False)]
        return [*ways, self._power(abs(share))]

    def _power(self, share: float) -> f.Frame:
        return dial(self._pwm, self._raw(share))

    def _raw(self, share: float) -> int:
        duty = self._deadband + (1 - self._deadband) * share if share else 0.0
        raw = round(duty * self._top)
        return self._top - raw if self._active_low else raw
