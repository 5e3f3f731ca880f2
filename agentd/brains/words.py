"""The small bilingual word list of `sentences/words.toml`, read once, and the tokens it makes.

Tokens are concepts where a word is known (`客厅` and "lounge" are both `living_room`), else the
word itself, or one Chinese character.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from agentd.brains.language import CJK, detect_language, fold
from agentd.toml_file import Table, validate


class _Phrases(Table):
    filler: tuple[str, ...]
    all: tuple[str, ...]
    every: tuple[str, ...]
    help: tuple[str, ...]
    it: tuple[str, ...]
    conjunction: tuple[str, ...]


class _Polite(Table):
    before_en: tuple[str, ...]
    after_en: tuple[str, ...]
    before_zh: tuple[str, ...]
    after_zh: tuple[str, ...]


class _Questions(Table):
    begin_en: tuple[str, ...]
    end_en: tuple[str, ...]
    begin_zh: tuple[str, ...]
    end_zh: tuple[str, ...]
    within_zh: tuple[str, ...]
    polite_en: tuple[str, ...]
    polite_zh: tuple[str, ...]
    polite_end_en: tuple[str, ...]
    polite_end_zh: tuple[str, ...]


class WordList(Table):
    """The file as it is written."""

    rooms: dict[str, tuple[str, ...]]
    things: dict[str, tuple[str, ...]]
    many: dict[str, tuple[str, ...]]
    phrases: _Phrases
    polite: _Polite
    questions: _Questions
    values: dict[str, dict[str, tuple[str, ...]]]
    """Choices by argument: what people say for `heat` or `warm white`."""
    classes: dict[str, tuple[str, ...]]
    """Words by Home Assistant's device class."""
    conditions: dict[str, tuple[str, ...]]
    """Words by what they say of a thing: `on true`, `battery true` (a class, and if it is so)."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a phrase comes down to.

    `concepts` in the order said, `spelt` the words as said without fillers, `many` when a plural
    or an "all" was said, `chinese` when it is Chinese.
    """

    concepts: tuple[str, ...]
    spelt: frozenset[str]
    many: bool = False
    chinese: bool = False


@cache
def word_list() -> WordList:
    """Return the word list that ships with the package."""
    source = files("agentd.brains").joinpath("sentences/words.toml")
    tree = tomllib.loads(source.read_text(encoding="utf-8"))
    return validate(tree, WordList, lambda place: f"words.toml: {place}")


@cache
def _lexicon() -> tuple[re.Pattern[str], dict[str, tuple[str, ...]], frozenset[str]]:
    """Return the tokenising pattern, concepts by word, and the plural words."""
    words = word_list()
    concepts: dict[str, tuple[str, ...]] = {}
    for table in (words.things, words.rooms, words.many):
        for concept, spellings in table.items():
            concepts |= dict.fromkeys(spellings, tuple(concept.split()))
    plural = frozenset(word for spellings in words.many.values() for word in spellings)
    plural |= frozenset(words.phrases.all)
    for word in (*words.phrases.filler, *words.phrases.all):
        concepts.setdefault(word, ())
    known = any_of(concepts)
    pattern = re.compile(rf"(?P<known>{known})|(?P<cjk>[{CJK}])|(?P<word>[^\W_{CJK}]+)")
    return pattern, concepts, plural


def any_of(words: Iterable[str]) -> str:
    """Return a pattern for any of `words`, the longest first, Latin ones as whole words."""
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(
        rf"(?<![a-z0-9']){re.escape(word)}(?![a-z0-9])" if word.isascii() else re.escape(word)
        for word in ordered
    )


def either(lines: Iterable[str], flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """Return the pattern for any of the patterns in `lines`."""
    return re.compile("|".join(f"(?:{each})" for each in lines), flags)


@lru_cache(maxsize=4096)
def tokens_of_name(name: str) -> Tokens:
    """Return the tokens of what a device or a room is called; the same ones come every turn."""
    return tokenise(name)


_OWNED = re.compile(r"'s\b")


def tokenise(phrase: str) -> Tokens:
    """Return the tokens of `phrase`; punctuation is dropped."""
    pattern, known, plural = _lexicon()
    concepts: list[str] = []
    spelt: set[str] = set()
    many = False
    for match in pattern.finditer(_OWNED.sub("", fold(phrase).replace("_", " "))):
        word = match.group()
        if match.lastgroup != "known":
            concepts.append(word)
            spelt.add(word)
            continue
        concepts.extend(known[word])
        many = many or word in plural
        if known[word]:
            spelt.add(word)
    return Tokens(tuple(concepts), frozenset(spelt), many, detect_language(phrase) == "zh")


def aspect_words(phrase: str) -> str:
    """Return those words of `phrase` that name something that can be measured or set."""
    return " ".join(_aspects().findall(fold(phrase)))


def thing_words(phrase: str) -> list[str]:
    """Return the words of `phrase` that are words for things, in order."""
    return _things().findall(fold(phrase))


@cache
def _things() -> re.Pattern[str]:
    listed = word_list()
    tables = (*listed.things.values(), *listed.many.values())
    return re.compile(any_of(word for spellings in tables for word in spellings))


@cache
def _aspects() -> re.Pattern[str]:
    words = word_list()
    things = {"temperature", "humidity", "brightness", "volume", "position", "speed", "battery"}
    spelt = [word for concept in things for word in words.things[concept]]
    return re.compile(any_of([*spelt, *(word for each in words.classes.values() for word in each)]))


def choice(argument: str, said: str, *, shades: bool = True) -> str | None:
    """Return the option of `argument` (`color`, `mode`, `level`) that `said` is a word for.

    A colour may have a shade of its own ("a deep red"): the basic one is meant, unless `shades`
    is False.
    """
    words = _ARTICLE.sub("", fold(said)).strip()
    options = word_list().values.get(argument, {})
    for said_so in dict.fromkeys((words, _LIT.sub("", words))):
        for option, spellings in options.items():
            if said_so in spellings:
                return option
    if argument != "color" or not shades:
        return None
    found = (option for option, spellings in options.items() if _ends_with(words, spellings))
    return next(found, None)


_LIT = re.compile(r" (?:light|lighting|colou?r|glow)$")
_ARTICLE = re.compile(r"^(?:an?|the|its|their) ")


def _ends_with(words: str, spellings: Iterable[str]) -> bool:
    return any(words.endswith(each if not each.isascii() else f" {each}") for each in spellings)


def conditions(said: str) -> list[tuple[str, str]]:
    """Return what `said` ("open", "low", 锁着) may say of a thing, as name and value."""
    words = fold(said)
    known = _conditions()
    if words and words not in known:
        within = (match.group() for match in _condition().finditer(words))
        words = max(within, key=len, default="")
    return known.get(words, [])


@cache
def _conditions() -> dict[str, list[tuple[str, str]]]:
    """Return every word for a condition with the names and values it may stand for."""
    found: dict[str, list[tuple[str, str]]] = {}
    for meaning, spelt in word_list().conditions.items():
        name, _, value = meaning.partition(" ")
        for word in spelt:
            found.setdefault(word, []).append((name, value))
    return found


@cache
def _condition() -> re.Pattern[str]:
    return re.compile(any_of(_conditions()))
