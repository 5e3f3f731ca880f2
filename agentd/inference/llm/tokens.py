"""The tokenizer inside a GGUF file, as the `tokenizer.json` that the `tokenizers` package reads.

Two kinds: `gpt2`, byte-level pairs with a merge list, and `llama`, SentencePiece pairs whose
merges follow from the scores. How text is cut before pairs are merged is known by a name only
(`tokenizer.ggml.pre`); the expressions are those of the models' own tokenizers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from agentd.errors import ConfigError
from agentd.inference.gguf import Gguf

CONTROL, USER_DEFINED = 3, 4
_LLAMA3: Final = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_QWEN2: Final = _LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
_CUTS: Final = {"llama-bpe": _LLAMA3, "llama3": _LLAMA3, "qwen2": _QWEN2}
_DIGITS_APART: Final = {"smollm": True, "gpt-2": False, "default": False}
MAX_PIECE: Final = 64
"""Longer words of a SentencePiece vocabulary are not taken apart to find their merges."""


def tokenizer_json(model: Gguf) -> str:
    """Return the model's tokenizer. Raises `ConfigError` for a kind that is not known."""
    import tokenizers  # noqa: PLC0415 - comes with the extra

    kind = model.metadata.get("tokenizer.ggml.model")
    words = _texts(model, "tokens")
    vocabulary = {word: at for at, word in enumerate(words)}
    if len(vocabulary) != len(words):
        raise ConfigError(f"{model.path}: its vocabulary names a word twice.")
    if kind == "gpt2":
        built = _byte_level(model, vocabulary)
    elif kind == "llama":
        built = _sentence_piece(model, words, vocabulary)
    else:
        shown = f"its tokenizer is of the kind {str(kind)[:80]!r}"
        raise ConfigError(f"{model.path}: {shown}; gpt2 and llama are known.")
    types = _numbers(model, "token_type", len(words))
    for special, number in ((True, CONTROL), (False, USER_DEFINED)):
        found = [word for word, each in zip(words, types, strict=True) if each == number]
        added = [tokenizers.AddedToken(word, special=special, normalized=False) for word in found]
        built.add_special_tokens(added) if special else built.add_tokens(added)
    text: str = built.to_str()
    return text


def tokenizer_config(model: Gguf) -> dict[str, Any]:
    """Return what `tokenizer_config.json` holds: the chat template, first and last tokens."""
    words = _texts(model, "tokens")
    template = model.metadata.get("tokenizer.chat_template")
    if not isinstance(template, str) or not template:
        raise ConfigError(
            f"{model.path}: it has no chat template, so it was not trained to answer.",
            hint='Take the "instruct" or "chat" file of the same model.',
        )
    return {
        "chat_template": template,
        "bos_token": _word(model, words, "bos_token_id"),
        "eos_token": _word(model, words, "eos_token_id"),
        "add_bos_token": bool(
            model.metadata.get(
                "tokenizer.ggml.add_bos_token",
                model.metadata.get("tokenizer.ggml.model") == "llama",
            )
        ),
    }


def ends(model: Gguf) -> list[int]:
    """Return the tokens that end an answer."""
    words = _texts(model, "tokens")
    keys = ("eos_token_id", "eot_token_id")
    found = [model.metadata.get(f"tokenizer.ggml.{key}") for key in keys]
    known = {each for each in found if isinstance(each, int) and 0 <= each < len(words)}
    if not known:
        raise ConfigError(f"{model.path}: it names no token that ends an answer.")
    marks = ("<|im_end|>", "<|eot_id|>", "<|end_of_text|>", "<|endoftext|>")
    return sorted(known | {words.index(mark) for mark in marks if mark in words})


def words(model: Gguf) -> int:
    """Return how many words the vocabulary has."""
    return len(_texts(model, "tokens"))


def _texts(model: Gguf, key: str) -> Sequence[str]:
    found = model.metadata.get(f"tokenizer.ggml.{key}")
    if isinstance(found, tuple) and found and all(isinstance(each, str) for each in found):
        return found
    raise ConfigError(f"{model.path}: its tokenizer has no {key}.")


def _numbers(model: Gguf, key: str, length: int) -> Sequence[float]:
    found = model.metadata.get(f"tokenizer.ggml.{key}")
    if isinstance(found, tuple) and len(found) == length and not isinstance(found[0], str):
        return found
    raise ConfigError(f"{model.path}: its tokenizer needs {length} values of {key}.")


def _word(model: Gguf, words: Sequence[str], key: str) -> str:
    at = model.metadata.get(f"tokenizer.ggml.{key}")
    return words[at] if isinstance(at, int) and 0 <= at < len(words) else ""


def _byte_level(model: Gguf, vocabulary: Mapping[str, int]) -> Any:
    from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers  # noqa: PLC0415
    from tokenizers import models as kinds  # noqa: PLC0415

    name = model.metadata.get("tokenizer.ggml.pre", "default")
    merges = [_pair(model, each) for each in _texts(model, "merges")]
    unknown = [part for pair in merges for part in (*pair, "".join(pair)) if part not in vocabulary]
    if unknown:
        raise ConfigError(
            f"{model.path}: its merges speak of {unknown[0][:80]!r}, which is no word."
        )
    whole = name in ("llama-bpe", "llama3")
    built = Tokenizer(kinds.BPE(dict(vocabulary), merges, ignore_merges=whole))
    if name in _CUTS:
        cut = pre_tokenizers.Split(Regex(_CUTS[str(name)]), "isolated")
        rest = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        built.pre_tokenizer = pre_tokenizers.Sequence([cut, rest])
    elif name in _DIGITS_APART:
        rest = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
        first = [pre_tokenizers.Digits(individual_digits=True)] if _DIGITS_APART[str(name)] else []
        built.pre_tokenizer = pre_tokenizers.Sequence([*first, rest])
    else:
        known = ", ".join((*_CUTS, *_DIGITS_APART))
        raise ConfigError(
            f"{model.path}: it cuts text as {str(name)[:80]!r} does; known are {known}."
        )
    if name == "qwen2":
        built.normalizer = normalizers.NFC()
    built.decoder = decoders.ByteLevel()
    return built


def _pair(model: Gguf, merge: str) -> tuple[str, str]:
    first, space, second = merge.partition(" ")
    if not (first and space and second) or " " in second:
        raise ConfigError(f"{model.path}: {merge[:80]!r} is no pair of words.")
    return first, second


def _sentence_piece(model: Gguf, words: Sequence[str], vocabulary: Mapping[str, int]) -> Any:
    from tokenizers import Tokenizer, decoders, normalizers  # noqa: PLC0415
    from tokenizers import models as kinds  # noqa: PLC0415

    scores = _numbers(model, "scores", len(words))
    unknown = _word(model, words, "unknown_token_id") or None
    built = Tokenizer(
        kinds.BPE(
            dict(vocabulary),
            _merges(words, vocabulary, scores),
            unk_token=unknown,
            fuse_unk=True,
            byte_fallback=True,
        )
    )
    spaced = model.metadata.get("tokenizer.ggml.add_space_prefix", True)
    first = [normalizers.Prepend("▁")] if spaced else []
    built.normalizer = normalizers.Sequence([*first, normalizers.Replace(" ", "▁")])
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    last = [decoders.Strip(" ", 1, 0)] if spaced else []
    built.decoder = decoders.Sequence([*steps, *last])
    return built


def _merges(
    words: Sequence[str], vocabulary: Mapping[str, int], scores: Sequence[float]
) -> list[tuple[str, str]]:
    """Return the merges that a vocabulary with scores stands for, the most wanted first."""
    found: list[tuple[float, int, int, str, str]] = []
    for word, score in zip(words, scores, strict=True):
        for at in range(1, min(len(word), MAX_PIECE)):
            left, right = word[:at], word[at:]
            if left in vocabulary and right in vocabulary:
                found.append((-score, vocabulary[left], vocabulary[right], left, right))
    found.sort()
    return [(left, right) for *_, left, right in found]


def config_text(table: Mapping[str, Any]) -> str:
    """Return a table as the JSON file it becomes."""
    return json.dumps(table, indent=2, ensure_ascii=False) + "\n"
