"""Answers sentences about what is scheduled: list it, cancel it, hold it, make it wait longer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from agentd.agent import reply
from agentd.agent.heard import Heard
from agentd.agent.memory import Talk
from agentd.agent.schedule_words import Wish, chosen
from agentd.model import Asker, Device, Receipt
from agentd.schedule import Schedule
from agentd.store import Scheduled


async def scheduled(
    schedule: Schedule, wanted: Wish, asker: Asker, talk: Talk, devices: Sequence[Device]
) -> AsyncIterator[Heard]:
    """Do what is `wanted` with what waits and is meant; say what there is where that is unclear."""
    entries = schedule.entries(asker)
    last = [each.scheduled for each in talk.done if each.scheduled]
    found = chosen(wanted, entries, devices, last)
    if not found:
        told = reply.not_scheduled(asker.language, wanted.name, entries, devices)
        yield Heard(told, brain="agent")
    elif wanted.kind == "list":
        yield Heard(reply.agenda(asker.language, found, devices), brain="agent")
    else:
        for entry in found:
            receipt = await _altered(schedule, wanted, entry, asker)
            yield Heard(reply.sentence_in(asker.language, receipt) + "\n", receipt, "agent")


async def _altered(schedule: Schedule, wanted: Wish, entry: Scheduled, asker: Asker) -> Receipt:
    if wanted.what == "hold":
        return await schedule.hold(entry.id, asker)
    if wanted.what in ("resume", "shift"):
        return await schedule.shift(entry.id, wanted.by_s, asker)
    return await schedule.cancel(entry.id, asker)
