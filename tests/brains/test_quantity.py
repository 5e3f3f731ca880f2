"""Numbers and units in words and digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.brains.quantity import Quantity, parse_number, parse_quantity

SAID = [
    ("20 cm", 0.2, "m"),
    ("20cm", 0.2, "m"),
    ("0.5 m", 0.5, "m"),
    ("half a meter", 0.5, "m"),
    ("half a metre", 0.5, "m"),
    ("one and a half metres", 1.5, "m"),
    ("two point five meters", 2.5, "m"),
    ("10 inches", 0.254, "m"),
    ("3 feet", 0.9144, "m"),
    ("二十厘米", 0.2, "m"),
    ("20公分", 0.2, "m"),
    ("半米", 0.5, "m"),
    ("一米半", 1.5, "m"),
    ("零点五米", 0.5, "m"),
    ("90 degrees", 90, "deg"),
    ("ninety degrees", 90, "deg"),
    ("90°", 90, "deg"),
    ("a quarter turn", 90, "deg"),
    ("half a turn", 180, "deg"),
    ("two full turns", 720.0, "deg"),
    ("九十度", 90, "deg"),
    ("四分之一圈", 90, "deg"),
    ("半圈", 180, "deg"),
    ("30%", 30, "%"),
    ("３０％", 30, "%"),
    ("thirty percent", 30, "%"),
    ("百分之三十", 30, "%"),
    ("half", 50, "%"),
    ("一半", 50, "%"),
    ("a quarter", 25, "%"),
    ("三分之一", 33.333333, "%"),
    ("the maximum", 100, "%"),
    ("最亮", 100, "%"),
    ("twenty", 20, ""),
    ("三十", 30, ""),
    ("二百五", 250, ""),
    ("一百零五", 105, ""),
    ("two hundred and five", 205, ""),
    ("21.5 °C", 21.5, "C"),
    ("72 fahrenheit", 22.2, "C"),
    ("二十六摄氏度", 26, "C"),
    ("4000 K", 4000, "K"),
    ("0.2 m/s", 0.2, "m/s"),
    ("minus five degrees", -5, "deg"),
]


@pytest.mark.parametrize(("phrase", "value", "unit"), SAID)
def test_a_phrase_is_this_quantity(phrase: str, value: float | None, unit: str) -> None:
    found = parse_quantity(phrase)
    assert found == (None if value is None else Quantity(pytest.approx(value), unit))


@pytest.mark.parametrize(
    "phrase",
    [
        *("", " ", "cm", "m 20", "20 cm left", "twenty thirty", "1e5", "nan", "inf", "0x10"),
        *(
            "1.2.3",
            "20 30",
            "a lot",
            "half the distance to the wall",
            "十百",
            "百",
            "二二",
            "点五",
            "三十厘",
            "20 bananas",
        ),
        *("forward 20 cm", "9" * 40, "one hundred hundred", "--5", "minus minus five", "½" * 9),
    ],
)
def test_what_is_not_wholly_a_quantity_is_none(phrase: str) -> None:
    assert parse_quantity(phrase) is None


@given(st.integers(0, 999))
def test_english_words_come_back_as_the_number(number: int) -> None:
    assert parse_number(english(number)) == number


@given(st.integers(0, 9999))
def test_chinese_words_come_back_as_the_number(number: int) -> None:
    assert parse_number(chinese(number)) == number


@given(st.integers(-9999, 9999), st.sampled_from(["", "%", " cm", "厘米", " degrees", "度"]))
def test_digits_come_back_as_the_number(number: int, unit: str) -> None:
    found = parse_quantity(f"{number}{unit}")
    assert found is not None
    factor = 0.01 if found.unit == "m" else 1
    assert found.value == pytest.approx(number * factor)


@given(st.text(max_size=80))
def test_any_text_is_a_quantity_or_none(text: str) -> None:
    parse_quantity(text)


ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["-", "-", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def english(number: int) -> str:
    if number < 20:
        return ONES[number]
    if number < 100:
        return TENS[number // 10] + (f"-{ONES[number % 10]}" if number % 10 else "")
    rest = f" and {english(number % 100)}" if number % 100 else ""
    return f"{ONES[number // 100]} hundred{rest}"


def chinese(number: int) -> str:
    if number == 0:
        return "零"
    said, gap = "", False
    for place, word in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // place % 10
        if digit:
            said += ("零" if gap and said else "") + "零一二三四五六七八九"[digit] + word
            gap = False
        else:
            gap = True
    return said
