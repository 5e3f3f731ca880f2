"""Our frozen values as plain JSON values."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from enum import Enum
from typing import Any

from agentd.model import Choice, Flag, Number, Receipt, Text


def plain(value: Any) -> Any:
    """Return `value` as what `json.dumps` accepts.

    Dataclasses become objects, an argument its JSON Schema, sets sorted lists; a number that
    JSON has no word for (NaN, infinity) becomes null.
    """
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Number | Choice | Flag | Text):
        return value.schema()
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        return {field.name: plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(each) for each in value), key=repr)
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return str(value)


def receipt_row(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as the doors show it."""
    row: dict[str, Any] = plain(receipt)
    del row["expect"]
    return row
