"""An imported model computes what the GGUF file means; what cannot be imported is told."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentd.errors import ConfigError
from agentd.inference.gguf import Ggml
from agentd.inference.llm import space
from agentd.inference.llm.decoder import Decoder
from agentd.inference.llm.importing import import_gguf
from agentd.inference.llm.layout import read_layout
from agentd.inference.llm.products import Exactness
from tests.inference.llm.tiny import WORDS, Tiny, logits

TOKENS = [1, 40, 77, 259, 130, 5, 99, 200, 41, 42, 43, 17]
LLAMA = Tiny()
MODELS = {
    "llama, Q4_1, tied Q8_0 embedding": LLAMA,
    "llama, Q4_0": replace(LLAMA, kind=Ggml.Q4_0),
    "llama, Q8_0": replace(LLAMA, kind=Ggml.Q8_0),
    "llama, Q5_0": replace(LLAMA, kind=Ggml.Q5_0),
    "llama, Q5_1": replace(LLAMA, kind=Ggml.Q5_1),
    "llama, Q4_K": replace(LLAMA, kind=Ggml.Q4_K),
    "llama, Q5_K": replace(LLAMA, kind=Ggml.Q5_K),
    "llama, Q4_K_M: Q6_K values and a tied Q6_K embedding": replace(
        LLAMA, kind=Ggml.Q4_K, values=Ggml.Q6_K, embedding=Ggml.Q6_K
    ),
    "llama, tied Q4_1 embedding, with offsets": replace(LLAMA, embedding=Ggml.Q4_1),
    "llama, tied Q4_0 embedding": replace(LLAMA, embedding=Ggml.Q4_0),
    "llama, F16, tied F16 embedding": replace(LLAMA, kind=Ggml.F16, embedding=Ggml.F16),
    "llama, F32, own head Q6_K": replace(LLAMA, kind=Ggml.F32, head=Ggml.Q6_K),
    "llama, own head F32": replace(LLAMA, head=Ggml.F32),
    "llama, scaled frequencies": replace(LLAMA, rope_freqs=True),
    "llama, every head its own key": replace(LLAMA, kv_heads=4),
    "llama, one key for all": replace(LLAMA, kv_heads=1, heads=8, head_size=32),
    "qwen2, Q4_1, biases": replace(LLAMA, family="qwen2", biased=True),
    "qwen2, Q4_0, biases, own head": replace(
        LLAMA, family="qwen2", biased=True, kind=Ggml.Q4_0, head=Ggml.Q8_0
    ),
    "qwen2, Q4_K_M, biases": replace(
        LLAMA, family="qwen2", biased=True, kind=Ggml.Q4_K, values=Ggml.Q6_K
    ),
    "qwen3, Q4_1, norms of heads": replace(LLAMA, family="qwen3", heads=8),
}


def imported(tmp_path: Path, tiny: Tiny, exactness: Exactness = "exact") -> Decoder:
    folder = tmp_path / exactness
    folder.mkdir()
    import_gguf(tiny.write(tmp_path), folder, exactness=exactness)
    return Decoder(read_layout(folder), threads=1)


@pytest.mark.parametrize("tiny", MODELS.values(), ids=MODELS)
def test_an_imported_model_computes_what_the_file_means(tmp_path: Path, tiny: Tiny) -> None:
    decoder = imported(tmp_path, tiny)
    expected = logits(tiny, TOKENS)
    np.testing.assert_allclose(decoder.run(TOKENS, 0), expected, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("tiny", MODELS.values(), ids=MODELS)
def test_the_fast_form_differs_by_the_rounding_of_inputs_only(tmp_path: Path, tiny: Tiny) -> None:
    found = imported(tmp_path, tiny, "fast").run(TOKENS, 0)
    expected = logits(tiny, TOKENS)
    assert np.corrcoef(found, expected)[0, 1] > 0.999
    assert np.abs(found - expected).max() < 0.08 * np.abs(expected).max()


def test_the_float32_form_computes_the_same(tmp_path: Path) -> None:
    found = imported(tmp_path, LLAMA, "float32").run(TOKENS, 0)
    np.testing.assert_allclose(found, logits(LLAMA, TOKENS), rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("family", ["llama", "qwen2", "qwen3"])
def test_text_in_pieces_means_what_it_means_at_once(tmp_path: Path, family: str) -> None:
    decoder = imported(tmp_path, replace(LLAMA, family=family))
    whole = decoder.run(TOKENS, 0)
    for kept in (5, 11):
        decoder.run(TOKENS[:kept], 0)
        np.testing.assert_allclose(decoder.run(TOKENS[kept:], kept), whole, rtol=1e-4, atol=1e-4)
    decoder.run([7, 8, 9], 4)
    assert not np.allclose(decoder.run(TOKENS[7:], 7), whole, atol=1e-2), "what is kept counts"
    decoder.run(TOKENS[4:8], 4)
    np.testing.assert_allclose(decoder.run(TOKENS[8:], 8), whole, rtol=1e-4, atol=1e-4)


def test_numbers_are_in_the_folder_as_they_were_in_the_file(tmp_path: Path) -> None:
    """Four bits stay four bits: the folder is no bigger than scales as floats make it."""
    tiny = replace(LLAMA, kind=Ggml.Q4_1)
    imported(tmp_path, tiny, "fast")
    weights = (tmp_path / "fast" / "model.onnx.data").stat().st_size
    assert weights < 1.4 * (tmp_path / "tiny.gguf").stat().st_size


def test_progress_ends_at_the_whole(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    (tmp_path / "out").mkdir()
    import_gguf(LLAMA.write(tmp_path), tmp_path / "out", lambda *at: told.append(at))
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] > 0


def test_a_folder_says_what_generation_needs(tmp_path: Path) -> None:
    imported(tmp_path, LLAMA)
    layout = read_layout(tmp_path / "exact")
    assert (layout.layers, layout.kv_heads, layout.head_size) == (2, 2, 64)
    assert layout.context == 512
    assert layout.ends == {0, 2}
    config = json.loads((tmp_path / "exact" / "tokenizer_config.json").read_text())
    assert "im_start" in config["chat_template"]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "another family": ({"general.architecture": "mamba"}, "'mamba'; llama, qwen2, qwen3"),
    "experts": ({"llama.expert_count": 8}, "mixture of experts"),
    "unknown stretch": ({"llama.rope.scaling.type": "yarn"}, "rope.scaling.type is 'yarn'"),
    "no layers": ({"llama.block_count": 0}, "block_count is 0"),
    "more layers than tensors": ({"llama.block_count": 3}, "it has no blk.2.attn_norm"),
    "fewer layers than tensors": ({"llama.block_count": 1}, "do not know: 'blk.1"),
    "other width": ({"llama.embedding_length": 128}, "where .* belongs"),
    "half a rotation": ({"llama.rope.dimension_count": 32}, "rope.dimension_count is 32"),
    "no template": ({"tokenizer.chat_template": ""}, "no chat template"),
    "unknown cut": ({"tokenizer.ggml.pre": "elsewhere"}, "'elsewhere' does"),
    "unknown tokenizer": ({"tokenizer.ggml.model": "bert"}, "'bert'"),
    "broken merges": ({"tokenizer.ggml.merges": ["nothing"]}, "no pair"),
    "foreign merges": ({"tokenizer.ggml.merges": ["no thing"]}, "no word"),
    "more words than rows": (
        {
            "tokenizer.ggml.tokens": [*WORDS, "extra"],
            "tokenizer.ggml.token_type": [1] * (len(WORDS) + 1),
        },
        "264 words, but rows for 263",
    ),
    "no end": ({"tokenizer.ggml.eos_token_id": 9999}, "ends an answer"),
}


@pytest.mark.parametrize(("metadata", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_imported_is_named(
    tmp_path: Path, metadata: dict[str, Any], words: str
) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(ConfigError, match=words):
        import_gguf(LLAMA.write(tmp_path, **metadata), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == [], "nothing was written"


HEAD = LLAMA.gguf()
TABLES = len(HEAD) - sum(len(data) for _, _, data in LLAMA.tensors().values())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(at=st.integers(24, TABLES - 1), byte=st.integers(0, 255), cut=st.booleans())
def test_one_changed_byte_is_a_model_or_one_clear_error(
    tmp_path: Path, at: int, byte: int, cut: bool
) -> None:
    data = bytearray(HEAD)
    data[at] = byte
    (tmp_path / "changed.gguf").write_bytes(data[: len(data) // 2] if cut else data)
    with tempfile.TemporaryDirectory(dir=tmp_path) as out:
        try:
            import_gguf(tmp_path / "changed.gguf", Path(out))
        except ConfigError as error:
            assert "\n" not in error.line()


@pytest.mark.parametrize("tiny", [LLAMA, replace(LLAMA, kind=Ggml.F32)])
def test_what_is_no_number_is_told_with_the_tensor(tmp_path: Path, tiny: Tiny) -> None:
    name = "blk.0.attn_q.weight"
    path = tiny.write(tmp_path)
    data = next(data for each, (_, _, data) in tiny.tensors().items() if each == name)
    path.write_bytes(path.read_bytes().replace(data, b"\xff\x7f" * (len(data) // 2)))
    (tmp_path / "out").mkdir()
    with pytest.raises(ConfigError, match=f"{name} holds what is no number"):
        import_gguf(path, tmp_path / "out")


def test_too_little_disk_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    disk = SimpleNamespace(free=10**6)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: disk)
    with pytest.raises(ConfigError, match=r"needs \d+ MB on the disk .*; 1 MB are free"):
        import_gguf(LLAMA.write(tmp_path), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_too_little_memory_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    monkeypatch.setattr(space, "free_memory", lambda: 10**6)
    with pytest.raises(ConfigError, match=r"needs \d+ MB of memory; 1 MB are free"):
        import_gguf(LLAMA.write(tmp_path), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
