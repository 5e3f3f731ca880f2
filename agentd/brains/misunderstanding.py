"""Why a sentence was not understood, in the asker's language, and what can be asked instead."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

from agentd.model import Device, Kind


class Why(IntEnum):
    """What went wrong; the higher one says more about what was meant."""

    HELP = 0
    WORDS = 1
    QUOTED = 2
    TARGET = 3
    VALUE = 4
    UNABLE = 5
    AMOUNT = 6
    AMBIGUOUS = 7
    LONG = 8
    PLACE = 9


class NotUnderstood(Exception):  # noqa: N818  it is an answer, not an error
    """Part of a sentence means nothing here.

    `part` is that part, `names` what is near it, `devices` the ones it may mean when ambiguous.
    """

    def __init__(
        self, why: Why, part: str, names: Sequence[str] = (), devices: Sequence[Device] = ()
    ) -> None:
        super().__init__(part)
        self.why = why
        self.part = part
        self.names = tuple(names)
        self.devices = tuple(devices)


_LINES: Final = {
    ("en", Why.HELP): "I work the devices here, in English and Chinese.",
    ("zh", Why.HELP): "我可以用中文或英文操作这里的设备。",
    ("en", Why.WORDS): 'I did not understand "{part}".',
    ("zh", Why.WORDS): "我没听懂“{part}”。",
    ("en", Why.QUOTED): "That sounds like something quoted, or pasted below an order.",
    ("zh", Why.QUOTED): "这听起来像是引用的话，或者是贴在指令下面的内容。",
    ("en", Why.TARGET): 'I know no "{part}" here.',
    ("zh", Why.TARGET): "这里没有“{part}”。",
    ("en", Why.VALUE): 'I could not make a value out of "{part}".',
    ("zh", Why.VALUE): "我不明白“{part}”是多少。",
    ("en", Why.AMOUNT): 'How much is "{part}"? Say it with its unit, like 20 cm or 90 degrees.',
    ("zh", Why.AMOUNT): "“{part}”是多少？请带上单位，例如20厘米或90度。",
    ("en", Why.UNABLE): "{names} cannot do that ({part}).",
    ("zh", Why.UNABLE): "{names}做不到（{part}）。",
    ("en", Why.AMBIGUOUS): 'Which one do you mean by "{part}": {names}?',
    ("zh", Why.AMBIGUOUS): "“{part}”指的是哪一个：{names}？",
    ("en", Why.PLACE): 'I do not know which room you are in. Say it by its name ("{part}").',
    ("zh", Why.PLACE): "我不知道您在哪个房间，请说出房间的名字（“{part}”）。",
    ("en", Why.LONG): "That is too long for me: please ask for a few things at a time.",
    ("zh", Why.LONG): "这句话太长了，请一次只说几件事。",
}
_NEAR: Final = {"en": " Did you mean {names}?", "zh": "您是指{names}吗？"}
_NOTHING_DONE: Final = {"en": " Nothing was done.", "zh": "什么都没有做。"}
_ASK: Final = {"en": " You can ask, for example: {examples}.", "zh": "您可以说：{examples}。"}
_NO_DEVICES: Final = {"en": " No devices are attached yet.", "zh": "目前还没有接入任何设备。"}

_EXAMPLES: Final = {
    Kind.DRIVE: ("drive forward 20 cm", "前进20厘米"),
    Kind.LIGHT: ("turn on {name}", "打开{name}"),
    Kind.COVER: ("close {name}", "关闭{name}"),
    Kind.MEDIA: ("pause {name}", "暂停{name}"),
    Kind.CLIMATE: ("set {name} to 21 degrees", "把{name}调到21度"),
    Kind.SERVO: ("set {name} to 45 degrees", "把{name}转到45度"),
    Kind.FAN: ("turn on {name}", "打开{name}"),
    Kind.SWITCH: ("turn off {name}", "关闭{name}"),
    Kind.OUTPUT: ("turn on {name}", "打开{name}"),
    Kind.VACUUM: ("turn on {name}", "打开{name}"),
    Kind.VALVE: ("close {name}", "关闭{name}"),
    Kind.SCENE: ("activate {name}", "启动{name}"),
    Kind.LOCK: ("is {name} locked?", "{name}锁了吗？"),
    Kind.TODO: ("what is on {name}?", "{name}上有什么？"),
    Kind.TIMER: ("set a timer for 5 minutes", "设置一个5分钟的计时器"),
    Kind.SENSOR: ("what is {name}?", "{name}是多少？"),
}


def explain(problem: NotUnderstood, devices: Sequence[Device], language: str) -> str:
    """Return what was not understood, and two or three things that can be asked here."""
    part = problem.part if len(problem.part) <= 80 else problem.part[:79] + "…"
    names = _list(problem.names, language)
    text = _LINES[language, problem.why].format(part=part, names=names)
    if problem.why is Why.TARGET and problem.names:
        text += _NEAR[language].format(names=names)
    if problem.why is Why.AMBIGUOUS:
        return text
    done = "" if problem.why is Why.HELP else _NOTHING_DONE[language]
    return text + done + _offer(devices, language)


def _offer(devices: Sequence[Device], language: str) -> str:
    """Return up to three examples, each about a real device and of another kind."""
    shown: dict[Kind, str] = {}
    for kind, templates in _EXAMPLES.items():
        named = next((device.name for device in devices if device.kind is kind), None)
        if named and len(shown) < 3:
            shown[kind] = templates[language == "zh"].format(name=_the(named, language))
    if not shown:
        return _NO_DEVICES[language] if not devices else ""
    quote = '"{}"' if language == "en" else "“{}”"
    examples = [quote.format(example) for example in shown.values()]
    return _ASK[language].format(examples=(", " if language == "en" else "、").join(examples))


def _the(name: str, language: str) -> str:
    return f"the {name}" if language == "en" and name.isascii() else name


def _list(names: Sequence[str], language: str) -> str:
    if language == "zh":
        return "、".join(names)
    return ", ".join(names[:-1]) + " or " + names[-1] if len(names) > 1 else "".join(names)
