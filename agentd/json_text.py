"""JSON from outside, with errors that say what is wrong."""

from __future__ import annotations

import json
from typing import Any


def parsed(body: bytes) -> Any:
    """Return the JSON value of `body`. Raises `ValueError` with a line that says what is wrong.

    RFC 8259: JSON between systems is UTF-8. Infinities, NaN and half a character are none.
    """
    try:
        found = json.loads(body.decode("utf-8-sig"), parse_constant=_no_number)
        if b"\\u" in body:
            json.dumps(found, ensure_ascii=False).encode()  # half a character cannot be answered
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return found


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not a number in JSON")
