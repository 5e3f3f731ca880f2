"""Sentences that start a timer: "a ten minute pasta timer", 设置披萨计时器5分钟.

What shall become of a timer that runs is a matter of the schedule (`agentd.agent.timer_words`).
"""

from __future__ import annotations

from collections.abc import Sequence

from agentd.brains.language import fold
from agentd.brains.manners import only_asks
from agentd.brains.targets import Home
from agentd.brains.timer_talk import TimerTalk, timer_talk
from agentd.brains.timer_words import timer_words
from agentd.model import Call, Device, Kind


def started(words: str, devices: Sequence[Device], home: Home) -> TimerTalk | None:
    """Return the timer that `words` start; None where they start none.

    One for a thing of the home ("空调定时30分钟") is none: that asks for the thing to be switched.
    """
    if not any(device.kind is Kind.TIMER for device in devices):
        return None
    talk = timer_talk(words)
    if talk is None or talk.what != "start" or only_asks(words) or names_thing(words, devices):
        return None
    other = bool(talk.name) and not home.is_place(talk.name) and home.knows(talk.name)
    return None if other else talk


def names_thing(words: str, devices: Sequence[Device]) -> bool:
    """Return whether `words` name a thing of the home that is called a timer and is none."""
    said = fold(words)
    return any(
        timer_words().noun.search(fold(name)) and fold(name) in said
        for device in devices
        if device.kind is not Kind.TIMER
        for name in (device.name, *device.aliases)
    )


def ring(talk: TimerTalk, devices: Sequence[Device], home: Home, near: str) -> Call:
    """Return the call that rings when its time is over; `near` is the room of the speaker."""
    timer = next(device for device in devices if device.kind is Kind.TIMER)
    in_room = bool(talk.name) and home.is_place(talk.name)
    told = {"called": "" if in_room else talk.name, "room": talk.name if in_room else near}
    named = {name: value for name, value in told.items() if value}
    arguments = {"device": timer.id, "length_s": talk.seconds, **named}
    return Call("ring_timer", arguments, after_s=talk.seconds)
