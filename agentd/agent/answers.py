"""The answer to "which one?": "the left one", "the second", "both", or a name and nothing else.

A verb, a state or a "not" beside the name makes a new sentence of it: "lock the front door" is no
answer to a question about what to unlock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from agentd.agent.follow_words import (
    ALL,
    ARTICLES,
    BESIDE_NAMES,
    BESIDE_NAMES_ZH,
    BOTH,
    CLAUSE,
    NEAR,
    ORDINALS,
    PLAIN,
    STATES,
    STATES_ZH,
    VERBS_TOO,
)
from agentd.agent.memory import Question
from agentd.brains.language import CJK, fold, normalise
from agentd.brains.misunderstanding import NotUnderstood
from agentd.brains.targets import Home
from agentd.brains.words import any_of, word_list
from agentd.model import Device

_TOKEN: Final = re.compile(rf"[{CJK}]|[^\W_{CJK}]+|[^\s\w]")
_NAME: Final = "¤"
"""Stands where a whole name stood."""
_SIDE: Final = re.compile(r"\bon (?=(?:the|my|your) (?:left|right)\b)")
_QUIET: Final = frozenset(".,'’()/-&，、。·")


def answered(said: str, question: Question, devices: Sequence[Device]) -> tuple[str, ...]:
    """Return the sentences that `question` becomes with the answer `said`; () when it is none."""
    by_id = {device.id: device for device in devices}
    choices = [by_id[each] for each in question.choices if each in by_id]
    bare = re.sub(r"^no, ?(?=\S)", "", said)
    bare = re.sub(r"^(?:the|that|this|i (?:mean|meant|said)|是)\s+", "", bare)
    bare = re.sub(r"\s+(?:one|please)$|(?:的)?(?:那个|那盏|这个|那一个|的)$", "", bare).strip()
    whole = normalise(question.words)
    place = re.compile(re.escape(question.part), re.IGNORECASE)
    at = place.search(whole) if question.part else None
    if at is None:
        return ()
    chosen = [called(device, devices) for device in _choose(bare, said, choices)]
    return tuple(whole[: at.start()] + name + whole[at.end() :] for name in chosen)


def called(device: Device, devices: Sequence[Device]) -> str:
    """Return the device's name, or its id where the name would not mean this device alone.

    Names come from the network: one that holds more than one clause must not become a sentence.
    """
    same = [each for each in devices if fold(each.name) == fold(device.name)]
    plain = PLAIN.fullmatch(device.name) and not CLAUSE.search(device.name)
    return device.name if len(same) == 1 and plain else device.id


def names_only(said: str, devices: Iterable[Device]) -> bool:
    """Return whether `said` holds nothing but names of `devices` and what stands beside names."""
    known = {fold(name) for device in devices for name in _names(device)} - {""}
    text = re.sub(any_of(known), f" {_NAME} ", fold(said)) if known else fold(said)
    text = _things_zh().sub(f" {_NAME} ", _SIDE.sub("", text))
    if re.search(f"[{STATES_ZH}]", text):
        return False
    tokens = [each for each in _TOKEN.findall(text) if each not in _QUIET]
    parts = {word for name in known for word in _TOKEN.findall(name)} - STATES
    return bool(tokens) and all(
        _is_part(before, token, after, parts)
        for before, token, after in zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False)
    )


def _is_part(before: str, token: str, after: str, parts: set[str]) -> bool:
    """Return whether `token` may stand in a name, where it stands."""
    if token in VERBS_TOO:
        if before == _NAME or before in {*ARTICLES, *ORDINALS, *parts}:
            return after not in ARTICLES
        return not before and after in NEAR and token not in STATES
    beside = BESIDE_NAMES_ZH if re.match(f"[{CJK}]", token) else BESIDE_NAMES
    return token in {_NAME, *parts} or token in beside or token in _things()


def _names(device: Device) -> tuple[str, ...]:
    return device.id, device.name, *device.aliases, device.area, device.floor


def _choose(bare: str, said: str, choices: list[Device]) -> list[Device]:
    if {bare, said} & BOTH:
        return choices if len(choices) == 2 else []
    if {bare, said} & ALL:
        return choices
    number = ORDINALS.get(bare, ORDINALS.get(said))
    if number is not None:
        return choices[number:][:1] if number < len(choices) else []
    if not names_only(bare, choices):
        return []
    try:
        return Home(choices).find(bare, lambda _: True)
    except NotUnderstood:
        return []


@cache
def _things() -> frozenset[str]:
    """Return the English words for things, rooms and all of them, one by one."""
    listed = word_list()
    tables = (*listed.things.values(), *listed.many.values(), *listed.rooms.values())
    spelt = [each for spellings in (*tables, listed.phrases.all) for each in spellings]
    return frozenset(word for each in spelt if each.isascii() for word in each.split()) - STATES


@cache
def _things_zh() -> re.Pattern[str]:
    listed = word_list()
    tables = (*listed.things.values(), *listed.rooms.values(), listed.phrases.all)
    words = {each for spellings in tables for each in spellings if not each.isascii()}
    return re.compile(any_of(words - {"移动", "锁", "开关"}) + "|锁(?=$|的)|开关(?=$|的)")
