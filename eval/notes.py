"""Sentences about lists and timers, `sentence | expectation`, said in our home with two lists.

For lists: `add shopping: milk; eggs`, `remove todo: sweep`, `clear shopping`, `read shopping`, `read
both`, `ask`. For timers: `start SECONDS NAME`, `shift SECONDS NAME`, `cancel NAME`, `hold NAME`,
`resume NAME`, `status NAME`, `cancel all`; a name may be left out, or be the length. `none` for both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from agentd.brains.delays import parse_duration
from agentd.brains.targets import Home
from agentd.drivers.lists import lists
from agentd.drivers.timer import TIMER
from agentd.model import Asker, Call, State
from agentd.store import Scheduled
from eval.our_home import HOMES, STATES
from eval.rows import Dataset, Row, Wants

DATA: Final = Path(__file__).with_name("data")
LISTS: Final = tuple(
    lists({"Shopping list": ("groceries", "购物清单"), "To-do list": ("待办清单",)})
)
_IDS: Final = {"shopping": LISTS[0].id, "todo": LISTS[1].id}
_OTHER: Final = "bananas"
_DUE: Final = 1_800_000_000.0


def notes(name: str, file: str) -> Dataset:
    """Return the set in `file`. Raises `ValueError` or `KeyError` where a line makes no sense."""
    text = (DATA / file).read_text(encoding="utf-8")
    rows = []
    for number, line in enumerate(each for each in text.splitlines() if each.strip()):
        words, expected = (cell.strip() for cell in line.rsplit(" | ", 1))
        language = "zh" if re.search("[一-鿿]", words) else "en"
        made = _list_row(expected) if ".lists" in file else _timer_row(expected, language)
        devices = (*HOMES[language], *LISTS, TIMER)
        fields = {"states": STATES, **made}
        group = f"{'list' if '.lists' in file else 'timer'} {expected.split()[0]}"
        rows.append(
            Row(
                id=f"{name}#{number}",
                group=group,
                words=words,
                language=language,
                devices=devices,
                **fields,
            )
        )
    return Dataset(name, tuple(rows))


def _list_row(expected: str) -> dict[str, Any]:
    what, _, rest = expected.partition(" ")
    if what in ("ask", "none"):
        return {"wants": Wants.ASK if what == "ask" else Wants.NOTHING}
    if what == "read":
        ids = _IDS.values() if rest == "both" else [_IDS[rest]]
        return {"wants": Wants.READ, "reads": frozenset(ids), "all_reads": True}
    called, _, said = rest.partition(":")
    entries = [each.strip() for each in said.split(";")] if said else [""]
    device, before = _IDS[called], [_OTHER, *(entries if what == "remove" else ())]
    state: State = {"entries": len(before), "items": "\n".join(each.casefold() for each in before)}
    arguments = [[{what: each} for each in entries] if said else [{"clear": True}]]
    if called == "todo" and len(entries) > 1:
        # "Wash and fold" may be one thing to do.
        arguments += [[{what: word.join(entries)}] for word in (" and ", "和", "跟")]
    endings = tuple(
        tuple(Call("change_list", {"device": device, **each}) for each in way) for way in arguments
    )
    return {"wants": Wants.CHANGE, "endings": endings, "states": {**STATES, device: state}}


def _timer_row(expected: str, language: str) -> dict[str, Any]:
    what, *rest = expected.split()
    by_s = float(rest.pop(0)) if what in ("start", "shift") else 0.0
    name = " ".join(rest)
    if what == "start":
        told = {"device": TIMER.id, "length_s": by_s} | _named(name, language)
        return {"wants": Wants.CHANGE, "later": Call("ring_timer", told, after_s=by_s)}
    known = [name] if name not in ("", "all") else [""]
    others = ["decoy"] if name else []
    held = what == "resume"
    agenda = tuple(_running(n, each, language, held) for n, each in enumerate([*known, *others]))
    meant: Sequence[Scheduled] = agenda if name == "all" else agenda[:1]
    alters = () if what == "none" else tuple((what, each.id, by_s) for each in meant)
    return {"wants": Wants.CHANGE if alters else Wants.NOTHING, "agenda": agenda, "alters": alters}


def _named(name: str, language: str) -> dict[str, str]:
    if not name:
        return {}
    return {"room" if Home(HOMES[language]).is_place(name) else "called": name}


def _running(number: int, name: str, language: str, held: bool) -> Scheduled:
    length = parse_duration(name) or 777.0
    named = _named(name, language) if length == 777.0 else {}
    arguments = {"device": TIMER.id, "length_s": length, **named}
    return Scheduled(
        id=f"{number:06x}",
        due=_DUE + length,
        call=Call("ring_timer", arguments),
        asker=Asker(who="eval", door="eval"),
        left_s=length if held else 0.0,
    )


def both(name: str, stem: str) -> Iterator[Dataset]:
    """Yield the sets of lists and of timers in both languages."""
    for kind in ("lists", "timers"):
        yield notes(f"{name}_{kind}", f"{stem}.{kind}.txt")
