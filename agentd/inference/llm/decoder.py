"""One language model in ONNX Runtime, token by token, with the keys and values it keeps.

Our own folders and those of onnxruntime-genai's model builder run alike: which inputs a graph
takes is read from the graph, and what they are called from `genai_config.json`.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from agentd.errors import BrainError
from agentd.inference.llm.blocks import Floats
from agentd.inference.llm.layout import Layout
from agentd.inference.session import FATAL_ONLY

_KINDS: Final = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


class Decoder:
    """A loaded model. Not for two threads at once."""

    def __init__(self, layout: Layout, threads: int) -> None:
        """Load the model. Raises `BrainError` when ONNX Runtime cannot."""
        self._layout = layout
        self._session = _load(layout.model, threads)
        wanted = {each.name: each for each in self._session.get_inputs()}
        self._positions = layout.position_ids in wanted
        past = [wanted[name] for name in layout.past() if name in wanted]
        if len(past) != 2 * layout.layers or layout.input_ids not in wanted:
            raise BrainError(f"{layout.folder}: its graph lacks inputs that its settings name.")
        kind = _KINDS.get(past[0].type)
        if kind is None:
            raise BrainError(f"{layout.folder}: keys and values of {past[0].type} cannot be kept.")
        self._caches: Any = (_Shared if layout.shared else _Growing)(self._session, layout, kind)

    def run(self, tokens: Sequence[int], kept: int) -> Floats:
        """Read `tokens` after the first `kept` ones; return the logits of what may follow.

        The keys and values of the first `kept` tokens stay from earlier calls; later ones are
        forgotten. Raises `BrainError` when ONNX Runtime fails.
        """
        total = kept + len(tokens)
        feeds = {self._layout.input_ids: np.array([tokens], np.int64)}
        if self._layout.attention_mask:
            feeds[self._layout.attention_mask] = np.ones((1, total), np.int64)
        if self._positions:
            feeds[self._layout.position_ids] = np.arange(kept, total, dtype=np.int64)[None]
        try:
            logits = self._caches.run(feeds, kept)
        # ONNX Runtime's exceptions share no base class but this one.
        except Exception as error:
            raise BrainError(f"ONNX Runtime failed: {_short(error)}") from error
        last: Floats = np.asarray(logits, np.float32).reshape(-1, logits.shape[-1])[-1]
        return last


class _Shared:
    """Keys and values in buffers as long as the context, written in place."""

    def __init__(self, session: Any, layout: Layout, kind: Any) -> None:
        import onnxruntime  # noqa: PLC0415 - takes a tenth of a second, and few commands need it

        self._session = session
        self._value: Any = onnxruntime.OrtValue.ortvalue_from_numpy
        self._binding = session.io_binding()
        shape = (1, layout.kv_heads, layout.context, layout.head_size)
        # Zeroed pages cost nothing until they are written.
        self._buffers = [np.zeros(shape, kind) for _ in layout.past()]
        self._values = [self._value(each) for each in self._buffers]
        for past, present, value in zip(layout.past(), layout.present(), self._values, strict=True):
            self._binding.bind_ortvalue_input(past, value)
            self._binding.bind_ortvalue_output(present, value)
        self._logits = layout.logits
        self._binding.bind_output(self._logits, "cpu")

    def run(self, feeds: dict[str, Any], kept: int) -> Any:
        del kept  # the lengths say it
        for name, value in feeds.items():
            self._binding.bind_ortvalue_input(name, self._value(value))
        self._binding.bind_output(self._logits, "cpu")
        self._session.run_with_iobinding(self._binding)
        # Outputs come in the order in which they were first bound.
        return self._binding.get_outputs()[-1].numpy()


class _Growing:
    """Keys and values that are handed back longer each time."""

    def __init__(self, session: Any, layout: Layout, kind: Any) -> None:
        self._session = session
        self._layout = layout
        empty = np.zeros((1, layout.kv_heads, 0, layout.head_size), kind)
        self._values = [empty for _ in layout.past()]

    def run(self, feeds: dict[str, Any], kept: int) -> Any:
        values = [np.ascontiguousarray(each[:, :, :kept]) for each in self._values]
        past = dict(zip(self._layout.past(), values, strict=True))
        wanted = [self._layout.logits, *self._layout.present()]
        logits, *self._values = self._session.run(wanted, feeds | past)
        return logits


def _load(model: Path, threads: int) -> Any:
    import onnxruntime  # noqa: PLC0415

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = FATAL_ONLY
    if platform.machine() == "x86_64":
        # For a single token the tiled attention takes half as long again as the plain one.
        os.environ.setdefault("ORT_GQA_DISABLE_FLASH_ATTENTION", "1")
    # A product for one token takes a tenth of a millisecond: waking threads for each takes as long,
    # so they wait busily within a token, and only there.
    options.add_session_config_entry("session.intra_op.allow_spinning", "1")
    options.add_session_config_entry("session.force_spinning_stop", "1")
    try:
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise BrainError(f"{model}: ONNX Runtime cannot load it: {_short(error)}") from error


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
