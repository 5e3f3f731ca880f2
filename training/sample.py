"""Draws sentences from templates, and remembers which characters fill which slot.

`(a|b)` is one of them, `[a|b]` one or nothing, `{t:light}` is a slot that is filled with a name or a
value, `{a=(x|y)}` a slot filled by that text.
"""

from __future__ import annotations

import random
from collections.abc import Callable

Said = list[tuple[str, str]]
"""Texts and the slot each fills, "" for none."""
Fill = Callable[[str, str], Said]
"""From a slot and its kind to what is said."""
NEVER_ENDING = "unbalanced"


class Template:
    """One parsed template. Raises `ValueError` where the brackets do not match."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._tree = self._alternatives("")
        if self._at != len(text):
            raise ValueError(f"{NEVER_ENDING} at {self._at}: {text}")

    def draw(self, rng: random.Random, fill: Fill) -> Said:
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
                self._close()
                options[-1].append(("maybe" if char == "[" else "one", inner))
            elif char == "{":
                options[-1].append(self._slot())
            elif char in ")]}":
                raise ValueError(f"{NEVER_ENDING} at {self._at}: {self._text}")
            else:
                options[-1].append(char)
        return options

    def _close(self) -> None:
        if self._at >= len(self._text):
            raise ValueError(f"{NEVER_ENDING}: {self._text}")
        self._at += 1

    def _slot(self) -> tuple[str, str, object]:
        start = self._at
        while self._text[self._at] not in ":=}":
            self._at += 1
        name, mark = self._text[start : self._at], self._text[self._at]
        self._at += 1
        if mark == "=":
            inner = self._alternatives("}")
            self._close()
            return ("literal", name, inner)
        kind = ""
        if mark == ":":
            end = self._text.index("}", self._at)
            kind = self._text[self._at : end]
            self._at = end + 1
        return ("slot", name, kind)


def _expand(options: list[list[object]], slot: str, rng: random.Random, fill: Fill) -> Said:
    said: Said = []
    for part in rng.choice(options):
        if isinstance(part, str):
            said.append((part, slot))
        elif part[0] == "one" or (part[0] == "maybe" and rng.random() < 0.5):
            said += _expand(part[1], slot, rng, fill)
        elif part[0] == "literal":
            said += _expand(part[2], slot or part[1], rng, fill)
        elif part[0] == "slot":
            said += fill(part[1], part[2])
    return said
