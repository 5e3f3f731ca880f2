"""ggml's quantised blocks as ONNX Runtime takes them: small whole numbers, a scale for each block.

Source of the layouts: ggml's ggml-common.h. Nothing is quantised anew: a weight is

    (number - 8 or 128) * scale + offset

with the number, the scale and the offset that the file itself holds. ONNX Runtime's kernels know
only whole zero points, so the offset of a block travels apart and meets the sum of the block's
inputs (`graph.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agentd.inference.gguf import BLOCKS, Ggml

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Packed:
    """A matrix of N rows and K columns, row by row in blocks along K."""

    bits: int
    """4 or 8."""
    block: int
    """Columns that share a scale: 16 or 32."""
    numbers: Bytes
    """[N, K], each below 2 ** `bits`."""
    scales: Floats
    """[N, K / block]."""
    offsets: Floats | None = None
    """[N, K / block], or None where there are none."""

    @property
    def zero(self) -> int:
        """What is taken from every number."""
        return 1 << (self.bits - 1)

    def dequantised(self) -> Floats:
        """Return what the weights mean."""
        rows, columns = self.numbers.shape
        numbers = self.numbers.astype(np.float32).reshape(rows, -1, self.block) - self.zero
        numbers *= self.scales[:, :, None]
        if self.offsets is not None:
            numbers += self.offsets[:, :, None]
        return numbers.reshape(rows, columns)

    def data(self) -> Bytes:
        """Return the numbers as `MatMulNBits` reads them: of two in a byte the first is low."""
        if self.bits == 8:
            return self.numbers
        pairs: Bytes = np.bitwise_or(
            self.numbers[:, 0::2], self.numbers[:, 1::2] << 4, dtype=np.uint8
        )
        return pairs


def scaled(matrix: Packed | Floats, factor: float) -> Packed | Floats:
    """Return a matrix times `factor`: exactly, where that is a power of two."""
    by = np.float32(factor)
    if isinstance(matrix, np.ndarray):
        return matrix * by
    offsets = None if matrix.offsets is None else matrix.offsets * by
    return replace(matrix, scales=matrix.scales * by, offsets=offsets)


def unpack(data: bytes, kind: Ggml, shape: tuple[int, ...]) -> Packed | Floats:
    """Return a tensor's blocks: packed when it is quantised, else its numbers as float32."""
    if kind is Ggml.F32:
        return np.frombuffer(data, "<f4").reshape(shape)
    if kind is Ggml.F16:
        return np.frombuffer(data, "<f2").astype(np.float32).reshape(shape)
    if kind is Ggml.BF16:
        halves = np.frombuffer(data, "<u2").astype(np.uint32) << 16
        return halves.view(np.float32).reshape(shape)
    blocks = np.frombuffer(data, np.uint8).reshape(-1, BLOCKS[kind][1])
    bits, numbers, scales, offsets = _UNPACK[kind](blocks)
    rows = int(np.prod(shape[:-1]))
    if offsets is not None:
        offsets = (offsets + _MIDDLE[kind] * scales).reshape(rows, -1)
    columns = scales.reshape(rows, -1).shape[1]
    return Packed(
        bits, shape[-1] // columns, numbers.reshape(rows, -1), scales.reshape(rows, -1), offsets
    )


_Parts = tuple[int, Bytes, Floats, Floats | None]
"""Bits; numbers; scales; offsets as the format means them, to be added to number * scale."""
_MIDDLE = {Ggml.Q4_1: 8, Ggml.Q4_K: 8, Ggml.Q5_1: 16, Ggml.Q5_K: 16}
"""Which number of a format with offsets becomes our zero: its middle, where rounding hurts least.
"""
_FIVE_BITS = np.uint8(128 - 16)
"""Added to a number of five bits, so that its middle is the zero of eight bits."""


def _half(blocks: Bytes, at: int) -> Floats:
    """Return the 16-bit floats that stand `at` in each block, as a column."""
    return np.ascontiguousarray(blocks[:, at : at + 2]).view("<f2").astype(np.float32)


def _nibbles(packed: Bytes) -> Bytes:
    """Return 32 numbers from 16 bytes: first all low halves, then all high ones."""
    return np.concatenate([packed & 15, packed >> 4], axis=-1)


def _fifth(blocks: Bytes, at: int) -> Bytes:
    """Return the 32 fifth bits that stand `at` in each block, in their place."""
    bits = np.unpackbits(blocks[:, at : at + 4], axis=1, bitorder="little")
    return (bits << 4).astype(np.uint8)


def _q4_0(blocks: Bytes) -> _Parts:
    return 4, _nibbles(blocks[:, 2:]), _half(blocks, 0), None


def _q4_1(blocks: Bytes) -> _Parts:
    return 4, _nibbles(blocks[:, 4:]), _half(blocks, 0), _half(blocks, 2)


def _q5_0(blocks: Bytes) -> _Parts:
    numbers = _nibbles(blocks[:, 6:]) | _fifth(blocks, 2)
    return 8, numbers + _FIVE_BITS, _half(blocks, 0), None


def _q5_1(blocks: Bytes) -> _Parts:
    numbers = _nibbles(blocks[:, 8:]) | _fifth(blocks, 4)
    return 8, numbers + _FIVE_BITS, _half(blocks, 0), _half(blocks, 2)


def _q8_0(blocks: Bytes) -> _Parts:
    return 8, blocks[:, 2:] ^ np.uint8(128), _half(blocks, 0), None


def _k_scales(blocks: Bytes) -> tuple[Floats, Floats]:
    """Return the 8 scales and 8 offsets of each block of 256: two of 6 bits in 12 bytes."""
    packed = blocks[:, 4:16]
    low, high, rest = packed[:, 0:4], packed[:, 4:8], packed[:, 8:12]
    scales = np.hstack([low & 63, (rest & 15) | ((low >> 6) << 4)]).astype(np.float32)
    least = np.hstack([high & 63, (rest >> 4) | ((high >> 6) << 4)]).astype(np.float32)
    return _half(blocks, 0) * scales, -_half(blocks, 2) * least


def _q4_k(blocks: Bytes) -> _Parts:
    numbers = _nibbles(blocks[:, 16:].reshape(-1, 4, 32))
    return 4, numbers, *_k_scales(blocks)


def _q5_k(blocks: Bytes) -> _Parts:
    numbers = _nibbles(blocks[:, 48:].reshape(-1, 4, 32)).reshape(-1, 8, 32)
    fifth = (blocks[:, None, 16:48] >> np.arange(8, dtype=np.uint8)[None, :, None]) & 1
    return 8, np.bitwise_or(numbers, fifth << 4, dtype=np.uint8) + _FIVE_BITS, *_k_scales(blocks)


def _q6_k(blocks: Bytes) -> _Parts:
    low = blocks[:, :128].reshape(-1, 2, 1, 2, 32)
    halves = np.concatenate([low & 15, low >> 4], axis=2).reshape(-1, 2, 4, 32)
    high = blocks[:, 128:192].reshape(-1, 2, 1, 32)
    pairs = (high >> np.arange(0, 8, 2, dtype=np.uint8)[None, None, :, None]) & 3
    numbers = np.bitwise_or(halves, pairs << 4, dtype=np.uint8)
    scales = np.ascontiguousarray(blocks[:, 192:208]).view(np.int8).astype(np.float32)
    return 8, numbers + np.uint8(128 - 32), _half(blocks, 208) * scales, None


_UNPACK: dict[Ggml, Callable[[Bytes], Any]] = {
    Ggml.Q4_0: _q4_0,
    Ggml.Q4_1: _q4_1,
    Ggml.Q5_0: _q5_0,
    Ggml.Q5_1: _q5_1,
    Ggml.Q8_0: _q8_0,
    Ggml.Q4_K: _q4_k,
    Ggml.Q5_K: _q5_k,
    Ggml.Q6_K: _q6_k,
}
