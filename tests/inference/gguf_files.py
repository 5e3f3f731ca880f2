"""Writes GGUF files for tests, and reads their blocks back by the book, in plain numpy."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from agentd.inference.gguf import Ggml

F32, Q8_0, Q4_0, Q4_1, F16 = Ggml.F32, Ggml.Q8_0, Ggml.Q4_0, Ggml.Q4_1, Ggml.F16


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def value(of: Any) -> bytes:
    if isinstance(of, bool):
        return struct.pack("<I?", 7, of)
    if isinstance(of, int):
        return struct.pack("<II", 4, of)
    if isinstance(of, float):
        return struct.pack("<If", 6, of)
    if isinstance(of, str):
        return struct.pack("<I", 8) + text(of)
    if all(isinstance(each, str) for each in of):
        return struct.pack("<IIQ", 9, 8, len(of)) + b"".join(text(each) for each in of)
    kind, letter = (6, "f") if any(isinstance(each, float) for each in of) else (5, "i")
    return struct.pack("<IIQ", 9, kind, len(of)) + struct.pack(f"<{len(of)}{letter}", *of)


def gguf(
    metadata: Mapping[str, Any], tensors: Mapping[str, tuple[Sequence[int], Ggml, bytes]]
) -> bytes:
    front = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    front += b"".join(text(name) + value(of) for name, of in metadata.items())
    body = b""
    for name, (shape, kind, data) in tensors.items():
        body += bytes(-len(body) % 32)
        front += text(name) + struct.pack("<I", len(shape))
        front += struct.pack(f"<{len(shape)}Q", *reversed(shape))
        front += struct.pack("<IQ", kind, len(body))
        body += data
    return front + bytes(-len(front) % 32) + body


def blocks(values: np.ndarray, kind: Ggml) -> bytes:
    """Quantise the way ggml does; `values` has two dimensions."""
    if kind == F32:
        return values.astype("<f4").tobytes()
    if kind == F16:
        return values.astype("<f2").tobytes()
    rows = values.reshape(-1, 32).astype(np.float32)
    if kind == Q8_0:
        scale = (np.abs(rows).max(1, keepdims=True) / 127).astype("<f2")
        numbers = np.rint(rows / np.maximum(scale, 1e-8)).clip(-127, 127).astype(np.int8)
        return np.hstack([scale.view(np.uint8), numbers.view(np.uint8)]).tobytes()
    if kind == Q4_0:
        scale = (np.abs(rows).max(1, keepdims=True) / 8).astype("<f2")
        numbers = np.rint(rows / np.maximum(scale, 1e-8) + 8).clip(0, 15).astype(np.uint8)
        front = scale
    else:
        least = rows.min(1, keepdims=True).astype("<f2")
        scale = ((rows.max(1, keepdims=True) - least) / 15).astype("<f2")
        numbers = np.rint((rows - least) / np.maximum(scale, 1e-8)).clip(0, 15).astype(np.uint8)
        front = np.hstack([scale, least])
    nibbles = numbers[:, :16] | (numbers[:, 16:] << 4)
    return np.hstack([np.ascontiguousarray(front).view(np.uint8), nibbles]).tobytes()


def values(data: bytes, kind: Ggml, shape: Sequence[int]) -> np.ndarray:
    """Return what the blocks mean, in float32."""
    if kind in (F32, F16):
        return np.frombuffer(data, f"<f{4 if kind == F32 else 2}").astype(np.float32).reshape(shape)
    width = {Q8_0: 34, Q4_0: 18, Q4_1: 20}[kind]
    rows = np.frombuffer(data, np.uint8).reshape(-1, width)
    scale = rows[:, :2].copy().view("<f2").astype(np.float32)
    if kind == Q8_0:
        return (rows[:, 2:].view(np.int8) * scale).reshape(shape)
    packed = rows[:, -16:]
    numbers = np.hstack([packed & 15, packed >> 4]).astype(np.float32)
    if kind == Q4_0:
        return ((numbers - 8) * scale).reshape(shape)
    return (numbers * scale + rows[:, 2:4].copy().view("<f2")).astype(np.float32).reshape(shape)
