"""The big numbers of an ONNX model, in a file of their own beside it (ONNX "external data")."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

SMALL_BYTES: Final = 1024
"""Smaller tensors stay in the model itself."""
PAGE: Final = 4096
"""Every tensor begins on a page of its own, so that it can be mapped."""


class Weights:
    """Writes tensors one after the other; each is named by what refers to it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self.initializers: list[TensorProto] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, name: str, values: NDArray[Any]) -> str:
        """Keep `values` under `name`, and return the name."""
        if values.nbytes < SMALL_BYTES:
            self.initializers.append(numpy_helper.from_array(values, name))
            return name
        self._file.write(bytes(-self._file.tell() % PAGE))
        at = self._file.tell()
        self._file.write(np.ascontiguousarray(values).data)
        self._refer(name, values.dtype, values.shape, at, values.nbytes)
        return name

    def again(self, name: str, of: str, shape: tuple[int, ...]) -> str:
        """Give the bytes kept under `of` a second `name` and another `shape`."""
        kept = next(each for each in self.initializers if each.name == of)
        if not kept.external_data:
            values = numpy_helper.to_array(kept).reshape(shape)
            self.initializers.append(numpy_helper.from_array(values, name))
            return name
        place = {each.key: each.value for each in kept.external_data}
        kind = helper.tensor_dtype_to_np_dtype(kept.data_type)
        self._refer(name, kind, shape, int(place["offset"]), int(place["length"]))
        return name

    def _refer(
        self, name: str, kind: np.dtype[Any], shape: tuple[int, ...], offset: int, length: int
    ) -> None:
        tensor = TensorProto(name=name, data_type=helper.np_dtype_to_tensor_dtype(kind), dims=shape)
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (("location", self._path.name), ("offset", offset), ("length", length)):
            entry = onnx.StringStringEntryProto(key=key, value=str(value))
            tensor.external_data.append(entry)
        self.initializers.append(tensor)
