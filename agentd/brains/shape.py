"""The JSON that an answer must be, and whether a text is it.

A schema comes from outside, so checking is bounded: references stay inside it, patterns run in
linear time (Rust's regular expressions), and so many steps are made and no more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from agentd.brains.schema_steps import TooMuchError, bounded, drawn, keywords, linear
from agentd.errors import AgentdError

MOST_BYTES: Final = 64 * 1024
"""The longest schema, as JSON."""
MOST_STEPS: Final = 50_000
"""Keywords that are looked at for one answer: a second of one core, not of the event loop."""
ANY_OBJECT: Final[Mapping[str, Any]] = {"type": "object"}
_UNBOUNDED: Final = ("patternProperties", "$dynamicRef", "$recursiveRef")


class ShapeError(AgentdError):
    """A schema that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A JSON Schema for a whole answer."""

    schema: Mapping[str, Any]

    def check(self) -> None:
        """Raise `ShapeError` unless the schema is one, and one that can be checked here."""
        import jsonschema  # noqa: PLC0415 - only who asks for JSON needs it

        try:
            if len(json.dumps(self.schema)) > MOST_BYTES:
                raise ShapeError(f"is longer than {MOST_BYTES} bytes")
            for name, value in keywords(self.schema):
                self._check_keyword(name, value)
            drawn(self.schema).check_schema(self.schema)
        except RecursionError:
            raise ShapeError("is nested too deeply") from None
        except jsonschema.SchemaError as error:
            place = "/".join(map(str, error.absolute_path)) or "its top"
            raise ShapeError(f"is no JSON Schema at {place}: {error.message[:200]}") from None

    def problem(self, text: str) -> str:
        """Return why `text` is not what the schema wants; empty when it is."""
        from jsonschema.exceptions import best_match  # noqa: PLC0415
        from jsonschema_specifications import REGISTRY  # noqa: PLC0415
        from referencing.exceptions import Unresolvable  # noqa: PLC0415

        try:
            value = json.loads(text, parse_constant=_no_constant)
            validator = bounded(self.schema, MOST_STEPS)(self.schema, registry=REGISTRY)
            found = best_match(validator.iter_errors(value))
        except Unresolvable as error:
            return f"the schema refers to what is not in it ({error})"
        except (TooMuchError, RecursionError):
            return "it takes too long to check"
        except ValueError as error:
            return f"it is not JSON ({error})"
        if found is None:
            return ""
        place = "/".join(map(str, found.absolute_path)) or "its top"
        return f"at {place}, {found.message[:200]}"

    def _check_keyword(self, name: str, value: object) -> None:
        if name in _UNBOUNDED:
            raise ShapeError(f'has "{name}", which is not checked here')
        if name == "$schema" and not isinstance(value, str):
            raise ShapeError('has a "$schema" that is no text')
        if name == "$ref" and isinstance(value, str) and not self._refers(value):
            raise ShapeError(f'refers to "{value[:100]}", which is not in it')
        if name == "pattern" and isinstance(value, str):
            try:
                linear(value)
            except Exception as error:  # pydantic's own kind has no public name
                raise ShapeError(f'has the pattern "{value[:100]}", which is none here') from error

    def _refers(self, pointer: str) -> bool:
        from referencing import Registry  # noqa: PLC0415
        from referencing.exceptions import Unresolvable  # noqa: PLC0415
        from referencing.jsonschema import DRAFT202012  # noqa: PLC0415

        if not pointer.startswith("#"):
            return False
        whole = DRAFT202012.create_resource(dict(self.schema))
        try:
            Registry().with_resource("", whole).resolver().lookup(pointer)
        except Unresolvable:
            return False
        return True


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
