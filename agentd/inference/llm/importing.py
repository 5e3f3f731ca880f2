"""From a GGUF file to an ONNX folder, laid out as onnxruntime-genai lays its folders out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from agentd.errors import ConfigError
from agentd.inference.gguf import BLOCKS, Ggml, Gguf, Tensor
from agentd.inference.llm import space, tokens
from agentd.inference.llm.architecture import Architecture, architecture
from agentd.inference.llm.layout import CONFIG, TOKENIZER
from agentd.inference.llm.products import Exactness

MODEL: Final = "model.onnx"
DATA: Final = "model.onnx.data"
TOKENIZER_CONFIG: Final = "tokenizer_config.json"
MARGIN_BYTES: Final = 64 * 2**20
_SEARCH: Final = {
    "do_sample": False,
    "early_stopping": True,
    "min_length": 0,
    "num_beams": 1,
    "num_return_sequences": 1,
    "past_present_share_buffer": True,
    "repetition_penalty": 1.0,
    "temperature": 1.0,
    "top_k": 1,
    "top_p": 1.0,
}
_SCALE_BYTES: Final = {True: 8, False: 4}
"""Bytes beside the numbers of a block: a scale, and an offset where the format has them."""
_OFFSETS: Final = frozenset({Ggml.Q4_1, Ggml.Q4_K, Ggml.Q5_1, Ggml.Q5_K})
_FOUR_BITS: Final = frozenset({Ggml.Q4_0, Ggml.Q4_1, Ggml.Q4_K})


def import_gguf(
    path: Path,
    folder: Path,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    exactness: Exactness = "fast",
) -> Architecture:
    """Write the ONNX folder of a GGUF file into `folder`, which exists and is empty.

    `on_progress` is told the bytes of tensors done and in all. Disk and memory are checked before
    anything is written. Raises `ConfigError`: unsound file, unknown family, too little room.
    """
    model = Gguf.open(path)
    shape = architecture(model)
    texts = {
        TOKENIZER: tokens.tokenizer_json(model),
        TOKENIZER_CONFIG: tokens.config_text(tokens.tokenizer_config(model)),
        CONFIG: tokens.config_text(genai_config(shape, tokens.ends(model))),
    }
    if tokens.words(model) > shape.words:
        raise ConfigError(
            f"{path}: it has {tokens.words(model)} words, but rows for {shape.words}."
        )
    _check_room(model, folder)
    total, done = sum(each.size for each in model.tensors.values()), 0

    def on_tensor(size: int) -> None:
        nonlocal done
        done += size
        on_progress(done, total)

    try:
        _write(model, shape, folder, exactness, on_tensor)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror or error}.") from error
    return shape


def _write(
    model: Gguf,
    shape: Architecture,
    folder: Path,
    exactness: Exactness,
    on_tensor: Callable[[int], None],
) -> None:
    """Write the graph and its weights."""
    import onnx  # noqa: PLC0415 - comes with the extra

    from agentd.inference.llm.graph import Builder  # noqa: PLC0415
    from agentd.inference.llm.weights import Weights  # noqa: PLC0415

    with Weights(folder / DATA) as weights:
        built = Builder(model, shape, weights, exactness, on_tensor).build()
    onnx.save(built, folder / MODEL)


def onnx_bytes(tensor: Tensor) -> int:
    """Return the bytes that a tensor takes in the ONNX folder."""
    count = tensor.size // BLOCKS[tensor.kind][1] * BLOCKS[tensor.kind][0]
    if BLOCKS[tensor.kind][0] == 1:
        return count * 4
    numbers = count // 2 if tensor.kind in _FOUR_BITS else count
    block = 16 if tensor.kind is Ggml.Q6_K else 32
    return numbers + count // block * _SCALE_BYTES[tensor.kind in _OFFSETS]


def _check_room(model: Gguf, folder: Path) -> None:
    disk = sum(onnx_bytes(each) for each in model.tensors.values()) + MARGIN_BYTES
    space.need_disk(folder, disk, f"Importing {model.path.name}")
    # One tensor at a time is unpacked: its bytes, a byte or a float for each number, the result.
    largest = max((each.size + 3 * onnx_bytes(each) for each in model.tensors.values()), default=0)
    space.need_memory(largest + MARGIN_BYTES, f"Importing {model.path.name}")


def genai_config(shape: Architecture, ends: list[int]) -> dict[str, Any]:
    """Return the settings of a folder, by onnxruntime-genai's names."""
    decoder = {
        "session_options": {"log_id": "onnxruntime-genai", "provider_options": []},
        "filename": MODEL,
        "head_size": shape.head_size,
        "hidden_size": shape.width,
        "inputs": {
            "input_ids": "input_ids",
            "attention_mask": "attention_mask",
            "past_key_names": "past_key_values.%d.key",
            "past_value_names": "past_key_values.%d.value",
        },
        "outputs": {
            "logits": "logits",
            "present_key_names": "present.%d.key",
            "present_value_names": "present.%d.value",
        },
        "num_attention_heads": shape.heads,
        "num_hidden_layers": shape.layers,
        "num_key_value_heads": shape.kv_heads,
    }
    model = {
        "type": "llama" if shape.family == "llama" else "qwen2",
        "context_length": shape.context,
        "bos_token_id": ends[0],
        "eos_token_id": ends,
        "pad_token_id": ends[0],
        "vocab_size": shape.words,
        "decoder": decoder,
    }
    search = _SEARCH | {"max_length": shape.context}
    return {"model": model, "search": search}
