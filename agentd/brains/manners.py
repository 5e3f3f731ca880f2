"""Takes the politeness off a sentence, and tells a question from a command.

"Could you turn on the light?" is a command; "is the light on?" never is. When in doubt it is a
question, because a question only reads.
"""

from __future__ import annotations

from dataclasses import dataclass

from agentd.brains.language import detect_language, fold, normalise
from agentd.brains.words import word_list

_EDGES = " \t,，、.。!！?？~～;；:："
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Said:
    """The words without politeness, and whether they only ask."""

    words: str
    asks: bool


class Manners:
    """The habits of one language."""

    def __init__(self, language: str) -> None:
        words = word_list()
        self._zh = language == "zh"
        polite, questions = words.polite, words.questions
        self._before = polite.before_zh if self._zh else polite.before_en
        self._after = polite.after_zh if self._zh else polite.after_en
        self._begin = questions.begin_zh if self._zh else questions.begin_en
        self._end = questions.end_zh if self._zh else questions.end_en
        self._within = questions.within_zh if self._zh else ()
        self._polite = questions.polite_zh if self._zh else questions.polite_en
        self._polite_end = questions.polite_end_zh if self._zh else questions.polite_end_en

    def strip(self, sentence: str) -> Said:
        """Return what is left of `sentence` without politeness and end marks."""
        words = sentence.strip(_EDGES)
        polite = self._starts(fold(words), self._polite) or any(
            self._ends_with(fold(words), phrase) for phrase in self._polite_end
        )
        for _ in range(_ROUNDS):
            shorter = self._strip_once(words)
            if shorter == words:
                break
            words = shorter
        whole, folded = fold(sentence), fold(words)
        asks = self._starts(whole, self._begin) or self._starts(folded, self._begin)
        asks = asks or any(word in folded for word in self._within)
        if (not polite and self._ends(whole)) or whole.rstrip("?？").endswith("着好吗"):
            asks = True  # 灯开着好吗 asks whether it may stay so.
        return Said(self._bare(words), asks)

    def _strip_once(self, words: str) -> str:
        folded = words.casefold()
        for phrase in sorted(self._before, key=len, reverse=True):
            if self._starts(folded, (phrase,)) and len(phrase) < len(words):
                return words[len(phrase) :].strip(_EDGES)
        for phrase in sorted(self._after, key=len, reverse=True):
            if self._ends_with(folded, phrase) and len(phrase) < len(words):
                return words[: -len(phrase)].strip(_EDGES)
        return words

    def _bare(self, words: str) -> str:
        """Drop 吗 and 呢: the templates are written without them."""
        return words.rstrip("吗呢?？ ") if self._zh else words

    def _starts(self, folded: str, phrases: tuple[str, ...]) -> bool:
        gap = "" if self._zh else " "
        return any(folded == each or folded.startswith(each + gap) for each in phrases)

    def _ends(self, folded: str) -> bool:
        return folded.rstrip(" .!。！").endswith(self._end)

    def _ends_with(self, folded: str, phrase: str) -> bool:
        return folded.endswith(phrase if self._zh else f" {phrase}")


def only_asks(sentence: str) -> bool:
    """Return whether `sentence` is a question, which must not change anything."""
    return Manners(detect_language(sentence)).strip(normalise(sentence)).asks
