"""Our frozen values as plain JSON values."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from enum import Enum
from typing import Any

from agentd.model import Choice, Flag, Number, Text


def plain(value: Any) -> Any:  # noqa: PLR0911
    """Return `value` as what `json.dumps` accepts.

    Dataclasses become objects, an argument its JSON Schema, sets sorted lists; a number that
    JSON has no word for (NaN, infinity) becomes null.
    """
    match value:
        case Enum():
            return value.value
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Number() | Choice() | Flag() | Text():
            return value.schema()
        case Mapping():
            return {str(key): plain(each) for key, each in value.items()}
        case set() | frozenset():
            return sorted((plain(each) for each in value), key=repr)
        case list() | tuple():
            return [plain(each) for each in value]
    return _fields(value) if dataclasses.is_dataclass(value) else str(value)


def _fields(value: Any) -> dict[str, Any]:
    return {each.name: plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
