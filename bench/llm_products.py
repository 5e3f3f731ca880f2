"""A model's products with its weights alone, one after the other: decoding can be no faster.

They are taken out of the model's own graph, so they are the same kernels on the same bytes; what
they multiply is made up.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

RUNS: Final = 60


class Products:
    """The products of the model in `folder`, for one token, on `threads` threads."""

    def __init__(self, folder: Path, threads: int) -> None:
        path = folder / "products.onnx"
        onnx.save(_products(onnx.load(folder / "model.onnx", load_external_data=False)), path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session: Any = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        numbers = np.random.default_rng(0)
        self._fed = {
            each.name: numbers.standard_normal(each.shape, np.float32)
            for each in self._session.get_inputs()
        }

    def seconds(self) -> float:
        """Return how long all of them take together, the best of many runs."""
        best = float("inf")
        for _ in range(RUNS):
            began = time.perf_counter()
            self._session.run(None, self._fed)
            best = min(best, time.perf_counter() - began)
        return best


def _products(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a model of the products in `model` that have a weight, side by side."""
    weights = {each.name: each for each in model.graph.initializer}
    nodes, inputs, outputs, used = [], {}, [], {}
    for node in model.graph.node:
        if node.op_type not in ("MatMul", "MatMulNBits") or node.input[1] not in weights:
            continue
        columns = next((each.i for each in node.attribute if each.name == "K"), 0)
        columns = columns or weights[node.input[1]].dims[0]
        node.input[0] = f"of_{columns}"
        inputs[columns] = _value(node.input[0], [1, 1, columns])
        outputs.append(_value(node.output[0], None))
        used |= {name: weights[name] for name in node.input[1:]}
        nodes.append(node)
    graph = helper.make_graph(nodes, "products", [*inputs.values()], outputs, [*used.values()])
    return helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)


def _value(name: str, shape: list[int] | None) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
