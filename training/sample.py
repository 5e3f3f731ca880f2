"""Draws sentences from templates, and remembers which characters fill which slot.

`(a|b)` is one of them, `[a|b]` one or nothing, `(...)?` and a character before `?` in Chinese may be
left out, `{t:light}` is a slot filled by the vocabulary, `{a=(x|y)}` a slot filled by that text.
"""

from __future__ import annotations

import random
from collections.abc import Callable

Piece = tuple[str, str]
"""Text and the slot it fills, "" for none."""
Fill = Callable[[str, str, random.Random], str]
"""From a slot and its kind to a text, which may itself be a template."""


class Template:
    """One parsed template."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._tree = self._alternatives("")

    def draw(self, rng: random.Random, fill: Fill) -> list[Piece]:
        """Return the pieces of one random sentence."""
        return _expand(self._tree, "", rng, fill)

    def _alternatives(self, end: str) -> list[list[object]]:
        options: list[list[object]] = [[]]
        while self._at < len(self._text) and self._text[self._at] != end:
            char = self._text[self._at]
            self._at += 1
            if char == "|":
                options.append([])
            elif char in "([":
                inner = self._alternatives(")" if char == "(" else "]")
                self._at += 1
                options[-1].append(("maybe" if char == "[" else "one", inner))
            elif char == "{":
                options[-1].append(self._slot())
            elif char == "?":
                options[-1].append(("maybe", [[options[-1].pop()]]))
            else:
                options[-1].append(char)
        return options

    def _slot(self) -> tuple[str, str, object]:
        start = self._at
        while self._text[self._at] not in ":=}":
            self._at += 1
        name, mark = self._text[start : self._at], self._text[self._at]
        self._at += 1
        if mark == "=":
            inner = self._alternatives("}")
            self._at += 1
            return ("literal", name, inner)
        kind = ""
        if mark == ":":
            end = self._text.index("}", self._at)
            kind = self._text[self._at : end]
            self._at = end + 1
        return ("slot", name, kind)


def _expand(options: list[list[object]], slot: str, rng: random.Random, fill: Fill) -> list[Piece]:
    pieces: list[Piece] = []
    for part in rng.choice(options):
        if isinstance(part, str):
            pieces.append((part, slot))
        elif part[0] == "one" or (part[0] == "maybe" and rng.random() < 0.5):
            pieces += _expand(part[1], slot, rng, fill)
        elif part[0] == "literal":
            pieces += _expand(part[2], part[1], rng, fill)
        elif part[0] == "slot":
            pieces += _fill(part[1], part[2], rng, fill)
    return pieces


def _fill(name: str, kind: str, rng: random.Random, fill: Fill) -> list[Piece]:
    """Fill a slot; the vocabulary's own `{...}` inside keep their slots."""
    text = fill(name, kind, rng)
    if not set(text) & set("([{"):
        return [(text, name)]
    return _expand(Template(text)._tree, name, rng, fill)
