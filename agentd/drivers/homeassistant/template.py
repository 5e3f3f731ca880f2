"""Value templates without Jinja: lookups, a few filters, and the text around them.

`{{ value }}`, `{{ value_json.a.b['c'][0] | float | round(1) }}`, `{"state": "{{ value }}"}`.
Whatever comes over the wire is never executed; a template that says more is refused by name, and
with it the entity, because half of a template is a wrong value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from agentd.drivers.homeassistant.errors import DiscoveryError

LONGEST = 2000
EXPRESSION = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
ROOT = re.compile(r"\s*([a-z_]+)(?!\w)")
STEP = re.compile(r"\.([A-Za-z_]\w*)|\[\s*(?:'([^'\\]*)'|\"([^\"\\]*)\"|(\d{1,9}))\s*\]")
FILTER = re.compile(r"\s*\|\s*([a-z_]+)\s*(?:\(\s*([^()]*?)\s*\))?\s*")
LITERAL = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?|'[^'\\]*'|\"[^\"\\]*\"|true|false|True|False")

Step = str | int
NO_NAMES: Mapping[str, str] = MappingProxyType({})


class _Missing:
    """What a lookup yields when the payload says nothing about it."""


MISSING: Final = _Missing()
Filter = Callable[[object, object], object]


@dataclass(frozen=True, slots=True)
class Expression:
    """One `{{ ... }}`: where to look, and the filters in order with their argument."""

    root: str
    path: tuple[Step, ...]
    filters: tuple[tuple[Filter, object], ...]

    def evaluate(self, payload: str, names: Mapping[str, str]) -> object:
        """Return what `payload`, or one of the `names`, holds here, or `MISSING`."""
        found: object = names.get(self.root, payload)
        if self.root == "value_json":
            try:
                found = json.loads(payload)
            except (ValueError, RecursionError):
                found = MISSING
        for step in self.path:
            found = _inside(found, step)
        for apply, argument in self.filters:
            found = apply(found, argument)
        return found


@dataclass(frozen=True, slots=True)
class Template:
    """Literal text and expressions, in order. Make one with `compile_template`."""

    pieces: tuple[str | Expression, ...]

    def render(self, payload: str, names: Mapping[str, str] = NO_NAMES) -> str | None:
        """Return the text, or None when `payload` says nothing about what is asked for.

        `names` gives the values of the names that were allowed when it was compiled.
        """
        parts: list[str] = []
        for piece in self.pieces:
            if isinstance(piece, str):
                parts.append(piece)
                continue
            value = piece.evaluate(payload, names)
            if not isinstance(value, str | int | float | None):
                return None
            parts.append(str(value))
        return "".join(parts).strip()


AS_IT_IS = Template((Expression("value", path=(), filters=()),))


def compile_template(text: str, *names: str) -> Template:
    """Read a template that may use `value`, `value_json` and `names`.

    Raises `DiscoveryError` for anything but lookups and known filters.
    """
    text = text.strip()
    if len(text) > LONGEST:
        raise DiscoveryError(f"a template of {len(text)} characters; {LONGEST} are accepted")
    pieces: list[str | Expression] = []
    end = 0
    for match in EXPRESSION.finditer(text):
        pieces += [_literal(text[end : match.start()]), _expression(match[1], names)]
        end = match.end()
    pieces.append(_literal(text[end:]))
    return Template(tuple(piece for piece in pieces if piece != ""))


def _literal(text: str) -> str:
    for mark in ("{%", "{#", "{{"):
        if mark in text:
            raise DiscoveryError(f"the template uses {mark}: only plain lookups are understood")
    return text


def _expression(text: str, names: tuple[str, ...]) -> Expression:
    root = ROOT.match(text)
    if root is None or root[1] not in ("value", "value_json", *names):
        raise _too_clever(text)
    place, path, filters = root.end(), list[Step](), list[tuple[Filter, object]]()
    while step := STEP.match(text, place):
        name = next(group for group in step.groups() if group is not None)
        path.append(int(name) if step[4] else name)
        place = step.end()
    while named := FILTER.match(text, place):
        if named[1] not in FILTERS:
            raise DiscoveryError(f'the template filter "{named[1][:40]}" is not known')
        filters.append((FILTERS[named[1]], _argument(named[2], text)))
        place = named.end()
    if text[place:].strip() or (path and root[1] != "value_json"):
        raise _too_clever(text)
    return Expression(root[1], tuple(path), tuple(filters))


def _argument(text: str | None, whole: str) -> object:
    if not text:
        return MISSING
    if not LITERAL.fullmatch(text):
        raise _too_clever(whole)
    if text[0] in "'\"":
        return text[1:-1]
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    return float(text) if "." in text else int(text)


def _too_clever(text: str) -> DiscoveryError:
    shown = " ".join(text.split())[:60]
    return DiscoveryError(f'the template "{shown}" is more than a plain lookup')


def _inside(found: object, step: Step) -> object:
    if isinstance(found, dict) and isinstance(step, str):
        return found.get(step, MISSING)
    if isinstance(found, list) and isinstance(step, int) and step < len(found):
        return found[step]
    return MISSING


def _number(found: object) -> float | None:
    if not isinstance(found, str | int | float):
        return None
    try:
        return float(found)
    except (ValueError, OverflowError):
        return None


def _as_int(found: object, default: object) -> object:
    number = _number(found)
    try:
        return default if number is None else int(number)
    except (ValueError, OverflowError):
        return default


def _as_float(found: object, default: object) -> object:
    number = _number(found)
    return default if number is None else number


def _rounded(found: object, digits: object) -> object:
    number = _number(found)
    if number is None:
        return MISSING
    if isinstance(digits, int) and 0 < digits < 16:
        return round(number, digits)
    return _as_int(round(number) if abs(number) < 1e300 else number, MISSING)


def _with_default(found: object, default: object) -> object:
    return default if found is MISSING else found


def _is_defined(found: object, _: object) -> object:
    return found


def _lower(found: object, _: object) -> object:
    return found if found is MISSING else str(found).lower()


def _upper(found: object, _: object) -> object:
    return found if found is MISSING else str(found).upper()


FILTERS: Final[dict[str, Filter]] = {
    "int": _as_int,
    "float": _as_float,
    "round": _rounded,
    "default": _with_default,
    "is_defined": _is_defined,
    "lower": _lower,
    "upper": _upper,
}
