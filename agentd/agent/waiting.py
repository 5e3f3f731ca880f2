"""What a person's next message may say yes to."""

from __future__ import annotations

from collections.abc import Sequence

from agentd.agent.memory import Talk
from agentd.model import Asker
from agentd.safety.confirmation import Pending


def waiting(pending: Sequence[Pending], asker: Asker, talk: Talk) -> Pending | None:
    """Return the newest of `pending` that waits for this very asker's yes, if any.

    Only what the message before this one asked for, in the same conversation: a call that
    came through a door without one (a plugin's), or before something else was said, waits
    for the command line or an admin.
    """
    mine = [
        each
        for each in pending
        if (each.asker.who, each.asker.door, each.asker.conversation, each.asker.trace)
        == (asker.who, asker.door, asker.conversation, talk.asked_in)
    ]
    return mine[-1] if mine else None
