"""Everything known about devices: the shipped files in devices/, and the owner's own.

A device family is one TOML file anywhere below devices/; radios.toml holds the deny-list. Files
in `discovery.devices_dirs` add to the shipped ones and win over them by id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agentd import toml_file
from agentd.catalogue.radios import Radio, RadioList
from agentd.catalogue.spec import DeviceSpec
from agentd.errors import ConfigError

PACKAGE = Path(__file__).resolve().parents[1]
RADIOS = "radios.toml"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The device families by id, the radios, and one line for each file left out."""

    specs: Mapping[str, DeviceSpec] = field(default_factory=dict)
    radios: tuple[Radio, ...] = ()
    problems: tuple[str, ...] = ()


def shipped() -> Path:
    """Return the folder of shipped device files: in the wheel, else in the checkout."""
    inside = PACKAGE / "_shipped" / "devices"
    return inside if inside.is_dir() else PACKAGE.parent / "devices"


def load(user_dirs: Iterable[str | Path] = ()) -> Catalogue:
    """Read the shipped files, then the owner's.

    A shipped file that cannot be used raises `ConfigError`. One of the owner's becomes a line in
    `problems`, and the rest still loads.
    """
    specs, radios = _read(shipped())
    problems: list[str] = []
    for folder in user_dirs:
        more, denied = _read(Path(folder).expanduser(), problems)
        specs |= more
        radios += denied
    return Catalogue(specs, tuple(radios), tuple(problems))


def _read(
    folder: Path, problems: list[str] | None = None
) -> tuple[dict[str, DeviceSpec], list[Radio]]:
    """Read every file below `folder`; put errors into `problems`, or raise when it is None."""
    specs: dict[str, DeviceSpec] = {}
    radios: list[Radio] = []
    for path in sorted(folder.rglob("*.toml")):
        try:
            if path.name == RADIOS:
                radios += toml_file.load(path, RadioList).radio
            else:
                spec = toml_file.load(path, DeviceSpec)
                _add(specs, spec, path)
        except ConfigError as error:
            if problems is None:
                raise
            problems += error.line().splitlines()
    return specs, radios


def _add(specs: dict[str, DeviceSpec], spec: DeviceSpec, path: Path) -> None:
    if spec.id in specs:
        raise ConfigError(f'{path}: the id "{spec.id}" is taken by another file in this folder.')
    specs[spec.id] = spec
