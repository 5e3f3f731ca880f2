"""What the yes and the no of a binary sensor mean, by what it senses, English and Chinese.

Source: Home Assistant 2026.2, `components/binary_sensor/__init__.py`, which says for each device
class what "on" means; a lock that is "on" is unlocked, a battery that is "on" is low.
"""

from __future__ import annotations

from typing import Final

from agentd.model import Value

_OPEN: Final = (("open", "closed"), ("打开", "关闭"))
_FOUND: Final = (("detected", "clear"), ("检测到", "正常"))
_MEANS: Final[dict[str, tuple[tuple[str, str], tuple[str, str]]]] = {
    **dict.fromkeys(("door", "garage_door", "opening", "window"), _OPEN),
    **dict.fromkeys(
        ("carbon_monoxide", "gas", "motion", "occupancy", "smoke", "sound", "tamper"), _FOUND
    ),
    "battery": (("low", "not low"), ("电量低", "电量正常")),
    "battery_charging": (("charging", "not charging"), ("正在充电", "未充电")),
    "cold": (("cold", "not cold"), ("冷", "不冷")),
    "connectivity": (("connected", "disconnected"), ("已连接", "已断开")),
    "heat": (("hot", "not hot"), ("热", "不热")),
    "light": (("light detected", "no light"), ("有光", "无光")),
    "lock": (("unlocked", "locked"), ("未上锁", "已上锁")),
    "moisture": (("wet", "dry"), ("湿", "干")),
    "moving": (("moving", "not moving"), ("正在移动", "静止")),
    "plug": (("plugged in", "unplugged"), ("已插上", "未插上")),
    "power": (("power detected", "no power"), ("有电", "没有电")),
    "presence": (("home", "away"), ("在家", "离开")),
    "problem": (("problem detected", "no problem"), ("有问题", "没有问题")),
    "running": (("running", "not running"), ("正在运行", "未运行")),
    "safety": (("unsafe", "safe"), ("不安全", "安全")),
    "update": (("update available", "up to date"), ("有更新", "已是最新")),
    "vibration": (("vibrating", "not vibrating"), ("有振动", "没有振动")),
}
_ON: Final = (("on", "off"), ("开", "关"))


def meaning(language: str, yes: bool, device_class: Value) -> str:
    """Return in words what a binary sensor of `device_class` says with `yes`."""
    english, chinese = _MEANS.get(str(device_class), _ON)
    words = chinese if language == "zh" else english
    return words[0] if yes else words[1]
