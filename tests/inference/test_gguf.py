"""The GGUF reader: sound files are read to the byte, unsound ones end in one clear line."""

from __future__ import annotations

import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentd.errors import ConfigError
from agentd.inference.gguf import Gguf
from tests.inference import gguf_files as files

METADATA = {
    "general.architecture": "llama",
    "llama.block_count": 2,
    "llama.rope.freq_base": 10000.0,
    "tokenizer.ggml.add_bos_token": False,
    "tokenizer.ggml.tokens": ["a", "é", ""],
    "tokenizer.ggml.token_type": [1, 1, 3],
}
NUMBERS = np.arange(64, dtype=np.float32).reshape(2, 32)
TENSORS = {
    "plain": ((2, 32), files.F32, files.blocks(NUMBERS, files.F32)),
    "packed": ((2, 32), files.Q4_1, files.blocks(NUMBERS, files.Q4_1)),
}
GOOD = files.gguf(METADATA, TENSORS)
ANY_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)


def opened(folder: Path, data: bytes) -> Gguf:
    path = folder / "model.gguf"
    path.write_bytes(data)
    return Gguf.open(path)


def test_metadata_and_tensors_come_back_as_they_were_written(tmp_path: Path) -> None:
    model = opened(tmp_path, GOOD)
    assert model.metadata["tokenizer.ggml.tokens"] == ("a", "é", "")
    assert model.metadata["tokenizer.ggml.token_type"] == (1, 1, 3)
    assert model.metadata["llama.block_count"] == 2
    assert model.metadata["tokenizer.ggml.add_bos_token"] is False
    assert model.tensors["plain"].shape == (2, 32)
    for name, (_, _, data) in TENSORS.items():
        assert model.read(model.tensors[name]) == data


def test_every_truncation_of_a_file_is_told(tmp_path: Path) -> None:
    for length in range(len(GOOD)):
        with pytest.raises(ConfigError, match=r"it ends|not a GGUF|room for|claims"):
            opened(tmp_path, GOOD[:length])


def test_a_file_that_shrinks_after_it_was_opened_is_told(tmp_path: Path) -> None:
    model = opened(tmp_path, GOOD)
    model.path.write_bytes(GOOD[:-1])
    with pytest.raises(ConfigError, match="it ends inside packed"):
        model.read(model.tensors["packed"])


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        Gguf.open(tmp_path / "nothing.gguf")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04" + bytes(64), "not a GGUF file"),
        (b"GGUF" + struct.pack("<I", 1) + bytes(64), "version 1"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**60, 0) + bytes(64), "claims .* tensors"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 2**60) + bytes(64), "claims .* metadata entries"),
        (GOOD.replace(struct.pack("<II", 4, 2), struct.pack("<II", 99, 2)), "unknown type 99"),
        (files.gguf(METADATA | {"general.alignment": 0}, TENSORS), "alignment is 0"),
        (files.gguf({}, {"odd": ((2, 31), files.Q4_0, b"")}), "cannot be Q4_0"),
        (files.gguf({}, {"empty": ((0, 32), files.Q4_0, b"")}), "cannot be Q4_0"),
        (files.gguf({}, {"vast": ((2**62, 2**62), files.F32, b"")}), "it ends inside vast"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        opened(tmp_path, data)


def test_a_huge_array_is_refused_before_it_is_kept(tmp_path: Path) -> None:
    front = b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + files.text("big") + struct.pack("<I", 9)
    path = tmp_path / "model.gguf"
    with path.open("wb") as file:
        file.write(front + struct.pack("<IQ", 0, 2**31))
        file.truncate(2**32)
    tracemalloc.start()
    try:
        with pytest.raises(ConfigError, match="longer than 64 MiB"):
            Gguf.open(path)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@ANY_FOLDER
@given(data=st.binary(max_size=400), front=st.sampled_from([b"", GOOD[:24], GOOD[:60]]))
def test_any_bytes_are_a_model_or_one_clear_error(
    tmp_path: Path, data: bytes, front: bytes
) -> None:
    try:
        opened(tmp_path, front + data)
    except ConfigError as error:
        assert "\n" not in error.line()


@ANY_FOLDER
@given(at=st.integers(0, len(GOOD) - 1), byte=st.integers(0, 255))
def test_one_changed_byte_is_a_model_or_one_clear_error(tmp_path: Path, at: int, byte: int) -> None:
    data = bytearray(GOOD)
    data[at] = byte
    try:
        model = opened(tmp_path, bytes(data))
    except ConfigError:
        return
    for tensor in model.tensors.values():
        assert len(model.read(tensor)) == tensor.size
