"""The brain that needs nothing but this machine: templates, a word list and the registry.

It understands a sentence completely or not at all. It is deterministic, and it has no way to
do anything but propose.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from agentd.brains import Propose, Thought, Turn, Unsure, tagged
from agentd.brains.clauses import MAX_CLAUSES, split, spoken
from agentd.brains.language import detect_language, fold, language_of, normalise
from agentd.brains.misunderstanding import NotUnderstood, Why, explain
from agentd.brains.sentence import Reader
from agentd.brains.stop_words import stop_call
from agentd.brains.tagger import Tagger
from agentd.brains.understanding import Languages
from agentd.brains.words import word_list
from agentd.model import Call

log = logging.getLogger(__name__)

MAX_CHARACTERS = 300
_WORDING: Final = frozenset({Why.WORDS, Why.TARGET, Why.VALUE})
"""What another wording may explain; the rest is asked back about."""
QUOTES = frozenset('"“”「」『』«»')


class OfflineBrain:
    """Understands English and Chinese from sentence templates, with no model and no network."""

    name = "offline"
    remote = False

    def __init__(self, *, tagger: Tagger | None = None) -> None:
        """Read by templates, and with a `tagger` also what no template foresaw."""
        self._languages = Languages()
        self._tagger = tagger
        # One thread: recognition holds the interpreter lock anyway, and a queue of long
        # sentences must not take every core of a small board.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="offline-brain")

    async def warm_up(self) -> None:
        """Build the recognisers of both languages, so that the first sentence is quick."""
        loop = asyncio.get_running_loop()
        for language in ("en", "zh"):
            await loop.run_in_executor(self._worker, self._warm_up, language)
        # The templates are a few hundred thousand small objects that live as long as the daemon.
        # Out of the collector's sight they cost no pause; garbage of the start must go first.
        gc.collect()
        gc.freeze()

    async def think(self, turn: Turn) -> AsyncGenerator[Thought, None]:
        """Yield one proposal a device in the order said, or a single `Unsure`."""
        stop = stop_call(turn.words)
        if stop is not None:
            yield Propose(stop)
            return
        loop = asyncio.get_running_loop()
        try:
            calls = await loop.run_in_executor(self._worker, self._understand, turn)
        except NotUnderstood as problem:
            language = language_of(turn.words, turn.asker.language)
            choices = tuple(device.id for device in problem.devices)
            yield Unsure(explain(problem, turn.devices, language), choices, problem.part)
            return
        for call in calls:
            yield Propose(call)

    async def close(self) -> None:
        """Let go of the worker thread."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _warm_up(self, language: str) -> None:
        self._languages.get(language).warm_up()

    def _understand(self, turn: Turn) -> list[Call]:
        if len(turn.words) > MAX_CHARACTERS:
            raise NotUnderstood(Why.LONG, turn.words[:MAX_CHARACTERS])
        words = normalise(turn.words)
        if len(words) > MAX_CHARACTERS:
            raise NotUnderstood(Why.LONG, words)
        if QUOTES & set(words):
            raise NotUnderstood(Why.QUOTED, words)
        if fold(words).strip(" ?!.") in word_list().phrases.help:
            raise NotUnderstood(Why.HELP, words)
        clauses = spoken(split(words))
        if len(clauses) > MAX_CLAUSES:
            raise NotUnderstood(Why.LONG, words)
        language = self._languages.get(detect_language(words))
        home = self._languages.home(turn.devices)
        try:
            return Reader(language, home, turn.states).read(words)
        except NotUnderstood as problem:
            # "Whoa, stop, you will hit the wall!": a stop is never lost in other words.
            if any(stop_call(clause.text) for clause in clauses):
                return [Call("stop")]
            if self._tagger is None or problem.why not in _WORDING:
                raise
            return self._tagged(self._tagger, turn, words, problem)

    def _tagged(self, tagger: Tagger, turn: Turn, words: str, problem: NotUnderstood) -> list[Call]:
        """Return what the tagger reads, or explain as the templates would have."""
        language = self._languages.get(detect_language(words))
        home = self._languages.home(turn.devices)
        try:
            return tagged.read(tagger, language, home, Reader(language, home, turn.states), words)
        except NotUnderstood as unclear:
            raise max(problem, unclear, key=lambda each: each.why) from None
