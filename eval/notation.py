"""Expectations as a person writes them.

`light.kitchen on=true brightness_pct=30; drive rover distance_m=-0.2` are calls in order; the
tool may be left out where the kind of device has just one. `temperature_c=21.5..24` is a range,
`_` is a space (but in a `mode`: `fan_only` is spelt so), ` OR ` parts accepted endings, and
`nothing`, `ask`, `read <device> ...` stand alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agentd.model import Call, Device, Kind
from agentd.tools import specs
from eval.rows import Ending, Wants

Ranges = dict[tuple[str, str], tuple[float, float]]


def expectation(text: str, devices: Sequence[Device]) -> Mapping[str, Any]:
    """Return the fields of a `Row` that `text` stands for. Raises `ValueError`, `KeyError`."""
    head, *rest = text.split()
    if head in (Wants.NOTHING, Wants.ASK):
        return {"wants": Wants(head)}
    if head == Wants.READ:
        return {"wants": Wants.READ, "reads": frozenset(rest), "all_reads": True}
    kinds = {device.id: device.kind for device in devices}
    ranges: Ranges = {}
    endings = tuple(_ending(part, kinds, ranges) for part in text.split(" OR "))
    return {"wants": Wants.CHANGE, "endings": endings, "ranges": ranges}


def _ending(text: str, kinds: Mapping[str, Kind], ranges: Ranges) -> Ending:
    return tuple(_call(part.split(), kinds, ranges) for part in text.split(";"))


def _call(words: Sequence[str], kinds: Mapping[str, Kind], ranges: Ranges) -> Call:
    tool, *rest = words
    if tool not in specs.BY_NAME:
        tool, rest = tool_of(kinds[words[0]]), list(words)
    device = rest[0] if rest else ""
    if device and device not in kinds:
        raise KeyError(device)
    arguments: dict[str, Any] = {"device": device} if device else {}
    for name, _, said in (word.partition("=") for word in rest[1:]):
        low, dots, high = said.partition("..")
        if dots:
            ranges[device, name] = (float(low), float(high))
        arguments[name] = said if name == "mode" else value(high if dots else said)
    return Call(tool, arguments)


def tool_of(kind: Kind) -> str:
    """Return the tool that sets a device of `kind`."""
    return next(tool.name for tool in specs.TOOLS if kind in tool.kinds and not tool.reads)


def value(said: str) -> bool | int | float | str:
    """Return a value as a person writes it: a number, a truth, else a text."""
    if said in ("true", "false"):
        return said == "true"
    try:
        return float(said) if "." in said else int(said)
    except ValueError:
        return said.replace("_", " ")
