"""Writes `agentd/brains/sentences/traditional.txt`: traditional characters and their simplified ones.

`python -m training.traditional`, from the repository's root. The pairs are facts from OpenCC's
table of single characters (package `opencc-python-reimplemented`, Apache-2.0), cut down to the
first level of Big5, which are those in daily use. Two lines, one character below the other.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

OUT = Path(__file__).parent.parent / "agentd" / "brains" / "sentences" / "traditional.txt"
LEVEL_1 = 0xC6
"""The last lead byte of Big5's first level: 5,401 characters."""


def pairs() -> dict[str, str]:
    """Return the likeliest simplified character of each traditional one that is written otherwise."""
    table = files("opencc").joinpath("dictionary/TSCharacters.txt").read_text(encoding="utf-8")
    found = {}
    for line in table.splitlines():
        traditional, _, simplified = line.partition("\t")
        first = simplified.split(" ")[0]
        if first != traditional and len(first) == len(traditional) == 1 and _daily(traditional):
            found[traditional] = first
    return found


def _daily(char: str) -> bool:
    """Return whether `char` is in Big5's first level."""
    try:
        return char.encode("big5")[0] <= LEVEL_1
    except UnicodeEncodeError:
        return False


def write() -> None:
    """Write the table."""
    found = sorted(pairs().items())
    lines = ("".join(each) for each in zip(*found, strict=True))
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
