"""The words of the replies, English and Chinese, as data."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from agentd.agent.sensor_words import meaning
from agentd.brains.delays import spell
from agentd.model import State, Value

MINUTES_ONLY_S: Final = 600.0
"""From here on, seconds are not worth a word."""
PHRASES: dict[str, dict[str, str]] = {
    "en": {
        "done": "{name}: {told}.{note}",
        "ok": "done",
        "everything": "Everything",
        "stop": "stopped",
        "emergency_stop": "emergency stop is on; `agentd resume` releases it",
        "activate": "activated",
        "ring_timer": "{called} rings",
        "unverified": "{name}: sent, but not confirmed by the device.{note}",
        "failed": "{name}: that did not work: {note}",
        "refused": "{name}: not done. {note}",
        "refused_range": "{name}: not done. {note}",
        "refused_estop": "{name}: not done. {note}",
        "refused_skipped": "{name}: skipped. {note}",
        "refused_not_asked": "{name}: not done. {note} Please ask for it in your own words.",
        "refused_not_allowed": "{name}: not done. {note}",
        "refused_confirm": '{name}, {told}: this needs your yes. Say "yes" to go on.',
        "state": "{name}: {told}",
        "unknown_state": "{name} has not reported its state.",
        "yes": "Yes. {fact}.",
        "no": "No. {fact}.",
        "which": "Yes: {names}.",
        "which_none": "No, none of the {count}.",
        "skip_why": "The motion before it did not finish.",
        "brain_failed": "I cannot understand words just now: {note}",
        "not_confirmed": "Alright, I left it as it is.",
        "empty": "Say what I should do.",
        "empty_list": "nothing",
        "already": "{name}: was already {told}.{note}",
        "accepted": "{name}: {told}, {when}.",
        "until": " Until {when}.",
        "moment": "at {clock} (in {wait})",
        "cancel_scheduled": "{name}: what was scheduled is cancelled.",
        "hold_scheduled": "{name}: held with {wait} left ({told}).",
        "held": "{name}: held with {wait} left ({told})",
        "refused_motion": "{name}: not done. {note}",
        "refused_budget": "{name}: not done. {note}",
        "refused_absent": '{name}: "{value}" is not on it; there is: {accepted}.',
        "nothing_scheduled": "Nothing is scheduled.",
        "not_scheduled": 'Nothing is scheduled for "{name}".',
        "which_scheduled": "Which one? {list}",
        "time_unclear": "I am not sure what the time is for: ask for one thing at a time, please.",
        "nothing_to_undo": "There is nothing to undo.",
        "no_undo": "{name}: I cannot undo that.",
        "no_undo_motion": "{name}: I cannot undo a motion.",
        "which_other": "Which one do you mean: {names}?",
        "correction": "Correction: nothing was switched; I changed nothing just now.",
        "claim_withheld": "The model wrote that something was done. Nothing was: it is left out.",
    },
    "zh": {
        "done": "{name}：{told}。{note}",
        "ok": "已完成",
        "everything": "全部设备",
        "stop": "已停止",
        "emergency_stop": "已紧急停止；用 `agentd resume` 解除",
        "activate": "已启动",
        "ring_timer": "{called}响铃",
        "unverified": "{name}：指令已发送，但设备没有确认。{note}",
        "failed": "{name}：没有成功：{note}",
        "refused": "{name}：没有执行。{note}",
        "refused_range": "{name}：没有执行，{value} 超出范围（{accepted}）。",
        "refused_estop": "{name}：没有执行，紧急停止仍然有效，请用 `agentd resume` 解除。",
        "refused_skipped": "{name}：已跳过，因为同一回答里的其他动作没有完成。",
        "refused_not_asked": "{name}：没有执行。{note}请用自己的话说出来。",
        "refused_not_allowed": "{name}：没有执行，您的密钥不能控制它。",
        "refused_confirm": "{name}，{told}：需要您确认，请回答“是”。",
        "state": "{name}：{told}",
        "unknown_state": "{name}还没有报告状态。",
        "yes": "是的。{fact}。",
        "no": "没有。{fact}。",
        "which": "有：{names}。",
        "which_none": "没有，{count} 个都不是。",
        "skip_why": "前面的动作没有完成。",
        "brain_failed": "我现在无法理解语句：{note}",
        "not_confirmed": "好的，保持原样。",
        "empty": "请说要我做什么。",
        "empty_list": "什么都没有",
        "already": "{name}：本来就{told}。{note}",
        "accepted": "{name}：{when}{told}。",
        "until": "到{when}为止。",
        "moment": "{clock}（{wait}后）",
        "cancel_scheduled": "{name}：定时已取消。",
        "hold_scheduled": "{name}：已暂停，还剩{wait}（{told}）。",
        "held": "{name}：已暂停，还剩{wait}（{told}）",
        "refused_motion": "{name}：没有执行，运动、提问和需要确认的指令不能定时。",
        "refused_budget": "{name}：没有执行，今天的使用额度不够了，午夜后恢复。",
        "refused_absent": "{name}：上面没有“{value}”，现有：{accepted}。",
        "nothing_scheduled": "没有定时任务。",
        "not_scheduled": "“{name}”没有定时任务。",
        "which_scheduled": "是哪一个？{list}",
        "time_unclear": "我不确定这个时间指的是哪一项，请一次只说一件事。",
        "nothing_to_undo": "没有可以撤销的操作。",
        "no_undo": "{name}：这个无法撤销。",
        "no_undo_motion": "{name}：运动无法撤销。",
        "which_other": "您指的是哪一个：{names}？",
        "correction": "更正：刚才没有执行任何操作。",
        "claim_withheld": "模型写道某个操作已执行，但实际没有执行任何操作，因此不予转达。",
    },
}
FLAGS: dict[str, dict[str, tuple[str, str]]] = {
    "en": {
        "on": ("on", "off"),
        "open": ("open", "closed"),
        "locked": ("locked", "unlocked"),
        "playing": ("playing", "paused"),
        "muted": ("muted", "not muted"),
        "clear": ("cleared", "not cleared"),
    },
    "zh": {
        "on": ("开", "关"),
        "open": ("打开", "关闭"),
        "locked": ("已上锁", "未上锁"),
        "playing": ("正在播放", "已暂停"),
        "muted": ("静音", "未静音"),
        "clear": ("已清空", "未清空"),
    },
}
AMOUNTS: dict[str, dict[str, str]] = {
    "en": {
        "brightness_pct": "{:g} %",
        "position_pct": "{:g} % open",
        "volume_pct": "volume {:g} %",
        "speed_pct": "speed {:g} %",
        "level_pct": "{:g} %",
        "temperature_c": "set to {:g} °C",
        "current_temperature_c": "{:g} °C now",
        "color_temp_k": "{:g} K",
        "angle_deg": "{:g}°",
        "heading_deg": "heading {:.0f}°",
        "battery_v": "battery {:.1f} V",
        "battery_pct": "battery {:g} %",
    },
    "zh": {
        "brightness_pct": "亮度{:g}%",
        "position_pct": "开到{:g}%",
        "volume_pct": "音量{:g}%",
        "speed_pct": "风速{:g}%",
        "level_pct": "{:g}%",
        "temperature_c": "设为{:g}°C",
        "current_temperature_c": "现在{:g}°C",
        "color_temp_k": "{:g}K",
        "angle_deg": "{:g}度",
        "heading_deg": "航向{:.0f}度",
        "battery_v": "电池{:.1f}V",
        "battery_pct": "电量{:g}%",
    },
}
_ACTIVITIES_ZH = {
    "cleaning": "正在清扫",
    "mowing": "正在割草",
    "returning": "正在返回",
    "docked": "已回到基座",
    "paused": "已暂停",
    "idle": "待机",
    "error": "出错",
}
CHOICES: dict[str, dict[str, dict[str, str]]] = {
    "en": {
        "activity": {"error": "it reports an error"},
        "task": {"dock": "return home"},
    },
    "zh": {
        "moving": {"opening": "正在打开", "closing": "正在关闭", **_ACTIVITIES_ZH},
        "activity": _ACTIVITIES_ZH,
        "task": {
            "start": "开始",
            "pause": "暂停",
            "stop": "停止",
            "dock": "返回基座",
            "locate": "定位",
        },
    },
}
"""Values that are words, where they are not said as they are."""
NAMED = {
    "en": {
        "fan_speed": "suction {}",
        "add": "{} added",
        "remove": "{} taken off",
        "already": "{} is on it already",
    },
    "zh": {
        "fan_speed": "吸力{}",
        "add": "已加上{}",
        "remove": "已划掉{}",
        "already": "{}已经在上面了",
    },
}
"""Values that say too little without what they are of."""
INSTEAD = {"moving": ("open", "position_pct", "activity"), "media": ("playing",)}
"""While something moves, where it is says little; and a title may still be the last one's."""
QUIET = {
    "length_s",
    "room",
    "rang_at",
    "speed_mps",
    "speed_dps",
    "left_mps",
    "right_mps",
    "x_m",
    "y_m",
    "unit",
    "device_class",
}
"""Attributes that are not worth a word in a sentence."""


def phrase(language: str, key: str, **parts: str) -> str:
    """Return a phrase in `language` with its blanks filled."""
    return PHRASES[language][key].format(**parts)


def moment(language: str, due: float, now: float) -> str:
    """Return when `due` is, by the clock on the wall and as a wait from `now`."""
    day = "%H:%M" if time.localtime(due)[:3] == time.localtime(now)[:3] else "%m-%d %H:%M"
    wait = max(due - now, 0.0)
    wait = wait if wait < MINUTES_ONLY_S else round(wait / 60) * 60
    clock = time.strftime(day, time.localtime(due))
    return phrase(language, "moment", clock=clock, wait=spell(wait, language))


def join(language: str, words: Sequence[str]) -> str:
    """Return the words as a list in a sentence."""
    return ("，" if language == "zh" else ", ").join(words)


def attribute(language: str, name: str, value: Value, state: State) -> str:
    """Return one state attribute in words; empty when it is not worth one."""
    if value is None or value == "" or name in QUIET:
        return ""
    if isinstance(value, bool) and "value" in state:
        # A sensor's yes stands in its state twice, once under the name that switches use.
        return meaning(language, value, state.get("device_class")) if name == "value" else ""
    if isinstance(value, bool):
        yes, no = FLAGS[language].get(name, (name, f"not {name}"))
        return yes if value else no
    if name == "entries":
        return "" if value else phrase(language, "empty_list")
    if isinstance(value, int | float):
        return _amount(language, name, float(value), state)
    lines = join(language, str(value).splitlines())
    word = CHOICES[language].get(name, {}).get(str(value), lines)
    return NAMED[language].get(name, "{}").format(word)


def _amount(language: str, name: str, value: float, state: State) -> str:
    if name == "brightness_pct" and state.get("on") is False:
        return ""
    if name == "distance_m":
        return _distance(language, value)
    if name == "turned_deg":
        return _turned(language, value)
    if name == "value":
        return f"{value:g} {state.get('unit') or ''}".strip()
    known = AMOUNTS[language].get(name)
    return known.format(round(value, 1)) if known else f"{name} {value:g}"


def _distance(language: str, metres: float) -> str:
    size = abs(metres)
    shown = f"{size * 100:.0f} cm" if size < 1 else f"{size:.2f} m"
    if language == "zh":
        shown = f"{size * 100:.0f} 厘米" if size < 1 else f"{size:.2f} 米"
        return f"{'前进' if metres >= 0 else '后退'}了 {shown}"
    return f"{'forward' if metres >= 0 else 'back'} {shown}"


def _turned(language: str, degrees: float) -> str:
    if language == "zh":
        return f"{'左' if degrees >= 0 else '右'}转了 {abs(degrees):.0f} 度"
    return f"turned {'left' if degrees >= 0 else 'right'} {abs(degrees):.0f}°"
