"""The same request twice is one deed: a retry or a reconnect gets the first answer again.

OpenAI's own clients post a request up to three times when the connection breaks, and count in
`x-stainless-retry-count`; a proxy or a browser that connects anew counts nothing. So what was
posted is remembered by its meaning and by who posted it: a counted retry finds it for as long as
the client may wait, any other repetition while the first is under way and for a moment after.
Somebody who says a sentence again in a chat posts a longer conversation, which is another
request; a program that means it twice names each with a key of its own (`Idempotency-Key`).
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from fastapi import Request

from agentd.api.answer import Answer

RETRY_HEADER = "x-stainless-retry-count"
NAME_HEADER = "idempotency-key"
REMEMBER_S = 900.0
"""Longer than the 600 s that the official clients wait for an answer."""
WINDOW_S = 5.0
"""How long after the end of an answer an uncounted repetition still counts as a reconnect."""
MOST_ANSWERS = 128
MANNER = frozenset({"stream", "stream_options"})
"""How an answer is sent, which is no part of what is asked."""

Key = tuple[str, bytes]


class Once:
    """The latest answers, each by who asked and what was asked."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Key, tuple[float, Answer]] = OrderedDict()

    def repeated(self, request: Request, key: Key) -> Answer | None:
        """Return the answer to give again if `request` is one that we have answered."""
        at, answer = self._answers.get(key, (0.0, None))
        now = time.monotonic()
        if answer is None or now - at > REMEMBER_S:
            return None
        counted = request.headers.get(RETRY_HEADER, "0") not in ("", "0")
        if counted or NAME_HEADER in request.headers or now - answer.ended_at < WINDOW_S:
            return answer
        return None

    def remember(self, key: Key, answer: Answer) -> None:
        """Keep `answer`, also while it still grows."""
        self._answers.pop(key, None)
        self._answers[key] = (time.monotonic(), answer)
        if len(self._answers) > MOST_ANSWERS:
            self._answers.popitem(last=False)

    def forget(self, key: Key) -> None:
        """Let a request that failed before anything was said be tried again."""
        self._answers.pop(key, None)


def key_of(who: str, body: Mapping[str, Any], name: str = "") -> Key:
    """Return what two posts must share to be the same request.

    `name` is the client's own name for it (its `Idempotency-Key`); the body counts all the same,
    so that a name used twice by mistake hides no second command.
    """
    meant = {field: value for field, value in body.items() if field not in MANNER}
    text = json.dumps([name, meant], sort_keys=True, ensure_ascii=False)
    return who, hashlib.sha256(text.encode("utf-8", "replace")).digest()
