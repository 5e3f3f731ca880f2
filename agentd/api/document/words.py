"""JSON Schema in few words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from agentd.model import Schema

TEXT: Final[Schema] = {"type": "string"}
FLAG: Final[Schema] = {"type": "boolean"}
NUMBER: Final[Schema] = {"type": "number"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
ANYTHING: Final[Schema] = {}
MAP: Final[Schema] = {"type": "object"}


def ref(name: str) -> Schema:
    """Return a reference to a shape of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def listed(item: Schema, *, most: int | None = None) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": item, **({} if most is None else {"maxItems": most})}


def one_of(words: Sequence[str]) -> Schema:
    """Return the schema of a text that is one of `words`."""
    return {"type": "string", "enum": sorted(words)}


def text(longest: int, shortest: int = 0) -> Schema:
    """Return the schema of a text of bounded length."""
    return {"type": "string", "minLength": shortest, "maxLength": longest}


def or_null(schema: Schema) -> Schema:
    """Return the schema of a value that may be null."""
    return {"anyOf": [schema, {"type": "null"}]}


def always(value: str) -> Schema:
    """Return the schema of a text that never changes."""
    return {"type": "string", "const": value}


def holds(
    needed: Mapping[str, Schema], also: Mapping[str, Schema] | None = None, *, more: bool = False
) -> Schema:
    """Return the schema of an object: what it always has, may have, and whether there is more."""
    found: dict[str, Any] = {
        "type": "object",
        "properties": {**needed, **(also or {})},
        "required": list(needed),
    }
    return found if more else found | {"additionalProperties": False}
