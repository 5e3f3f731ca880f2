"""Numbers and units as people say them, in English and Chinese: "half a metre", "百分之三十".

`parse_quantity` explains every character of a phrase or none, so that a number is never
taken out of words that say something else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from agentd.brains.language import fold

_SPELLINGS: Final = (
    ("%", 1.0, ("%", "percent", "per cent")),
    ("m", 1.0, ("m", "meter", "meters", "metre", "metres", "米", "公尺")),
    ("m", 0.01, ("cm", "centimeter", "centimeters", "centimetre", "centimetres", "厘米", "公分")),
    ("m", 0.1, ("dm", "decimeter", "decimeters", "decimetre", "decimetres", "分米")),
    ("m", 0.001, ("mm", "millimeter", "millimeters", "millimetre", "millimetres", "毫米")),
    ("m", 1000.0, ("km", "kilometer", "kilometers", "kilometre", "kilometres", "公里", "千米")),
    ("m", 0.0254, ("inch", "inches", "in", "英寸")),
    ("m", 0.3048, ("ft", "foot", "feet", "英尺")),
    ("m", 0.9144, ("yard", "yards", "yd", "码")),
    ("m/s", 1.0, ("m/s", "米每秒", "米/秒")),
    ("m/s", 0.01, ("cm/s", "厘米每秒", "公分每秒", "厘米/秒")),
    ("m/s", 1 / 3.6, ("km/h", "kph", "公里每小时")),
    ("deg/s", 1.0, ("deg/s", "°/s", "度每秒", "度/秒")),
    ("deg", 1.0, ("deg", "degree", "degrees", "°", "度")),
    (
        "deg",
        360.0,
        (
            "turn",
            "turns",
            "circle",
            "circles",
            "rotation",
            "rotations",
            "revolution",
            "revolutions",
            "spin",
            "spins",
            "圈",
            "周",
            "转",
        ),
    ),
    ("deg", 90.0, ("right angle", "right angles", "直角", "quarter turn", "quarter turns")),
    ("C", 1.0, ("°c", "c", "celsius", "degrees celsius", "degrees c", "摄氏度")),
    ("F", 1.0, ("°f", "f", "fahrenheit", "degrees fahrenheit", "degrees f", "华氏度")),
    ("K", 1.0, ("k", "kelvin", "开尔文", "开")),
)
UNITS: Final = {word: (unit, factor) for unit, factor, words in _SPELLINGS for word in words}

_SMALL: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
_ONES: Final = {word: value for value, word in enumerate(_SMALL)}
_DECADES: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_TENS: Final = {word: value * 10 for value, word in enumerate(_DECADES, start=2)}
_PART: Final = re.compile(
    r"(?:(?P<count>an?|one|two|three|four|five|six|seven|nine)[ -])?"
    r"(?P<part>half|third|quarter|fifth|sixth|eighth|tenth)s?"
)
_PART_SIZES: Final = {
    "half": 2,
    "third": 3,
    "quarter": 4,
    "fifth": 5,
    "sixth": 6,
    "eighth": 8,
    "tenth": 10,
}
_AND_A_PART: Final = re.compile(r"(.+) and (an? \w+|one \w+|three quarters|two thirds)")
_RATIO: Final = re.compile(r"([1-9])/([2-9]|10)")
_DIGITS: Final = {char: value for value, char in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
}
_PLACES: Final = {"十": 10, "百": 100, "千": 1000}
_PLAIN = re.compile(r"-?\d{1,9}(?:\.\d{1,9})?")
_MOST: Final = (
    *("full", "maximum", "max", "highest", "brightest", "loudest", "最大", "最亮", "最高", "最响"),
    *("最大值", "最高值", "最高亮度", "最大亮度", "最大音量", "最大档", "最高档", "拉满", "全满"),
)
_LEAST: Final = (
    *("minimum", "min", "lowest", "dimmest", "quietest", "darkest", "最小", "最暗", "最低"),
    *("最小值", "最低值", "最低亮度", "最小亮度", "最小音量", "最小档", "最低档"),
)
_EXTREMES: Final = {
    **dict.fromkeys(_MOST, 100.0),
    **dict.fromkeys(_LEAST, 1.0),
}
_SPEED: Final = re.compile(r"(?P<unit>[a-z]+) (?:per|an?|each|every) (?:second|sec)")
_SPEED_ZH: Final = re.compile(r"每秒(?:钟)?(?P<number>.+?)(?P<unit>米|厘米|公分|度)")
_LOOSE: Final = re.compile(
    r"^(?:about|around|roughly|exactly|approximately|another|a further|a good|just|only|some"
    r"|(?:(?:a|very|nice|pleasant|warm|cool|cold|co[sz]y|comfortable|soft|steady|gentle)\s+)+(?=\d)"
    r"|大约|大概|差不多|再|归(?=零)|个(?=[一二两三四五六七八九十半百\d]))\s*"
    r"|\s*(?:or so|左右|(?:of )?the way| of|(?<!最)的?(?:亮度|亮|音量)"
    r"|of (?:its |the )?(?:full|max(?:imum)?) (?:brightness|volume|power|speed))$"
)
_UNIT_FIRST: Final = re.compile(r"(?P<unit>摄氏|华氏)(?P<number>.+)度")
_WHOLE_TURN: Final = re.compile(
    r"\b(?:full|whole|complete|entire)\s+(?=turn|circle|rotation|spin|revolution)|整(?=圈|周)"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a base unit: `%`, `m`, `m/s`, `deg`, `C`, `K`, or none said."""

    value: float
    unit: str = ""


def parse_quantity(phrase: str) -> Quantity | None:
    """Return what `phrase` says, or None when any part of it is not a number or a unit.

    "half" or "一半" of nothing is 50 %. Fahrenheit becomes Celsius.
    """
    text = fold(phrase).strip(" .。!！")
    if not text or len(text) > 60:
        return None
    text = _plain(text)
    return _extreme(text) or _chinese_percent(text) or _part_of_unit(text) or _number_and_unit(text)


def _plain(text: str) -> str:
    """Return `text` in fewer spellings: speeds as m/s, "a full turn" as "a turn"."""
    whole = _LOOSE.sub("", text)
    text = _WHOLE_TURN.sub("", whole)
    text = f"a {text}" if text != whole and text in UNITS else text  # "Full spin."
    speed = _SPEED.search(text)
    unit = UNITS.get(speed["unit"]) if speed else None
    if speed and unit and unit[0] in ("m", "deg"):
        short = "deg/s" if unit[0] == "deg" else "cm/s" if unit[1] < 1 else "m/s"
        return f"{text[: speed.start()]}{short}{text[speed.end() :]}"
    chinese = _SPEED_ZH.fullmatch(text)
    if chinese:
        return f"{chinese['number']}{chinese['unit']}每秒"
    if first := _UNIT_FIRST.fullmatch(text):
        return f"{first['number']}{first['unit']}度"
    text = re.sub(r"^(?:一?个)?(?=直角$)", "一", text)
    return re.sub(r"^a couple of ", "two ", text)


def _extreme(text: str) -> Quantity | None:
    text = re.sub(
        r"^(?:the |its |their |very )+| (?:brightness|volume|level|value|setting)$", "", text
    )
    value = _EXTREMES.get(text)
    return None if value is None else Quantity(value, "%")


def _chinese_percent(text: str) -> Quantity | None:
    if not text.startswith("百分之"):
        return None
    value = parse_number(text[3:])
    return None if value is None else Quantity(value, "%")


def _part_of_unit(text: str) -> Quantity | None:
    """Read "half", "half a metre", "a quarter turn", "半米", "一半", "四分之一圈"."""
    part = 0.5 if text in ("一半", "半") else _part(text)
    if part is not None:
        return Quantity(round(part * 100, 6), "%")
    english = re.fullmatch(r"(.+?)(?: of)?(?: an?)? ([a-z/]+)", text)
    if english and (part := _part(english[1])) is not None:
        return _with_unit(part, english[2])
    chinese = re.fullmatch(r"(半|(.)分之(.))(?:个)?(\D*)", text)
    if not chinese:
        return None
    part = 0.5 if chinese[1] == "半" else _fraction(chinese[2], chinese[3])
    if part is None:
        return None
    return _with_unit(part, chinese[4]) if chinese[4] else Quantity(round(part * 100, 6), "%")


def _part(text: str) -> float | None:
    """Return what "three quarters", "a fifth" or "2/3" are, a whole at most."""
    ratio = _RATIO.fullmatch(text)
    if ratio:
        part = int(ratio[1]) / int(ratio[2])
    elif said := _PART.fullmatch(text):
        part = _ONES.get(said["count"] or "one", 1) / _PART_SIZES[said["part"]]
    else:
        return None
    return part if part <= 1 else None


def _fraction(below: str, above: str) -> float | None:
    low, high = _DIGITS.get(below, 0), _DIGITS.get(above)
    return high / low if low and high is not None else None


def _number_and_unit(text: str) -> Quantity | None:
    value = parse_number(text)
    if value is not None:
        return Quantity(value)
    half = re.fullmatch(r"(.+?)(米|圈|度|周)半", text)
    if half:
        whole = parse_number(half[1])
        return None if whole is None else _with_unit(whole + 0.5, half[2])
    tenths = re.fullmatch(r"(.+?)米([零一二三四五六七八九]{1,2})", text)
    if tenths and (whole := parse_number(tenths[1])) is not None:
        behind = "".join(str(_DIGITS[char]) for char in tenths[2])
        return Quantity(round(float(f"{whole:.0f}.{behind}"), 9), "m")
    if text.startswith(("a ", "an ")) and text.partition(" ")[2] in UNITS:
        return _with_unit(1.0, text.partition(" ")[2])
    return _and_part(text) or _unit_behind(text)


def _unit_behind(text: str) -> Quantity | None:
    for size in range(1, min(len(text), 24)):
        unit, number = text[-size:], text[:-size].rstrip()
        if unit in UNITS and (value := parse_number(number)) is not None:
            return _with_unit(value, unit)
    return None


def _and_part(text: str) -> Quantity | None:
    """Read "a metre and a quarter": a part of the same unit."""
    more = _AND_A_PART.fullmatch(text)
    part = _part(more[2]) if more else None
    whole = _number_and_unit(more[1]) if more else None
    word = more[1].rpartition(" ")[2] if more else ""
    if whole is None or part is None or word not in UNITS or whole.unit not in ("m", "deg"):
        return None
    return _with_unit(whole.value / UNITS[word][1] + part, word)


def _with_unit(value: float, word: str) -> Quantity | None:
    if word not in UNITS:
        return None
    unit, factor = UNITS[word]
    if unit == "F":
        return Quantity(round((value - 32) / 1.8, 1), "C")
    return Quantity(round(value * factor, 9), unit)


def parse_number(phrase: str) -> float | None:
    """Return the number that the whole of `phrase` is: digits, English or Chinese words."""
    text = fold(phrase)
    if _PLAIN.fullmatch(text):
        return float(text)
    for sign in ("minus ", "负"):
        if text.startswith(sign):
            value = parse_number(text.removeprefix(sign)) if len(text) < 60 else None
            return None if value is None or value < 0 else -value
    return _chinese_number(text) if text[:1] in _DIGITS or text[:1] == "十" else _english(text)


def _english(text: str) -> float | None:
    """Read "two hundred and five", "twenty-five", "one point five", "one and a half"."""
    half = _AND_A_PART.fullmatch(text) or re.fullmatch(r"(.+?) (1/2)", text)
    part = _part(half[2]) if half else None
    if half and part is not None:
        whole = _PLAIN.fullmatch(half[1]) and float(half[1])
        whole = whole or _english_whole(half[1].replace("-", " ").split())
        return None if whole is None else whole + part
    if text in ("a", "an"):
        return None
    whole_words, point, decimals = text.partition(" point ")
    whole = _english_whole(whole_words.replace("-", " ").split())
    if whole is None or not point:
        return whole
    digits = [_ONES.get(word, 10) for word in decimals.split()]
    if not digits or max(digits) > 9 or len(digits) > 9:
        return None
    return float(f"{whole:.0f}.{''.join(map(str, digits))}")


def _english_whole(words: list[str]) -> float | None:
    if words[:1] == ["a"] and words[1:2] in (["hundred"], ["thousand"]):
        words = ["one", *words[1:]]
    if len(words) > 1 and words[1] == "thousand" and 0 < _ONES.get(words[0], 0) < 20:
        rest = words[3:] if words[2:3] == ["and"] else words[2:]
        below = _english_whole(rest) if rest else 0.0
        return None if below is None or below >= 1000 else _ONES[words[0]] * 1000 + below
    if len(words) > 1 and words[1] == "hundred" and 0 < _ONES.get(words[0], 0) < 10:
        rest = words[3:] if words[2:3] == ["and"] else words[2:]
        below = _english_whole(rest) if rest else 0.0
        return None if below is None or below >= 100 else _ONES[words[0]] * 100 + below
    if len(words) > 1 and words[-1] == "hundred" and words[-2] != "hundred":
        above = _english_whole(words[:-1])  # "Twenty-two hundred kelvin."
        return above * 100 if above is not None and 10 < above < 100 else None
    if len(words) == 1:
        value = _ONES.get(words[0], _TENS.get(words[0]))
        return None if value is None else float(value)
    if len(words) == 2 and words[0] in _TENS and 0 < _ONES.get(words[1], 0) < 10:
        return float(_TENS[words[0]] + _ONES[words[1]])
    return None


def _chinese_number(text: str) -> float | None:
    """Read 三十, 一百二十, 二百零五, 零点五."""
    whole, point, decimals = text.partition("点")
    total = _chinese_whole(whole)
    if total is None or not point:
        return total
    if not decimals or len(decimals) > 9 or any(char not in _DIGITS for char in decimals):
        return None
    return float(f"{total:.0f}.{''.join(str(_DIGITS[char]) for char in decimals)}")


def _chinese_whole(text: str) -> float | None:
    total, digit, place = 0, -1, 10_000
    for position, char in enumerate(text):
        if char in _DIGITS:
            if digit > 0 or (digit == 0 and position == 1):
                return None
            digit = _DIGITS[char]
        elif char in _PLACES and _PLACES[char] < place and digit != 0:
            place = _PLACES[char]
            total += (1 if digit < 0 else digit) * place
            digit = -1
        else:
            return None
    # 一百二 is 120: a last digit right behind 百 or 千 counts the next place down.
    if digit > 0 and place in (100, 1000) and text[-2] in _PLACES:
        digit *= place // 10
    return float(total + max(digit, 0)) if text else None
