"""Products with GGUF tensors, as nodes of an ONNX graph.

A quantised product is one `MatMulNBits` (contrib operator of ONNX Runtime) with the file's own
numbers and scales. Where blocks have offsets, `blocksum(A) @ offsets` is added, which is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

import numpy as np
from onnx import NodeProto, helper

from agentd.errors import ConfigError
from agentd.inference.gguf import Gguf
from agentd.inference.llm.blocks import Floats, Packed, unpack
from agentd.inference.llm.weights import Weights

Exactness = Literal["fast", "exact", "float32"]
"""`fast`: inputs of a product are rounded to 8 bits, as llama.cpp does. `exact`: they are not.
`float32`: weights are stored as what they mean, in 32-bit floats."""
MICROSOFT: Final = "com.microsoft"
_LEVELS: Final = {"fast": 4, "exact": 1}
"""`accuracy_level` of MatMulNBits: 1 is float32, 4 is int8."""


class Products:
    """Collects nodes; each method adds some and returns the name of what they compute."""

    def __init__(
        self,
        model: Gguf,
        weights: Weights,
        exactness: Exactness = "fast",
        on_tensor: Callable[[int], None] = lambda size: None,
    ) -> None:
        self.model = model
        self.weights = weights
        self._exactness = exactness
        self._on_tensor = on_tensor
        self.nodes: list[NodeProto] = []
        self._sums: dict[tuple[str, int], str] = {}

    def node(
        self, op: str, inputs: Sequence[str], output: str, domain: str = "", **attributes: Any
    ) -> str:
        """Add a node named like its first output; `outputs` are its others."""
        more = attributes.pop("outputs", ())
        self.nodes.append(
            helper.make_node(
                op, list(inputs), [output, *more], name=output, domain=domain, **attributes
            )
        )
        return output

    def constant(self, name: str, values: Sequence[int]) -> str:
        """Put whole numbers into the graph, once for each name."""
        if all(each.name != name for each in self.weights.initializers):
            self.weights.add(name, np.array(values, dtype=np.int64))
        return name

    def tensor(self, name: str) -> Packed | Floats:
        """Return a tensor of the GGUF file as the graph shall hold it.

        Raises `ConfigError` where it holds what is no number: the file is damaged.
        """
        tensor = self.model.tensors[name]
        with np.errstate(invalid="ignore", over="ignore"):  # looked at below
            found = unpack(self.model.read(tensor), tensor.kind, tensor.shape)
        if not _is_finite(found):
            raise ConfigError(
                f"{self.model.path}: {name} holds what is no number.",
                hint="The file is damaged: fetch it again.",
            )
        self._on_tensor(tensor.size)
        if self._exactness == "float32" and isinstance(found, Packed):
            return found.dequantised()
        return found

    def vector(self, name: str) -> Floats:
        """Return a bias or the weights of a norm."""
        values = self.tensor(name)
        return values if isinstance(values, np.ndarray) else values.dequantised().reshape(-1)

    def product(self, of: str, parts: Sequence[str], output: str) -> str:
        """Multiply by one or more matrices side by side, and add their biases."""
        found = [self.tensor(f"{part}.weight") for part in parts]
        groups = _alike(found)
        if len(groups) > 1:
            outputs = [self.times(of, values, f"{output}.{at}") for at, values in enumerate(groups)]
            product = self.node("Concat", outputs, f"{output}.joined", axis=-1)
        else:
            product = self.times(of, groups[0], f"{output}.product")
        return self._biased(product, parts, output)

    def _biased(self, product: str, parts: Sequence[str], output: str) -> str:
        names = [f"{part}.bias" for part in parts]
        if not any(name in self.model.tensors for name in names):
            return product
        rows = [self.model.tensors[f"{part}.weight"].shape[0] for part in parts]
        biases = [
            self.vector(name) if name in self.model.tensors else np.zeros(size, np.float32)
            for name, size in zip(names, rows, strict=True)
        ]
        bias = self.weights.add(f"{output}.bias", np.concatenate(biases))
        return self.node("Add", [product, bias], output)

    def times(self, of: str, matrix: Packed | Floats, output: str) -> str:
        """Multiply by one matrix."""
        if isinstance(matrix, np.ndarray):
            weight = self.weights.add(f"{output}.weight", np.ascontiguousarray(matrix.T))
            return self.node("MatMul", [of, weight], output)
        rows, columns = matrix.numbers.shape
        data = matrix.data().reshape(rows, columns // matrix.block, -1)
        numbers = self.weights.add(f"{output}.numbers", data)
        scales = self.weights.add(f"{output}.scales", matrix.scales)
        return self.times_packed(of, matrix, (numbers, scales), output)

    def times_packed(self, of: str, matrix: Packed, names: tuple[str, str], output: str) -> str:
        """Multiply by a quantised matrix whose numbers and scales are in the graph by `names`."""
        rows, columns = matrix.numbers.shape
        whole = output if matrix.offsets is None else f"{output}.numbered"
        product = self.node(
            "MatMulNBits",
            [of, *names],
            whole,
            MICROSOFT,
            N=rows,
            K=columns,
            bits=matrix.bits,
            block_size=matrix.block,
            accuracy_level=_LEVELS[self._exactness],
        )
        if matrix.offsets is None:
            return product
        offsets = self.weights.add(f"{output}.offsets", np.ascontiguousarray(matrix.offsets.T))
        lifted = self.node("MatMul", [self._sum(of, matrix.block), offsets], f"{output}.lifted")
        return self.node("Add", [product, lifted], output)

    def _sum(self, of: str, block: int) -> str:
        """Return the sums of each block of an input, computed once for all that multiply it."""
        if (of, block) not in self._sums:
            apart = self.constant(f"blocks_of_{block}", [0, 0, -1, block])
            axis = self.constant("last_axis", [-1])
            split = self.node("Reshape", [of, apart], f"{of}.blocks_{block}")
            self._sums[of, block] = self.node(
                "ReduceSum", [split, axis], f"{of}.sums_{block}", keepdims=0
            )
        return self._sums[of, block]


def _alike(found: Sequence[Packed | Floats]) -> list[Packed | Floats]:
    """Return the matrices stacked, as far as neighbours have the same form."""
    groups: list[list[Packed | Floats]] = []
    for each in found:
        if groups and _form(groups[-1][0]) == _form(each):
            groups[-1].append(each)
        else:
            groups.append([each])
    return [_stacked(group) for group in groups]


def _form(matrix: Packed | Floats) -> tuple[int, int, bool] | None:
    if isinstance(matrix, np.ndarray):
        return None
    return matrix.bits, matrix.block, matrix.offsets is None


def _stacked(group: Sequence[Packed | Floats]) -> Packed | Floats:
    if len(group) == 1:
        return group[0]
    packed = [each for each in group if isinstance(each, Packed)]
    if not packed:
        return np.concatenate([each for each in group if isinstance(each, np.ndarray)])
    offsets = [each.offsets for each in packed if each.offsets is not None]
    return Packed(
        packed[0].bits,
        packed[0].block,
        np.concatenate([each.numbers for each in packed]),
        np.concatenate([each.scales for each in packed]),
        np.concatenate(offsets) if offsets else None,
    )


def _is_finite(found: Packed | Floats) -> bool:
    parts = (found.scales, found.offsets) if isinstance(found, Packed) else (found,)
    return all(bool(np.isfinite(each).all()) for each in parts if each is not None)
