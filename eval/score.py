"""From what a brain proposed to a verdict on one row.

exact: the home ends as one accepted ending does, nothing else changed (tool, target and value).
wrong: a change that no accepted ending makes. false call: a call that would change something
when nothing was asked, counted even if the gate would have refused it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

from agentd.agent.schedule_words import chosen, wish
from agentd.agent.timer_words import timer_wish
from agentd.brains import Brain, Propose, Say, Thought, Turn, Unsure
from agentd.brains.manners import only_asks
from agentd.brains.timer_talk import timer_talk
from agentd.errors import BrainError
from agentd.model import Asker, Call, Value
from agentd.tools import specs
from eval.house import MOVING, Deed, House
from eval.rows import Ending, Row, Wants

READS = frozenset(tool.name for tool in specs.TOOLS if tool.reads)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one row went. `wrong` says each wrong change in words, `missed` what did not happen."""

    row: Row
    calls: tuple[Call, ...]
    said: str
    unsure: bool
    exact: bool
    wrong: tuple[str, ...]
    missed: tuple[str, ...]
    took_ms: float

    @property
    def asked(self) -> bool:
        """True when it changed nothing and said why or asked back."""
        return bool(self.said) and not self.changing

    @property
    def changing(self) -> tuple[Call, ...]:
        """The calls that would change something."""
        return tuple(call for call in self.calls if call.tool not in READS)

    @property
    def moves(self) -> bool:
        """True when a robot would move."""
        return any(call.tool in MOVING for call in self.calls)


async def judge(brain: Brain, row: Row) -> Verdict:
    """Say `row` to `brain`, play what it proposes, and compare."""
    if row.agenda:
        return _altered(row)
    asker = Asker(
        who="eval", door="eval", words=row.words, language=row.language, area=row.speaker_area
    )
    turn = Turn(
        words=row.words,
        asker=asker,
        messages=[{"role": "user", "content": row.words}],
        devices=row.devices,
        states=row.states,
        tools=specs.openai_tools(row.devices),
    )
    started = time.perf_counter()
    thoughts = await _thoughts(brain, turn)
    return verdict(row, thoughts, (time.perf_counter() - started) * 1000)


def _altered(row: Row) -> Verdict:
    """Return how the words about what is scheduled are read: the agent knows them by rule."""
    started = time.perf_counter()
    wanted = timer_wish(row.words, row.devices) or wish(row.words)
    meant = chosen(wanted, row.agenda, row.devices, ()) if wanted else []
    talk = timer_talk(row.words)
    took_ms = (time.perf_counter() - started) * 1000
    found = tuple((wanted.what, each.id, wanted.by_s) for each in meant) if wanted else ()
    starts = talk is not None and talk.what == "start" and not only_asks(row.words)
    harmless = wanted is None or wanted.kind == "list"
    exact = found == row.alters or (not row.alters and harmless)
    exact = exact and not starts
    return Verdict(
        row=row,
        calls=(),
        said="",
        unsure=wanted is None,
        exact=exact,
        wrong=() if exact or not (found or starts) or harmless else (str(found or talk),),
        missed=() if exact else (str(row.alters),),
        took_ms=took_ms,
    )


async def _thoughts(brain: Brain, turn: Turn) -> list[Thought]:
    try:
        async with aclosing(brain.think(turn)) as thinking:
            return [thought async for thought in thinking]
    except BrainError as error:
        return [Unsure(f"failed: {error}")]


def verdict(row: Row, thoughts: Sequence[Thought], took_ms: float) -> Verdict:
    """Return how `thoughts` fare on `row`."""
    proposed = [thought.call for thought in thoughts if isinstance(thought, Propose)]
    # What is scheduled for later changes nothing now, and now is what a row speaks of.
    calls = tuple(call for call in proposed if not call.after_s)
    unsure = [thought.message for thought in thoughts if isinstance(thought, Unsure)]
    said = " ".join([*unsure, *(each.text for each in thoughts if isinstance(each, Say))])
    house = House(row.devices, row.states)
    refused = tuple(reason for reason in map(house.play, calls) if reason)
    wrong, missed = min(
        (_differences(row, house, ending) for ending in row.endings or ((),)),
        key=lambda both: (len(both[0]) + len(both[1]), len(both[0])),
    )
    changing = [call for call in calls if call.tool not in READS]
    later = [call for call in proposed if call.after_s]
    rings = [call for call in later if call.tool == "ring_timer"]
    match row.wants:
        case Wants.CHANGE:
            right = not missed and not refused
            if row.later is not None:
                right = later == [row.later] and not changing
            if row.may_ask:
                right = bool(said and not changing) or changing == list(row.endings[0])
        case Wants.READ:
            right = not changing and _read_right(row, house)
            right = right and (not row.told or (bool(said) and not unsure))
        case Wants.NOTHING:
            right = not changing and not rings
        case Wants.ASK:
            right = not changing and not calls and bool(said)
    return Verdict(
        row=row,
        calls=calls,
        said=said,
        unsure=bool(unsure),
        exact=right and not wrong and not row.lacks,
        wrong=wrong,
        missed=missed + refused,
        took_ms=took_ms,
    )


def _read_right(row: Row, house: House) -> bool:
    read = set(house.read)
    if not row.reads:
        return True
    return read == row.reads if row.all_reads else bool(read) and read <= row.reads


def _differences(row: Row, house: House, ending: Ending) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the changes that `ending` does not make, and those of `ending` that are missing."""
    before = House(row.devices, row.states)
    goal = House(row.devices, row.states)
    for call in ending:
        goal.play(call)
    wrong: list[str] = []
    missed: list[str] = []
    for device, state in house.states.items():
        for name in sorted({*state, *goal.states[device]}):
            was, now = before.states[device].get(name), state.get(name)
            wanted = goal.states[device].get(name)
            span = row.ranges.get((device, name))
            if (device, name) in row.free or _fits(name, now, wanted, span):
                continue
            (wrong if now != was else missed).append(f"{device} {name}={now!r}")
    for device in sorted({*house.deeds, *goal.deeds}):
        done, asked = house.deeds.get(device, []), goal.deeds.get(device, [])
        if not _same_deeds(done, asked):
            (wrong if done else missed).append(f"{device} {done or asked}")
    return tuple(wrong), tuple(missed)


def _same_deeds(done: Sequence[Deed], asked: Sequence[Deed]) -> bool:
    return len(done) == len(asked) and all(map(_same_deed, done, asked))


def _same_deed(one: Deed, other: Deed) -> bool:
    (tool, said), (wanted_tool, wanted) = one, other
    arguments, goal = dict(said), dict(wanted)
    return (
        tool == wanted_tool
        and set(arguments) == set(goal)
        and all(_fits(name, arguments[name], goal[name], None) for name in goal)
    )


def _fits(name: str, now: Value, wanted: Value, span: tuple[float, float] | None) -> bool:
    if isinstance(now, bool) or isinstance(wanted, bool):
        return now is wanted
    if isinstance(now, int | float):
        if span is not None:
            return span[0] <= now <= span[1]
        return isinstance(wanted, int | float) and abs(now - wanted) <= _tolerance(name)
    if isinstance(now, str) and isinstance(wanted, str) and name == "media":
        return wanted.casefold() in now.casefold()
    return now == wanted


def _tolerance(name: str) -> float:
    """Return how far a value may be off: a rounding, never another value."""
    if name.endswith("_pct"):
        return 1.0
    return 50.0 if name.endswith("_k") else 0.011
