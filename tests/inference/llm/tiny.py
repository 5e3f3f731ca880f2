"""Tiny models with random weights as GGUF files, and the same models in plain numpy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGMLQuantizationType, dequantize

from agentd.inference.gguf import BLOCKS, Ggml
from tests.inference import gguf_files as files

HALVES = {Ggml.Q4_0: (0,), Ggml.Q5_0: (0,), Ggml.Q8_0: (0,), Ggml.Q6_K: (208,)}
"""Where the 16-bit floats of a block are; the other formats have two at its start."""
SPREAD = {
    Ggml.Q4_0: 0.012,
    Ggml.Q4_1: 0.007,
    Ggml.Q5_0: 0.006,
    Ggml.Q5_1: 0.0035,
    Ggml.Q8_0: 0.0008,
    Ggml.Q4_K: 0.0002,
    Ggml.Q5_K: 0.0001,
    Ggml.Q6_K: 0.00005,
}
"""How big the scales of a kind are, so that weights are about 0.06."""
CONTROL, NORMAL = 3, 1
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def byte_words() -> list[str]:
    """Return the 256 characters that stand for bytes in GPT-2's vocabulary."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    signs = {byte: chr(byte) for byte in plain}
    signs |= {byte: chr(256 + at) for at, byte in enumerate(others)}
    return [signs[byte] for byte in range(256)]


WORDS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *byte_words(), "he", "ll", "hell", "Ġo"]
MERGES = ["h e", "l l", "he ll", "Ġ o"]


def any_blocks(kind: Ggml, count: int, seed: int, spread: float = 0.1) -> bytes:
    """Return blocks of random bytes whose floats are finite."""
    chance = np.random.default_rng(seed)
    blocks = chance.integers(0, 256, (count, BLOCKS[kind][1]), np.uint8)
    for at in HALVES.get(kind, (0, 2)):
        halves = chance.normal(0, spread, (count, 1)).astype("<f2")
        blocks[:, at : at + 2] = halves.view(np.uint8)
    return blocks.tobytes()


def _quiet(data: bytes, kind: Ggml) -> bytes:
    """Return an embedding without the rows of marks and of bytes that are no printable ASCII."""
    rows = np.frombuffer(data, np.uint8).reshape(len(WORDS), -1).copy()
    silent = [at for at in range(259) if not 35 <= at < 130]
    blocks = rows.reshape(len(WORDS), -1, BLOCKS[kind][1])
    for at in HALVES.get(kind, (0, 2)):
        blocks[silent, :, at : at + 2] = 0
    return blocks.tobytes()


@dataclass(frozen=True)
class Tiny:
    """What to build."""

    family: str = "llama"
    kind: Ggml = Ggml.Q4_1
    embedding: Ggml = Ggml.Q8_0
    values: Ggml | None = None
    """The kind of `attn_v` and `ffn_down` where it is another, as in a Q4_K_M file."""
    head: Ggml | None = None
    biased: bool = False
    width: int = 256
    heads: int = 4
    kv_heads: int = 2
    head_size: int = 64
    inner: int = 512
    layers: int = 2
    rope_freqs: bool = False
    printable: bool = False
    """True when only printable ASCII shall ever be likely, so that an answer is text."""
    seed: int = 0

    def metadata(self) -> dict[str, Any]:
        name = self.family
        return {
            "general.architecture": name,
            f"{name}.block_count": self.layers,
            f"{name}.context_length": 512,
            f"{name}.embedding_length": self.width,
            f"{name}.feed_forward_length": self.inner,
            f"{name}.attention.head_count": self.heads,
            f"{name}.attention.head_count_kv": self.kv_heads,
            f"{name}.attention.key_length": self.head_size,
            f"{name}.attention.layer_norm_rms_epsilon": 1e-5,
            f"{name}.rope.freq_base": 10000.0,
            "tokenizer.ggml.model": "gpt2",
            "tokenizer.ggml.pre": "smollm",
            "tokenizer.ggml.tokens": WORDS,
            "tokenizer.ggml.token_type": [CONTROL] * 3 + [NORMAL] * (len(WORDS) - 3),
            "tokenizer.ggml.merges": MERGES,
            "tokenizer.ggml.eos_token_id": 2,
            "tokenizer.ggml.bos_token_id": 1,
            "tokenizer.chat_template": TEMPLATE,
        }

    def _plan(self) -> dict[str, tuple[tuple[int, ...], Ggml]]:
        query, key = self.heads * self.head_size, self.kv_heads * self.head_size
        values = self.values or self.kind
        plan: dict[str, tuple[tuple[int, ...], Ggml]] = {
            "token_embd.weight": ((len(WORDS), self.width), self.embedding),
            "output_norm.weight": ((self.width,), Ggml.F32),
        }
        if self.head is not None:
            plan["output.weight"] = ((len(WORDS), self.width), self.head)
        if self.rope_freqs:
            plan["rope_freqs.weight"] = ((self.head_size // 2,), Ggml.F32)
        layer = {
            "attn_norm.weight": ((self.width,), Ggml.F32),
            "attn_q.weight": ((query, self.width), self.kind),
            "attn_k.weight": ((key, self.width), self.kind),
            "attn_v.weight": ((key, self.width), values),
            "attn_output.weight": ((self.width, query), self.kind),
            "ffn_norm.weight": ((self.width,), Ggml.F32),
            "ffn_gate.weight": ((self.inner, self.width), self.kind),
            "ffn_up.weight": ((self.inner, self.width), self.kind),
            "ffn_down.weight": ((self.width, self.inner), values),
        }
        if self.biased:
            for each, size in (("q", query), ("k", key), ("v", key)):
                layer[f"attn_{each}.bias"] = ((size,), Ggml.F32)
        if self.family == "qwen3":
            layer["attn_q_norm.weight"] = ((self.head_size,), Ggml.F32)
            layer["attn_k_norm.weight"] = ((self.head_size,), Ggml.F32)
        for at in range(self.layers):
            plan |= {f"blk.{at}.{name}": row for name, row in layer.items()}
        return plan

    def tensors(self) -> dict[str, tuple[tuple[int, ...], Ggml, bytes]]:
        return {
            name: (shape, kind, self._data(name, shape, kind, self.seed + at))
            for at, (name, (shape, kind)) in enumerate(self._plan().items())
        }

    def _data(self, name: str, shape: tuple[int, ...], kind: Ggml, seed: int) -> bytes:
        chance = np.random.default_rng(seed)
        if kind in SPREAD:
            count = math.prod(shape) // BLOCKS[kind][0]
            first = name == "token_embd.weight"
            faint = 0.1 if self.printable and first else 1.0
            data = any_blocks(kind, count, seed, faint * SPREAD[kind])
            return _quiet(data, kind) if self.printable and first else data
        if "norm" in name or "freqs" in name:
            return chance.uniform(0.5, 1.5, shape).astype("<f4").tobytes()
        values = chance.normal(0, 0.06, shape).astype("<f4")
        return values.astype("<f2" if kind is Ggml.F16 else "<f4").tobytes()

    def gguf(self, **metadata: Any) -> bytes:
        return files.gguf(self.metadata() | metadata, self.tensors())

    def write(self, folder: Path, **metadata: Any) -> Path:
        path = folder / "tiny.gguf"
        path.write_bytes(self.gguf(**metadata))
        return path

    def weights(self) -> dict[str, np.ndarray]:
        """Return what the tensors mean, by the `gguf` package."""
        return {
            name: dequantize(
                np.frombuffer(data, np.uint8), GGMLQuantizationType(kind.value)
            ).reshape(shape)
            for name, (shape, kind, data) in self.tensors().items()
        }


def logits(tiny: Tiny, tokens: Sequence[int]) -> np.ndarray:
    """Return the logits after the last of `tokens`: the forward pass in float64."""
    weights = {name: each.astype(np.float64) for name, each in tiny.weights().items()}
    hidden = weights["token_embd.weight"][list(tokens)]
    for layer in range(tiny.layers):
        part = {
            name.removeprefix(f"blk.{layer}."): each
            for name, each in weights.items()
            if name.startswith(f"blk.{layer}.")
        }
        factors = weights.get("rope_freqs.weight", np.ones(tiny.head_size // 2))
        hidden = hidden + _attention(tiny, part, _norm(hidden, part["attn_norm.weight"]), factors)
        normed = _norm(hidden, part["ffn_norm.weight"])
        gate = normed @ part["ffn_gate.weight"].T
        inner = gate / (1 + np.exp(-gate)) * (normed @ part["ffn_up.weight"].T)
        hidden = hidden + inner @ part["ffn_down.weight"].T
    last = _norm(hidden[-1:], weights["output_norm.weight"])
    return (last @ weights.get("output.weight", weights["token_embd.weight"]).T)[0]


def _norm(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return values / np.sqrt((values**2).mean(-1, keepdims=True) + 1e-5) * weight


def _attention(
    tiny: Tiny, part: Mapping[str, np.ndarray], normed: np.ndarray, factors: np.ndarray
) -> np.ndarray:
    length = len(normed)

    def heads(name: str, count: int) -> np.ndarray:
        values = normed @ part[f"attn_{name}.weight"].T + part.get(f"attn_{name}.bias", 0.0)
        values = values.reshape(length, count, tiny.head_size)
        norm = part.get(f"attn_{name}_norm.weight")
        return values if norm is None else _norm(values, norm)

    query = _rotate(tiny, heads("q", tiny.heads), factors)
    key = _rotate(tiny, heads("k", tiny.kv_heads), factors)
    value = heads("v", tiny.kv_heads)
    shared = tiny.heads // tiny.kv_heads
    key, value = np.repeat(key, shared, 1), np.repeat(value, shared, 1)
    scores = np.einsum("qhd,khd->hqk", query, key) / math.sqrt(tiny.head_size)
    scores[:, np.triu(np.ones((length, length), bool), 1)] = -np.inf
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    out = np.einsum("hqk,khd->qhd", shares, value).reshape(length, -1)
    return out @ part["attn_output.weight"].T


def _rotate(tiny: Tiny, values: np.ndarray, factors: np.ndarray) -> np.ndarray:
    half = tiny.head_size // 2
    turns = 10000.0 ** (-np.arange(half) / half) / factors
    angles = np.arange(len(values))[:, None] * turns
    turn = np.exp(1j * angles)[:, None, :]
    if tiny.family == "llama":
        pairs = values[..., 0::2] + 1j * values[..., 1::2]
        turned = pairs * turn
        return np.stack([turned.real, turned.imag], -1).reshape(values.shape)
    turned = (values[..., :half] + 1j * values[..., half:]) * turn
    return np.concatenate([turned.real, turned.imag], -1)
