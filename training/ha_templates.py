"""Home Assistant's sentence templates (package `home-assistant-intents`, CC BY 4.0) as lines of ours.

Only their templates are read, never their tests. Each becomes `verb: template` in the notation of
`sample.py`, with the same slots as our own corpora.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

VERBS = {
    "HassLightSet": "set",
    "HassSetPosition": "set",
    "HassClimateSetTemperature": "set",
    "HassClimateSetFanMode": "set",
    "HassFanSetSpeed": "set",
    "HassSetVolume": "set",
    "HassMediaNext": "next",
    "HassMediaPrevious": "previous",
    "HassMediaPause": "pause",
    "HassMediaUnpause": "resume",
    "HassMediaPlayerMute": "mute",
    "HassMediaPlayerUnmute": "unmute",
    "HassMediaSearchAndPlay": "play",
    "HassVacuumStart": "clean",
    "HassVacuumCleanArea": "clean",
    "HassVacuumReturnToBase": "dock",
    "HassLawnMowerDock": "dock",
    "HassLawnMowerStartMowing": "clean",
    "HassClimateGetTemperature": "ask",
    "HassGetState": "ask_is",
}
NOTHING = (
    "HassListAddItem HassListCompleteItem HassShoppingListAddItem HassShoppingListCompleteItem HassStartTimer "
    "HassTimerStatus HassPauseTimer HassUnpauseTimer HassIncreaseTimer HassDecreaseTimer HassCancelTimer "
    "HassCancelAllTimers HassNevermind HassRespond HassGetWeather HassGetCurrentTime HassGetCurrentDate HassBroadcast"
).split()
KIND = {
    "light": "light",
    "fan": "fan",
    "cover": "cover",
    "valve": "valve",
    "lock": "lock",
    "media_player": "media",
    "climate": "climate",
    "switch": "switch",
    "scene": "scene",
    "script": "scene",
    "button": "button",
    "vacuum": "vacuum",
    "lawn_mower": "vacuum",
    "binary_sensor": "sensor",
    "sensor": "sensor",
}
VALUES = {
    "brightness": "{v:pct}",
    "brightness_level": "{v=(max|maximum|highest|min|minimum|lowest|最亮|最高|最暗|最低)}",
    "color": "{v:color}",
    "color_temperature": "{v:kelvin}",
    "color_temperature_names": "{v:white}",
    "temperature": "{v:temp}",
    "position": "{v:pct}",
    "fan_speed": "{v:pct}",
    "fan_mode": "{v:fan}",
    "volume": "{v:pct}",
    "volume_percentage": "{v:pct}",
    "volume_step_up": "{v:by}",
    "volume_step_down": "{v:by}",
    "search_query": "{m:media}",
    "area": "{r}",
    "floor": "{r}",
    "message": "{m:media}",
    "zone": "(home|work|school|家|公司)",
    "todo_list_item": "(milk|apples|bread|牛奶|苹果)",
    "shopping_list_item": "(milk|apples|bread|牛奶|苹果)",
    "timer_hours": "(1|2|three|五)",
    "timer_minutes": "(5|ten|15|十)",
    "timer_seconds": "(30|twenty|三十)",
    "timer_half": "(1/2|half)",
    "timer_name": "(pizza|tea|laundry|披萨)",
    "timer_command": "({t:light}|open {t:cover}|turn off {t:light}|打开{t:light})",
}
ASPECTS = "brightness|volume|temperature|temp|color temperature|color|position|speed|fan speed|亮度|音量|温度|颜色|色温|风速|速度|开合度|位置"
STATES = (
    "on_off_states",
    "lock_states",
    "cover_states",
    "bs_open_states",
    "bs_door_states",
    "bs_occupancy_states",
)
NOUNS = ("light", "lockable", "media")
_ZH_NOUNS = re.compile(
    r"\((?:风扇|开关|门)\|[^(){}\[\]]*\)|(?<![=|{(])(?:风扇|空调|门锁|音乐)(?![|)}])"
)


def lines(language: str) -> Iterator[str]:
    """Yield `verb: template` for each of Home Assistant's sentences that we have a verb for."""
    name = "zh-CN" if language == "zh" else "en"
    data = json.loads(
        files("home_assistant_intents").joinpath(f"data/{name}.json").read_text("utf-8")
    )
    # Without its verb, "all lights on" is a command.
    rules = {
        name: rule.replace("[<are>]", "<are>") for name, rule in data["expansion_rules"].items()
    }
    for intent, body in data["intents"].items():
        for block in body["data"]:
            verb = _verb(intent, block)
            for sentence in block["sentences"] if verb else ():
                text = _converted(
                    sentence, rules, data["lists"], _kind(block), asks=verb.startswith("ask")
                )
                if "{timer_command" in sentence:
                    continue  # That is a command for later, which we do understand.
                if verb == "none":
                    yield f"none: {text}"
                elif (verb != "set" or "{v" in text) and (verb != "play" or "{m" in text):
                    yield f"{verb}: {text}"


def _verb(intent: str, block: dict[str, Any]) -> str:
    if intent in NOTHING:
        return "none"
    slots = block.get("slots", {})
    domains = {slots.get("domain"), *_domains(block)}
    if intent == "HassSetVolumeRelative":
        return {"up": "louder", "down": "quieter"}.get(slots.get("volume_step"), "")
    if intent == "HassGetState" and ("person" in domains):
        return ""
    if intent == "HassGetState" and not re.search("state|{", " ".join(block["sentences"])):
        return "ask"
    if intent in ("HassTurnOn", "HassTurnOff"):
        on = intent == "HassTurnOn"
        if "lock" in domains:
            return "lock" if on else "unlock"
        if domains & {"cover", "valve"}:
            return "open" if on else "close"
        return "on" if on else "off"
    return VERBS.get(intent, "")


def _domains(block: dict[str, Any]) -> list[str]:
    found = block.get("requires_context", {}).get("domain", [])
    return [found] if isinstance(found, str) else [each for each in found if isinstance(each, str)]


def _kind(block: dict[str, Any]) -> str:
    domains = [KIND[each] for each in _domains(block) if each in KIND]
    if len(domains) > 2:
        return "able"
    return domains[0] if domains else KIND.get(block.get("slots", {}).get("domain", ""), "able")


def _converted(
    text: str, rules: dict[str, str], lists: dict[str, Any], kind: str, *, asks: bool
) -> str:
    for _ in range(6):
        text = re.sub(
            r"<(\w+)>",
            lambda rule: f"{{t=({rules[rule[1]]})}}" if rule[1] in NOUNS else f"({rules[rule[1]]})",
            text,
        )
    text = _permuted(text)

    def filled(slot: re.Match[str]) -> str:
        name = slot[1]
        if name == "name":
            return f"{{t:{kind}}}"
        if name in VALUES:
            return VALUES[name]
        values = lists.get(name, {}).get("values", [])
        options = "|".join(
            str(each["in"]) if isinstance(each, dict) else str(each) for each in values
        )
        if name in STATES:
            return f"{{s=({options})}}" if asks else f"({options})"
        return f"{{t=({options})}}" if name in ("cover_classes",) else f"({options})"

    text = re.sub(r"\{(\w+)(?::\w+)?\}", filled, text)
    # A percent sign behind a value that brings its own.
    text = re.sub(r"(\{v:(?:pct|temp|kelvin)\})\[(?:[^\[\]]|\[[^\[\]]*\])*\]", r"\1", text)
    text = text.replace("[百分之]{v", "{v").replace("百分之{v", "{v")
    if not asks:
        text = re.sub(rf"(?<![{{=\w(|])\b({ASPECTS})\b(?![\w}}|)])", r"{a=(\1)}", text)
    text = text.replace("fan[s]", "{t=(fan|fans)}").replace("switch[es]", "{t=(switch|switches)}")
    return re.sub(_ZH_NOUNS, lambda noun: f"{{t={noun[0]}}}", text)


def _permuted(text: str) -> str:
    """Write `(a;b)` as `(a b|b a)`."""
    while ";" in text:
        at = text.index(";")
        start, end = _around(text, at)
        first, second = text[start + 1 : at], text[at + 1 : end]
        text = f"{text[:start]}(({first}) ({second})|({second}) ({first})){text[end + 1 :]}"
    return text


def _around(text: str, at: int) -> tuple[int, int]:
    depth, start = 0, at
    while depth >= 0:
        start -= 1
        depth += {")": 1, "]": 1, "(": -1, "[": -1}.get(text[start], 0)
    depth, end = 0, at
    while depth >= 0:
        end += 1
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(text[end], 0)
    return start, end
