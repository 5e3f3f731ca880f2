"""The same request twice is one deed: a client's retry gets the first answer again.

OpenAI's own clients post a request up to three times when the connection breaks, and count in
`x-stainless-retry-count`. Somebody who says the same sentence again is counted from 0.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict

from fastapi import Request

from agentd.api.chat import Answer

RETRY_HEADER = "x-stainless-retry-count"
REMEMBER_S = 900.0
"""Longer than the 600 s that the official clients wait for an answer."""
MOST_ANSWERS = 128

Key = tuple[str, bytes]


class Once:
    """The latest answers, each by who asked and what exactly was posted."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Key, tuple[float, Answer]] = OrderedDict()

    def repeated(self, request: Request, key: Key) -> Answer | None:
        """Return the answer to give again if `request` is a retry of one we have answered."""
        if request.headers.get(RETRY_HEADER, "0") in ("", "0"):
            return None
        at, answer = self._answers.get(key, (0.0, None))
        return answer if time.monotonic() - at < REMEMBER_S else None

    def remember(self, key: Key, answer: Answer) -> None:
        """Keep `answer`, also while it still grows."""
        self._answers.pop(key, None)
        self._answers[key] = (time.monotonic(), answer)
        if len(self._answers) > MOST_ANSWERS:
            self._answers.popitem(last=False)

    def forget(self, key: Key) -> None:
        """Let a request that failed before anything was said be tried again."""
        self._answers.pop(key, None)


def key_of(who: str, body: bytes) -> Key:
    """Return what two posts must share to be the same request."""
    return who, hashlib.sha256(body).digest()
