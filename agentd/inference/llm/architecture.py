"""What a GGUF file says of its model's shape, checked before anything is built from it.

Families: `llama` (with the many models that llama.cpp files under that name), `qwen2`, `qwen3`.
Key names: ggml's docs/gguf.md and llama.cpp's conversion scripts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from agentd.errors import ConfigError
from agentd.inference.gguf import Gguf
from agentd.inference.llm.blocks import Floats, unpack

INTERLEAVED: Final = {"llama": 1, "qwen2": 0, "qwen3": 0}
"""Family: whether neighbours are rotated together. GGUF reorders Q and K of `llama` for it."""
LONGEST_CONTEXT: Final = 8192
"""Longer contexts are cut to this: their memory has to fit a small board."""
NEEDED: Final = (
    "attn_norm.weight",
    "attn_q.weight",
    "attn_k.weight",
    "attn_v.weight",
    "attn_output.weight",
    "ffn_norm.weight",
    "ffn_gate.weight",
    "ffn_up.weight",
    "ffn_down.weight",
)
OPTIONAL: Final = (
    "attn_q.bias",
    "attn_k.bias",
    "attn_v.bias",
    "attn_output.bias",
    "attn_q_norm.weight",
    "attn_k_norm.weight",
)


@dataclass(frozen=True, slots=True)
class Architecture:
    """A model's shape."""

    family: str
    layers: int
    width: int
    heads: int
    kv_heads: int
    head_size: int
    inner: int
    words: int
    context: int
    epsilon: float
    rope_base: float
    rope_factor: float

    @property
    def interleaved(self) -> int:
        """1 when neighbouring numbers are rotated together, 0 when halves are."""
        return INTERLEAVED[self.family]

    def kv_bytes(self, tokens: int) -> int:
        """Return the bytes that the keys and values of `tokens` take, as 32-bit floats."""
        return self.layers * 2 * self.kv_heads * self.head_size * 4 * tokens


def architecture(model: Gguf) -> Architecture:
    """Return the shape of `model`. Raises `ConfigError` for one that cannot be imported."""
    family = model.metadata.get("general.architecture")
    if family not in INTERLEAVED:
        known = ", ".join(INTERLEAVED)
        raise ConfigError(
            f"{model.path}: it is of the family {str(family)[:80]!r}; {known} can be imported.",
            hint="An ONNX folder made by onnxruntime-genai's model builder can be used instead.",
        )
    read = _Keys(model, str(family))
    heads, width = read.whole("attention.head_count"), read.whole("embedding_length")
    embedding = model.tensors.get("token_embd.weight")
    if embedding is None or len(embedding.shape) != 2:
        raise ConfigError(f"{model.path}: it has no word embedding (token_embd.weight).")
    found = Architecture(
        family=str(family),
        layers=read.whole("block_count", most=512),
        width=width,
        heads=heads,
        kv_heads=read.whole("attention.head_count_kv", heads),
        head_size=read.whole("attention.key_length", width // heads),
        inner=read.whole("feed_forward_length"),
        words=embedding.shape[0],
        context=min(read.whole("context_length", most=2**31), LONGEST_CONTEXT),
        epsilon=read.number("attention.layer_norm_rms_epsilon", 1e-6),
        rope_base=read.number("rope.freq_base", 10_000.0),
        rope_factor=read.rope_factor(),
    )
    _check(model, found, read)
    return found


class _Keys:
    """The metadata of one family."""

    def __init__(self, model: Gguf, family: str) -> None:
        self._model = model
        self._family = family

    def error(self, key: str, value: object, accepted: str) -> ConfigError:
        shown = f"{self._family}.{key} is {repr(value)[:80]}"
        return ConfigError(f"{self._model.path}: {shown}; it must be {accepted}.")

    def get(self, key: str, default: Any = None) -> Any:
        return self._model.metadata.get(f"{self._family}.{key}", default)

    def whole(self, key: str, default: int | None = None, *, most: int = 2**20) -> int:
        value = self.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise self.error(key, value, f"a whole number from 1 to {most}")
        return value

    def number(self, key: str, default: float) -> float:
        value = self.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e12:
            raise self.error(key, value, "a number above 0")
        return float(value)

    def rope_factor(self) -> float:
        """Return by how much positions are stretched; only a linear stretch is known."""
        kind = self.get("rope.scaling.type", "none")
        if kind not in ("none", "linear"):
            raise self.error("rope.scaling.type", kind, '"none" or "linear"')
        return self.number("rope.scaling.factor", 1.0) if kind == "linear" else 1.0


def _check(model: Gguf, found: Architecture, read: _Keys) -> None:
    """Raise `ConfigError` unless every tensor is there, known and of the right shape."""
    if read.get("expert_count", 0):
        raise ConfigError(f"{model.path}: it is a mixture of experts, which cannot be imported.")
    if read.whole("rope.dimension_count", found.head_size) != found.head_size:
        raise read.error("rope.dimension_count", read.get("rope.dimension_count"), "the head's")
    if read.get("attention.value_length", found.head_size) != found.head_size:
        raise read.error("attention.value_length", read.get("attention.value_length"), "the key's")
    if found.heads % found.kv_heads or found.head_size % 8:
        raise ConfigError(
            f"{model.path}: {found.heads} heads of {found.head_size} share {found.kv_heads}."
        )
    expected = _shapes(found)
    for name, tensor in model.tensors.items():
        if name not in expected:
            raise ConfigError(f"{model.path}: it has a tensor that we do not know: {name[:80]!r}.")
        if tensor.shape != expected[name]:
            raise ConfigError(
                f"{model.path}: {name} is {tensor.shape}, where {expected[name]} belongs."
            )
    needed = [f"blk.{layer}.{name}" for layer in range(found.layers) for name in NEEDED]
    missing = [name for name in ("output_norm.weight", *needed) if name not in model.tensors]
    if missing:
        raise ConfigError(f"{model.path}: it has no {missing[0]}.")


def _shapes(found: Architecture) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor that the model may have."""
    query, key = found.heads * found.head_size, found.kv_heads * found.head_size
    layer = {
        "attn_norm.weight": (found.width,),
        "attn_q.weight": (query, found.width),
        "attn_k.weight": (key, found.width),
        "attn_v.weight": (key, found.width),
        "attn_output.weight": (found.width, query),
        "ffn_norm.weight": (found.width,),
        "ffn_gate.weight": (found.inner, found.width),
        "ffn_up.weight": (found.inner, found.width),
        "ffn_down.weight": (found.width, found.inner),
        "attn_q.bias": (query,),
        "attn_k.bias": (key,),
        "attn_v.bias": (key,),
        "attn_output.bias": (found.width,),
        "attn_q_norm.weight": (found.head_size,),
        "attn_k_norm.weight": (found.head_size,),
    }
    shapes = {
        f"blk.{n}.{name}": shape for n in range(found.layers) for name, shape in layer.items()
    }
    return shapes | {
        "token_embd.weight": (found.words, found.width),
        "output.weight": (found.words, found.width),
        "output_norm.weight": (found.width,),
        "rope_freqs.weight": (found.head_size // 2,),
    }


def rotations(model: Gguf, found: Architecture) -> tuple[Floats, Floats]:
    """Return the cosines and sines of every position: [context, head_size / 2] each.

    `rope_freqs.weight`, where there is one (Llama 3.1 and later), divides the frequencies.
    """
    steps = np.arange(0, found.head_size, 2, dtype=np.float64) / found.head_size
    turns = 1.0 / (found.rope_base**steps * found.rope_factor)
    tensor = model.tensors.get("rope_freqs.weight")
    if tensor is not None:
        factors = unpack(model.read(tensor), tensor.kind, tensor.shape)
        if not isinstance(factors, np.ndarray) or not (factors > 0).all():
            raise ConfigError(f"{model.path}: rope_freqs.weight must hold numbers above 0.")
        turns = turns / factors.astype(np.float64)
    angles = np.arange(found.context, dtype=np.float64)[:, None] * turns[None, :]
    return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
