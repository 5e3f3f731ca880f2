"""How an ONNX folder of a language model is laid out: what `genai_config.json` says.

Source of the keys: onnxruntime-genai's configuration reference. Only decoders with one file are
known; a folder for another kind of model is told apart by what is missing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agentd.errors import BrainError

CONFIG: Final = "genai_config.json"
TOKENIZER: Final = "tokenizer.json"
MAX_CONFIG_BYTES: Final = 1024 * 1024
LONGEST_CONTEXT: Final = 4096
_NAMES: Final = {
    "input_ids": "input_ids",
    "attention_mask": "attention_mask",
    "position_ids": "position_ids",
    "past_key_names": "past_key_values.%d.key",
    "past_value_names": "past_key_values.%d.value",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """What a graph's inputs and outputs are called, and how big its keys and values are."""

    folder: Path
    model: Path
    layers: int
    kv_heads: int
    head_size: int
    context: int
    """The longest text in tokens, at most `LONGEST_CONTEXT`."""
    shared: bool
    """True when past and present keys and values are the same buffer."""
    ends: frozenset[int]
    """Tokens that end an answer."""
    input_ids: str
    attention_mask: str
    position_ids: str
    logits: str
    past_names: tuple[str, str]
    present_names: tuple[str, str]

    def past(self) -> list[str]:
        """Return the names of the inputs that hold keys and values, layer by layer."""
        return [each % layer for layer in range(self.layers) for each in self.past_names]

    def present(self) -> list[str]:
        """Return the names of the outputs that match `past`."""
        return [each % layer for layer in range(self.layers) for each in self.present_names]

    def kv_bytes(self) -> int:
        """Return the bytes that the keys and values of a full context take at most."""
        return self.layers * 2 * self.kv_heads * self.head_size * 4 * self.context


def read_layout(folder: Path) -> Layout:
    """Read a folder's `genai_config.json`. Raises `BrainError` when it is none we can run."""
    config = _config(folder)
    try:
        return _layout(folder, config)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BrainError(f"{folder / CONFIG}: it lacks or misstates {error}.") from error


def _config(folder: Path) -> Mapping[str, Any]:
    path = folder / CONFIG
    try:
        with path.open("rb") as file:
            text = file.read(MAX_CONFIG_BYTES + 1)
        if len(text) > MAX_CONFIG_BYTES:
            raise BrainError(f"{path}: it is longer than {MAX_CONFIG_BYTES} bytes.")
        found = json.loads(text)
    except OSError as error:
        raise BrainError(
            f"{path}: {error.strerror or error}.",
            hint="A folder made by `agentd models` or onnxruntime-genai's model builder has one.",
        ) from error
    except (ValueError, RecursionError) as error:
        raise BrainError(f"{path}: it is not JSON.") from error
    if not isinstance(found, dict):
        raise BrainError(f"{path}: it is no object.")
    return found


def _layout(folder: Path, config: Mapping[str, Any]) -> Layout:
    model = config["model"]
    decoder = model["decoder"]
    inputs = _NAMES | decoder.get("inputs", {})
    outputs = decoder.get("outputs", {})
    ends = model["eos_token_id"]
    return Layout(
        folder=folder,
        model=folder / _plain_name(decoder["filename"]),
        layers=_whole(decoder, "num_hidden_layers", 512),
        kv_heads=_whole(decoder, "num_key_value_heads", 1024),
        head_size=_whole(decoder, "head_size", 4096),
        context=min(_whole(model, "context_length", 2**31), LONGEST_CONTEXT),
        shared=bool(config.get("search", {}).get("past_present_share_buffer", False)),
        ends=frozenset(int(each) for each in (ends if isinstance(ends, list) else [ends])),
        input_ids=str(inputs["input_ids"]),
        attention_mask=str(inputs["attention_mask"]),
        position_ids=str(inputs["position_ids"]),
        logits=str(outputs.get("logits", "logits")),
        past_names=(_pattern(inputs["past_key_names"]), _pattern(inputs["past_value_names"])),
        present_names=(
            _pattern(outputs.get("present_key_names", "present.%d.key")),
            _pattern(outputs.get("present_value_names", "present.%d.value")),
        ),
    )


def _plain_name(name: object) -> str:
    """Return the name of a file in the folder itself: a model may not point elsewhere."""
    if not isinstance(name, str) or Path(name).name != name:
        raise ValueError("model.decoder.filename")
    return name


def _pattern(name: object) -> str:
    if not isinstance(name, str) or name.count("%") != 1 or "%d" not in name:
        raise ValueError("the names of keys and values")
    return name


def _whole(table: Mapping[str, Any], key: str, most: int) -> int:
    value = table[key]
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise ValueError(f"{key} ({value!r}, 1 to {most})")
    return value
