"""What a language model's silence means: it was asked, and nothing came of it."""

from __future__ import annotations

from typing import Final

from agentd.brains import Turn, Unsure
from agentd.brains.language import language_of

_UNCLEAR: Final = {
    "en": "I could not make sense of that. Please say it in another way.",
    "zh": "我没明白您的意思，请换一种说法。",
}


def unclear(turn: Turn) -> Unsure:
    """Return that nothing was understood, in the asker's language."""
    return Unsure(_UNCLEAR[language_of(turn.words, turn.asker.language)])
