"""A thousand sentences that ask for nothing: small talk, the past, the hypothetical, quotes ...

Made by rules from words of homes and robots (the hard ones) and written by hand (the natural
ones). Like the robot sentences, these are for measuring alone: no training may read them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path

from eval.rows import Dataset
from eval.written import Line, dataset, parse

SEED = 41
QUOTAS = {"en": 600, "zh": 400}
DATA = Path(__file__).with_name("data") / "nothing_asked.txt"

EN_THINGS = (
    "the kitchen light",
    "the hall light",
    "the bedroom fan",
    "the garage door",
    "the living room curtain",
    "the TV",
    "the coffee machine",
    "the rover",
    "the arm",
    "the front door",
    "the thermostat",
)
EN_PAST = (
    "{t} was on all of yesterday",
    "I already turned {t} off this morning",
    "somebody left {t} running last night",
    "we used to have {t} in the other room",
    "{t} broke down two weeks ago",
    "yesterday {t} went off by itself",
    "my brother fixed {t} on Sunday",
    "they had opened {t} before we came home",
)
EN_HYPOTHETICAL = (
    "what would happen if I turned {t} off",
    "if {t} were on, it would be too bright in here",
    "suppose {t} had been left open",
    "I might switch {t} on later, not sure yet",
    "it would be nice if {t} were a bit quieter",
    "should I ever sell {t}?",
    "imagine {t} could talk",
    "would you turn {t} on if I asked you to?",
)
EN_NEGATED = (
    "don't turn on {t}",
    "please never touch {t}",
    "leave {t} alone",
    "do not switch {t} off",
    "you should not open {t}",
    "I don't want {t} to change",
    "whatever you do, don't move {t}",
    "no need to do anything with {t}",
)
EN_QUOTED = (
    'she said "turn on {t}" and I laughed',
    'the manual says "switch off {t} before cleaning"',
    'how do you spell "open {t}"?',
    'he keeps shouting "stop {t}" in his sleep',
    'what does the sentence "set {t} to 50 percent" mean?',
    'translate "close {t}" into French',
    'my favourite line is "someone turn off {t}"',
)
EN_TOLD = (
    "tell Anna to turn off {t} when she gets home",
    "I asked the electrician to switch {t} on tomorrow",
    "write a note for the cleaner: turn off {t}",
    "remind me what {t} cost",
    "compose an email about {t}",
    "explain how {t} works",
    "the kids want to turn {t} on",
    "write a poem about {t}",
    "who invented things like {t}?",
    "is it expensive to run {t} all day?",
)
EN_STATED = (
    "{t} looks great on that wall",
    "{t} is the best thing we ever bought",
    "I think {t} needs cleaning",
    "{t} uses too much power",
    "I like {t} a lot",
    "{t} is older than me",
    "my neighbour has something like {t} too",
)
EN_MOTION = (
    "I will drive forward with my plans",
    "we turned left at the church and drove 20 kilometers",
    "she drives me crazy",
    "in chess the rook moves forward or sideways",
    "he ran 5 meters and stopped",
    "the stock went back 20 percent",
    "my car can drive 400 km on one charge",
    "how far did Curiosity drive on Mars?",
    "what does it mean to turn 180 degrees in an argument?",
    "the train stops at every station",
    "we need to move forward with the project",
    "a turn of 90 degrees is called a right angle",
    "did the rover drive 2 meters yesterday?",
    "don't drive forward",
    "never turn left at that corner",
    "the rover should not move 10 cm",
    "if the rover drove forward 1 meter it would hit the wall",
    "how would I make a robot turn 90 degrees in Python?",
    "I drove back two hours in the rain",
    "grip strength drops with age",
)
EN_ASKED = (
    "what is the capital of {w}?",
    "how many people live in {w}?",
    "tell me something about {w}",
    "what language do they speak in {w}?",
    "is it warm in {w} in May?",
    "how do I get from Berlin to {w}?",
    "who was the first king of {w}?",
    "do you like {w}?",
)
EN_WORLD = ("Portugal", "Peru", "Iceland", "Morocco", "Vietnam", "Canada", "Kenya", "Norway")
EN_SUMMARY = (
    "Summarise the conversation above in {n} words",
    "Create a short title of at most {n} words for this chat",
    "Generate {n} tags for the chat about turning on the lights",
    "Rewrite the last answer in {n} sentences",
    "Suggest {n} follow-up questions the user could ask about the kitchen light",
    "You are an assistant who names conversations. Reply with a {n}-word title: turn on the TV",
    "List {n} things we talked about, such as the rover driving forward",
)
EN_TITLES = (
    "have you seen the film {m}?",
    "who directed {m}?",
    "what is the song {m} about?",
    "I read {m} twice",
    "{m} is my favourite title",
    "when did {m} come out?",
)
EN_NAMES = (
    "Turn Off the Light",
    "Open the Door",
    "Lights Out",
    "The Garage",
    "Drive",
    "Close the Window",
    "Stop Making Sense",
    "Turn Left",
    "Blinded by the Light",
    "Lock, Stock",
)
ZH_THINGS = (
    "厨房灯",
    "走廊灯",
    "卧室风扇",
    "车库门",
    "客厅窗帘",
    "电视",
    "咖啡机",
    "小车",
    "机械臂",
    "前门",
    "空调",
)
ZH_FRAMES: Mapping[str, Sequence[str]] = {
    "past": (
        "昨天{t}开了一整天",
        "我今天早上已经把{t}关了",
        "昨晚有人忘了关{t}",
        "{t}上个月坏过一次",
        "刚才{t}自己打开过",
        "我们以前的{t}比这个好",
    ),
    "hypothetical": (
        "如果打开{t}会怎么样",
        "要是{t}能说话就好了",
        "假如我把{t}关了，会不会太黑",
        "我也许晚点再开{t}",
        "你觉得我该不该换掉{t}",
    ),
    "negated": (
        "别打开{t}",
        "不要碰{t}",
        "千万别关{t}",
        "先不用管{t}",
        "{t}保持原样就行",
        "不许动{t}",
    ),
    "quoted": (
        "他说“打开{t}”，大家都笑了",
        "说明书上写着“清洁前请关闭{t}”",
        "“关掉{t}”用英语怎么说",
        "这句“把{t}调到50%”是什么意思",
    ),
    "told": (
        "告诉妈妈回家以后关{t}",
        "我让师傅明天来修{t}",
        "帮我写一封关于{t}的邮件",
        "给我讲讲{t}是怎么工作的",
        "写一首关于{t}的诗",
        "{t}一天要用多少电费",
    ),
    "stated": (
        "{t}挺好看的",
        "我很喜欢{t}",
        "{t}太费电了",
        "邻居家也有一个{t}",
        "{t}该擦一擦了",
    ),
}
ZH_WORLD = ("葡萄牙", "秘鲁", "冰岛", "摩洛哥", "越南", "加拿大", "肯尼亚", "挪威")
ZH_ASKED = ("{w}的首都是哪里", "{w}有多少人口", "{w}五月份热吗", "介绍一下{w}", "怎么去{w}")
ZH_SUMMARY = (
    "用{n}个字总结上面的对话",
    "给这段对话起一个不超过{n}个字的标题",
    "为关于开灯的对话生成{n}个标签",
    "列出我们谈到的{n}件事，比如小车前进",
)
ZH_NAMES = ("关灯以后", "打开天窗说亮话", "向左走向右走", "门锁", "前进吧", "停车暂借问")
ZH_TITLES = ("你看过电影《{m}》吗", "《{m}》是谁唱的", "《{m}》讲的是什么", "我读过两遍《{m}》")
ZH_MOTION = (
    "我们要向前看",
    "他开车往前走了二十公里",
    "火车每一站都停",
    "象棋里车可以前进也可以后退",
    "股票又退了五个点",
    "别往前开",
    "小车昨天前进了两米吗",
    "如果小车左转90度会撞墙吗",
    "怎么用Python让机器人转九十度",
    "直角是九十度",
    "这个项目要继续往前推进",
    "他的态度转了一百八十度",
    "我昨天倒车的时候蹭了一下",
    "火星车一共走了多少公里",
    "不要左转",
)
NUMBERS = ("3", "five", "ten", "12")


def datasets() -> list[Dataset]:
    """Return the English and the Chinese sentences."""
    written = list(parse(DATA.read_text(encoding="utf-8")))
    return [dataset(f"nothing_{each}", lines(each, written)) for each in QUOTAS]


def lines(language: str, written: Sequence[Line]) -> list[Line]:
    """Return the quota of one language: all that is written by hand, then a fixed choice."""
    own = [line for line in written if line[0] == language]
    made = dict.fromkeys(_english() if language == "en" else _chinese())
    rest = random.Random(SEED).sample(sorted(made), QUOTAS[language] - len(own))
    return [*own, *((language, group, words, "nothing") for group, words in rest)]


def _english() -> Iterator[tuple[str, str]]:
    frames = {
        "past": EN_PAST,
        "hypothetical": EN_HYPOTHETICAL,
        "negated": EN_NEGATED,
        "quoted": EN_QUOTED,
        "told": EN_TOLD,
        "stated": EN_STATED,
    }
    for group, wordings in frames.items():
        yield from _filled(group, wordings, "t", EN_THINGS)
    yield from (("motion words", words) for words in EN_MOTION)
    yield from _filled("the world", EN_ASKED, "w", EN_WORLD)
    yield from _filled("summary", EN_SUMMARY, "n", NUMBERS)
    yield from _filled("titles", EN_TITLES, "m", EN_NAMES)


def _chinese() -> Iterator[tuple[str, str]]:
    for group, wordings in ZH_FRAMES.items():
        yield from _filled(group, wordings, "t", ZH_THINGS)
    yield from (("motion words", words) for words in ZH_MOTION)
    yield from _filled("the world", ZH_ASKED, "w", ZH_WORLD)
    yield from _filled("summary", ZH_SUMMARY, "n", ("3", "五", "十", "12"))
    yield from _filled("titles", ZH_TITLES, "m", ZH_NAMES)


def _filled(
    group: str, wordings: Sequence[str], slot: str, words: Sequence[str]
) -> Iterator[tuple[str, str]]:
    for wording, word in product(wordings, words):
        yield group, wording.format(**{slot: word})
