"""Compile the C counterparts in this folder into the git-ignored `.cache/`.

    python tests/peers/build.py

Needs gcc, libsimavr-dev and libelf-dev. A program is compiled again when its source is newer.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".cache" / "peers"
HEADERS = Path("/usr/include/simavr")
APT = "apt-get install -y gcc libsimavr-dev libelf-dev"


class BuildError(Exception):
    """A counterpart could not be compiled; the message says what to do."""


def simavr_uno(cache: Path = CACHE) -> Path:
    """Return the path of the compiled simulator; compile it first when needed.

    Raises `BuildError`.
    """
    source, program = HERE / "simavr_uno.c", cache / "simavr_uno"
    if program.exists() and program.stat().st_mtime > source.stat().st_mtime:
        return program
    compiler = shutil.which("gcc")
    if compiler is None or not HEADERS.is_dir():
        raise BuildError(APT)
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        fresh = Path(folder) / program.name
        flags = ["-O2", "-Wall", "-Wextra", f"-I{HEADERS}"]
        libraries = ["-lsimavr", "-lelf", "-lutil"]
        command = [compiler, *flags, str(source), "-o", str(fresh), *libraries]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise BuildError(f"{' '.join(command)}\n{done.stderr}\nNeeds: {APT}")
        fresh.rename(program)
    return program


if __name__ == "__main__":
    try:
        print(simavr_uno())
    except BuildError as problem:
        raise SystemExit(str(problem)) from None
