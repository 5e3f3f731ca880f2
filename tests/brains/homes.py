"""The same home twice, named in English and in Chinese, and one question put to a brain."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import cache

from agentd.brains import Propose, Thought, Turn, Unsure
from agentd.brains.offline import OfflineBrain
from agentd.model import Argument, Asker, Call, Choice, Device, Flag, Kind, Number, State, Text

PERCENT = Number(0, 100, "%", whole=True)
ARGUMENTS: dict[Kind, dict[str, Argument]] = {
    Kind.LIGHT: {
        "on": Flag(),
        "brightness_pct": PERCENT,
        "color": Choice(("red", "blue", "warm white")),
        "color_temp_k": Number(2000, 6500, "K"),
    },
    Kind.SWITCH: {"on": Flag()},
    Kind.COVER: {"open": Flag(), "position_pct": PERCENT},
    Kind.FAN: {"on": Flag(), "speed_pct": PERCENT},
    Kind.LOCK: {"locked": Flag()},
    Kind.CLIMATE: {
        "mode": Choice(("off", "heat", "cool", "auto")),
        "temperature_c": Number(5, 35, "°C"),
    },
    Kind.MEDIA: {
        "playing": Flag(),
        "volume_pct": PERCENT,
        "muted": Flag(),
        "skip": Choice(("next", "previous")),
        "media": Text(),
    },
    Kind.DRIVE: {
        "distance_m": Number(-5, 5, "m"),
        "speed_mps": Number(0, 0.5, "m/s"),
        "angle_deg": Number(-360, 360, "deg"),
    },
    Kind.SERVO: {"angle_deg": Number(0, 180, "deg"), "open": Flag()},
    Kind.OUTPUT: {"on": Flag(), "level_pct": PERCENT},
}

PLAN = """
light.living_room        | light        | Living room light   | Living room | 客厅灯   | 客厅
light.kitchen            | light        | Kitchen light       | Kitchen     | 厨房灯   | 厨房
light.ceiling            | light        | Ceiling light       | Bedroom     | 吸顶灯   | 卧室
light.bedside            | light        | Bedside lamp        | Bedroom     | 床头灯   | 卧室
cover.curtain            | cover        | Curtain             | Living room | 窗帘     | 客厅
cover.garage             | cover        | Garage door         | Garage      | 车库门   | 车库
fan.kitchen              | fan          | Kitchen fan         | Kitchen     | 厨房风扇 | 厨房
climate.bedroom          | climate      | Thermostat          | Bedroom     | 空调     | 卧室
lock.front               | lock         | Front door lock     | Hall        | 前门锁   | 走廊
media_player.living_room | media_player | Living room speaker | Living room | 客厅音箱 | 客厅
switch.coffee            | switch       | Coffee machine      | Kitchen     | 咖啡机   | 厨房
scene.movie              | scene        | Movie scene         |             | 电影模式 |
sensor.temperature       | sensor       | Bedroom temperature | Bedroom     | 卧室温度 | 卧室
rover                    | drive        | Rover               |             | 小车     |
arm.base                 | servo        | Arm base            |             | 底座     |
arm.gripper              | servo        | Gripper             |             | 夹爪     |
uno.led                  | output       | Board LED           |             | 指示灯   |
"""
MOVES = (Kind.DRIVE, Kind.SERVO)


def _home(chinese: bool) -> tuple[Device, ...]:
    rows = [[cell.strip() for cell in line.split("|")] for line in PLAN.strip().splitlines()]
    return tuple(
        Device(
            id=row[0],
            name=row[4 if chinese else 2],
            kind=Kind(row[1]),
            area=row[5 if chinese else 3],
            arguments=ARGUMENTS.get(Kind(row[1]), {}),
            moves=Kind(row[1]) in MOVES,
        )
        for row in rows
    )


ENGLISH = _home(chinese=False)
CHINESE = _home(chinese=True)
HOMES = {"english": ENGLISH, "chinese": CHINESE}
STATES: Mapping[str, State] = {
    "light.living_room": {"on": True, "brightness_pct": 80},
    "light.kitchen": {"on": True, "brightness_pct": 25},
    "media_player.living_room": {"playing": True, "volume_pct": 40},
    "climate.bedroom": {"temperature_c": 20.0, "mode": "heat"},
}


def light(name: str, area: str, *aliases: str) -> Device:
    slug = name.lower().replace(" ", "_")
    return Device(
        id=f"light.{slug}",
        name=name,
        kind=Kind.LIGHT,
        area=area,
        aliases=aliases,
        arguments=ARGUMENTS[Kind.LIGHT],
    )


@cache
def brain() -> OfflineBrain:
    """One brain for all tests: loading the model takes longer than most of them."""
    built = OfflineBrain()
    asyncio.run(built.warm_up())
    return built


def turn(
    words: str,
    devices: Sequence[Device] = ENGLISH,
    states: Mapping[str, State] = STATES,
    language: str = "auto",
) -> Turn:
    asker = Asker(who="someone", door="test", words=words, language=language)
    return Turn(words=words, asker=asker, devices=devices, states=states)


def think(
    words: str,
    devices: Sequence[Device] = ENGLISH,
    states: Mapping[str, State] = STATES,
    language: str = "auto",
) -> list[Thought]:
    asked = brain()

    async def ask() -> list[Thought]:
        return [each async for each in asked.think(turn(words, devices, states, language))]

    return asyncio.run(ask())


def calls(
    words: str, devices: Sequence[Device] = ENGLISH, states: Mapping[str, State] = STATES
) -> list[Call]:
    """Return what is proposed; an answer that is not only proposals fails the test."""
    thoughts = think(words, devices, states)
    proposed = [thought.call for thought in thoughts if isinstance(thought, Propose)]
    assert len(proposed) == len(thoughts), thoughts
    return proposed


def unsure(words: str, devices: Sequence[Device] = ENGLISH, language: str = "auto") -> str:
    """Return the message of the one `Unsure`; a proposal fails the test."""
    thoughts = think(words, devices, language=language)
    assert len(thoughts) == 1 and isinstance(thoughts[0], Unsure), (words, thoughts)
    return thoughts[0].message


def shown(call: Call) -> str:
    """Return a call on one line, as the tables write it: `set_light light.kitchen on=True`."""
    arguments = {key: value for key, value in call.arguments.items() if key != "device"}
    words = [call.tool, str(call.arguments.get("device", ""))]
    words += [f"{key}={value}" for key, value in arguments.items()]
    words += [f"{key}?{value}" for key, value in call.expect.items()]
    return " ".join(word for word in words if word)
