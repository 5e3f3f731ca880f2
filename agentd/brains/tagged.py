"""From a tagged sentence to calls: the gate against false calls, then the registry."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from agentd.brains.deeds import is_motion
from agentd.brains.grammar import Reading
from agentd.brains.manners import Manners
from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.sentence import Reader
from agentd.brains.spelling import Spelling
from agentd.brains.tagger import Tagged, Tagger, Tagging
from agentd.brains.targets import Home
from agentd.brains.understanding import Language
from agentd.brains.words import tokenise, word_list
from agentd.model import Call

SURE: Final = 0.80
SURER: Final = 0.97
"""For what moves something or opens the house, where a person may be in the way, and for words
that name no device."""

_GRAVE: Final = frozenset({"open", "close", "unlock", "on_or_open", "off_or_close"})
"""Verbs whose targets must be spelt as the home spells them."""
_MOVING: Final = frozenset({"drive", "turn", "set_servo", "set_cover", "set_lock"})
_ABOUT: Final = frozenset(
    {"brightness", "volume", "temperature", "position", "speed", "battery", "humidity"}
)
_FELT: Final = {
    **dict.fromkeys(("warm", "hot", "cold", "cool"), "temperature"),
    "bright": "brightness",
    "loud": "volume",
}
_STATES: Final = {
    "on=true": ("on", "turned on", "switched on", "running", "开", "开着", "亮", "亮着"),
    "on=false": ("off", "turned off", "switched off", "关", "关着", "关了", "关闭"),
    "open=true": ("open", "opened", "打开", "拉开"),
    "open=false": ("closed", "shut", "关上", "拉上"),
    "locked=true": ("locked", "锁", "锁上", "锁好", "上锁", "锁着"),
    "locked=false": ("unlocked",),
}
_STATE_OF: Final = {word: state for state, words in _STATES.items() for word in words}
_EITHER: Final = {
    "on": "on_or_open",
    "open": "on_or_open",
    "off": "off_or_close",
    "close": "off_or_close",
}
"""打开 and 关 say both."""
_NEEDS: Final = {"set": "value", "play": "media", "more_by": "value", "less_by": "value"}
_LATER: Final = re.compile(
    r"\b(?:seconds?|minutes?|hours?|o'clock|tomorrow|yesterday|tonight|later|when|whenever|if"
    r"|unless|until|every (?:day|morning|evening|night)|wish|imagine|suppose)\b"
    r"|秒|分钟|小时|点钟|明天|昨天|今晚|如果|要是|假如|每天|以后|之后|时候|的话|待会|等.*再",
    re.IGNORECASE,
)
"""When, not now: nothing is scheduled here, and nothing hypothetical is done."""
_HERE: Final = re.compile(
    r"\b(?:here|this (?:room|area|space|floor))\b|这里|这边|这儿|这个房间|这间|这层", re.IGNORECASE
)
"""Where the speaker is, nobody knows; without it the same words would mean the whole house."""
_NOT: Final = re.compile(r"\b(?:not|never|don't|dont|won't|didn't)\b|别|不要|不用|不许", re.I)


def read(tagger: Tagger, language: Language, home: Home, reader: Reader, words: str) -> list[Call]:
    """Return the calls that `words` ask for. Raises `NotUnderstood` when not sure enough."""
    tagging = tagger.tag(words)
    asks = Manners(language.code).strip(words).asks or tagging.kind == "question"
    _admit(tagging, words, asks)
    spelling = Spelling(home.devices)
    calls: list[Call] = []
    spared: list[str] = []
    for clause in tagging.clauses:
        spared += clause.all("except")
        if clause.verb == "keep":
            spared += clause.all("target") or [clause.words]
            continue
        made = reader.carry_out(_reading(clause, language, spelling))
        if min(clause.sure, tagging.sure) < SURER and any(_moves(call, home) for call in made):
            raise NotUnderstood(Why.WORDS, clause.words)
        calls += made
    return _without(calls, spared, home, words)


def _admit(tagging: Tagging, words: str, asks: bool) -> None:
    """Raise `NotUnderstood` unless every part is surely meant, and meant now."""
    clauses = tagging.clauses
    keeps = any(clause.verb == "keep" or clause.all("except") for clause in clauses)
    unclear = tagging.kind == "none" or tagging.sure < SURE or not clauses
    unclear |= bool(_LATER.search(words) or _HERE.search(words))
    unclear |= bool(_NOT.search(words)) and not keeps
    for clause in clauses:
        unclear |= clause.sure < SURE or clause.verb == "none"
        unclear |= asks != clause.verb.startswith("ask")
        # Without a name, small talk ("cool!") is one step from a command.
        bare = not (clause.all("target") or clause.all("room"))
        unclear |= bare and clause.words.isascii() and len(clause.words.split()) < 2
        if bare or is_motion(clause.verb):
            unclear |= min(clause.sure, tagging.sure) < SURER
    if unclear:
        raise NotUnderstood(Why.WORDS, words)


def _reading(clause: Tagged, language: Language, spelling: Spelling) -> Reading:
    verb = _EITHER.get(clause.verb, clause.verb) if language.code == "zh" else clause.verb
    needs = _NEEDS.get(verb, "")
    if any(len(clause.all(slot)) > 1 for slot in ("value", "media", "speed", "state")):
        raise NotUnderstood(Why.VALUE, clause.words)
    if needs and not clause.all(needs):
        raise NotUnderstood(Why.VALUE, clause.words)
    slots = {slot: clause.all(slot)[0] for slot in ("value", "media", "speed") if clause.all(slot)}
    exact = is_motion(verb) or verb in _GRAVE
    target = _target(clause, language.conjunction, None if exact else spelling)
    if target:
        slots["target"] = target
    for said in clause.all("state"):
        slots["state"] = _STATE_OF.get(said.lower(), "")
    return Reading(verb, clause.words, slots)


def _target(clause: Tagged, conjunction: str, spelling: Spelling | None) -> str:
    """Return one phrase for all targets, each with the room and the aspect that were said."""
    place = " ".join([*clause.all("room"), *_aspects(clause.all("about"))])
    named = clause.all("target")
    it = [name for name in named if name.lower() in word_list().phrases.it]
    if it and len(named) == 1 and not place:
        return it[0].lower()
    parts = [f"{name} {place}".strip() for name in named] or [place]
    return conjunction.join(spelling.right(part) if spelling else part for part in parts)


def _aspects(said: Iterable[str]) -> list[str]:
    words = [_FELT.get(each.lower(), each) for each in said]
    return [each for each in words if set(tokenise(each).concepts) & _ABOUT]


def _without(calls: Sequence[Call], spared: Sequence[str], home: Home, words: str) -> list[Call]:
    """Return the calls but those for a device that is to be left alone."""
    kept = list(calls)
    for phrase in spared:
        wanted = set(tokenise(phrase).concepts)
        left = [call for call in kept if not _is_called(call, wanted, home)]
        if not wanted or len(left) == len(kept):
            raise NotUnderstood(Why.TARGET, phrase)
        kept = left
    if not kept:
        raise NotUnderstood(Why.WORDS, words)
    return kept


def _moves(call: Call, home: Home) -> bool:
    """Return whether `call` sets something in motion, opens the house or needs a yes."""
    device = home.get(str(call.arguments["device"]))
    return call.tool in _MOVING or (
        call.tool != "get_state" and bool(device.moves or device.confirm)
    )


def _is_called(call: Call, wanted: set[str], home: Home) -> bool:
    device = home.get(str(call.arguments["device"]))
    return wanted <= home.concepts(device)
