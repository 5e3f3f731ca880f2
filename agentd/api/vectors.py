"""Embeddings as a server sends them, and as the client wants them: numbers, or base64.

In base64 they are 32-bit floats, the lowest byte first, as OpenAI's own clients read them. Some
servers send numbers whatever is asked for.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

FLOATS: Final = np.dtype("<f4")


class VectorsError(Exception):
    """What came is no list of embeddings; the message goes on after the server's name."""


@dataclass(slots=True)
class Vectors:
    """Embeddings in order, each as JSON, and what the server says of them."""

    rows: list[str] = field(default_factory=list)
    tokens: int | None = 0
    """What the server counted; None once it did not say."""
    size: int = 0
    """How long the rows are together."""

    def __iadd__(self, more: Vectors) -> Vectors:
        """Add those of the next inputs."""
        known = self.tokens is not None and more.tokens is not None
        self.tokens = (self.tokens or 0) + (more.tokens or 0) if known else None
        self.rows += more.rows
        self.size += more.size
        return self


def read_vectors(answer: bytes, count: int, encoding: str) -> Vectors:
    """Return the `count` embeddings in a server's answer. Raises `VectorsError`."""
    try:
        found = json.loads(answer)
        data = sorted(found["data"], key=lambda each: int(each["index"]))
        given = [each["embedding"] for each in data]
        numbers = [int(each["index"]) for each in data]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise VectorsError("sent no list of embeddings") from None
    if numbers != list(range(count)):
        raise VectorsError(f"sent {len(given)} embeddings for {count} inputs")
    rows = [json.dumps(_encoded(each, encoding)) for each in given]
    return Vectors(rows, _counted(found), sum(map(len, rows)))


def written(made: Vectors, model: str, estimate: int) -> bytes:
    """Return the whole answer; `estimate` is the usage where no server counted."""
    used = estimate if made.tokens is None else made.tokens
    usage = {"prompt_tokens": used, "total_tokens": used}
    rows = ",".join(
        f'{{"object":"embedding","index":{at},"embedding":{row}}}'
        for at, row in enumerate(made.rows)
    )
    head = f'{{"object":"list","data":[{rows}],"model":{json.dumps(model)}'
    return f'{head},"usage":{json.dumps(usage)}}}'.encode()


def _encoded(given: object, encoding: str) -> str | list[float]:
    """Return an embedding in `encoding`, whichever one it came in."""
    try:
        if isinstance(given, str):
            vector = np.frombuffer(base64.b64decode(given, validate=True), FLOATS)
        elif isinstance(given, list) and all(type(each) in (int, float) for each in given):
            vector = np.asarray(given, np.float64)
        else:
            raise VectorsError("sent an embedding that is none")
    except (ValueError, OverflowError):
        raise VectorsError("sent an embedding that is none") from None
    with np.errstate(over="ignore"):
        whole = bool(vector.size) and bool(np.isfinite(vector.astype(FLOATS)).all())
    if not whole:
        raise VectorsError("sent an embedding with no numbers, or none that JSON knows")
    if encoding == "float":
        numbers: list[float] = vector.tolist()
        return numbers
    return base64.b64encode(vector.astype(FLOATS).tobytes()).decode()


def _counted(found: Mapping[str, Any]) -> int | None:
    usage = found.get("usage")
    used = usage.get("prompt_tokens") if isinstance(usage, Mapping) else None
    return used if type(used) is int and used >= 0 else None
