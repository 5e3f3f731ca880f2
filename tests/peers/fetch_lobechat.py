"""Fetch LobeChat's own npm packages into the git-ignored `.cache/`.

    python tests/peers/fetch_lobechat.py

`@lobehub/chat-plugin-sdk` and `@lobehub/chat-plugins-gateway` (MIT) are what LobeChat 1.143 and 2.1
read plugin manifests and call plugins with; `openai` 4.104 (Apache-2.0) is what their servers talk
to a model with. No install script is run. Nothing is fetched when the cache already holds them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

CACHE = Path(__file__).parents[2] / ".cache" / "peers" / "lobechat"
PACKAGES = {
    "@lobehub/chat-plugin-sdk": (
        "1.32.4",
        "sha512-dEYNqFr+FzMIRsBLjPC7VPSueX5U9zDKvI9oT9xWrzKGRiTE4oFznf8Z4VGb44h2"
        "a2r2nkZ0EzNvOZ+XV2qcUg==",
    ),
    "@lobehub/chat-plugins-gateway": (
        "1.9.0",
        "sha512-m5VdF21foRqp7exThIq/THd0AONEEIoa1wExPkA+GBawAsEFwZt/nhOJx7Q3WX4R"
        "Rx8K3seBmGX67TBq22CXIg==",
    ),
    "openai": (
        "4.104.0",
        "sha512-p99EFNsA/yX6UhVO93f5kJsDRLAg+CTA2RBqdHK4RtK8u5IJw32Hyb2dTGKbnnFm"
        "nuoBv5r7Z2CURI9sGZpSuA==",
    ),
}
NETWORK_S = 600


class FetchError(Exception):
    """A package is not what it should be, or cannot be had; the message says what to do."""


def present(cache: Path = CACHE) -> bool:
    """Return whether every package lies in the cache."""
    return all((cache / "node_modules" / name / "package.json").exists() for name in PACKAGES)


def lobechat(cache: Path = CACHE) -> Path:
    """Return the folder whose `node_modules` hold the packages. Raises `FetchError`."""
    if not present(cache):
        npm = shutil.which("npm")
        if npm is None:
            raise FetchError("npm is missing: apt-get install -y npm")
        shutil.rmtree(cache, ignore_errors=True)
        cache.mkdir(parents=True)
        (cache / "package.json").write_text('{"name": "peers", "private": true}')
        wanted = [f"{name}@{version}" for name, (version, _) in PACKAGES.items()]
        command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        try:
            done = subprocess.run(
                [*command, *wanted], cwd=cache, check=False, capture_output=True, timeout=NETWORK_S
            )
        except subprocess.TimeoutExpired as error:
            raise FetchError(f"npm install took over {NETWORK_S} s: no network?") from error
        if done.returncode:
            raise FetchError(f"npm install failed: {done.stderr.decode()[-400:]}")
    _verify(cache)
    return cache


def _verify(cache: Path) -> None:
    lock = json.loads((cache / "package-lock.json").read_text())
    for name, (version, integrity) in PACKAGES.items():
        found = lock["packages"][f"node_modules/{name}"]
        if (found["version"], found["integrity"]) != (version, integrity):
            raise FetchError(f"{name} is not the package we know: delete {cache} and try again.")


if __name__ == "__main__":
    try:
        print(lobechat())
    except FetchError as problem:
        raise SystemExit(str(problem)) from None
