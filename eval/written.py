"""Sets written as lines of text: `language | group | sentence | expectation`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from eval.notation import expectation
from eval.our_home import HOMES, STATES
from eval.rows import Dataset, Row

DATA = Path(__file__).with_name("data")
Line = tuple[str, str, str, str]


def written(name: str, file: str) -> Dataset:
    """Return the set in `file`. Raises `ValueError` or `KeyError` where a line makes no sense."""
    return dataset(name, parse((DATA / file).read_text(encoding="utf-8")))


def parse(text: str) -> Iterator[Line]:
    """Yield the lines of such a file; empty ones and `#` remarks are skipped."""
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            language, group, words, expected = (cell.strip() for cell in line.split(" | "))
            yield language, group, words, expected


def dataset(name: str, lines: Iterable[Line]) -> Dataset:
    """Return the rows of `lines`, said in our own home."""
    return Dataset(name, tuple(row(f"{name}#{n}", *each) for n, each in enumerate(lines)))


def row(id: str, language: str, group: str, words: str, expected: str) -> Row:
    """Return one sentence; a trailing `?` in the expectation means that asking is as right."""
    may_ask = expected.endswith("?")
    return Row(
        id=id,
        group=group,
        words=words,
        language=language,
        devices=HOMES[language],
        states=STATES,
        may_ask=may_ask,
        **expectation(expected.rstrip("? "), HOMES[language]),
    )
