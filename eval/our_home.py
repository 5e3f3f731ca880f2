"""The home and the robots our own sentences are said to: once in English, once in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from agentd.model import Argument, Choice, Device, Flag, Kind, Number, State, Text

PERCENT: Final = Number(0, 100, "%", whole=True)
COLORS: Final = (
    "red",
    "green",
    "blue",
    "yellow",
    "orange",
    "purple",
    "pink",
    "white",
    "warm white",
)
_LIGHT: Final[dict[str, Argument]] = {
    "on": Flag(),
    "brightness_pct": PERCENT,
    "color": Choice(COLORS),
    "color_temp_k": Number(2000, 6500, "K"),
}
_MEDIA: Final[dict[str, Argument]] = {
    "on": Flag(),
    "playing": Flag(),
    "volume_pct": PERCENT,
    "muted": Flag(),
    "skip": Choice(("next", "previous")),
    "media": Text(),
}
ARGUMENTS: Final[Mapping[Kind, dict[str, Argument]]] = {
    Kind.LIGHT: _LIGHT,
    Kind.SWITCH: {"on": Flag()},
    Kind.COVER: {"open": Flag(), "position_pct": PERCENT},
    Kind.FAN: {"on": Flag(), "speed_pct": PERCENT},
    Kind.LOCK: {"locked": Flag()},
    Kind.CLIMATE: {
        "mode": Choice(("off", "heat", "cool", "auto", "dry", "fan_only")),
        "temperature_c": Number(5, 35, "°C"),
    },
    Kind.MEDIA: _MEDIA,
    Kind.DRIVE: {
        "distance_m": Number(-5, 5, "m"),
        "speed_mps": Number(0, 0.5, "m/s"),
        "angle_deg": Number(-360, 360, "deg"),
        "speed_dps": Number(0, 90, "deg/s"),
    },
    Kind.OUTPUT: {"on": Flag(), "level_pct": PERCENT},
    Kind.SCENE: {},
    Kind.SENSOR: {},
}
SERVO: Final[dict[str, Argument]] = {"angle_deg": Number(0, 180, "deg")}
GRIPPER: Final[dict[str, Argument]] = {"angle_deg": Number(0, 180, "deg"), "open": Flag()}

PLAN: Final = """
light.living_room   |light       |Living room light  |Living room|Downstairs|客厅灯  |客厅|楼下
light.reading       |light       |Reading lamp       |Living room|Downstairs|阅读灯  |客厅|楼下
light.kitchen       |light       |Kitchen light      |Kitchen    |Downstairs|厨房灯  |厨房|楼下
light.hall          |light       |Hall light         |Hall       |Downstairs|走廊灯  |走廊|楼下
light.bedroom       |light       |Bedroom light      |Bedroom    |Upstairs  |卧室灯  |卧室|楼上
light.bedside       |light       |Bedside lamp       |Bedroom    |Upstairs  |床头灯  |卧室|楼上
light.study         |light       |Study light        |Study      |Upstairs  |书房灯  |书房|楼上
light.bathroom      |light       |Bathroom light     |Bathroom   |Upstairs  |浴室灯  |浴室|楼上
cover.living_room   |cover       |Living room curtain|Living room|Downstairs|客厅窗帘|客厅|楼下
cover.bedroom       |cover       |Bedroom blind      |Bedroom    |Upstairs  |卧室窗帘|卧室|楼上
cover.garage        |cover       |Garage door        |Garage     |Downstairs|车库门  |车库|楼下
fan.bedroom         |fan         |Bedroom fan        |Bedroom    |Upstairs  |卧室风扇|卧室|楼上
fan.kitchen         |fan         |Kitchen fan        |Kitchen    |Downstairs|厨房风扇|厨房|楼下
climate.living_room |climate     |Thermostat         |Living room|Downstairs|空调    |客厅|楼下
lock.front          |lock        |Front door         |Hall       |Downstairs|前门    |走廊|楼下
lock.back           |lock        |Back door          |Kitchen    |Downstairs|后门    |厨房|楼下
media_player.tv     |media_player|TV                 |Living room|Downstairs|电视    |客厅|楼下
media_player.kitchen|media_player|Kitchen speaker    |Kitchen    |Downstairs|厨房音箱|厨房|楼下
switch.coffee       |switch      |Coffee machine     |Kitchen    |Downstairs|咖啡机  |厨房|楼下
switch.heater       |switch      |Towel heater       |Bathroom   |Upstairs  |毛巾架  |浴室|楼上
scene.movie         |scene       |Movie night        |           |          |电影模式|    |
scene.morning       |scene       |Wake up            |           |          |起床模式|    |
sensor.temperature  |sensor      |Bedroom temperature|Bedroom    |Upstairs  |卧室温度|卧室|楼上
sensor.humidity     |sensor      |Bathroom humidity  |Bathroom   |Upstairs  |浴室湿度|浴室|楼上
rover               |drive       |Rover              |           |          |小车    |    |
arm.base            |servo       |Arm base           |           |          |底座    |    |
arm.elbow           |servo       |Elbow              |           |          |肘关节  |    |
arm.gripper         |servo       |Gripper            |           |          |夹爪    |    |
uno.led             |output      |Board LED          |           |          |指示灯  |    |
"""
STATES: Final[Mapping[str, State]] = {
    "light.living_room": {"on": True, "brightness_pct": 60, "color_temp_k": 3000},
    "light.reading": {"on": False, "brightness_pct": 40},
    "light.kitchen": {"on": True, "brightness_pct": 40},
    "light.hall": {"on": True, "brightness_pct": 50},
    "light.bedroom": {"on": True, "brightness_pct": 30},
    "light.bedside": {"on": False, "brightness_pct": 20},
    "light.study": {"on": True, "brightness_pct": 80},
    "light.bathroom": {"on": False, "brightness_pct": 80},
    "cover.living_room": {"open": True, "position_pct": 100},
    "cover.bedroom": {"open": False, "position_pct": 0},
    "cover.garage": {"open": False, "position_pct": 0},
    "fan.bedroom": {"on": True, "speed_pct": 40},
    "fan.kitchen": {"on": False, "speed_pct": 0},
    "climate.living_room": {"mode": "heat", "temperature_c": 20.0, "current_temperature_c": 19.5},
    "lock.front": {"locked": True},
    "lock.back": {"locked": False},
    "media_player.tv": {"on": True, "playing": True, "volume_pct": 40, "muted": False},
    "media_player.kitchen": {"on": True, "playing": False, "volume_pct": 30, "muted": False},
    "switch.coffee": {"on": False},
    "switch.heater": {"on": True},
    "sensor.temperature": {"value": 21.5, "unit": "°C"},
    "sensor.humidity": {"value": 55, "unit": "%"},
    "rover": {"left_mps": 0.0, "right_mps": 0.0},
    "arm.base": {"angle_deg": 90.0},
    "arm.elbow": {"angle_deg": 10.0},
    "arm.gripper": {"open": False, "angle_deg": 20.0},
    "uno.led": {"on": False, "level_pct": 0},
}


def _devices(name: int) -> tuple[Device, ...]:
    rows = [[cell.strip() for cell in line.split("|")] for line in PLAN.strip().splitlines()]
    return tuple(_device(Kind(row[1]), row[0], *row[name : name + 3]) for row in rows)


def _device(kind: Kind, id: str, name: str, area: str, floor: str) -> Device:
    accepts = ARGUMENTS.get(kind, GRIPPER if id == "arm.gripper" else SERVO)
    return Device(
        id=id,
        name=name,
        kind=kind,
        area=area,
        floor=floor,
        arguments=accepts,
        moves=kind in (Kind.DRIVE, Kind.SERVO),
    )


HOMES: Final = {"en": _devices(2), "zh": _devices(5)}
