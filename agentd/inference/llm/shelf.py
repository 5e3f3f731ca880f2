"""The models on this machine: one folder each below the state folder, whole or not there at all.

A model is built in a folder beside its place, gets a manifest with the checksum of every file,
and is then renamed. What an interrupted import left is removed by the next one.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from agentd.errors import BrainError, ConfigError, nearest

MANIFEST: Final = "manifest.json"
MAX_MANIFEST_BYTES: Final = 1024 * 1024
NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
PACKAGES: Final = ("onnx", "tokenizers", "llguidance", "jinja2")
INSTALL: Final = "pip install 'agentd[llm]'"
_NEW: Final = re.compile(r"\.new-(\d+)-.*")
_READ_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of a model: where it came from, and the size and SHA-256 of its files."""

    name: str
    source: str
    source_sha256: str
    family: str
    layers: int
    context: int
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(int(each["bytes"]) for each in self.files.values())


def need_packages() -> None:
    """Raise `ConfigError` when the extra is not installed. Imports nothing."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"The local model needs {', '.join(missing)}, which are not installed.", hint=INSTALL
        )


def listed(root: Path) -> list[Manifest]:
    """Return the models below `root`, by name; a folder without a readable manifest is none."""
    found = []
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        try:
            if NAME.fullmatch(folder.name) and folder.is_dir():
                found.append(read_manifest(folder))
        except BrainError:
            continue
    return found


def find(root: Path, name: str) -> Path:
    """Return the folder of a model: one of ours by name, or any folder by its path.

    Raises `ConfigError` with the next step when there is none.
    """
    if "/" in name:
        folder = Path(name).expanduser()
        if folder.is_dir():
            return folder
        raise ConfigError(
            f"There is no model folder {folder}.",
            hint="brain.local_model takes a name from `agentd models list` or a folder.",
        )
    folder = root / name
    if NAME.fullmatch(name) and (folder / MANIFEST).is_file():
        return folder
    near = nearest(name, [each.name for each in listed(root)], count=1)
    hint = f"Did you mean {near[0]}?" if near else f"Next: agentd models pull {name}"
    raise ConfigError(f'There is no model "{name}" in {root}.', hint=hint)


def read_manifest(folder: Path) -> Manifest:
    """Read a model's manifest. Raises `BrainError` when it is damaged."""
    path = folder / MANIFEST
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(MAX_MANIFEST_BYTES))
        for name, each in found["files"].items():
            if Path(name).name != name or not isinstance(each["bytes"], int):
                raise ValueError(name)
        return Manifest(**found)
    except OSError as error:
        raise BrainError(f"{path}: {error.strerror or error}.") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BrainError(f"{path}: it is damaged.", hint=_again(folder)) from error


def verify(folder: Path) -> None:
    """Raise `BrainError` unless every file is as it was written.

    A folder without a manifest is somebody else's: nothing is known of its files.
    """
    if not (folder / MANIFEST).exists():
        return
    for name, each in read_manifest(folder).files.items():
        path = folder / name
        try:
            size = path.stat().st_size
            whole = size == each["bytes"] and sha256(path) == each["sha256"]
        except OSError as error:
            raise BrainError(f"{path}: {error.strerror or error}.", hint=_again(folder)) from error
        if not whole:
            what = f"{size} of {each['bytes']} bytes" if size != each["bytes"] else "changed"
            raise BrainError(f"{path}: it is damaged ({what}).", hint=_again(folder))


def _again(folder: Path) -> str:
    return f"Remove it and import it anew: agentd models remove {folder.name}"


@contextmanager
def adding(root: Path, name: str) -> Iterator[Path]:
    """Yield an empty folder; `shelve` what it holds at the end, or it is removed.

    Raises `ConfigError` for a bad name, one that is taken, or a place that cannot be written.
    """
    if not NAME.fullmatch(name):
        raise ConfigError(
            f'"{name}" is no name for a model: up to 64 of a-z, 0-9, ".", "_" and "-".'
        )
    if (root / name).exists():
        raise ConfigError(
            f'There is a model "{name}" already.', hint=f"First: agentd models remove {name}"
        )
    folder = root / f".new-{os.getpid()}-{name}"
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(root)
        folder.mkdir()
    except OSError as error:
        raise ConfigError(f"{root}: {error.strerror or error}.") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def shelve(
    folder: Path, root: Path, manifest: Manifest, on_file: Callable[[str], None] = lambda name: None
) -> Manifest:
    """Note the checksums of a finished folder and put it in its place, all at once."""
    names = sorted(each.name for each in folder.iterdir() if each.is_file())
    for name in names:
        on_file(name)
        path = folder / name
        _to_disk(path)
        manifest.files[name] = {"bytes": path.stat().st_size, "sha256": sha256(path)}
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    _to_disk(folder / MANIFEST)
    _to_disk(folder)
    try:
        folder.rename(root / manifest.name)
    except OSError as error:
        raise ConfigError(f"{root / manifest.name}: {error.strerror or error}.") from error
    _to_disk(root)
    return manifest


def remove(root: Path, name: str) -> None:
    """Remove a model of ours. Raises `ConfigError` when there is none of that name."""
    if not NAME.fullmatch(name) or not (root / name).is_dir():
        known = ", ".join(each.name for each in listed(root)) or "none"
        raise ConfigError(f'There is no model "{name}" in {root}.', hint=f"There are: {known}.")
    gone = root / f".new-{os.getpid()}-{name}"
    try:
        (root / name).rename(gone)
        shutil.rmtree(gone)
    except OSError as error:
        raise ConfigError(f"{root / name}: {error.strerror or error}.") from error


def sha256(path: Path, on_bytes: Callable[[int], None] = lambda count: None) -> str:
    """Return a file's SHA-256 in hex; `on_bytes` is told each count of bytes as it is read."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(_READ_BYTES):
            found.update(data)
            on_bytes(len(data))
    return found.hexdigest()


def _sweep(root: Path) -> None:
    """Remove what processes that are gone left half done."""
    for each in root.iterdir():
        found = _NEW.fullmatch(each.name)
        if found and not Path(f"/proc/{found[1]}").exists():
            shutil.rmtree(each, ignore_errors=True)


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
