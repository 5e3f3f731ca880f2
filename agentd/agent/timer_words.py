"""Sentences about a timer that runs, as wishes for the schedule."""

from __future__ import annotations

from agentd.agent.schedule_words import Wish
from agentd.brains.timer_talk import timer_talk


def timer_wish(words: str) -> Wish | None:
    """Return what `words` want of a timer that runs, None when they are about something else."""
    talk = timer_talk(words)
    if talk is None or talk.what == "start":
        return None
    if talk.what == "status":
        return Wish("list", talk.name, what="status")
    kind = "all" if talk.every else "name" if talk.name else "that"
    return Wish(kind, talk.name, what=talk.what, by_s=talk.seconds)
