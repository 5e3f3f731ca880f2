"""The trained reader: from a sentence to clauses, each with a verb, its slots and how sure it is.

It marks words; it knows no device. Which devices a marked span means is found in the registry
afterwards. Recipe and figures: `training/README.md`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import numpy as np

from agentd.brains.language import CJK
from agentd.errors import BrainError
from agentd.inference.session import Array, CharacterModel

MAX_CHARACTERS: Final = 300
_UNKNOWN, _UNKNOWN_CJK, _FIRST = 1, 2, 3
_WORD = re.compile(rf"[^\W{CJK}]+(?:'[a-z]+)?|[{CJK}]|[^\w\s]")
_CHINESE = re.compile(f"[{CJK}]")
_LAZY_EDGES: Final = " \t,，、.。!！?？;；:："


@dataclass(frozen=True, slots=True)
class Span:
    """Words that fill `slot`: target, room, value, about, state, media, speed or except."""

    slot: str
    words: str


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
}


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
            self._numbers = {c: n for n, c in enumerate(side["characters"], _FIRST)}
            self._verbs: list[str] = side["verbs"]
            self._slots = [_SLOTS[slot] for slot in side["slots"]]
            self._model = CharacterModel(model)
        except (OSError, ValueError, KeyError, ImportError) as error:
            raise BrainError(
                f"The sentence model cannot be used: {error}", hint="Install agentd again."
            ) from error

    def tag(self, sentence: str) -> Tagging:
        """Return what `sentence`, at most 300 characters in NFKC form, asks for."""
        text = sentence[:MAX_CHARACTERS]
        if not text.strip():
            return Tagging("none", 1.0, ())
        kind, begin, verb, slot = self._model.run([self._number(char) for char in text])
        kinds = _softmax(kind)
        best = int(kinds.argmax())
        verbs, slots = _softmax(verb), _softmax(slot)
        words = [match.span() for match in _WORD.finditer(text)]
        cuts = _cuts(begin, words)
        clauses = tuple(
            self._clause(text, [w for w in words if start <= w[0] < end], verbs, slots)
            for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True)
        )
        return Tagging(KINDS[best], float(kinds[best]), tuple(c for c in clauses if c.words))

    def _number(self, char: str) -> int:
        low = char.lower()
        known = self._numbers.get(low)
        return known or (_UNKNOWN_CJK if _CHINESE.match(char) else _UNKNOWN)

    def _clause(
        self, text: str, words: Sequence[tuple[int, int]], verbs: Array, slots: Array
    ) -> Tagged:
        if not words:
            return Tagged("", "none", (), 0.0)
        start, end = words[0][0], words[-1][1]
        mean = verbs[start:end].mean(axis=0)
        verb = int(mean.argmax())
        spans: list[tuple[str, int, int]] = []
        sure = []
        for left, right in words:
            shares = slots[left:right].mean(axis=0)
            slot = int(shares.argmax())
            sure.append(float(shares[slot]))
            _extend(spans, text, self._slots[slot], left, right)
        found = tuple(
            Span(slot, text[left:right].strip(_LAZY_EDGES)) for slot, left, right in spans if slot
        )
        certainty = min(float(mean[verb]), sum(sure) / len(sure))
        return Tagged(text[start:end], self._verbs[verb], found, certainty)


def _softmax(logits: Array) -> Array:
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Array = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def _cuts(begin: Array, words: Sequence[tuple[int, int]]) -> list[int]:
    """Return where clauses begin: at the start of words only, the first one always."""
    later = [left for left, _ in words[1:] if begin[left] > 0]
    return [words[0][0] if words else 0, *later]


def _extend(spans: list[tuple[str, int, int]], text: str, slot: str, left: int, right: int) -> None:
    """Add a word: to the span before it when that fills the same slot with only a space between."""
    if spans and spans[-1][0] == slot and not text[spans[-1][2] : left].strip():
        spans[-1] = (slot, spans[-1][1], right)
    else:
        spans.append((slot, left, right))
