"""One small model on one core: ONNX Runtime's CPU provider behind plain lists and arrays."""

from __future__ import annotations

from typing import Any, Final

from numpy.typing import NDArray

Array = NDArray[Any]
FATAL_ONLY: Final = 4
"""ONNX Runtime's quietest log level: what goes wrong is raised anyway."""


class TaggerModel:
    """A model from the spellings and marks of a sentence's pieces to some arrays of logits.

    Raises `ImportError` without ONNX Runtime, `ValueError` when `model` is none.
    """

    def __init__(self, model: bytes) -> None:
        import onnxruntime  # noqa: PLC0415 - takes a tenth of a second, and few commands need it

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = FATAL_ONLY
        try:
            self._session: Any = onnxruntime.InferenceSession(
                model, options, providers=["CPUExecutionProvider"]
            )
        # ONNX Runtime's exceptions share no base class but this one.
        except Exception as error:
            raise ValueError(f"not a model: {error}") from error

    def run(self, spellings: Array, meanings: Array, marks: Array) -> list[Array]:
        """Return the outputs for one sentence, without the batch dimension."""
        fed = {"spellings": spellings[None], "meanings": meanings[None], "marks": marks[None]}
        return [output[0] for output in self._session.run(None, fed)]
