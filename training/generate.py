"""Makes labelled sentences: every piece with its slot, its clause's verb and where clauses begin."""

from __future__ import annotations

import random
import re
import zlib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agentd.brains.gazetteer import Gazetteer
from agentd.brains.pieces import Piece, pieces, spellings
from training import around, ha_templates, values, vocabulary
from training.sample import Said, Template
from training.things import Home, Namer

FOLDER = Path(__file__).parent / "corpus"
SLOTS = ["", "t", "r", "v", "a", "s", "m", "p", "x", "w"]
"""Nothing, target, room or floor, value, aspect, state asked for, media, speed, exception, when."""
KINDS = ["none", "command", "question"]
SEVERAL = 4
"""A word in so many templates is a word, and no slip of somebody's finger."""
HELD_OUT = 12
"""One template in so many is never trained on."""
IN_ONE_BREATH = 0.2
"""The share of commands that are drawn as one template of several clauses."""
_AND = " / "
CJK = re.compile("[\u4e00-\u9fff]")
_ASKED = ("can", "could", "would", "will", "why don't", "能", "可", "你能", "要不")
_QUESTION_MARKS = {"en": ("?", "?", " please?", "?"), "zh": ("？", "吗？", "吗", "?")}
_SO = {"en": (", ", ". ", ", so ", "! "), "zh": ("，", "。", "，所以", "！")}
_BECAUSE = {"en": (", ", ", ", " because ", ". "), "zh": ("，", "，", "，因为", "。")}
_DETERMINERS = frozenset(
    "the my our all every each both any some of that this these those a an its your single entire whole "
    "所 有 全 部 每 个 的 各 那 这 盏 我 们 家 里".split()
)
"""Words that belong to the name behind them."""
_BETWEEN = frozenset("的 里 面 中 那 边 上".split())
"""What may stand between a room and what is in it, in one name."""
_USUAL = {"v": "pct", "p": "speed"}
ROBOT = frozenset({"forward", "backward", "turn_left", "turn_right", "turn_around", "stop"})
_DOUBLED = re.compile(r"(?<![a-z])(the|my|our|all|a) (the|my|our|that|a)(?![a-z])")


@dataclass(frozen=True)
class Example:
    """A sentence in pieces and what every piece is."""

    text: str
    words: list[Piece]
    kind: int
    slots: list[int]
    verbs: list[str]
    begins: list[int]
    home: Home

    def features(self) -> tuple[list[list[int]], list[list[int]]]:
        """Return the numbers and the marks of each piece."""
        marks = Gazetteer.of(self.home.names, self.home.places).marks(self.words)
        return spellings(self.words), marks


@dataclass(frozen=True)
class _Clause:
    said: Said
    verb: str


def _lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


PLAIN = 0.45
"""The share of a verb's sentences that come from the plain lines: what most people say."""


@cache
def corpus() -> dict[str, list[tuple[str, str, float]]]:
    """Return verb, template and weight by language; `none` is a verb as well."""
    found: dict[str, list[tuple[str, str, float]]] = {"en": [], "zh": []}
    for path in sorted(FOLDER.glob("*.txt")):
        for line in _lines(path):
            if path.stem.startswith("none"):
                found["zh" if CJK.search(line) else "en"].append(("none", line, 1.0))
            else:
                verb, text = line.split(": ", 1)
                plain = path.stem.endswith(("_first", "_plain"))
                found[path.stem[:2]].append((verb, text, -1.0 if plain else 1.0))
    for language, lines in found.items():
        for line in ha_templates.lines(language):
            verb, text = line.split(": ", 1)
            lines.append((verb, text, 0.3 if verb == "none" else -1.0))
    return found


def spoken_words() -> set[str]:
    """Return the English words that several templates are made of; slips are made once or twice."""
    count: Counter[str] = Counter()
    for _, text, _ in corpus()["en"]:
        bare = re.sub(r"\{[a-z]+:[a-z]+\}", " ", text).casefold()
        count.update(set(re.findall(r"[a-z]{4,}", bare)))
    return {word for word, times in count.items() if times >= SEVERAL}


def is_held(template: str) -> bool:
    """Return whether `template` is kept for measuring."""
    return zlib.crc32(template.encode()) % HELD_OUT == 0


class Generator:
    """Draws examples; `held_out` chooses which side of the templates."""

    def __init__(self, seed: int, *, held_out: bool = False) -> None:
        self.rng = random.Random(seed)
        self._by_verb: dict[str, dict[str, tuple[list[Template], list[float]]]] = {}
        self._verb = ""
        self._in_one_breath: dict[str, list[list[tuple[str, Template]]]] = {}
        for language, lines in corpus().items():
            verbs = self._by_verb[language] = {}
            several = self._in_one_breath[language] = []
            for verb, text, weight in lines:
                if is_held(text) != held_out:
                    continue
                if _AND in verb:
                    texts = text.split("//")
                    pairs = zip(verb.split(_AND), texts, strict=True)
                    several.append([(each, Template(said)) for each, said in pairs])
                else:
                    templates, weights = verbs.setdefault(verb, ([], []))
                    templates.append(Template(text))
                    weights.append(weight)
            for _, weights in verbs.values():
                plain, other = -sum(w for w in weights if w < 0), sum(w for w in weights if w > 0)
                share = PLAIN / (1 - PLAIN) * other / plain if plain and other else 1.0
                weights[:] = [w if w > 0 else share for w in weights]

    def example(self) -> Example:
        """Return one more example."""
        language = self.rng.choice(("en", "en", "zh"))
        self._namer = Namer(language, self.rng)
        draw = self.rng.random()
        if draw < 0.27:
            made = self._nothing(language)
        elif draw < 0.42:
            made = self._question(language)
        else:
            made = self._command(language)
        self._namer.crowd()
        return made

    def _fill(self, slot: str, kind: str) -> Said:
        language, rng = self._namer.language, self.rng
        match slot:
            case "x" if kind == "room":
                return [(text, slot) for text, _ in self._namer.place("")]
            case "t" | "x":
                return self._namer.thing(kind or "able", slot)
            case "r":
                return self._namer.place(kind)
            case "p" if self._verb.startswith("turn"):
                return [(values.value(language, "spin", rng), slot)]
            case "v" | "p":
                return [(values.value(language, kind or _USUAL[slot], rng), slot)]
            case "m":
                return [(self._media(language), slot)]
            case "s":
                return [(rng.choice(vocabulary.STATES[kind or "any"].split("|")), slot)]
            case "a":
                return [(rng.choice(vocabulary.ABOUT[language]), slot)]
            case "n":
                return [(values.number(language, 1, 120, rng), slot)]
            case "who":
                return [(rng.choice(("john", "everyone", "my friend", "robot", "mom")), slot)]
            case "w":
                return [(self._word(language), slot)]
        raise ValueError(slot)

    def _media(self, language: str) -> str:
        if self.rng.random() < 0.75:
            return self.rng.choice(vocabulary.MUSIC[language])
        return " ".join(self._word(language) for _ in range(self.rng.randint(1, 3)))

    def _word(self, language: str) -> str:
        known = vocabulary.NOUNS[language]
        if self.rng.random() < 0.2:
            known = vocabulary.WORDS[language]
        if self.rng.random() < 0.7:
            return self.rng.choice(known)
        return vocabulary.made_up(language, self.rng)

    def _draw(self, language: str, verb: str) -> Said:
        self._verb = verb
        templates, weights = self._by_verb[language][verb]
        return self.rng.choices(templates, weights)[0].draw(self.rng, self._fill)

    def _nothing(self, language: str) -> Example:
        if self.rng.random() < 0.03:
            said: Said = [(self.rng.choice(around.OTHER[language]), "")]
        else:
            said = self._draw(language, "none")
        # Slots of a sentence that asks for nothing are no slots.
        plain: Said = [(text, "") for text, _ in said]
        plain.append((self.rng.choice(_ENDS[language]), ""))
        return self._assembled(language, 0, [_Clause(plain, "none")])

    def _question(self, language: str) -> Example:
        verb = self.rng.choice(("ask", "ask_is", "ask_is"))
        before = self.rng.choice(around.ASKING[language]) if self.rng.random() < 0.5 else ""
        mark = self.rng.choice(("", "?", "？", "?", "？"))
        said: Said = [(before, ""), *self._draw(language, verb), (mark, "")]
        return self._assembled(language, 2, [_Clause(said, verb)])

    def _command(self, language: str) -> Example:
        rng = self.rng
        if rng.random() < IN_ONE_BREATH:
            clauses = self._joined(language)
            gaps = [""] * (len(clauses) - 1)
            return self._spoken(language, clauses, gaps)
        count = rng.choice((1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3))
        robots = rng.random() < 0.27
        clauses = [self._clause(language, robots=robots) for _ in range(count)]
        if rng.random() < 0.1:
            clauses[-1] = self._timed(language, clauses[-1])
        if count > 1 and rng.random() < 0.06:
            clauses[-1] = _Clause([(rng.choice(around.OTHER[language]), "")], "other")
        elif count > 1 and rng.random() < 0.05:
            clauses[-1] = _Clause(self._draw(language, "ask"), "ask")
        gaps = [rng.choice(around.GAPS[language]) for _ in range(count - 1)]
        return self._spoken(language, clauses, gaps)

    def _joined(self, language: str) -> list[_Clause]:
        pairs = self.rng.choice(self._in_one_breath[language])
        return [self._said(verb, template) for verb, template in pairs]

    def _said(self, verb: str, template: Template) -> _Clause:
        self._verb = verb
        return _Clause(template.draw(self.rng, self._fill), verb)

    def _spoken(self, language: str, clauses: list[_Clause], gaps: list[str]) -> Example:
        """Return `clauses` with what people say around and between them."""
        rng = self.rng
        after = rng.choice(around.AFTER[language])
        if rng.random() < 0.45:
            before, first = rng.choice(around.BEFORE[language]), clauses[0]
            clauses[0] = _Clause([(before, ""), *first.said], first.verb)
            if before.startswith(_ASKED) and rng.random() < 0.5:
                after = rng.choice(_QUESTION_MARKS[language])
        self._with_reason(language, clauses, gaps)
        joined = [
            _Clause([*each.said, (gap, "")], each.verb)
            for each, gap in zip(clauses, [*gaps, after], strict=True)
        ]
        asks = all(each.verb.startswith("ask") or each.verb == "none" for each in clauses)
        return self._assembled(language, 2 if asks else 1, joined)

    def _with_reason(self, language: str, clauses: list[_Clause], gaps: list[str]) -> None:
        """Now and then put in front or behind why it is asked."""
        chance = self.rng.random()
        reason = _Clause([(self.rng.choice(around.REASONS[language]), "")], "none")
        if chance < 0.1:
            clauses.insert(0, reason)
            gaps.insert(0, self.rng.choice(_SO[language]))
        elif chance < 0.15:
            clauses.append(reason)
            gaps.append(self.rng.choice(_BECAUSE[language]))

    def _clause(self, language: str, *, robots: bool) -> _Clause:
        rng, verbs = self.rng, self._by_verb[language]
        names = [verb for verb in verbs if not verb.startswith("ask") and verb != "none"]
        if robots and rng.random() < 0.8:
            names = [verb for verb in names if verb in ROBOT]
        elif not robots:
            names = [verb for verb in names if verb not in ROBOT or verb == "stop"]
        weights = [max(20, len(verbs[verb][0])) ** 0.6 for verb in names]
        verb = rng.choices(names, weights)[0]
        said = self._draw(language, verb)
        if verb in ("on", "off", "open", "close", "lock", "dim", "set") and rng.random() < 0.05:
            said = self._sparing(said, language)
        return _Clause(said, verb)

    def _sparing(self, said: Said, language: str) -> Said:
        spared = self._namer.thing("able", "x") if self.rng.random() < 0.7 else []
        if not spared:
            spared = [(text, "x") for text, _ in self._namer.place("")]
        if language == "zh":
            before, after = self.rng.choice(
                (("除了", "，"), ("除了", "以外，"), ("除", "外"), ("除了", "之外"))
            )
            return [(before, ""), *spared, (after, ""), *said]
        but = (
            " except ",
            " except for ",
            " but not ",
            ", except ",
            " apart from ",
            ", but not ",
            " other than ",
            " excluding ",
        )
        return [*said, (self.rng.choice(but), ""), *spared]

    def _timed(self, language: str, clause: _Clause) -> _Clause:
        rng = self.rng
        if rng.random() < 0.4:
            lasts = values.lasting(language, rng)
            return _Clause(
                [*clause.said, (" " if language == "en" else "", ""), (lasts, "w")], clause.verb
            )
        when = values.when(language, rng)
        if language == "zh" or rng.random() < 0.4:
            gap = rng.choice(("", "", "，", "请")) if language == "zh" else rng.choice((" ", ", "))
            return _Clause([(when, "w"), (gap, ""), *clause.said], clause.verb)
        return _Clause([*clause.said, (" ", ""), (when, "w")], clause.verb)

    def _assembled(self, language: str, kind: int, clauses: list[_Clause]) -> Example:
        chars: list[tuple[str, str, int]] = []
        for number, clause in enumerate(clauses):
            said = [(char.lower(), slot) for text, slot in clause.said for char in text]
            chars += [(char, slot, number) for char, slot in _typed(said, self.rng)]
        text = "".join(char for char, _, _ in chars)
        if language == "en" and kind:
            doubled = [m.span(1) for m in _DOUBLED.finditer(text)]
            for start, end in reversed(doubled):
                del chars[start : end + 1]
            text = "".join(char for char, _, _ in chars)
        words = pieces(text)
        belongs = [chars[word.start][2] for word in words]
        begins = [int(at == 0 or belongs[at] != belongs[at - 1]) for at in range(len(words))]
        said_slots = _agreed([chars[word.start][1] for word in words], [w.text for w in words])
        slots = [SLOTS.index(slot) if kind else 0 for slot in said_slots]
        verbs = [clauses[number].verb for number in belongs]
        return Example(text, words, kind, slots, verbs, begins, self._namer.home)


_ENDS = {
    "en": ("", "", "", "", ".", ".", "!", "?", "?", "...", " :)"),
    "zh": ("", "", "", "", "。", "！", "？", "？", "…", "~"),
}


def _agreed(slots: list[str], words: list[str]) -> list[str]:
    """Return the slots as every corpus shall have them: a name with its article and its room."""
    found = list(slots)
    for at in range(len(found) - 2, -1, -1):
        behind = found[at + 1]
        if not found[at] and behind in ("t", "r", "x") and words[at] in _DETERMINERS:
            found[at] = behind
    at = 0
    while at < len(found):
        if found[at] == "r":
            end = at
            while end < len(found) and found[end] == "r":
                end += 1
            gap = end
            while gap < len(found) and not found[gap] and words[gap] in _BETWEEN:
                gap += 1
            if gap < len(found) and found[gap] == "t":
                found[at:gap] = ["t"] * (gap - at)
            at = gap
        at += 1
    return found


def _typed(chars: list[tuple[str, str]], rng: random.Random) -> list[tuple[str, str]]:
    """Return the characters with now and then a slip of the finger in a Latin word."""
    if rng.random() > 0.09:
        return chars
    places = [i for i, (char, _) in enumerate(chars) if char.isascii() and char.isalpha()]
    if len(places) < 6:
        return chars
    at = rng.choice(places)
    char, slot = chars[at]
    swapped = [*reversed(chars[at : at + 2])]
    slips = [[], [(char, slot)] * 2, [(rng.choice("abcdefghijklmnopqrstuvwxyz"), slot)]]
    if rng.random() < 0.3 and len(swapped) == 2 and swapped[0][1] == slot:
        return chars[:at] + swapped + chars[at + 2 :]
    return chars[:at] + rng.choice(slips) + chars[at + 1 :]
