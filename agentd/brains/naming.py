"""What a clause names: targets, each with the room beside it, and rooms that stand apart."""

from __future__ import annotations

import re
from typing import Final

from agentd.brains.tagger import Span, Tagged
from agentd.brains.words import any_of, thing_words, word_list

_JOINED: Final = re.compile(r"(?:\s|the|my|our|'s|的|里|里面|中|那边|上)*", re.IGNORECASE)
"""What may stand between a room and what is in it, in one name."""

_AND: Final = re.compile(r"\s*(?:and|&|,|和|与|跟|、|，)\s*(?:the\s+)?", re.IGNORECASE)
_PLACED: Final = re.compile(r"\s*(?:in|on|at|of|里|的)?\s*(?:the\s*)?", re.IGNORECASE)
_BARE: Final = re.compile(r"(?:the|my|our|a|an|some|in|on|of|的|一|个|各|\s)*", re.IGNORECASE)
_OF: Final = re.compile(r"^(?:of|for|from)\s+", re.IGNORECASE)
_ONE: Final = re.compile(r"\b(?:the )?ones?\b|那[个盏]", re.IGNORECASE)


def names(clause: Tagged) -> tuple[list[str], list[str]]:
    """Return the targets and the rooms of `clause`, as they were said.

    A room right beside a thing belongs to its name: "the kitchen light", 厨房的灯. An "all" that
    stands apart from what it is about is put in front of it.
    """
    targets: list[str] = []
    rooms: list[str] = []
    for group in _groups(clause):
        said = clause.words[group[0].start : group[-1].end]
        alone = all(span.slot == "room" for span in group)
        (rooms if alone else targets).append(said)
    rest = _unmarked(clause)
    if re.search(any_of(word_list().phrases.every), rest.casefold()):
        every = "所有" if not targets or not targets[0].isascii() else "all "
        things = f"all {''.join(thing_words(rest)[-1:])}".strip()  # "All lights", half of it marked
        targets = [f"{every}{said}" for said in targets] or (
            [things] if rooms or clause.all("except") else []
        )
    return targets, rooms


def excepted(clause: Tagged) -> list[str]:
    """Return what `clause` spares: "the one in the hall" is that of the hall."""
    found: list[Span] = []
    for span in clause.spans:
        if span.slot != "except":
            continue
        last = found[-1] if found else None
        if last and _PLACED.fullmatch(clause.words[last.end : span.start]):
            whole = clause.words[last.start : span.end]
            found[-1] = Span("except", whole, last.start)
        else:
            found.append(span)
    bare = (without_one(_OF.sub("", span.words)) for span in found)
    return [each for each in bare if each]


def without_one(said: str) -> str:
    """Return `said` without a "one" that stands for a thing: "the hall one"."""
    return _ONE.sub("", said).strip()


def divided(clause: Tagged) -> list[Tagged]:
    """Return the parts of a clause that names things in turn, each with its own value.

    "The study light blue and the hall light red" is one verb said twice.
    """
    spans = clause.spans
    turns = [
        at
        for at in range(1, len(spans))
        if spans[at].slot in ("target", "room")
        and any(span.slot == "value" for span in spans[:at])
        and any(span.slot in ("target", "room") for span in spans[:at])
        and any(span.slot == "value" for span in spans[at:])
        and spans[at - 1].slot == "value"
    ]
    parts, start = [], 0
    for at in [*turns, len(spans)]:
        begin = spans[start].start if start else 0
        end = spans[at].start if at < len(spans) else len(clause.words)
        inside = tuple(Span(s.slot, s.words, s.start - begin) for s in spans[start:at])
        parts.append(Tagged(clause.words[begin:end], clause.verb, inside, clause.sure))
        start = at
    return parts


def _groups(clause: Tagged) -> list[list[Span]]:
    found: list[list[Span]] = []
    for span in clause.spans:
        if span.slot not in ("target", "room") or _BARE.fullmatch(span.words):
            continue
        last = found[-1][-1] if found else None
        gap = clause.words[last.end : span.start] if last else None
        apart = gap == "" and last is not None and last.slot == span.slot == "target"
        if (
            gap is not None
            and not apart
            and (_JOINED.fullmatch(gap) or _shares(found[-1], span, gap))
        ):
            found[-1].append(span)
        else:
            found.append([span])
    return found


def _shares(group: list[Span], span: Span, gap: str) -> bool:
    """Return whether rooms share the thing behind the last of them: 客厅和厨房的灯."""
    rooms = all(each.slot == "room" for each in group)
    return rooms and span.slot == "target" and bool(_AND.fullmatch(gap))


def _unmarked(clause: Tagged) -> str:
    """Return the words that fill no slot."""
    rest, at = "", 0
    for span in clause.spans:
        rest += clause.words[at : span.start] + " "
        at = span.end
    return rest + clause.words[at:]
