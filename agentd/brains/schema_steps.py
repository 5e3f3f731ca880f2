"""A JSON Schema validator that a stranger's schema cannot keep busy: the library's own, with its
steps counted and its patterns in the hands of Rust's regular expressions, which never go back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

_Check = Callable[[Any, Any, Any, Any], Any]


class TooMuchError(Exception):
    """Checking took more steps than an answer is worth."""


def drawn(schema: Mapping[str, Any]) -> Any:
    """Return the validator's class for the draft that the schema names."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415
    from jsonschema.validators import validator_for  # noqa: PLC0415

    return validator_for(schema, default=Draft202012Validator)


def bounded(schema: Mapping[str, Any], most: int) -> Any:
    """Return the class that makes at most `most` steps, each of its patterns in linear time.

    One step more raises `TooMuchError`.
    """
    from jsonschema.validators import extend  # noqa: PLC0415

    draft, left = drawn(schema), most

    def counted(check: _Check) -> _Check:
        def step(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
            nonlocal left
            left -= 1
            if left < 0:
                raise TooMuchError
            yield from check(validator, value, instance, schema) or ()

        return step

    known = {**draft.VALIDATORS, "pattern": _fits}
    return extend(draft, {name: counted(check) for name, check in known.items()})


def _fits(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[Any]:
    from jsonschema import ValidationError  # noqa: PLC0415

    if isinstance(instance, str):
        try:
            linear(pattern).validate_python(instance)
        except ValueError:
            yield ValidationError(f"{instance[:80]!r} does not match {pattern[:80]!r}")


def linear(pattern: str) -> Any:
    """Return what finds `pattern` in a text. Raises what pydantic does for one it cannot read."""
    from pydantic_core import SchemaValidator, core_schema  # noqa: PLC0415

    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))


def keywords(schema: Any) -> Iterator[tuple[str, Any]]:
    """Yield every name in the schema with what it stands for, however deep."""
    if isinstance(schema, Mapping):
        for name, value in schema.items():
            yield str(name), value
            yield from keywords(value)
    elif isinstance(schema, list):
        for each in schema:
            yield from keywords(each)
