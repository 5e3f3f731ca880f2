"""One tiny model for all tests of this folder: random weights, real everything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentd.inference.llm.importing import import_gguf
from tests.inference.llm.tiny import Tiny

TINY = Tiny(width=64, heads=2, kv_heads=1, head_size=32, inner=128, printable=True, seed=9000)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "model").mkdir()
    import_gguf(TINY.write(folder), folder / "model", exactness="exact")
    return folder / "model"
