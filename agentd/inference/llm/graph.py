"""The ONNX graph of a Llama or Qwen model, built from GGUF tensors with ONNX Runtime's own fused
operators (domain `com.microsoft`).

Inputs and outputs are named as onnxruntime-genai names them, so that its tools can use the folder.
Keys and values live in buffers as long as the context; past and present may be the same buffer.
Only the last token's logits are computed. Attention's scale is in the queries' own weights: ONNX
Runtime has a quick product for one token only where it need not scale it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper

from agentd.inference.gguf import Gguf
from agentd.inference.llm.architecture import Architecture, rotations
from agentd.inference.llm.blocks import Floats, Packed, scaled
from agentd.inference.llm.products import MICROSOFT, Exactness, Products
from agentd.inference.llm.weights import Weights

OPSET: Final = 21
_IR_VERSION: Final = 10


class Builder(Products):
    """Builds one graph; call `build` once."""

    def __init__(
        self,
        model: Gguf,
        shape: Architecture,
        weights: Weights,
        exactness: Exactness = "fast",
        on_tensor: Callable[[int], None] = lambda size: None,
    ) -> None:
        super().__init__(model, weights, exactness, on_tensor)
        self._shape = shape

    def build(self) -> onnx.ModelProto:
        """Return the model; its big tensors are in the weights' file."""
        self._lengths()
        hidden = self._embedding()
        normed = self._norm(hidden, "output_norm" if not self._shape.layers else "blk.0.attn_norm")
        for layer in range(self._shape.layers):
            hidden, normed = self._layer(layer, hidden, normed)
        self._logits(normed)
        graph = helper.make_graph(
            self.nodes, "model", self._inputs(), self._outputs(), self.weights.initializers
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
        return helper.make_model(
            graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="agentd"
        )

    def tensor(self, name: str) -> Packed | Floats:
        """Return a tensor as the graph shall hold it; what makes queries is scaled already."""
        found = super().tensor(name)
        layer, _, part = name.partition(".attn_q")
        normed = f"{layer}.attn_q_norm.weight" in self.model.tensors
        if part in (["_norm.weight"] if normed else [".weight", ".bias"]):
            return scaled(found, self._shape.head_size**-0.5)
        return found

    def _inputs(self) -> list[onnx.ValueInfoProto]:
        ids = [
            helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "new"]),
            helper.make_tensor_value_info("attention_mask", TensorProto.INT64, [1, "all"]),
        ]
        return ids + self._caches("past_key_values.{}.{}", "kept")

    def _outputs(self) -> list[onnx.ValueInfoProto]:
        logits = helper.make_tensor_value_info(
            "logits", TensorProto.FLOAT, [1, 1, self._shape.words]
        )
        return [logits, *self._caches("present.{}.{}", "room")]

    def _caches(self, pattern: str, length: str) -> list[onnx.ValueInfoProto]:
        dims: list[str | int | None] = [1, self._shape.kv_heads, length, self._shape.head_size]
        return [
            helper.make_tensor_value_info(pattern.format(layer, part), TensorProto.FLOAT, dims)
            for layer in range(self._shape.layers)
            for part in ("key", "value")
        ]

    def _lengths(self) -> None:
        """Compute how many tokens there are, as GroupQueryAttention wants to know it."""
        axis = self.constant("one", [1])
        total = self.node("ReduceSum", ["attention_mask", axis], "total", keepdims=1)
        before = self.node("Sub", [total, axis], "before")
        self.node("Cast", [before], "seqlens_k", to=TensorProto.INT32)
        length = self.node("Shape", ["attention_mask"], "mask_length", start=1, end=2)
        single = self.node("Squeeze", [length], "mask_scalar")
        self.node("Cast", [single], "total_length", to=TensorProto.INT32)
        cosines, sines = rotations(self.model, self._shape)
        self.weights.add("cos_cache", cosines)
        self.weights.add("sin_cache", sines)

    def _norm_weight(self, name: str) -> str:
        return self.weights.add(f"{name}.weight", self.vector(f"{name}.weight"))

    def _norm(self, of: str, name: str, output: str = "") -> str:
        return self.node(
            "SimplifiedLayerNormalization",
            [of, self._norm_weight(name)],
            output or f"{name}.out",
            axis=-1,
            epsilon=self._shape.epsilon,
            stash_type=1,
        )

    def _skip_norm(self, hidden: str, more: str, name: str) -> tuple[str, str]:
        """Add `more` to the hidden state; return the sum and its norm."""
        total = f"{name}.sum"
        normed = self.node(
            "SkipSimplifiedLayerNormalization",
            [hidden, more, self._norm_weight(name)],
            f"{name}.out",
            MICROSOFT,
            outputs=("", "", total),
            epsilon=self._shape.epsilon,
        )
        return total, normed

    def _layer(self, layer: int, hidden: str, normed: str) -> tuple[str, str]:
        name = f"blk.{layer}"
        attended = self._attention(layer, normed)
        out = self.product(attended, [f"{name}.attn_output"], f"{name}.attn_out")
        hidden, normed = self._skip_norm(hidden, out, f"{name}.ffn_norm")
        out = self._feed_forward(name, normed)
        last = layer + 1 == self._shape.layers
        after = "output_norm" if last else f"blk.{layer + 1}.attn_norm"
        return self._skip_norm(hidden, out, after)

    def _attention(self, layer: int, normed: str) -> str:
        name, shape = f"blk.{layer}", self._shape
        parts = [f"{name}.attn_{each}" for each in "qkv"]
        inputs = self._query_key_value(name, normed, parts)
        present = [f"present.{layer}.{part}" for part in ("key", "value")]
        past = [f"past_key_values.{layer}.{part}" for part in ("key", "value")]
        return self.node(
            "GroupQueryAttention",
            [*inputs, *past, "seqlens_k", "total_length", "cos_cache", "sin_cache"],
            f"{name}.attended",
            MICROSOFT,
            outputs=present,
            num_heads=shape.heads,
            kv_num_heads=shape.kv_heads,
            scale=1.0,
            do_rotary=1,
            rotary_interleaved=shape.interleaved,
        )

    def _query_key_value(self, name: str, normed: str, parts: list[str]) -> list[str]:
        """Return attention's first three inputs: one packed where nothing stands between."""
        packed = self.product(normed, parts, f"{name}.qkv")
        if f"{name}.attn_q_norm.weight" not in self.model.tensors:
            return [packed, "", ""]
        shape = self._shape
        sizes = [each * shape.head_size for each in (shape.heads, shape.kv_heads, shape.kv_heads)]
        query, key, value = self._split(packed, sizes, f"{name}.split")
        query = self._head_norm(query, f"{name}.attn_q_norm", shape.heads)
        key = self._head_norm(key, f"{name}.attn_k_norm", shape.kv_heads)
        return [query, key, value]

    def _head_norm(self, of: str, name: str, heads: int) -> str:
        """Norm each head by itself (Qwen 3)."""
        size = self._shape.head_size
        apart = self.constant(f"{name}.apart", [0, 0, heads, size])
        together = self.constant(f"{name}.together", [0, 0, heads * size])
        split = self.node("Reshape", [of, apart], f"{name}.split")
        normed = self._norm(split, name, f"{name}.normed")
        return self.node("Reshape", [normed, together], f"{name}.joined")

    def _split(self, of: str, sizes: Sequence[int], name: str) -> list[str]:
        lengths = self.constant(f"{name}.sizes", list(sizes))
        outputs = [f"{name}.{at}" for at in range(len(sizes))]
        self.node("Split", [of, lengths], outputs[0], outputs=outputs[1:], axis=-1)
        return outputs

    def _feed_forward(self, name: str, normed: str) -> str:
        inner = self._shape.inner
        both = self.product(normed, [f"{name}.ffn_gate", f"{name}.ffn_up"], f"{name}.gate_up")
        gate, up = self._split(both, [inner, inner], f"{name}.halves")
        # With alpha 1 this is SiLU, x * sigmoid(x).
        gated = self.node("QuickGelu", [gate], f"{name}.gated", MICROSOFT, alpha=1.0)
        product = self.node("Mul", [gated, up], f"{name}.inner")
        return self.product(product, [f"{name}.ffn_down"], f"{name}.ffn_out")

    def _embedding(self) -> str:
        table = self.tensor("token_embd.weight")
        self._table = table
        if isinstance(table, np.ndarray):
            self.weights.add("embedding", table)
            return self.node("Gather", ["embedding", "input_ids"], "embedded", axis=0)
        self.weights.add("embedding", table.data())
        self.weights.add("embedding.scales", table.scales)
        found = self.node(
            "GatherBlockQuantized",
            ["embedding", "input_ids", "embedding.scales"],
            "embedded",
            MICROSOFT,
            bits=table.bits,
            block_size=table.block,
            gather_axis=0,
            quantize_axis=1,
        )
        return found if table.offsets is None else self._lift(found, table)

    def _lift(self, found: str, table: Packed) -> str:
        """Add the offsets of a quantised embedding to the rows that were looked up."""
        assert table.offsets is not None
        self.weights.add("embedding.offsets", table.offsets)
        rows = self.node("Gather", ["embedding.offsets", "input_ids"], "embedded.rows", axis=0)
        last, apart = self.constant("last_axis", [-1]), f"blocks_of_{table.block}"
        self.constant(apart, [0, 0, -1, table.block])
        joined = self.constant("joined_width", [0, 0, self._shape.width])
        wide = self.node("Unsqueeze", [rows, last], "embedded.offsets")
        blocks = self.node("Reshape", [found, apart], "embedded.blocks")
        lifted = self.node("Add", [blocks, wide], "embedded.lifted")
        return self.node("Reshape", [lifted, joined], "embedded.whole")

    def _logits(self, normed: str) -> None:
        last = self.constant("last", [-1])
        of = self.node("Gather", [normed, last], "last_normed", axis=1)
        if "output.weight" in self.model.tensors:
            self.times(of, self.tensor("output.weight"), "logits")
        elif isinstance(self._table, np.ndarray):
            weight = self.weights.add("head.weight", np.ascontiguousarray(self._table.T))
            self.node("MatMul", [of, weight], "logits")
        else:
            self._tied_head(of, self._table)

    def _tied_head(self, of: str, table: Packed) -> None:
        """Multiply by the embedding; its bytes are in the file once."""
        rows, columns = table.numbers.shape
        shape = (rows, columns // table.block, table.block * table.bits // 8)
        numbers = self.weights.again("head.numbers", "embedding", shape)
        self.times_packed(of, table, (numbers, "embedding.scales"), "logits")
