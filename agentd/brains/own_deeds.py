"""What an example sentence of the owner's stands for: `set_light light.desk brightness_pct=30`.

Only what no device could make right is refused here; the toolbox and the gate check the rest.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from agentd.brains.misunderstanding import NotUnderstood, Why
from agentd.brains.own_sentences import ExampleError, Numbers
from agentd.brains.quantity import Quantity, parse_quantity
from agentd.errors import nearest
from agentd.model import SLOT, Call, Value
from agentd.tools import specs
from agentd.tools.specs import ToolSpec

_FITTING: Final[Mapping[str, tuple[str, ...]]] = {
    "pct": ("", "%"),
    "deg": ("", "deg"),
    "dps": ("", "deg"),
    "c": ("", "C", "deg"),
    "k": ("", "K"),
    "m": ("m",),
    "mps": ("m/s",),
}
"""Units by the end of an argument's name. A length always needs one: 20 may be cm as well."""
_ARGUMENT: Final = re.compile(r"([a-z][a-z0-9_]*)=(.*)", re.DOTALL)
_DEVICE: Final = re.compile(r"[\w.:-]+")
_PLAIN: Final = re.compile(r"-?\d{1,9}(?:\.\d{1,9})?")


@dataclass(frozen=True, slots=True)
class Deed:
    """A call with slots where an example has them."""

    tool: ToolSpec
    device: str
    arguments: Mapping[str, Value]

    def call(self, numbers: Numbers) -> Call:
        """Return the call for these numbers. Raises `NotUnderstood` for an unfit unit."""
        arguments: dict[str, Any] = {"device": self.device} if self.device else {}
        for name, value in self.arguments.items():
            arguments[name] = _filled(name, value, numbers)
        return Call(self.tool.name, arguments)


def _filled(name: str, value: Value, numbers: Numbers) -> Value:
    if not isinstance(value, str):
        return value
    if whole := SLOT.fullmatch(value):
        return _number(name, numbers[whole[1]])
    return SLOT.sub(lambda slot: f"{_quantity(numbers[slot[1]]).value:g}", value)


def _number(name: str, said: str) -> int | float:
    """Return the number `said` in the unit that the argument `name` ends with."""
    quantity = _quantity(said)
    fitting = _FITTING.get(name.rpartition("_")[2], ("",))
    if quantity.unit not in fitting:
        raise NotUnderstood(Why.VALUE if quantity.unit else Why.AMOUNT, said)
    return int(quantity.value) if quantity.value.is_integer() else quantity.value


def _quantity(said: str) -> Quantity:
    quantity = parse_quantity(said)
    if quantity is None:
        raise NotUnderstood(Why.VALUE, said)
    return quantity


def parse_deed(line: str, slots: Sequence[str]) -> Deed:
    """Read `set_light light.desk brightness_pct={number} color="warm white"`.

    Raises `ExampleError`: what is wrong with it and what would be right.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ExampleError("do", f"{line!r}: {error}; close it with the same mark") from None
    if not words:
        raise ExampleError("do", 'an empty call; write "tool device argument=value"')
    tool = _tool(words[0])
    device = words[1] if len(words) > 1 and "=" not in words[1] else ""
    arguments = _arguments(line, words[2 if device else 1 :])
    _check_deed(line, tool, device, arguments)
    for value in arguments.values():
        for slot in SLOT.findall(value) if isinstance(value, str) else ():
            if slot not in slots:
                raise ExampleError("do", f"{line!r}: there is no {{{slot}}} in its `say`")
    return Deed(tool, device, arguments)


def _tool(name: str) -> ToolSpec:
    if name in specs.BY_NAME:
        return specs.BY_NAME[name]
    near = nearest(name, specs.BY_NAME, count=1)
    cure = f'did you mean "{near[0]}"?' if near else f"known: {', '.join(specs.BY_NAME)}"
    raise ExampleError("do", f'there is no tool "{name}"; {cure}')


def _arguments(line: str, words: Sequence[str]) -> dict[str, Value]:
    arguments: dict[str, Value] = {}
    for word in words:
        match = _ARGUMENT.fullmatch(word)
        if match is None or match[1] == "device":
            raise ExampleError("do", f'{line!r}: "{word}" is not argument=value (no spaces at "=")')
        if match[1] in arguments:
            raise ExampleError("do", f"{line!r}: {match[1]} is given twice")
        arguments[match[1]] = _literal(match[2])
    return arguments


def _literal(said: str) -> Value:
    if said in ("true", "false"):
        return said == "true"
    if _PLAIN.fullmatch(said):
        return float(said) if "." in said else int(said)
    return said


def _check_deed(line: str, tool: ToolSpec, device: str, given: Mapping[str, Value]) -> None:
    """Raise `ExampleError` for what no device could make right; the rest is the toolbox's."""
    if tool.kinds and not device and not tool.device_optional:
        raise ExampleError("do", f'{line!r}: "{tool.name}" needs a device id behind it')
    if device and not (tool.kinds and _DEVICE.fullmatch(device)):
        raise ExampleError("do", f'{line!r}: "{device}" is no device id for "{tool.name}"')
    accepted = frozenset() if tool.bare else tool.only
    wrong = sorted(set(given) - accepted) if accepted is not None else []
    if wrong:
        shown = ", ".join(sorted(accepted or ())) or "nothing but a device"
        raise ExampleError("do", f'{line!r}: "{tool.name}" has no {wrong[0]}; it takes {shown}')
    if not tool.bare and (not given or (tool.needs and tool.needs not in given)):
        raise ExampleError("do", f'{line!r}: "{tool.name}" needs {tool.needs or "an argument"}')
