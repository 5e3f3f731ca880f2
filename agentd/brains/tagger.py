"""The trained reader: from a sentence to clauses, each with a verb, its slots and how sure it is.

It marks words; which devices a marked span means is found in the registry afterwards. Recipe and
figures: `training/README.md`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from typing import Final

import numpy as np

from agentd.brains.gazetteer import MARKS, Gazetteer
from agentd.brains.language import detect_language
from agentd.brains.phrases import CONNECTOR
from agentd.brains.pieces import SPELLINGS, Piece, pieces, spellings
from agentd.errors import BrainError
from agentd.inference.session import Array, TaggerModel

MAX_CHARACTERS: Final = 300
_ALIKE: Final = {
    "on": ("clean", "resume"),
    "clean": ("on",),
    "off": ("dock",),
    "dim": ("less",),
    "less": ("dim", "quieter", "cooler"),
    "brighten": ("more",),
    "more": ("brighten", "louder", "warmer"),
    "louder": ("more",),
    "quieter": ("less",),
    "warmer": ("more",),
    "cooler": ("less",),
}
"""Verbs that come to the same for the device that is meant; a doubt between them is none."""
_ALIKE_ZH: Final = {"open": ("unlock",), "unlock": ("open",), "close": ("lock",)}
"""In Chinese the same words are said of what has a lock and of what has none: 打开, 关上."""
TURNS: Final = 0.8
"""How sure the verbs on both sides of a comma must be for it to part two clauses."""
_SEPARATES: Final = frozenset(
    {",", "，", "、", ";", "；", ".", "。", "!", "！", "and", "then", "再", "并"}
)
_LAZY_EDGES: Final = " \t,，、.。!！?？;；:："
_EDGES: Final = _LAZY_EDGES + "…~-"
_NOBODY: Final = Gazetteer(())


@dataclass(frozen=True, slots=True)
class Span:
    """Words that fill `slot`, and where they stand in their clause."""

    slot: str
    words: str
    start: int

    @property
    def end(self) -> int:
        """Where they end in their clause."""
        return self.start + len(self.words)


@dataclass(frozen=True, slots=True)
class Tagged:
    """One clause. `sure` is the lower of the mean probabilities of its verb and its slots."""

    words: str
    verb: str
    spans: tuple[Span, ...]
    sure: float

    def all(self, slot: str) -> list[str]:
        """Return the words of every span that fills `slot`, in order."""
        return [span.words for span in self.spans if span.slot == slot]


@dataclass(frozen=True, slots=True)
class Tagging:
    """A whole sentence: `kind` is none, command or question, with its probability."""

    kind: str
    sure: float
    clauses: tuple[Tagged, ...]


KINDS: Final = ("none", "command", "question")
_SLOTS: Final = {
    "": "",
    "t": "target",
    "r": "room",
    "v": "value",
    "a": "about",
    "s": "state",
    "m": "media",
    "p": "speed",
    "x": "except",
    "w": "when",
}


_NAMING: Final = frozenset({"target", "room", "except", "about"})


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a piece fills, how sure that is, and whether another name ends right before it."""

    slot: str
    sure: float
    parted: bool


class Tagger:
    """The model and its side file. Loading takes well under a tenth of a second."""

    def __init__(self, folder: Traversable | None = None) -> None:
        """Load from `folder`. Raises `BrainError` when the model is missing or damaged."""
        folder = folder or files("agentd.brains").joinpath("models")
        try:
            model = folder.joinpath("tagger.onnx").read_bytes()
            side = json.loads(folder.joinpath("tagger.json").read_text(encoding="utf-8"))
            if hashlib.sha256(model).hexdigest() != side["sha256"]:
                raise ValueError("its checksum is another")
            self._verbs: list[str] = side["verbs"]
            self._slots = [_SLOTS[slot] for slot in side["slots"]]
            self._spoken = frozenset(side["spoken"].split())
            self._words = {word: n for n, word in enumerate(side["words"].split(), 1)}
            self._model = TaggerModel(model)
        except (OSError, ValueError, KeyError, ImportError) as error:
            raise BrainError(
                f"The sentence model cannot be used: {error}", hint="Install agentd again."
            ) from error

    def tag(self, sentence: str, names: Gazetteer = _NOBODY) -> Tagging:
        """Return what `sentence`, at most 300 characters in NFKC form, asks for.

        `names` are those of this home; without them its names are known by their place alone.
        """
        text = sentence[:MAX_CHARACTERS]
        words = pieces(_punctuated(text))
        if not words:
            return Tagging("none", 1.0, ())
        kind, begin, verb, slot = self._model.run(*self._inputs(words, names))
        kinds = _softmax(kind)
        best = int(kinds.argmax())
        verbs, slots = _softmax(verb), _softmax(slot)
        whole = names.whole(words)
        inner = {at for each in whole for at in each[1:]}
        cuts = [0, *(at for at in _cuts(words, begin, verbs) if at not in inner), len(words)]
        marked = self._marked(slots, whole, names.places(words))
        clauses = tuple(
            self._clause(text, words, range(start, end), verbs, marked)
            for start, end in pairwise(cuts)
        )
        said = tuple(each for each in clauses if not CONNECTOR.fullmatch(each.words.strip(_EDGES)))
        return Tagging(KINDS[best], float(kinds[best]), said)

    def knows(self, word: str) -> bool:
        """Return whether `word` is a common English word, or one that commands are made of."""
        return word in self._words or word in self._spoken

    def _inputs(self, words: Sequence[Piece], names: Gazetteer) -> tuple[Array, Array, Array]:
        spelt = np.zeros((len(words), SPELLINGS), dtype=np.int64)
        marks = np.zeros((len(words), MARKS), dtype=np.float32)
        for at, numbers in enumerate(spellings(words)):
            spelt[at, : len(numbers)] = numbers
        for at, marked in enumerate(names.marks(words)):
            marks[at, marked] = 1.0
        meant = np.array([self._words.get(word.text, 0) for word in words], dtype=np.int64)
        return spelt, meant, marks

    def _marked(self, slots: Array, whole: Sequence[range], places: Sequence[range]) -> list[_Mark]:
        """Return each piece's mark; a whole name is one target, and apart from the next.

        A room's whole name is one room, even where only a part of it was marked so.
        """
        slot = [self._slots[int(each)] for each in slots.argmax(axis=1)]
        ends = {name.stop for name in whole}
        for place in places:
            if {slot[at] for at in place} == {"room", "target"}:
                slot[place.start : place.stop] = ["room"] * len(place)
        for name in whole:
            inside = [slot[at] for at in name if slot[at] in _NAMING]
            if len(inside) * 2 >= len(name) and {"target", "except"} & set(inside):
                slot[name.start : name.stop] = ["except" if "except" in inside else "target"] * len(
                    name
                )
        parted = {name.start for name in whole} & ends
        sure = slots.max(axis=1)
        return [_Mark(each, float(sure[at]), at in parted) for at, each in enumerate(slot)]

    def _clause(
        self,
        text: str,
        words: Sequence[Piece],
        inside: range,
        verbs: Array,
        marked: Sequence[_Mark],
    ) -> Tagged:
        start, end = words[inside[0]].start, words[inside[-1]].end
        mean = verbs[inside.start : inside.stop].mean(axis=0)
        verb = int(mean.argmax())
        spans: list[tuple[str, int, int]] = []
        sure = [marked[at].sure for at in inside]
        for at in inside:
            if words[at].text not in _LAZY_EDGES or not marked[at].slot:
                _extend(spans, text, marked[at], words[at])
        found = tuple(
            Span(slot, text[left:right], left - start) for slot, left, right in spans if slot
        )
        alike = _ALIKE.get(self._verbs[verb], ())
        if detect_language(text) == "zh":
            alike += _ALIKE_ZH.get(self._verbs[verb], ())
        chosen = float(mean[verb]) + sum(float(mean[self._verbs.index(each)]) for each in alike)
        certainty = min(chosen, sum(sure) / len(sure))
        return Tagged(text[start:end], self._verbs[verb], found, certainty)


_MARKS: Final = str.maketrans(",?!;:", "，？！；：")


def _punctuated(text: str) -> str:
    """Return a Chinese sentence with the marks it is written with, which NFKC made narrow."""
    return text.translate(_MARKS) if detect_language(text) == "zh" else text


def _cuts(words: Sequence[Piece], begin: Array, verbs: Array) -> list[int]:
    """Return where later clauses begin: where the model says so, or the verb changes at a comma."""
    found = []
    for at in range(1, len(words)):
        parted = words[at - 1].text in _SEPARATES
        if begin[at] > 0 or (parted and _verb_turns(verbs, at)):
            found.append(at)
    return found


def _verb_turns(verbs: Array, at: int) -> bool:
    """Return whether the pieces before and from `at` surely belong to different verbs."""
    before, behind = verbs[max(0, at - 3) : at - 1], verbs[at : at + 2]
    if not len(before):
        return False
    first, then = before.mean(axis=0), behind.mean(axis=0)
    return bool(first.argmax() != then.argmax() and min(first.max(), then.max()) > TURNS)


def _softmax(logits: Array) -> Array:
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Array = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def _extend(spans: list[tuple[str, int, int]], text: str, mark: _Mark, word: Piece) -> None:
    """Add a word: to the span before it when that fills the same slot with only a space between."""
    last = spans[-1] if spans else ("", 0, 0)
    near = spans and not text[last[2] : word.start].strip(_LAZY_EDGES)
    if near and last[0] == mark.slot and not mark.parted:
        spans[-1] = (mark.slot, last[1], word.end)
    else:
        spans.append((mark.slot, word.start, word.end))
