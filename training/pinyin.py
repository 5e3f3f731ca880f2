"""Writes `agentd/brains/sentences/pinyin.txt`: the characters of GB 2312 by how they sound.

`python -m training.pinyin`, from the repository's root. The readings are facts from the package
`pypinyin` (MIT), without tones, one for each character: with its rare readings too, most
characters would sound like most others.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from pypinyin import Style, pinyin

OUT = Path(__file__).parent.parent / "agentd" / "brains" / "sentences" / "pinyin.txt"


def characters() -> list[str]:
    """Return the 6,763 characters of GB 2312, which are those in daily use."""
    found = []
    for row in range(0xB0, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                found.append(bytes([row, cell]).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return found


def write() -> None:
    """Write the table."""
    by_sound: dict[str, list[str]] = defaultdict(list)
    for char in characters():
        by_sound[pinyin(char, style=Style.NORMAL)[0][0]].append(char)
    lines = [f"{sound} {''.join(chars)}" for sound, chars in sorted(by_sound.items())]
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
