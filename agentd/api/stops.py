"""Where a client wants the text to end (`stop`), without making half a truth of what happened.

A model's words end anywhere. A sentence of the daemon's own (what a device reported, a refusal, a
question back) is told whole or not at all: "sent, but not confirmed" may not end after "sent". A
stop text in one ends the answer before it; white space between sentences gives way to a stop text
that would hit it. What sets a model's words right is always told, and receipts are always whole
in `agentd.receipts`.
"""

from __future__ import annotations

from agentd.agent import Voice


class Stops:
    """The text of one answer on its way to the client."""

    def __init__(self, stops: tuple[str, ...] = ()) -> None:
        self._stops = stops
        self._longest = max(map(len, stops), default=0)
        self._tail = ""
        """The end of what was shown, where a stop text may begin."""
        self._held = ""
        """A model's words that may be the beginning of a stop text."""
        self._words_over = False
        self._over = False

    @property
    def met(self) -> bool:
        """Whether a stop text ended something."""
        return self._words_over or self._over

    def feed(self, text: str, voice: Voice) -> str:
        """Return what can be shown now."""
        if not self._stops or not text:
            return text
        if voice is Voice.CORRECTION:
            return self._show(self._spaced(self._release(), "\n") + text.strip())
        if self._over or (voice is Voice.MODEL and self._words_over):
            return ""
        return self._words(text) if voice is Voice.MODEL else self._sentence(text)

    def rest(self) -> str:
        """Return what was held back, at the end."""
        return self._show(self._release())

    def _words(self, text: str) -> str:
        shown, self._held = self._held + text, ""
        at = self._found(shown)
        if at is not None:
            self._words_over = True
            return self._show(shown[:at])
        keep = max(_overlap(shown, stop) for stop in self._stops)
        self._held = shown[len(shown) - keep :]
        return self._show(shown[: len(shown) - keep])

    def _sentence(self, text: str) -> str:
        before, sentence = self._release(), text.strip()
        if self._found(before + sentence) is not None:
            self._over = True
            return self._show(before)
        told = self._spaced(before, text[: len(text) - len(text.lstrip())]) + sentence
        if self._found(told) is not None:
            told = before + sentence
        return self._show(self._spaced(told, text[len(text.rstrip()) :] if sentence else ""))

    def _spaced(self, text: str, space: str) -> str:
        """Return `text` with white space after it, less of it where a stop text would stand."""
        fitting = (text + each for each in (space, " ") if space)
        return next((each for each in fitting if self._found(each) is None), text)

    def _release(self) -> str:
        held, self._held = self._held, ""
        return held

    def _found(self, text: str) -> int | None:
        """Return where the stop text begins that is complete first in `text`.

        It is seen after what was shown. What is complete first ends the text however it arrives:
        with "." and "a.." as stop texts, "a.." ends behind its "a".
        """
        whole = self._tail + text
        places = [(whole.find(stop), len(stop)) for stop in self._stops]
        ends = [(place + length, place) for place, length in places if place >= 0]
        return max(0, min(ends)[1] - len(self._tail)) if ends else None

    def _show(self, text: str) -> str:
        if self._longest > 1:
            self._tail = (self._tail + text)[1 - self._longest :]
        return text


def _overlap(text: str, stop: str) -> int:
    """Return how many characters at the end of `text` could begin `stop`."""
    longest = min(len(text), len(stop) - 1)
    return next((size for size in range(longest, 0, -1) if stop.startswith(text[-size:])), 0)
