"""Words of the owner's own: what they stand for, what they never do, and how a mistake is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd import config
from agentd.brains import own_words
from agentd.brains.language import normalise
from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.own_words import OwnWords
from agentd.brains.quantity import UNITS
from agentd.brains.stop_words import EMERGENCY, STOP
from agentd.brains.synonyms import Synonyms
from agentd.errors import ConfigError
from agentd.model import Device, Example
from tests.brains.homes import CHINESE, ENGLISH, shown

MINE = """
[words.synonyms]
telly = "TV"
"old telly" = "kitchen light"
"开下" = "打开"

[[words.examples]]
say = "Cosy time!"
do = [
  "set_light light.living_room brightness_pct=20 color='warm white'",
  "activate scene.movie",
]

[[words.examples]]
say = "set the mood to {number}"
do = ["set_light light.living_room brightness_pct={number}"]

[[words.examples]]
say = "把心情调到{number}"
do = ["set_light light.living_room brightness_pct={number}"]

[[words.examples]]
say = "from {number} up to {number2}"
do = [
  "set_fan fan.kitchen speed_pct={number}",
  "set_media media_player.living_room media='track {number2}'",
]

[[words.examples]]
say = "scoot {number}"
do = ["drive rover distance_m={number}"]

[[words.examples]]
say = "how is the air?"
do = ["get_state sensor.temperature"]
"""
COSY = [
    "set_light light.living_room brightness_pct=20 color=warm white",
    "activate scene.movie",
]


def read(tmp_path: Path, text: str = MINE) -> OwnWords:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    settings = config.load(path, {})
    return own_words.build(settings.words, lambda place: config.where(path, place))


def calls(own: OwnWords, words: str, devices: Sequence[Device] = ENGLISH) -> list[str]:
    return [shown(call) for call in own.calls(normalise(words), devices)]


def mood(value: float) -> list[str]:
    return [f"set_light light.living_room brightness_pct={value}"]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("cosy time", COSY),
        ("Please, COSY time!!", COSY),
        ("could you do cosy time", []),
        ("could you cosy time please?", COSY),
        ("cosy time?", []),
        ("is it cosy time", []),
        ("cosy times", []),
        ("no cosy time", []),
        ("cosy time and open the garage", []),
        ("set mood to 30", mood(30)),
        ("set the mood to 30%", mood(30)),
        ("set the mood to thirty-five percent", mood(35)),
        ("set a mood to half", mood(50)),
        ("set the mood to a hundred", mood(100)),
        ("set the mood to 12.5", mood(12.5)),
        ("set the mood to -3", mood(-3)),
        ("set the mood to blue", []),
        ("请把心情调到 百分之三十", mood(30)),
        ("把心情调到一半吧", mood(50)),
        (
            "from ten up to 3",
            [
                "set_fan fan.kitchen speed_pct=10",
                "set_media media_player.living_room media=track 3",
            ],
        ),
        ("scoot 20 cm", ["drive rover distance_m=0.2"]),
        ("scoot half a metre", ["drive rover distance_m=0.5"]),
        ("how is the air", ["get_state sensor.temperature"]),
        ("how's the air", []),
    ],
)
def test_an_example_is_matched_as_a_whole(tmp_path: Path, words: str, wanted: list[str]) -> None:
    assert calls(read(tmp_path), words) == wanted


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("scoot 20", Why.AMOUNT),
        ("scoot 20 degrees", Why.VALUE),
        ("set the mood to 30 cm", Why.VALUE),
    ],
)
def test_a_number_in_another_unit_is_asked_about(tmp_path: Path, words: str, why: Why) -> None:
    with pytest.raises(NotUnderstood) as problem:
        read(tmp_path).calls(words, ENGLISH)
    assert problem.value.why is why


def test_a_time_may_be_said_with_any_example(tmp_path: Path) -> None:
    found = read(tmp_path).calls("in ten minutes cosy time", ENGLISH)
    assert [(call.tool, call.after_s) for call in found] == [("set_light", 600), ("activate", 600)]


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("turn on the telly", "turn on the TV"),
        ("TELLY on, Telly off", "TV on, TV off"),
        ("the telly's volume", "the TV's volume"),
        ("tellys and intelly", "tellys and intelly"),
        ("turn on my old telly", "turn on my kitchen light"),
        ("开下telly", "打开TV"),
        ("请开下灯", "请打开灯"),
    ],
)
def test_synonyms_are_whole_words_or_characters_the_longest_first(
    tmp_path: Path, said: str, plain: str
) -> None:
    assert read(tmp_path).said(said, ENGLISH) == plain


def test_a_synonym_is_used_once_and_never_within_a_devices_own_name() -> None:
    synonyms = Synonyms({"a": "b", "b": "a", "kitchen": "bathroom", "light on": "lamp"})
    synonyms.know(ENGLISH)
    assert synonyms.said("a b") == "b a"
    assert synonyms.said("kitchen light on in the kitchen") == "kitchen light on in the bathroom"


def test_letters_that_only_look_alike_break_nothing() -> None:
    synonyms = Synonyms({"kiste": "box", "Straße": "hall"})
    assert synonyms.said("Kiste, K\u0130STE, k\u0131ste") == "box, K\u0130STE, k\u0131ste"
    assert synonyms.said("straße und STRAßE") == "hall und hall"


def test_a_sentence_of_many_synonyms_stays_short() -> None:
    own = OwnWords(Synonyms({"x": "y" * 60}))
    with pytest.raises(NotUnderstood) as problem:
        own.said("x " * 30, ENGLISH)
    assert problem.value.why is Why.LONG


WORD = st.text(alphabet="abk电灯视 '", min_size=1, max_size=6).map(normalise).filter(bool)


@given(
    st.dictionaries(WORD, WORD, max_size=5),
    st.lists(WORD, max_size=4),
    st.lists(WORD, min_size=1, max_size=3),
)
def test_no_synonym_changes_a_devices_name_or_a_sentence_without_it(
    words: dict[str, str], around: list[str], names: list[str]
) -> None:
    devices = [replace(ENGLISH[0], id=f"light.{at}", name=each) for at, each in enumerate(names)]
    synonyms = Synonyms(words)
    synonyms.know(devices)
    for name in names:
        assert synonyms.said(name) == name
        assert f", {name}." in synonyms.said(f"{' '.join(around)}, {name}.")
    rest = normalise(" ".join(around))
    if not any(word in rest for word in words):
        assert synonyms.said(rest) == rest
    same = Synonyms({word: word for word in words})
    assert same.said(rest) == rest


@given(st.text(max_size=80))
def test_any_text_is_an_example_or_a_clear_error(say: str) -> None:
    settings = config.Words(
        examples=(config.SaidExample(say=say or "x", do=("activate scene.movie",)),)
    )
    try:
        own = own_words.build(settings, str)
    except ConfigError as error:
        assert "words" in str(error)
        return
    words = normalise(say.replace("{number}", "30").replace("{number2}", "30"))
    own.calls(words, ENGLISH)


@given(st.floats(0, 100).map(lambda value: round(value, 2)), st.sampled_from(["", "%", " percent"]))
def test_every_number_said_is_the_number_set(value: float, unit: str) -> None:
    settings = config.Words(
        examples=(
            config.SaidExample(say="mood {number} now then", do=("set_light x b_pct={number}",)),
        )
    )
    (call,) = own_words.build(settings, str).calls(f"mood {value:g}{unit} now then", ENGLISH)
    assert call.arguments == {"device": "x", "b_pct": pytest.approx(value)}


def example(say: str, *do: str) -> str:
    return f"[[words.examples]]\nsay = {say!r}\ndo = {list(do)!r}\n"


GOOD = example("cosy time", "activate scene.movie")


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (GOOD + example("b", "set_ligth light.a on=true"), 6, 'did you mean "set_light"?'),
        (example("b", "activate scene.a", "fly"), 3, 'there is no tool "fly"'),
        (example("b", ""), 3, "empty call"),
        (example("b", "set_light light.a color='warm"), 3, "No closing quotation"),
        (example("b", "set_light on=true"), 3, "needs a device"),
        (example("b", "set_light light.a"), 3, "needs an argument"),
        (example("b", "set_light light.a on = true"), 3, "is not argument=value"),
        (example("b", "set_light light.a on=true on=false"), 3, "given twice"),
        (example("b", "drive rover speed_mps=1"), 3, "needs distance_m"),
        (example("b", "drive rover distance_m=1 angle_deg=3"), 3, "has no angle_deg"),
        (example("b", "activate scene.a on=true"), 3, "nothing but a device"),
        (example("b", "emergency_stop rover"), 3, "is no device id"),
        (example("b", "set_light light.a brightness_pct={number}"), 3, "no {number} in its `say`"),
        (example("b {room}", "activate scene.a"), 2, "no slot {room}"),
        (example("b {number", "activate scene.a"), 2, "brace"),
        (example("{number}", "activate scene.a"), 2, "words of its own"),
        (example("b {number} {number2}", "activate scene.a"), 2, "a word between"),
        (example("b {number} and {number}", "activate scene.a"), 2, "each once"),
        (example("go {number} cm", "drive rover distance_m={number}"), 2, 'leave out "cm"'),
        (example("转{number}度", "turn rover angle_deg={number}"), 2, 'leave out "度"'),
        (example("tea in ten minutes", "activate scene.a"), 2, "leave the time out"),
        (GOOD + example("The cosy time!", "activate scene.b"), 5, "the same as an example above"),
        (example("Stop!", "activate scene.a"), 2, "stops what moves"),
        (example("hey, stop", "activate scene.a"), 2, "stops what moves"),
        (example("stop, hammer time", "activate scene.a"), 2, "stops what moves"),
        (example("急停", "activate scene.a"), 2, "stops what moves"),
        ("[words.synonyms]\n'go'='drive'\n'halt now'='go'\n", 3, 'holds "halt"'),
        ("[words.synonyms]\n'快停'='前进'\n", 2, "stops what moves"),
        ("[words.synonyms]\n'Telly'='TV'\n'telly'='TV'\n", 3, 'the same word as "Telly"'),
        ("[words.synonyms]\n'telly'=' '\n", 2, "at least one word"),
        ("[words.synonyms]\n'telly'=''\n", 2, "at least 1 character"),
        ("[words.synonym]\n'telly'='TV'\n", 1, 'did you mean "synonyms"?'),
        ("[[words.examples]]\nsay='b'\ndo=[]\n", 3, "at least 1 item"),
        (GOOD + "[[words.examples]]\nsay='b'\n", 4, '"words.examples.1.do" is missing'),
    ],
)
def test_a_mistake_is_told_at_the_start_with_line_and_cure(
    tmp_path: Path, text: str, line: int, told: str
) -> None:
    with pytest.raises(ConfigError) as error:
        read(tmp_path, text)
    assert f"config.toml:{line}: " in str(error.value)
    assert told in str(error.value)


@pytest.mark.parametrize("word", sorted(STOP | EMERGENCY))
def test_no_stop_word_can_be_given_another_meaning(tmp_path: Path, word: str) -> None:
    for text in (
        example(word, "activate scene.a"),
        example(f"please {word}!" if word.isascii() else f"请{word}吧", "activate scene.a"),
        f'[words.synonyms]\n"{word}" = "go"\n',
        f'[words.synonyms]\n"now {word}" = "go"\n',
    ):
        with pytest.raises(ConfigError, match="stops what moves"):
            read(tmp_path, text)


def test_a_word_of_ones_own_may_mean_stop(tmp_path: Path) -> None:
    own = read(tmp_path, '[words.synonyms]\n"prr" = "stop"\n')
    assert calls(own, "Prr!") == ["stop"]


def test_no_unit_is_part_of_an_examples_words(tmp_path: Path) -> None:
    for unit in UNITS:
        with pytest.raises(ConfigError, match="leave out"):
            read(tmp_path, example(f"go {{number}} {unit}", "drive rover distance_m={number}"))


def test_the_examples_of_the_shipped_settings_can_be_used(tmp_path: Path) -> None:
    shipped = (Path(__file__).parents[2] / "config.toml").read_text(encoding="utf-8")
    text = shipped[shipped.index("[words.synonyms]") : shipped.index("[store]")]
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    code = [line for line in lines if line.startswith(("[", '"', "say = ", "do = "))]
    own = read(tmp_path, "\n".join(code))
    assert calls(own, "cosy time") == COSY
    assert calls(own, "set the mood to half") == mood(50)
    assert own.said("开下 the telly", ENGLISH) == "打开 the TV"


def with_examples(device_id: str, *examples: Example) -> Device:
    device = next(each for each in ENGLISH if each.id == device_id)
    return replace(device, examples=examples)


WAVE = Example("wave hello", {"angle_deg": 90})


def test_a_devices_examples_come_and_go_with_it() -> None:
    own = OwnWords()
    arm = with_examples("arm.base", WAVE, Example("lean {number}", {"angle_deg": "{number}"}))
    assert calls(own, "Wave hello!", [arm]) == ["set_servo arm.base angle_deg=90"]
    assert calls(own, "lean forty degrees", [arm]) == ["set_servo arm.base angle_deg=40"]
    assert calls(own, "wave hello", CHINESE) == []
    assert calls(own, "arm base, wave hello", [arm]) == ["set_servo arm.base angle_deg=90"]


def test_a_drives_example_drives_or_turns_by_what_it_sets() -> None:
    rover = with_examples(
        "rover",
        Example("come here", {"distance_m": 0.5, "speed_mps": 0.1}),
        Example("about face", {"angle_deg": 180}),
    )
    scene = with_examples("scene.movie", Example("popcorn"))
    home = [rover, scene]
    assert calls(OwnWords(), "come here", home) == ["drive rover distance_m=0.5 speed_mps=0.1"]
    assert calls(OwnWords(), "about face", home) == ["turn rover angle_deg=180"]
    assert calls(OwnWords(), "popcorn", home) == ["activate scene.movie"]


def test_the_same_example_of_two_devices_asks_which_one() -> None:
    home = [with_examples("arm.base", WAVE), with_examples("arm.gripper", WAVE)]
    with pytest.raises(NotUnderstood) as problem:
        OwnWords().calls("wave hello", home)
    assert problem.value.why is Why.AMBIGUOUS
    assert problem.value.names == ("Arm base", "Gripper")
    assert calls(OwnWords(), "wave hello gripper", home) == ["set_servo arm.gripper angle_deg=90"]


def test_the_settings_win_over_a_device(tmp_path: Path) -> None:
    arm = with_examples("arm.base", Example("cosy time", {"angle_deg": 90}))
    assert calls(read(tmp_path), "cosy time", [arm]) == COSY


@pytest.mark.parametrize("say", ["stop", "whoa, stop", "{number}", "in ten minutes wave"])
def test_a_devices_example_that_means_something_else_is_left_out_with_a_warning(
    say: str, caplog: pytest.LogCaptureFixture
) -> None:
    arm = with_examples("arm.base", Example(say, {"angle_deg": 90}), WAVE)
    assert calls(OwnWords(), say, [arm]) == []
    assert "left out" in caplog.text
    assert calls(OwnWords(), "wave hello", [arm]) == ["set_servo arm.base angle_deg=90"]
