"""Tokenizers out of GGUF files, against the packages whose kind they are."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sentencepiece
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st

from agentd.errors import ConfigError
from agentd.inference.gguf import Gguf
from agentd.inference.llm.tokens import tokenizer_json
from tests.inference import gguf_files as files
from tests.inference.llm.tiny import Tiny

TEXT = (Path(__file__).parents[3] / "bench" / "llm_text.txt").read_text()
UNKNOWN, CONTROL, BYTE, NORMAL = 2, 3, 6, 1


def trained(*, prefix: bool) -> sentencepiece.SentencePieceProcessor:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXT.splitlines() * 4),
        model_writer=model,
        vocab_size=600,
        model_type="bpe",
        byte_fallback=True,
        add_dummy_prefix=prefix,
        remove_extra_whitespaces=False,
        normalization_rule_name="identity",
        allow_whitespace_only_pieces=True,
        minloglevel=2,
    )
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def written(tmp_path: Path, metadata: dict[str, Any]) -> Gguf:
    path = tmp_path / "model.gguf"
    path.write_bytes(files.gguf(metadata, {}))
    return Gguf.open(path)


@pytest.fixture(scope="module", params=[True, False], ids=["prefixed", "plain"])
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[sentencepiece.SentencePieceProcessor, tokenizers.Tokenizer]]:
    theirs = trained(prefix=request.param)
    ids = range(theirs.get_piece_size())
    kinds = [
        (theirs.is_unknown, UNKNOWN),
        (theirs.is_control, CONTROL),
        (theirs.is_byte, BYTE),
        (lambda at: True, NORMAL),
    ]
    metadata = {
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.add_space_prefix": request.param,
        "tokenizer.ggml.unknown_token_id": theirs.unk_id(),
        "tokenizer.ggml.tokens": [theirs.id_to_piece(at) for at in ids],
        "tokenizer.ggml.scores": [float(theirs.get_score(at)) for at in ids],
        "tokenizer.ggml.token_type": [
            next(number for is_kind, number in kinds if is_kind(at)) for at in ids
        ],
    }
    model = written(tmp_path_factory.mktemp("spm"), metadata)
    yield theirs, tokenizers.Tokenizer.from_str(tokenizer_json(model))


def test_a_sentencepiece_vocabulary_cuts_words_as_sentencepiece_does(
    both: tuple[sentencepiece.SentencePieceProcessor, tokenizers.Tokenizer],
) -> None:
    theirs, ours = both
    for text in (*TEXT.splitlines(), "  two  spaces ", "灯 off 🤖", "tab\tand\nline", "12345"):
        assert ours.encode(text, add_special_tokens=False).ids == theirs.encode(text), text

    @settings(max_examples=200)
    @given(words=st.lists(st.sampled_from(TEXT.split()), min_size=1, max_size=12))
    def same(words: list[str]) -> None:
        text = " ".join(words)
        ids = theirs.encode(text)
        assert ours.encode(text, add_special_tokens=False).ids == ids
        assert ours.decode(ids) == text

    same()


@given(text=st.text(max_size=40))
def test_a_byte_level_vocabulary_loses_nothing(text: str) -> None:
    tokenizer = _byte_level()
    for mark in ("<|endoftext|>", "<|im_start|>", "<|im_end|>"):
        text = text.replace(mark, "")
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    assert tokenizer.decode(ids, skip_special_tokens=False) == text


def test_merges_and_marks_are_used() -> None:
    found = _byte_level().encode("<|im_start|>hello", add_special_tokens=False).tokens
    assert found == ["<|im_start|>", "hell", "o"]


_KEPT: list[tokenizers.Tokenizer] = []


def _byte_level() -> tokenizers.Tokenizer:
    if not _KEPT:
        model = Gguf(Path("tiny"), Tiny().metadata() | _as_read(), {})
        _KEPT.append(tokenizers.Tokenizer.from_str(tokenizer_json(model)))
    return _KEPT[0]


def _as_read() -> dict[str, Any]:
    return {key: tuple(each) for key, each in Tiny().metadata().items() if isinstance(each, list)}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"tokens": ["a", "a"]}, "names a word twice"),
        ({"tokens": []}, "has no tokens"),
        ({"token_type": [1]}, "needs 263 values of token_type"),
        ({"merges": []}, "has no merges"),
        ({"model": "llama"}, "needs 263 values of scores"),
    ],
)
def test_a_broken_vocabulary_is_told(tmp_path: Path, changed: dict[str, Any], words: str) -> None:
    metadata = Tiny().metadata() | {
        f"tokenizer.ggml.{key}": value for key, value in changed.items()
    }
    with pytest.raises(ConfigError, match=words):
        tokenizer_json(written(tmp_path, metadata))
