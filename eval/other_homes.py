"""Sets said in homes of their own: each block of a file is a home and what is said in it.

`@home NAME`, then `device | id | name | room | floor | state` lines, then
`group | sentence | expectation` lines. The part of an id before the dot is its kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from agentd.model import Device, Kind, State
from eval import entities
from eval.notation import expectation, value
from eval.our_home import ARGUMENTS
from eval.rows import Dataset, Row

DATA = Path(__file__).with_name("data")


def other_homes(name: str, file: str, language: str) -> Dataset:
    """Return the set in `file`. Raises `ValueError` or `KeyError` where a line makes no sense."""
    text = (DATA / file).read_text(encoding="utf-8")
    blocks = text.split("@home ")[1:]
    rows = (row for block in blocks for row in _rows(block.splitlines(), language))
    return Dataset(name, tuple(rows))


def _rows(lines: list[str], language: str) -> Iterator[Row]:
    home, *rest = (line.strip() for line in lines)
    told = [line for line in rest if line and not line.startswith("#")]
    placed = [_device(line) for line in told if line.startswith("device |")]
    devices = tuple(device for device, _ in placed)
    said = [line for line in told if not line.startswith("device |")]
    for number, line in enumerate(said):
        group, words, expected = (cell.strip() for cell in line.split(" | "))
        yield Row(
            id=f"{home}#{number}",
            group=group,
            words=words,
            language=language,
            devices=devices,
            states={device.id: state for device, state in placed},
            may_ask=expected.endswith("?"),
            **expectation(expected.rstrip("? "), devices),
        )


def _device(line: str) -> tuple[Device, State]:
    id, name, area, floor, now = (cell.strip() for cell in line.split("|")[1:])
    kind = Kind(id.partition(".")[0])
    device = Device(
        id=id,
        name=name,
        kind=kind,
        area=area,
        floor=floor,
        arguments=ARGUMENTS.get(kind) or entities.ARGUMENTS.get(kind, {}),
        moves=kind is Kind.DRIVE,
    )
    told = (word.partition("=") for word in now.split())
    return device, {name: said if name == "mode" else value(said) for name, _, said in told}
