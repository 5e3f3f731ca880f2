"""Makes labelled sentences: every character with its slot, its clause's verb and clause beginnings."""

from __future__ import annotations

import random
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from training import vocabulary
from training.sample import Piece, Template

FOLDER = Path(__file__).parent / "sentences"
SLOTS = ["", "t", "r", "v", "a", "s", "m", "p", "x"]
"""Nothing, target, room or floor, value, aspect, state asked for, media, speed, exception."""
KINDS = ["none", "command", "question"]
HELD_OUT = 8
"""One template in so many is never trained on."""
CJK = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Example:
    """A sentence and what every character of it is."""

    text: str
    kind: int
    slots: list[int]
    verbs: list[str]
    begins: list[int]


def _lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _held(line: str) -> bool:
    return zlib.crc32(line.encode()) % HELD_OUT == 0


class Generator:
    """Draws examples; `held_out` chooses which side of the templates."""

    def __init__(self, seed: int, *, held_out: bool = False) -> None:
        self.rng = random.Random(seed)
        self._clauses: dict[str, dict[str, list[Template]]] = {"en": {}, "zh": {}}
        for language, verbs in self._clauses.items():
            for line in _lines(FOLDER / f"{language}.txt"):
                verb, text = line.split(": ", 1)
                if _held(line) == held_out:
                    verbs.setdefault(verb, []).append(Template(text))
        none = [line for line in _lines(FOLDER / "none.txt") if _held(line) == held_out]
        self._none = {
            "zh": [Template(line) for line in none if CJK.search(line)],
            "en": [Template(line) for line in none if not CJK.search(line)],
        }

    def example(self) -> Example:
        """Return one more example."""
        language = self.rng.choice(["en", "en", "zh"])
        if self.rng.random() < 0.3:
            return self._nothing(language)
        return self._asked(language)

    def _fill(self, language: str, slot: str, kind: str, rng: random.Random) -> str:
        if slot == "w":
            known = vocabulary.WORDS[language] + vocabulary.ROOMS[language] + _nouns(language)
            return rng.choice(known) if rng.random() < 0.7 else vocabulary.made_up(language, rng)
        if slot == "n":
            return vocabulary.number(language, 1, 120, rng)
        if slot == "who":
            return rng.choice(["john", "everyone", "my friend", "robot", "house", "mom"])
        return vocabulary.fill(language, slot, kind, rng)

    def _draw(self, template: Template, language: str) -> list[Piece]:
        return template.draw(
            self.rng, lambda slot, kind, rng: self._fill(language, slot, kind, rng)
        )

    def _nothing(self, language: str) -> Example:
        pieces = self._draw(self.rng.choice(self._none[language]), language)
        text = _typed(_tidy([(text, "") for text, _ in pieces]), self.rng)
        text += [(self.rng.choice("?？.!" if language == "en" else "？！。"), "")] * (
            self.rng.random() < 0.35
        )
        size = len(text)
        return Example(_join(text), 0, [0] * size, ["none"] * size, [1] + [0] * (size - 1))

    def _clause(self, language: str, *, asking: bool) -> tuple[str, list[Piece]]:
        verbs = self._clauses[language]
        names = [verb for verb in verbs if verb.startswith("ask") == asking]
        weights = [len(verbs[verb]) ** 0.7 for verb in names]
        verb = self.rng.choices(names, weights)[0]
        pieces = self._draw(self.rng.choice(verbs[verb]), language)
        if verb in ("on", "off", "open", "close", "lock") and self.rng.random() < 0.08:
            pieces = self._except(pieces, language)
        return verb, _typed(_tidy(pieces), self.rng)

    def _except(self, pieces: list[Piece], language: str) -> list[Piece]:
        spared = vocabulary.name(language, "able", self.rng).split("{")[0]
        if language == "zh":
            return [
                ("除了", ""),
                (spared, "x"),
                (self.rng.choice(["，", "以外，", "外", "之外"]), ""),
                *pieces,
            ]
        but = self.rng.choice(
            [" except ", " except for ", " but not ", ", except ", " apart from "]
        )
        return [*pieces, (but, ""), (spared, "x")]

    def _asked(self, language: str) -> Example:
        asking = self.rng.random() < 0.22
        count = 1 if asking else self.rng.choice([1, 1, 1, 1, 2, 2, 3])
        chars: list[Piece] = [(c, "") for c in self._before(language, asking)]
        verbs, begins = ["" for _ in chars], [0 for _ in chars]
        for position in range(count):
            verb, pieces = self._clause(language, asking=asking)
            if position:
                gap = [(c, "") for c in self.rng.choice(_GAPS[language])]
                chars += gap
                verbs += [verbs[-1]] * len(gap)
                begins += [0] * len(gap)
            chars += pieces
            verbs += [verb] * len(pieces)
            begins += [1] + [0] * (len(pieces) - 1)
        tail = self.rng.choice(
            _AFTER[language]
            if not asking
            else ["", "?", "？", "?", " now?" if language == "en" else "？"]
        )
        chars += [(c, "") for c in tail]
        verbs += [verbs[-1]] * len(tail)
        begins += [0] * len(tail)
        first = begins.index(1)
        begins[first], begins[0] = 0, 1
        verbs = [verb or verbs[first] for verb in verbs]
        slots = [SLOTS.index(slot) for _, slot in chars]
        return Example(_join(chars), 2 if asking else 1, slots, verbs, begins)

    def _before(self, language: str, asking: bool) -> str:
        if asking:
            return self.rng.choice(_ASKING[language])
        return self.rng.choice(_BEFORE[language]) if self.rng.random() < 0.4 else ""


_GAPS = {
    "en": [
        " and ",
        " then ",
        " and then ",
        ", ",
        "; ",
        ", and ",
        ", then ",
        ". ",
        " and also ",
        ", but ",
        " but ",
        " plus ",
        ", and after that ",
        " after that ",
        ". then ",
    ],
    "zh": [
        "，",
        "，然后",
        "然后",
        "再",
        "，再",
        "并",
        "，并且",
        "同时",
        "，同时",
        "、",
        "；",
        "。",
        "，接着",
        "，顺便",
        "，但",
        "，最后",
    ],
}
_BEFORE = {
    "en": [
        "please ",
        "could you ",
        "can you ",
        "hey, ",
        "would you please ",
        "ok ",
        "i want you to ",
        "can you please ",
        "now ",
        "just ",
        "go ahead and ",
        "would you mind to ",
        "it's too warm, ",
        "it's dark in here, ",
        "i'm cold, ",
        "we're leaving, ",
        "hey robot ",
        "computer, ",
        "um ",
        "uh, ",
        "alright, ",
        "quickly ",
        "i need you to ",
        "time for bed, ",
        "first ",
        "let's ",
        "the baby is sleeping, ",
        "sorry, ",
        "kindly ",
        "be a dear and ",
        "do me a favour and ",
    ],
    "zh": [
        "请",
        "请帮我",
        "帮我",
        "麻烦你",
        "麻烦",
        "能不能",
        "可以",
        "你能",
        "给我",
        "请你",
        "那个，",
        "嗯，",
        "快",
        "马上",
        "现在",
        "太热了，",
        "有点暗，",
        "我要出门了，",
        "你好，",
        "小助手，",
        "劳驾",
        "先",
        "帮忙",
        "宝宝睡了，",
        "我想让你",
        "立刻",
        "可以帮我",
        "太吵了，",
    ],
}
_ASKING = {
    "en": ["", "", "", "hey, ", "please tell me ", "um, ", "quick question, ", "and "],
    "zh": ["", "", "", "请问", "请问", "嗯，", "那"],
}
_AFTER = {
    "en": [
        "",
        "",
        "",
        "",
        " please",
        ".",
        "!",
        " thanks",
        ", please",
        " now",
        " for me",
        " right now",
        " please?",
        ", will you?",
        ", thank you",
        "..",
        " again",
    ],
    "zh": [
        "",
        "",
        "",
        "",
        "吧",
        "。",
        "！",
        "谢谢",
        "，谢谢",
        "好吗",
        "好吗？",
        "一下",
        "啊",
        "可以吗？",
        "呗",
        "啦",
        "行不行",
    ],
}


def _nouns(language: str) -> list[str]:
    if language == "en":
        return "bread milk dinner homework email paris soccer pizza music movie book cat dog school work water coffee love money car train mountain idea question weather tree apple phone computer history science picture taxi flight birthday holiday eggs apples laundry russia python germany happiness summer".split()
    return "牛奶 面包 作业 邮件 北京 足球 披萨 音乐 电影 书 猫 狗 学校 工作 咖啡 爱 钱 火车 山 想法 问题 天气 树 苹果 手机 电脑 历史 科学 照片 机票 生日 假期 鸡蛋 德国 幸福 夏天 数学 歌".split()


def _tidy(pieces: list[Piece]) -> list[Piece]:
    """Return single characters with their slots, without doubled or outer spaces, lower case."""
    chars: list[Piece] = []
    for text, slot in pieces:
        for char in text:
            if char == " " and (not chars or chars[-1][0] == " "):
                continue
            chars.append((char.lower(), slot))
    while chars and chars[-1][0] == " ":
        chars.pop()
    return chars or [("a", "")]


def _typed(chars: list[Piece], rng: random.Random) -> list[Piece]:
    """Return the characters with now and then a slip of the finger in a Latin word."""
    if rng.random() > 0.12:
        return chars
    places = [i for i, (char, _) in enumerate(chars) if char.isascii() and char.isalpha()]
    if len(places) < 6:
        return chars
    at = rng.choice(places)
    char, slot = chars[at]
    slips = [[], [(char, slot)] * 2, [(rng.choice("abcdefghijklmnopqrstuvwxyz"), slot)]]
    return chars[:at] + rng.choice(slips) + chars[at + 1 :]


def _join(chars: list[Piece]) -> str:
    return "".join(char for char, _ in chars)
