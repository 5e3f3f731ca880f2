"""Reading GGUF, the file format of llama.cpp: a header, metadata, a table of tensors, their bytes.

Source of the format: ggml's docs/gguf.md, versions 2 and 3, little-endian. The file is never
trusted: every length is held against what is left of the file before anything is read or kept, so
a truncated, huge or malicious file ends in one clear `ConfigError`. The file is read, not mapped:
one that shrinks underneath us is a short read, not a dead process.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import IO, Any

from agentd.errors import ConfigError

MAGIC = b"GGUF"
VERSIONS = (2, 3)
MAX_TABLE_BYTES = 64 * 2**20
"""Metadata and tensor table together; a vocabulary of 256,000 words takes about 10 MiB."""
MAX_ENTRIES = 65_536
MAX_NAME_BYTES = 65_535
MAX_DIMENSIONS = 4
DEFAULT_ALIGNMENT = 32


class Ggml(IntEnum):
    """The tensor types that can be imported, by ggml's number."""

    F32 = 0
    F16 = 1
    Q4_0 = 2
    Q4_1 = 3
    Q5_0 = 6
    Q5_1 = 7
    Q8_0 = 8
    Q4_K = 12
    Q5_K = 13
    Q6_K = 14
    BF16 = 30


BLOCKS = {
    Ggml.F32: (1, 4),
    Ggml.F16: (1, 2),
    Ggml.Q4_0: (32, 18),
    Ggml.Q4_1: (32, 20),
    Ggml.Q5_0: (32, 22),
    Ggml.Q5_1: (32, 24),
    Ggml.Q8_0: (32, 34),
    Ggml.Q4_K: (256, 144),
    Ggml.Q5_K: (256, 176),
    Ggml.Q6_K: (256, 210),
    Ggml.BF16: (1, 2),
}
"""Type: elements in a block, bytes of a block."""

STRING, ARRAY, BOOL = 8, 9, 7
SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", BOOL: "?"} | {
    10: "Q",
    11: "q",
    12: "d",
}
"""Number of a metadata type: its `struct` letter."""

Value = bool | int | float | str | tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Tensor:
    """One row of the tensor table; `shape` has the slowest dimension first, as numpy has it."""

    name: str
    shape: tuple[int, ...]
    kind: Ggml
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Gguf:
    """What a GGUF file says about itself. Nothing stays open."""

    path: Path
    metadata: Mapping[str, Value]
    tensors: Mapping[str, Tensor]

    @classmethod
    def open(cls, path: Path) -> Gguf:
        """Read the tables of a file. Raises `ConfigError` when it is not a sound GGUF file."""
        try:
            with path.open("rb") as file:
                return _Tables(path, file).read()
        except OSError as error:
            raise ConfigError(f"{path}: {error.strerror or error}.") from error

    def read(self, tensor: Tensor) -> bytes:
        """Return the bytes of a tensor. Raises `ConfigError` when the file shrank since."""
        try:
            with self.path.open("rb") as file:
                file.seek(tensor.offset)
                data = file.read(tensor.size)
        except OSError as error:
            raise ConfigError(f"{self.path}: {error.strerror or error}.") from error
        if len(data) != tensor.size:
            raise ConfigError(f"{self.path}: it ends inside {tensor.name}.")
        return data


class _Tables:
    """One pass over the front of the file."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self._path = path
        self._file = file
        self._size = path.stat().st_size
        self._at = 0

    def read(self) -> Gguf:
        if self._take(4, "the header") != MAGIC:
            raise self._error("it is not a GGUF file.")
        version = self._number("I")
        if version not in VERSIONS:
            raise self._error(f"it is GGUF version {version}; versions 2 and 3 can be read.")
        tensors = self._count("tensors", 24)
        entries = self._count("metadata entries", 13)
        metadata = dict(self._entry() for _ in range(entries))
        rows = [self._row() for _ in range(tensors)]
        start = self._data_start(metadata.get("general.alignment", DEFAULT_ALIGNMENT))
        table = {row[0]: self._placed(start, *row) for row in rows}
        if len(table) != len(rows):
            raise self._error("two tensors have the same name.")
        return Gguf(self._path, metadata, table)

    def _error(self, what: str) -> ConfigError:
        # Names in the file may be anything: long, on many lines.
        return ConfigError(f"{self._path}: {' '.join(what.split())[:300]}")

    def _take(self, count: int, what: str) -> bytes:
        if count > self._size - self._at:
            raise self._error(f"it ends inside {what}.")
        if self._at + count > MAX_TABLE_BYTES:
            raise self._error(f"its tables are longer than {MAX_TABLE_BYTES >> 20} MiB.")
        data = self._file.read(count)
        if len(data) != count:
            raise self._error(f"it ends inside {what}.")
        self._at += count
        return data

    def _number(self, letter: str) -> Any:
        return struct.unpack(f"<{letter}", self._take(struct.calcsize(letter), "a number"))[0]

    def _count(self, what: str, least_bytes: int) -> int:
        count = int(self._number("Q"))
        if count > min(MAX_ENTRIES, (self._size - self._at) // least_bytes):
            raise self._error(f"it claims {count} {what}, more than it has room for.")
        return count

    def _text(self, longest: int = MAX_TABLE_BYTES) -> str:
        length = int(self._number("Q"))
        if length > longest:
            raise self._error(f"it claims a text of {length} bytes.")
        # A word of a vocabulary may be part of a character; it is kept visibly, not lost.
        return self._take(length, "a text").decode(errors="backslashreplace")

    def _entry(self) -> tuple[str, Value]:
        name = self._text(MAX_NAME_BYTES)
        return name, self._value(name, int(self._number("I")))

    def _value(self, name: str, kind: int) -> Value:
        if kind == STRING:
            return self._text()
        if kind == ARRAY:
            return self._array(name)
        if kind not in SCALARS:
            raise self._error(f"{name} has the unknown type {kind}.")
        value: Value = self._number(SCALARS[kind])
        return value

    def _array(self, name: str) -> Value:
        kind, length = int(self._number("I")), int(self._number("Q"))
        if kind == STRING:
            if length > (self._size - self._at) // 8:
                raise self._error(f"{name} claims {length} texts.")
            return tuple(self._text() for _ in range(length))
        if kind not in SCALARS:
            raise self._error(f"{name} is an array of the unknown type {kind}.")
        data = self._take(length * struct.calcsize(SCALARS[kind]), name)
        return struct.unpack(f"<{length}{SCALARS[kind]}", data)

    def _row(self) -> tuple[str, tuple[int, ...], Ggml, int]:
        name = self._text(MAX_NAME_BYTES)
        dimensions = int(self._number("I"))
        if not 1 <= dimensions <= MAX_DIMENSIONS:
            raise self._error(f"{name} has {dimensions} dimensions.")
        shape = tuple(int(self._number("Q")) for _ in range(dimensions))
        kind, offset = int(self._number("I")), int(self._number("Q"))
        if kind not in {each.value for each in Ggml}:
            known = ", ".join(each.name for each in Ggml)
            raise self._error(f"{name} has ggml type {kind}; {known} can be imported.")
        return name, shape[::-1], Ggml(kind), offset

    def _data_start(self, alignment: Value) -> int:
        if not isinstance(alignment, int) or not 1 <= alignment <= 2**20:
            raise self._error(f"its alignment is {alignment!r}.")
        return -(-self._at // alignment) * alignment

    def _placed(
        self, start: int, name: str, shape: tuple[int, ...], kind: Ggml, offset: int
    ) -> Tensor:
        elements, block_bytes = BLOCKS[kind]
        if 0 in shape or shape[-1] % elements:
            raise self._error(f"{name} of shape {shape} cannot be {kind.name}.")
        size = math.prod(shape) // elements * block_bytes
        if start + offset + size > self._size:
            raise self._error(f"it ends inside {name}.")
        return Tensor(name, shape, kind, start + offset, size)
