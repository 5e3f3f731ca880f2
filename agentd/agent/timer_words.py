"""Sentences about a timer that runs, as wishes for the schedule."""

from __future__ import annotations

from collections.abc import Sequence

from agentd.agent.schedule_words import Wish
from agentd.brains.timer_talk import timer_talk
from agentd.brains.timer_words import timer_words
from agentd.brains.timers import names_thing
from agentd.model import Device


def timer_wish(words: str, devices: Sequence[Device]) -> Wish | None:
    """Return what `words` want of a timer that runs, None when they are about something else.

    A plug that is called "Oven timer" is such a thing.
    """
    talk = timer_talk(words)
    if talk is None or talk.what == "start" or names_thing(words, devices):
        return None
    if any(timer_words().order.search(each) for each in talk.rest):
        return None  # who reads the whole sentence will not understand half of it
    if talk.what == "status":
        return Wish("list", talk.name, what="status")
    kind = "all" if talk.every else "name" if talk.name else "that"
    return Wish(kind, talk.name, what=talk.what, by_s=talk.seconds)
