"""What a device file tells the Waveshare driver: its `wire` tables, and the limits they meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from agentd.catalogue.spec import DeviceSpec
from agentd.drivers.differential import Base
from agentd.errors import ConfigError
from agentd.model import Device, Kind, Number
from agentd.toml_file import Table, validate


class Attachment(Table):
    """`wire` of the device file: the robot's watchdog and how often it reports."""

    heartbeat_ms: int = Field(400, ge=200, le=2000)
    moving_ms: int = Field(50, ge=20, le=100)
    idle_ms: int = Field(1000, ge=100, le=2000)


class Wheels(Table):
    """`wire` of the drive channel: geometry, and the speeds when none is asked for."""

    track_m: float = Field(ge=0.02, le=2)
    accel_mps2: float = Field(0.4, ge=0.05, le=2)
    coast_s: float = Field(0.08, ge=0, le=1)
    speed_mps: float = Field(0.2, gt=0, le=2)
    speed_dps: float = Field(60, gt=0, le=360)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the driver was told about one rover."""

    rover_id: str
    battery_id: str
    attachment: Attachment
    wheels: Wheels
    base: Base


def settings_of(spec: DeviceSpec, devices: Sequence[Device]) -> Settings:
    """Read the settings of the rover that `spec` and its final `devices` describe.

    Raises `ConfigError` for a `wire` table that cannot be used, or when nothing drives.
    """
    by_kind = {pair[1].kind: pair for pair in zip(spec.channels, devices, strict=True)}
    if Kind.DRIVE not in by_kind:
        raise ConfigError(f"{spec.id}: a Waveshare rover needs a channel of kind drive.")
    channel, rover = by_kind[Kind.DRIVE]
    wheels = validate(dict(channel.wire), Wheels, lambda place: f"{spec.id}: {channel.id}.wire")
    speed = rover.arguments.get("speed_mps")
    return Settings(
        rover_id=rover.id,
        battery_id=by_kind[Kind.SENSOR][1].id if Kind.SENSOR in by_kind else "",
        attachment=validate(dict(spec.wire), Attachment, lambda place: f"{spec.id}: [wire]"),
        wheels=wheels,
        base=Base(
            track_m=wheels.track_m,
            max_wheel_mps=speed.high if isinstance(speed, Number) else wheels.speed_mps,
            accel_mps2=wheels.accel_mps2,
            coast_s=wheels.coast_s,
        ),
    )
