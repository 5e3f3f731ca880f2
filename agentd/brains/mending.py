"""Puts tagged clauses right where grammar knows better than the marks do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from agentd.brains.changes import OF_NOW
from agentd.brains.phrases import OTHERS, SLIGHTLY
from agentd.brains.reading import COLOR_TEMPERATURE
from agentd.brains.tagger import Span, Tagged

_OF_IT: Final = re.compile(r"(?P<whose>.+)'s\s+(?P<what>[\w ]+)")
_TINTED: Final = frozenset({"warmer", "cooler", "more", "less"})
_DIMMED: Final = frozenset({"dim", "brighten", "more", "less", "louder", "quieter", "set"})
_TONE: Final = re.compile(
    r"\b(?:(?P<warm>warmer)|cooler|colder) (?:tone|tint|hue|shade|white|colou?r|glow)\b"
)
_CHANGED: Final = frozenset({"set", "dim", "less", "quieter"})
_ROLLING: Final = frozenset({"forward", "backward", "turn_left", "turn_right"})


def mended(clauses: Iterable[Tagged]) -> list[Tagged]:
    """Return the clauses with what was cut in two put together, and spans in their place."""
    found: list[Tagged] = []
    for clause in clauses:
        if found and _goes_on(found[-1], clause):
            found[-1] = _joined(found[-1], clause)
        else:
            found.append(clause)
    return [_meant(replace(each, spans=tuple(_spans(each)))) for each in found]


def _meant(clause: Tagged) -> Tagged:
    """Return `clause` with the verb that its words say: a colder tone is no lower brightness."""
    tone = _TONE.search(clause.words)
    if tone and clause.verb in _DIMMED:
        return replace(clause, verb="warmer" if tone["warm"] else "cooler")
    now = OF_NOW.search(clause.words) if clause.verb in _CHANGED else None
    if now is None:
        return clause
    spans = (each for each in clause.spans if each.slot != "value")
    part = Span("value", now[0], 0)  # Behind no "to": it is no value to be reached.
    return replace(clause, verb="less", spans=(part, *spans))


def _goes_on(before: Tagged, clause: Tagged) -> bool:
    """Return whether `clause` only says how: "forward 2 m, top speed 0.4 m/s", 色温再暖一点."""
    slots = {span.slot for span in clause.spans}
    if before.verb == clause.verb and clause.verb in _ROLLING:
        return slots == {"speed"} and not before.all("speed")
    tint = any(word in said for said in before.all("about") for word in COLOR_TEMPERATURE)
    return tint and {before.verb, clause.verb} <= _TINTED and slots <= {"value"}


def _joined(before: Tagged, clause: Tagged) -> Tagged:
    at = len(before.words) + 1
    behind = tuple(replace(span, start=span.start + at) for span in clause.spans)
    return Tagged(
        words=f"{before.words} {clause.words}",
        verb=before.verb,
        spans=(*before.spans, *behind),
        sure=min(before.sure, clause.sure),
    )


def _spans(clause: Tagged) -> Iterator[Span]:
    for span in _without_others(clause):
        owned = _OF_IT.fullmatch(span.words) if span.slot == "about" else None
        if owned:  # "The elbow's angle".
            yield Span("target", owned["whose"], span.start)
            yield Span("about", owned["what"], span.start + owned.start("what"))
        elif span.slot != "target" or not SLIGHTLY.fullmatch(span.words):
            yield span


def _without_others(clause: Tagged) -> Sequence[Span]:
    """Return the spans without "the other" in front of the thing: 其他|灯."""
    others = OTHERS.search(clause.words)
    if others is None:
        return clause.spans
    return [each for span in clause.spans for each in _behind_others(span, clause.words, others)]


def _behind_others(span: Span, words: str, others: re.Match[str]) -> Iterator[Span]:
    """Yield what of `span` is not part of "the other" itself; "every other light" is a thing."""
    if others.start() <= span.start < others.end() and span.slot == "target":
        if span.end > others.end():
            yield Span("target", words[others.end() : span.end], others.end())
    elif span.slot == "except" and _right_behind(span, words, others.end()):
        yield replace(span, slot="target")
    else:
        yield span


def _right_behind(span: Span, words: str, end: int) -> bool:
    return span.start >= end and not words[end : span.start].strip()
