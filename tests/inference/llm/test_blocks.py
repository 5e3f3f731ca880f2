"""ggml's blocks mean to us what they mean to the `gguf` package, whatever bytes they hold."""

from __future__ import annotations

import numpy as np
import pytest
from gguf import GGMLQuantizationType, dequantize
from hypothesis import given
from hypothesis import strategies as st

from agentd.inference.gguf import BLOCKS, Ggml
from agentd.inference.llm.blocks import Packed, unpack
from tests.inference.llm.tiny import any_blocks

QUANTISED = [kind for kind in Ggml if BLOCKS[kind][0] > 1]


@pytest.mark.parametrize("kind", QUANTISED, ids=lambda kind: kind.name)
@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 3), across=st.integers(1, 3))
def test_quantised_blocks_mean_the_same_as_to_the_gguf_package(
    kind: Ggml, seed: int, rows: int, across: int
) -> None:
    shape = (rows, across * BLOCKS[kind][0])
    data = any_blocks(kind, rows * across, seed)
    found = unpack(data, kind, shape)
    assert isinstance(found, Packed)
    assert found.numbers.max() < 2**found.bits
    theirs = dequantize(np.frombuffer(data, np.uint8), GGMLQuantizationType(kind.value))
    # A format with offsets takes big numbers from each other; float32 then rounds at their size.
    rounding = 2e-6 * max(1.0, float(np.abs(theirs).max()))
    np.testing.assert_allclose(
        found.dequantised(), theirs.reshape(shape), rtol=1e-5, atol=max(1e-5, rounding)
    )


@pytest.mark.parametrize("kind", [Ggml.F32, Ggml.F16, Ggml.BF16], ids=lambda kind: kind.name)
@given(seed=st.integers(0, 2**32 - 1))
def test_plain_floats_are_kept_to_the_bit(kind: Ggml, seed: int) -> None:
    values = np.random.default_rng(seed).normal(0, 1, (2, 64)).astype(np.float32)
    if kind is Ggml.BF16:
        data = (values.view(np.uint32) >> 16).astype("<u2").tobytes()
    else:
        data = values.astype("<f4" if kind is Ggml.F32 else "<f2").tobytes()
    theirs = dequantize(np.frombuffer(data, np.uint8), GGMLQuantizationType(kind.value))
    assert np.array_equal(unpack(data, kind, (2, 64)), theirs.reshape(2, 64))


def test_two_numbers_share_a_byte_and_the_first_is_low() -> None:
    packed = unpack(any_blocks(Ggml.Q4_0, 1, 1), Ggml.Q4_0, (1, 32))
    assert isinstance(packed, Packed)
    data = packed.data()
    assert data.shape == (1, 16)
    assert data[0, 0] == packed.numbers[0, 0] + 16 * packed.numbers[0, 1]
