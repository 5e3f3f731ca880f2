"""A folder made by onnxruntime-genai's own model builder runs as it is (`genai_folder/make.py`)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from agentd.inference.llm.decoder import Decoder
from agentd.inference.llm.engine import memory_bytes
from agentd.inference.llm.generate import LanguageModel, Request
from agentd.inference.llm.layout import read_layout

FOLDER = Path(__file__).with_name("genai_folder")
TOLD = json.loads((FOLDER / "logits.json").read_text())
TOKENS = TOLD["tokens"]


@pytest.mark.parametrize("shared", [True, False], ids=["one buffer", "growing"])
def test_a_builder_s_folder_computes_what_transformers_computes(
    tmp_path: Path, shared: bool
) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "model"))
    config = json.loads((folder / "genai_config.json").read_text())
    config["search"]["past_present_share_buffer"] = shared
    (folder / "genai_config.json").write_text(json.dumps(config))
    decoder = Decoder(read_layout(folder), threads=1)
    found = decoder.run(TOKENS, 0)
    np.testing.assert_allclose(found, TOLD["logits"], atol=1e-4)
    decoder.run(TOKENS[:4], 0)
    decoder.run([9, 9, 9], 4)
    np.testing.assert_allclose(decoder.run(TOKENS[4:], 4), found, atol=1e-5)


def test_a_builder_s_folder_answers_and_holds_a_grammar() -> None:
    model = LanguageModel(FOLDER, threads=1)
    asked = [{"role": "user", "content": "hello"}]
    assert list(model.answer(Request(asked, most=5)))[-1].end
    pieces = model.answer(Request(asked, grammar='start: "a" /[0-9]{3}/'))
    text = "".join(piece.text for piece in pieces)
    assert text[0] == "a" and text[1:].isdecimal() and len(text) == 4


def test_what_a_builder_s_folder_needs_is_known_before_it_is_loaded() -> None:
    assert 64 * 2**20 < memory_bytes(FOLDER) < 80 * 2**20
