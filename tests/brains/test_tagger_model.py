"""The trained model: what it marks, what it costs to be wrong, and what a damaged file does."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from shutil import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentd import config
from agentd.brains import offline, router, tagger
from agentd.brains.tagger import KINDS, MAX_CHARACTERS, Tagger
from agentd.errors import BrainError
from agentd.events import Bus

MODELS = Path(tagger.__file__).parent / "models"


@cache
def model() -> Tagger:
    return Tagger()


@pytest.mark.parametrize(
    "words",
    [
        "",
        " ",
        "\x00\x01",
        "a",
        "?",
        "🙂" * 300,
        "ما هذا",
        "light " * 60,
        "开" * 10_000,
        "x" * 10_000,
    ],
)
def test_any_text_is_tagged_within_its_bounds(words: str) -> None:
    found = model().tag(words)
    assert found.kind in KINDS and 0 <= found.sure <= 1
    assert all(each.words in words for clause in found.clauses for each in clause.spans)
    assert sum(len(clause.words) for clause in found.clauses) <= MAX_CHARACTERS


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_every_span_is_a_piece_of_its_clause(words: str) -> None:
    for clause in model().tag(words).clauses:
        assert clause.words in words
        assert all(span.words in clause.words for span in clause.spans)


def test_a_sentence_is_marked_clause_by_clause() -> None:
    found = model().tag("turn on the kitchen light and then close the garage door")
    assert found.kind == "command"
    assert [clause.verb for clause in found.clauses] == ["on", "close"]
    assert "kitchen light" in found.clauses[0].all("target")[0]


def test_a_missing_model_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(BrainError, match="sentence model"):
        Tagger(tmp_path)


@pytest.mark.parametrize("keep", [0, 1000, -1])
def test_a_truncated_model_is_a_clear_error(tmp_path: Path, keep: int) -> None:
    copy(MODELS / "tagger.json", tmp_path)
    (tmp_path / "tagger.onnx").write_bytes((MODELS / "tagger.onnx").read_bytes()[:keep])
    with pytest.raises(BrainError, match="checksum"):
        Tagger(tmp_path)


def test_a_damaged_side_file_is_a_clear_error(tmp_path: Path) -> None:
    copy(MODELS / "tagger.onnx", tmp_path)
    (tmp_path / "tagger.json").write_text("{")
    with pytest.raises(BrainError, match="sentence model"):
        Tagger(tmp_path)


def test_without_its_model_the_daemon_goes_on_with_its_other_brains(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> Tagger:
        raise BrainError("The sentence model cannot be used: it is gone.")

    monkeypatch.setattr(offline, "Tagger", broken)
    with caplog.at_level(logging.ERROR):
        built = router.build_brain(config.Brain(), Bus())
    assert built.names == []
    assert "it is gone" in caplog.text and "offline brain is left out" in caplog.text
