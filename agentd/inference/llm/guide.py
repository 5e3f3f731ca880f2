"""Constrained decoding: which tokens a grammar allows next, by `llguidance`.

A grammar that does not compile is an error. There is no way from here to unconstrained text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import takewhile
from typing import Any

import numpy as np

from agentd.errors import BrainError
from agentd.inference.llm.blocks import Floats


class Guides:
    """Compiles grammars for one tokenizer; making it takes about half a second, once."""

    def __init__(self, tokenizer_json: str, words: int, ends: Collection[int]) -> None:
        """`words` is how many logits there are. Raises `BrainError` for an unknown tokenizer."""
        import llguidance  # noqa: PLC0415 - comes with the extra

        self._words = words
        self._matcher: Any = llguidance.LLMatcher
        try:
            self._tokenizer: Any = llguidance.LLTokenizer(
                tokenizer_json, n_vocab=words, eos_token=sorted(ends)
            )
        except Exception as error:  # llguidance raises several kinds
            raise BrainError(f"llguidance cannot use this tokenizer: {_short(error)}") from error

    def guide(self, grammar: str) -> Guide:
        """Return a new guide for a grammar in Lark form. Raises `BrainError` for a bad one."""
        matcher = self._matcher(
            self._tokenizer, self._matcher.grammar_from_lark(grammar), log_level=0
        )
        if matcher.is_error():
            raise BrainError(f"The grammar does not compile: {_short(matcher.get_error())}")
        return Guide(matcher, self._words, self._tokenizer.is_special_token)


class Guide:
    """One answer's way through its grammar."""

    def __init__(self, matcher: Any, words: int, is_mark: Callable[[int], bool]) -> None:
        self._matcher = matcher
        self._is_mark = is_mark
        self._mask = np.zeros(-(-words // 32), np.int32)
        self._words = words

    @property
    def ended(self) -> bool:
        """Whether nothing but the end may follow."""
        self._check()
        return bool(self._matcher.is_stopped())

    @property
    def whole(self) -> bool:
        """Whether the answer could end here."""
        return bool(self._matcher.is_accepting())

    def mask(self, logits: Floats) -> None:
        """Make what the grammar forbids impossible, in place."""
        self._matcher.unsafe_compute_mask_ptr(self._mask.ctypes.data, self._mask.nbytes)
        self._check()
        allowed = np.unpackbits(self._mask.view(np.uint8), bitorder="little")[: self._words]
        logits[allowed == 0] = -np.inf

    def take(self, token: int) -> None:
        """Go on by a token. Raises `BrainError` when the grammar has no such way."""
        self._matcher.consume_token(token)
        self._check()

    def forced(self) -> list[int]:
        """Return the tokens that alone may follow, and go on by them.

        What is forced comes as text: a name that looks like a mark of the model is none here.
        """
        forced: list[int] = self._matcher.compute_ff_tokens()
        found = list(takewhile(lambda token: not self._is_mark(token), forced))
        if found:
            self._matcher.consume_tokens(found)
            self._check()
        return found

    def _check(self) -> None:
        if self._matcher.is_error():
            raise BrainError(f"The grammar cannot be followed: {_short(self._matcher.get_error())}")


def _short(error: object) -> str:
    return " ".join(str(error).split())[:300]
