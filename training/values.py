"""Values in every spelling: numbers in digits and words, units, fractions, steps, times."""

from __future__ import annotations

import random

from training import vocabulary as words

ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
EN_LENGTH = " cm|cm| m| meters| centimeters| metres| inches| feet| mm| meter| foot| centimetres| inch| millimeters| ft|m| yards| km| kilometers| millimetres".split(
    "|"
)
ZH_LENGTH = "厘米|米|公分|毫米|cm|m|厘米|米|英尺|英寸|公尺|公里|千米|步".split("|")
EN_MORE = " and a quarter| and a half| and three quarters".split("|")
EN_PARTS = "half a|a quarter of a|one and a half|two and a half|three quarters of a|a third of a|a|one|a half|a couple of|half of a|1/2|1 1/2".split(
    "|"
)
EN_TURNS = "a quarter turn|half a turn|a full turn|one turn|half a circle|a quarter of a turn|a half turn|one full turn|two turns|one and a half turns|three quarters of a turn|a full circle|a quarter circle|one rotation|a complete rotation|a full rotation|180|90|a right angle|right angles|an eighth of a turn|a full spin|three quarter turns|a sixth of a turn|an eighth turn|a full 360".split(
    "|"
)
ZH_TURNS = "半圈|一圈|四分之一圈|两圈|一整圈|一圈半|四分之三圈|三分之一圈|半周|一周|大半圈|360度|一百八十度|九十度|直角|一个直角|八分之一圈|零度|零".split(
    "|"
)
EN_PERCENT = "half|maximum|max|full|the max|minimum|min|a quarter|a third|full brightness|the highest|the lowest|two thirds|three quarters|one quarter|fifty percent|100 per cent|zero|its lowest|its brightest|the maximum|the minimum|full power|half power|halfway|half way|one third|half volume|the very lowest|one hundred percent|0|1%|the brightest|the dimmest".split(
    "|"
)
ZH_PERCENT = "一半|最大|最亮|最小|最高|最低|最暗|三分之一|四分之一|三分之二|四分之三|百分百|五成|八成|三成|半开|最大值|最小值|一成|七成|五分之一|零|满格|顶格|一半的亮度|最高亮度|最低亮度|全开".split(
    "|"
)


def number(language: str, low: int, high: int, rng: random.Random) -> str:
    """Return a whole number in digits or in words."""
    value = rng.randint(low, high) if rng.random() < 0.5 else rng.choice(range(low, high + 1, 5))
    if rng.random() < 0.6:
        return str(value)
    return english(value, rng) if language == "en" else chinese(value)


def english(value: int, rng: random.Random) -> str:
    """Return a number below ten thousand in English words."""
    if value < 20:
        return ONES[value]
    if value < 100:
        return TENS[value // 10 - 2] + (rng.choice("- ") + ONES[value % 10] if value % 10 else "")
    size, name = (1000, "thousand") if value >= 1000 else (100, "hundred")
    rest, many = value % size, ONES[value // size]
    many = rng.choice(("a", many)) if many == "one" else many
    return f"{many} {name}" + (rng.choice((" and ", " ")) + english(rest, rng) if rest else "")


def chinese(value: int) -> str:
    """Return a number below ten thousand in Chinese characters."""
    digits = "零一二三四五六七八九"
    if value < 10:
        return digits[value]
    if value < 100:
        ten = "" if value < 20 else digits[value // 10]
        return ten + "十" + (digits[value % 10] if value % 10 else "")
    size, name = (1000, "千") if value >= 1000 else (100, "百")
    rest = value % size
    zero = "零" if 0 < rest < size // 10 else "一" if 10 <= rest < 20 else ""
    return (
        digits[value // size].replace("二", "两" if size == 1000 else "二")
        + name
        + zero
        + (chinese(rest) if rest else "")
    )


def value(language: str, kind: str, rng: random.Random) -> str:
    """Return what is said for a value of `kind`."""
    return rng.choice(_options(language == "zh", language, kind, rng))


def _options(zh: bool, language: str, kind: str, rng: random.Random) -> list[str]:
    def n(low: int, high: int) -> str:
        return number(language, low, high, rng)

    def decimal(high: int) -> str:
        return f"{rng.randint(0, high)}.{rng.choice((1, 2, 3, 5, 5, 7, 8, 25, 75))}"

    match kind:
        case "pct":
            plain = [f"{n(1, 100)}%", f"{rng.randint(0, 100)}%", n(0, 100), n(0, 100)]
            if zh:
                return [
                    *plain,
                    f"百分之{chinese(rng.randint(1, 100))}",
                    f"百分之{n(1, 100)}",
                    rng.choice(ZH_PERCENT),
                    f"{rng.randint(1, 100)}％",
                ]
            return [
                *plain,
                f"{n(1, 100)} percent",
                f"{n(1, 100)} percent",
                f"{n(1, 99)} %",
                f"{n(1, 99)} per cent",
                *rng.choices(EN_PERCENT, k=2),
            ]
        case "temp":
            if zh:
                return [
                    f"{n(10, 32)}度",
                    f"{n(10, 32)}度",
                    n(10, 32),
                    f"{rng.randint(10, 30)}.5度",
                    f"{n(10, 32)}摄氏度",
                    f"{rng.randint(10, 30)}°C",
                    f"{chinese(rng.randint(10, 30))}度半",
                    f"{chinese(rng.randint(10, 30))}点五度",
                    f"{rng.randint(60, 80)}华氏度",
                ]
            return [
                f"{n(10, 32)} degrees",
                f"{n(10, 32)} degrees",
                n(10, 32),
                f"{rng.randint(10, 30)}.5 degrees",
                f"{n(10, 30)} °c",
                f"{n(50, 90)} fahrenheit",
                f"{n(50, 90)}°F",
                f"{n(10, 30)} degrees celsius",
                f"{n(10, 30)}°",
                f"{n(50, 90)} degrees fahrenheit",
                f"{english(rng.randint(15, 29), rng)} and a half degrees",
                f"{n(10, 30)} celsius",
                f"{rng.randint(10, 30)}c",
                f"{rng.randint(10, 30)}.5",
                f"{english(rng.randint(15, 29), rng)} point five",
                f"{n(10, 32)} deg",
            ]
        case "angle":
            if zh:
                return [
                    f"{n(5, 270)}度",
                    f"{n(5, 360)}°",
                    f"{chinese(rng.randint(5, 180))}度",
                    f"{n(1, 1200)}度",
                    *rng.choices(ZH_TURNS, k=2),
                    f"{decimal(90)}度",
                    f"{n(5, 180)}",
                ]
            return [
                f"{n(5, 270)} degrees",
                f"{n(5, 270)} deg",
                f"{n(5, 360)}°",
                f"{n(5, 1200)} degrees",
                *rng.choices(EN_TURNS, k=2),
                n(5, 180),
                f"{n(5, 270)} degree",
                f"{decimal(90)} degrees",
            ]
        case "dist":
            unit = rng.choice(ZH_LENGTH if zh else EN_LENGTH)
            plain = [
                f"{n(1, 90)}{unit}",
                f"{n(1, 300)}{unit}",
                f"{decimal(3)}{unit}",
                f"{rng.randint(1, 9)}0{unit}",
            ]
            if zh:
                one = chinese(rng.randint(1, 9)).replace("二", "两")
                return [
                    *plain,
                    f"半{unit}",
                    f"{one}米",
                    f"{one}米半",
                    f"{one}米{chinese(rng.randint(1, 9))}",
                    f"{one}米{chinese(rng.randint(1, 9))}{chinese(rng.randint(1, 9))}",
                    f"零点{chinese(rng.randint(1, 9))}米",
                    f"{chinese(rng.randint(1, 9))}点{chinese(rng.randint(1, 9))}米",
                    f"{one}{unit}",
                ]
            return [
                *plain,
                f"{rng.choice(EN_PARTS)}{rng.choice((' meter', ' metre', ' m', ' foot', ' meters', ' inch'))}",
                f"{english(rng.randint(1, 9), rng)} point {english(rng.randint(1, 9), rng)}{unit}",
                f"{english(rng.randint(1, 20), rng)}{rng.choice((' meters', ' feet', ' inches', ' centimetres'))}",
                f"{rng.choice(('a', 'one', 'two', 'three'))}{rng.choice((' meter', ' metre', ' foot'))}{rng.choice(EN_MORE)}",
                n(5, 50),
            ]
        case "by":
            if zh:
                return [
                    f"{n(1, 50)}%",
                    f"百分之{n(1, 50)}",
                    n(1, 30),
                    f"{n(1, 5)}度",
                    f"{rng.choice('一两三四五')}度",
                    f"{rng.choice('一两三')}档",
                    f"{rng.choice('一两三')}格",
                    f"百分之{chinese(rng.randint(1, 50))}",
                    "半度",
                    "两成",
                ]
            return [
                f"{n(1, 50)}%",
                f"{n(1, 50)} percent",
                n(1, 30),
                f"{n(1, 5)} degrees",
                f"{n(1, 9)} points",
                "half a degree",
                "one degree",
                "a degree",
                "a third",
                "half",
                "a notch",
                "two notches",
                f"{n(1, 50)} per cent",
                "a couple of degrees",
            ]
        case "speed":
            small = rng.choice(
                (f"0.{rng.randint(1, 9)}", f"0.{rng.randint(1, 9)}5", n(1, 60), n(1, 5))
            )
            unit = rng.choice(words.SPEED_UNITS[language])
            if zh:
                return [
                    f"{small}{unit}",
                    f"每秒{n(1, 60)}厘米",
                    f"每秒零点{chinese(rng.randint(1, 9))}米",
                    f"每秒{small}米",
                    f"零点{chinese(rng.randint(1, 9))}{unit}",
                    "每秒半米",
                    f"每秒{chinese(rng.randint(1, 9))}十公分",
                ]
            return [
                f"{small}{unit}",
                f"{small}{unit}",
                "half a meter per second",
                f"{english(rng.randint(1, 60), rng)} centimeters per second",
                f"{n(1, 60)} cm/s",
                "a tenth of a meter per second",
            ]
        case "spin":
            if zh:
                return [f"每秒{n(5, 90)}度", f"{n(5, 90)}度每秒", f"每秒钟{n(5, 90)}度"]
            return [
                f"{n(5, 90)} degrees per second",
                f"{n(5, 90)} degrees a second",
                f"{n(5, 90)} deg/s",
                f"{n(5, 90)}°/s",
            ]
        case "kelvin":
            units = ("k", "开", "K", "", "开尔文") if zh else ("k", " k", " kelvin", "", "K")
            plain = [f"{rng.randint(20, 65)}00{unit}" for unit in units]
            thousand = chinese(rng.randint(2, 6)).replace("二", "两")
            return (
                plain
                if not zh
                else [
                    *plain,
                    f"{thousand}千",
                    f"{thousand}千五",
                    f"{thousand}千五百",
                    f"{thousand}千开",
                ]
            )
        case "color":
            return words.COLORS[language]
        case "white":
            return words.WHITES[language]
        case "mode":
            return words.MODES[language]
        case "fan":
            return words.FAN_STEPS[language]
    raise ValueError(kind)


def when(language: str, rng: random.Random) -> str:
    """Return a delay, a duration or a time of day."""

    def n(low: int, high: int) -> str:
        return number(language, low, high, rng)

    if language == "zh":
        unit = rng.choice("分钟 分钟 小时 秒 秒钟 个小时 个钟头 刻钟 分 天".split())
        long = rng.choice(
            (
                f"{n(1, 60)}{unit}",
                f"半{unit.removeprefix('个')}",
                "半个小时",
                f"{rng.choice('一两三')}个半小时",
                f"{chinese(rng.randint(1, 30))}{unit}",
            )
        )
        part = rng.choice(("", "早上", "晚上", "下午", "今晚", "明天", "明早", "凌晨", "中午"))
        clock = f"{part}{rng.choice((chinese(rng.randint(1, 12)), str(rng.randint(1, 23))))}{rng.choice(('点', '点半', '点钟', '点十分', ':30', '点一刻'))}"
        return rng.choice(
            (
                f"{long}后",
                f"{long}以后",
                f"过{long}",
                f"{long}之后",
                f"{clock}",
                f"{clock}的时候",
                f"等{long}",
                f"再过{long}",
                f"{clock}整",
            )
        )
    unit = rng.choice("minutes minutes seconds hours minute hour min sec second days mins".split())
    long = rng.choice(
        (
            f"{n(1, 60)} {unit}",
            "half an hour",
            "an hour",
            "a minute",
            "a quarter of an hour",
            "an hour and a half",
            f"{english(rng.randint(1, 40), rng)} {unit}",
            f"{rng.randint(1, 3)}h",
            f"{rng.randint(1, 50)}m",
            "a couple of minutes",
            "a few minutes",
            f"{n(1, 5)} hours and {n(1, 50)} minutes",
        )
    )
    clock = f"{rng.randint(1, 12)}{rng.choice((' pm', 'am', ' am', 'pm', ':30', ':15 pm', ' o clock', ' oclock', '', ':45', ' in the evening', ' in the morning', ' tonight', ' tomorrow'))}"
    return rng.choice(
        (
            f"in {long}",
            f"in {long}",
            f"after {long}",
            f"{long} from now",
            f"at {clock}",
            f"at {english(rng.randint(1, 12), rng)}",
            f"{long} later",
            "tonight",
            "tomorrow morning",
            "at noon",
            "at midnight",
            "at half past seven",
            f"within {long}",
            "later",
            "tomorrow at eight",
        )
    )


def lasting(language: str, rng: random.Random) -> str:
    """Return for how long."""
    if language == "zh":
        unit = rng.choice("分钟 分钟 小时 秒 秒钟 个小时 个钟头 刻钟".split())
        return rng.choice(
            (
                f"{number(language, 1, 60, rng)}{unit}",
                "半小时",
                "半个小时",
                "一会儿",
                f"{rng.choice('一两三')}个半小时",
            )
        )
    unit = rng.choice("minutes minutes seconds hours minute hour min".split())
    return rng.choice(
        (
            f"for {number(language, 1, 60, rng)} {unit}",
            "for half an hour",
            "for an hour",
            "for a minute",
            "for a while",
            "for an hour and a half",
            f"for the next {number(language, 1, 60, rng)} {unit}",
            "until 10 pm",
            "till midnight",
        )
    )
