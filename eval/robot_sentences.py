"""Three hundred sentences to robots, half English, half Chinese, made by paraphrase rules.

These rules are for measuring alone. Nothing that makes training sentences may import this file,
copy its wordings or read what it makes: then the score would say nothing about new wording.
The choice is fixed by a seed, so that two runs score the same sentences.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import product

from eval.rows import Dataset
from eval.written import Line, dataset

Said = tuple[str, float]
Pair = tuple[str, str]

SEED = 20231
PER_LANGUAGE = 150
EN_LENGTHS: Sequence[Said] = (
    ("20 cm", 0.2),
    ("twenty-five centimetres", 0.25),
    ("half a meter", 0.5),
    ("1.5 m", 1.5),
    ("one and a half meters", 1.5),
    ("300 millimeters", 0.3),
    ("two feet", 0.6096),
    ("three quarters of a metre", 0.75),
    ("ten inches", 0.254),
    ("0.8 meters", 0.8),
    ("a metre", 1.0),
    ("forty cm", 0.4),
)
ZH_LENGTHS: Sequence[Said] = (
    ("20厘米", 0.2),
    ("二十五公分", 0.25),
    ("半米", 0.5),
    ("1.5米", 1.5),
    ("一米五", 1.5),
    ("三百毫米", 0.3),
    ("两米", 2.0),
    ("零点八米", 0.8),
    ("四十厘米", 0.4),
    ("一米", 1.0),
    ("三十cm", 0.3),
)
EN_ANGLES: Sequence[Said] = (
    ("90 degrees", 90),
    ("forty-five degrees", 45),
    ("a quarter turn", 90),
    ("half a turn", 180),
    ("30°", 30),
    ("one hundred and twenty degrees", 120),
    ("15 deg", 15),
    ("a full turn", 360),
)
ZH_ANGLES: Sequence[Said] = (
    ("90度", 90),
    ("四十五度", 45),
    ("四分之一圈", 90),
    ("半圈", 180),
    ("30°", 30),
    ("一百二十度", 120),
    ("十五度", 15),
    ("一整圈", 360),
)
EN_FORWARD = (
    "go ahead {}",
    "roll forwards {} please",
    "could you move the rover {} to the front",
    "advance {}",
    "Rover, straight ahead for {}",
    "let the robot creep forward by {}",
    "I want the rover to travel {} forward",
    "forward march, {}",
)
EN_BACKWARD = (
    "back up {}",
    "reverse the rover by {}",
    "roll {} backwards",
    "please retreat {}",
    "rover go back {}",
    "move {} in reverse",
)
EN_LEFT = (
    "spin {} to the left",
    "rotate the rover {} counterclockwise",
    "swing left by {}",
    "make the robot face {} further left",
    "left turn of {}",
)
EN_RIGHT = (
    "spin {} to the right",
    "rotate {} clockwise please",
    "rover, pivot right {}",
    "veer {} to your right on the spot",
    "do a right turn by {}",
)
ZH_FORWARD = (
    "往前开{}",
    "小车朝前走{}",
    "请让机器人前移{}",
    "直行{}",
    "向前挪{}吧",
    "麻烦小车再往前{}",
)
ZH_BACKWARD = ("往后倒{}", "小车退后{}", "倒车{}", "请向后走{}", "让机器人后移{}")
ZH_LEFT = ("往左拐{}", "小车逆时针旋转{}", "向左手边转{}", "原地左转{}", "机器人左旋{}")
ZH_RIGHT = ("往右拐{}", "小车顺时针转{}", "向右手边转{}", "原地右转{}", "机器人请右旋{}")
ADDRESSED = (
    *("rover", "Rover", "could", "let", "I want", "please", "forward march"),
    *("请", "麻烦", "小车", "让", "机器人"),
)
"""Said once at the beginning of a sentence, not again in its middle."""
STOP = "stop OR stop rover OR emergency_stop"
EN_FIXED: Sequence[Pair] = (
    ("stop", STOP),
    ("halt!", STOP),
    ("whoa, hold it right there", STOP),
    ("freeze", STOP),
    ("stop the rover now", STOP),
    ("that's enough, stop moving", STOP),
    ("cut the motors", STOP),
    ("don't move any further", STOP),
    ("emergency stop", "emergency_stop OR stop"),
    ("brake, brake, brake", STOP),
    ("turn around", "turn rover angle_deg=180 OR turn rover angle_deg=-180"),
    ("make a u-turn", "turn rover angle_deg=180 OR turn rover angle_deg=-180"),
    ("face the other way", "turn rover angle_deg=180 OR turn rover angle_deg=-180"),
    ("drive forward", "ask"),
    ("go over there", "ask"),
    ("turn a bit", "ask"),
    ("move the arm", "ask"),
    ("drive for a while", "ask"),
    ("roll ahead 20 meters", "drive rover distance_m=20 ?"),
    ("reverse by fifty metres", "drive rover distance_m=-50 ?"),
    ("go forward 3 km", "drive rover distance_m=3000 ?"),
    ("rotate left 1000 degrees", "turn rover angle_deg=1000 ?"),
    ("bend the elbow to 270 degrees", "set_servo arm.elbow angle_deg=270 ?"),
    ("advance two meters at 5 m/s", "drive rover distance_m=2 speed_mps=5 ?"),
    ("the board led at half power", "uno.led level_pct=50"),
    ("light up the board LED", "uno.led on=true OR uno.led level_pct=100"),
    ("board LED to a quarter", "uno.led level_pct=25"),
    ("let go with the gripper", "arm.gripper open=true"),
    ("gripper wide open", "arm.gripper open=true"),
    ("open up the gripper please", "arm.gripper open=true"),
)
ZH_FIXED: Sequence[Pair] = (
    ("停", STOP),
    ("快停下！", STOP),
    ("别动了", STOP),
    ("小车站住", STOP),
    ("刹车", STOP),
    ("停下来，要撞墙了", STOP),
    ("不要再走了", STOP),
    ("让机器人马上停住", STOP),
    ("紧急停止", "emergency_stop OR stop"),
    ("打住", STOP),
    ("掉个头", "turn rover angle_deg=180 OR turn rover angle_deg=-180"),
    ("小车向后转", "turn rover angle_deg=180 OR turn rover angle_deg=-180"),
    ("原地掉头", "turn rover angle_deg=180 OR turn rover angle_deg=-180"),
    ("往前走", "ask"),
    ("去那边", "ask"),
    ("转一点", "ask"),
    ("动一下机械臂", "ask"),
    ("开一会儿", "ask"),
    ("往前开二十米", "drive rover distance_m=20 ?"),
    ("倒车五十米", "drive rover distance_m=-50 ?"),
    ("前进三公里", "drive rover distance_m=3000 ?"),
    ("左转一千度", "turn rover angle_deg=1000 ?"),
    ("肘关节弯到270度", "set_servo arm.elbow angle_deg=270 ?"),
    ("以每秒五米的速度前进两米", "drive rover distance_m=2 speed_mps=5 ?"),
    ("指示灯开一半功率", "uno.led level_pct=50"),
    ("把指示灯点亮", "uno.led on=true OR uno.led level_pct=100"),
    ("指示灯调到四分之一", "uno.led level_pct=25"),
    ("夹爪松开", "arm.gripper open=true"),
    ("把夹爪张大", "arm.gripper open=true"),
    ("请打开夹爪", "arm.gripper open=true"),
)
EN_JOINTS = (
    "bring the {} to {}",
    "{} at {} please",
    "rotate the {} until it stands at {}",
    "swing the {} over to {}",
    "put the {} to {}",
)
ZH_JOINTS = ("把{}转到{}", "{}摆到{}", "请将{}调至{}", "{}去{}的位置", "让{}停在{}")
EN_JOINT_NAMES = (("arm base", "arm.base"), ("elbow", "arm.elbow"), ("gripper", "arm.gripper"))
ZH_JOINT_NAMES = (("底座", "arm.base"), ("肘关节", "arm.elbow"), ("夹爪", "arm.gripper"))
EN_POSES: Sequence[Said] = (("75 degrees", 75), ("a hundred and ten degrees", 110), ("45°", 45))
ZH_POSES: Sequence[Said] = (("七十五度", 75), ("一百一十度", 110), ("45°", 45))
EN_JOIN = ("{}, then {}", "{} and after that {}", "first {}, next {}", "{}; {}")
ZH_JOIN = ("{}，然后{}", "先{}再{}", "{}，接着{}", "{}，之后{}")
EN_SPEEDS = (("at 0.2 m/s", 0.2), ("at ten centimeters per second", 0.1), ("with 0.3 m/s", 0.3))
ZH_SPEEDS = (("以每秒20厘米的速度", 0.2), ("用0.1米每秒", 0.1), ("以0.3米/秒", 0.3))


def datasets() -> list[Dataset]:
    """Return the English and the Chinese half."""
    return [
        dataset("robot_en", english()),
        dataset("robot_zh", chinese()),
    ]


def english() -> list[Line]:
    """Return the 150 English lines."""
    drives = [*_drives(EN_FORWARD, EN_LENGTHS, 1), *_drives(EN_BACKWARD, EN_LENGTHS, -1)]
    turns = [*_turns(EN_LEFT, EN_ANGLES, 1), *_turns(EN_RIGHT, EN_ANGLES, -1)]
    joints = list(_joints(EN_JOINTS, EN_JOINT_NAMES, EN_POSES))
    speeds = [
        (f"{words} {said}", f"{expected} speed_mps={value}")
        for (words, expected), (said, value) in product(drives, EN_SPEEDS)
    ]
    return _mixed("en", drives, turns, joints, speeds, EN_JOIN, EN_FIXED)


def chinese() -> list[Line]:
    """Return the 150 Chinese lines."""
    drives = [*_drives(ZH_FORWARD, ZH_LENGTHS, 1), *_drives(ZH_BACKWARD, ZH_LENGTHS, -1)]
    turns = [*_turns(ZH_LEFT, ZH_ANGLES, 1), *_turns(ZH_RIGHT, ZH_ANGLES, -1)]
    joints = list(_joints(ZH_JOINTS, ZH_JOINT_NAMES, ZH_POSES))
    speeds = [
        (f"{said}{words}", f"{expected} speed_mps={value}")
        for (words, expected), (said, value) in product(drives, ZH_SPEEDS)
        if not words.startswith(ADDRESSED)
    ]
    return _mixed("zh", drives, turns, joints, speeds, ZH_JOIN, ZH_FIXED)


def _mixed(
    language: str,
    drives: Sequence[Pair],
    turns: Sequence[Pair],
    joints: Sequence[Pair],
    speeds: Sequence[Pair],
    joins: Sequence[str],
    fixed: Sequence[Pair],
) -> list[Line]:
    """Return a fixed choice: 35 drives, 30 turns, 20 joints, 10 speeds, 25 pairs, 30 others."""
    chance = random.Random(SEED)
    pairs = list(_sequences(drives, turns, joins, chance))
    plan = (
        ("drive", chance.sample(drives, 35)),
        ("turn", chance.sample(turns, 30)),
        ("servo", chance.sample(joints, 20)),
        ("speed", chance.sample(speeds, 10)),
        ("sequence", pairs),
        ("stop, ask, range", fixed),
    )
    lines = [(language, group, *pair) for group, chosen in plan for pair in chosen]
    if len(lines) != PER_LANGUAGE:
        raise ValueError(f"{len(lines)} {language} sentences, not {PER_LANGUAGE}")
    return lines


def _drives(wordings: Sequence[str], lengths: Sequence[Said], sign: int) -> Iterator[Pair]:
    for wording, (said, value) in product(wordings, lengths):
        yield wording.format(said), f"drive rover distance_m={sign * value}"


def _turns(wordings: Sequence[str], angles: Sequence[Said], sign: int) -> Iterator[Pair]:
    for wording, (said, value) in product(wordings, angles):
        yield wording.format(said), f"turn rover angle_deg={sign * value}"


def _joints(
    wordings: Sequence[str], names: Sequence[Pair], poses: Sequence[Said]
) -> Iterator[Pair]:
    for wording, (name, id), (said, value) in product(wordings, names, poses):
        yield wording.format(name, said), f"{id} angle_deg={value}"


def _sequences(
    drives: Sequence[Pair], turns: Sequence[Pair], joins: Sequence[str], chance: random.Random
) -> Iterator[Pair]:
    drives = [pair for pair in drives if not pair[0].startswith(ADDRESSED)]
    turns = [pair for pair in turns if not pair[0].startswith(ADDRESSED)]
    for number in range(25):
        (first, goal), (then, next_goal) = chance.choice(drives), chance.choice(turns)
        if number % 2:
            first, goal, then, next_goal = then, next_goal, first, goal
        yield joins[number % len(joins)].format(first, then), f"{goal}; {next_goal}"
