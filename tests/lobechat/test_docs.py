"""docs/lobechat.md does what it says: every shell line, as printed, against a running daemon."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from agentd.config import parse
from tests.cli.test_process import environment, running, wait_for_door

ROOT = Path(__file__).parents[2]
DOCS = ("docs/lobechat.md", "docs/lobechat.zh-CN.md")
MARK = "----8<----"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(document: str) -> list[tuple[str, str]]:
    text = (ROOT / document).read_text(encoding="utf-8")
    return [(found[1], found[2]) for found in BLOCK.finditer(text)]


def shell(tmp_path: Path, url: str) -> dict[str, str]:
    """Return an environment in which the printed address and `agentd` are those under test."""
    address = urlsplit(url)
    (tmp_path / ".curlrc").write_text(
        f'connect-to = "127.0.0.1:8000:{address.hostname}:{address.port}"\n'
    )
    shim = tmp_path / "bin" / "agentd"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} -m agentd "$@"\n')
    shim.chmod(0o755)
    more = {"CURL_HOME": str(tmp_path), "PATH": f"{shim.parent}:{os.environ['PATH']}"}
    return environment(tmp_path, **more) | {"PYTHONPATH": str(ROOT)}


@pytest.mark.needs("curl")
@pytest.mark.parametrize("document", DOCS)
def test_every_line_works_as_printed(tmp_path: Path, document: str) -> None:
    script, expected = "set -e\n", list[list[str]]()
    for language, body in blocks(document):
        if language == "sh":
            script += f"{body}\necho '{MARK}'\n"
            expected.append([])
        elif language == "text":
            expected[-1] += body.splitlines()
    assert sum("curl" in line for line in script.splitlines()) == 4
    port = {"AGENTD_SIMULATION_BROKER_PORT": "0"}
    with running(tmp_path, "--port", "0", "--simulate", **port) as process:
        url = wait_for_door(tmp_path)
        until_ready(process)
        done = subprocess.run(
            ["sh", "-c", script],
            env=shell(tmp_path, url),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        process.terminate()
        process.communicate(timeout=20)
    assert done.returncode == 0, done.stdout + done.stderr
    for output, lines in zip(done.stdout.split(MARK), expected, strict=False):
        for line in lines:
            assert line in output


def until_ready(process: subprocess.Popen[str]) -> None:
    """Read the first screen, which comes when the simulated devices are there."""
    assert process.stdout is not None
    for line in process.stdout:
        if "agentd say" in line:
            return
    raise AssertionError("the daemon ended")


@pytest.mark.parametrize("document", DOCS)
def test_the_settings_it_shows_are_settings(document: str) -> None:
    toml = [body for language, body in blocks(document) if language == "toml"]
    assert parse(toml[0], document, {}).http.public_url == "http://host.docker.internal:8000"
    text = (ROOT / document).read_text(encoding="utf-8")
    named = re.findall(r"`(AGENTD_HTTP_\w+)=(\S+?)`", text)
    assert len(named) == 2
    assert parse("", "", dict(named)).http.host == "0.0.0.0"


def test_both_languages_show_the_same_lines() -> None:
    english, chinese = map(blocks, DOCS)
    assert [language for language, _ in english] == [language for language, _ in chinese]
    for (language, one), (_, other) in zip(english, chinese, strict=True):
        if language == "env":
            names = [[line.split("=")[0] for line in body.splitlines()] for body in (one, other)]
            assert names[0] == names[1]
    for document in DOCS:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)\)", (ROOT / document).read_text()):
            assert (ROOT / "docs" / target).exists(), target


def test_the_environment_lines_are_those_of_the_compose_file() -> None:
    compose = (ROOT / "deploy" / "compose.yaml").read_text()
    for language, body in blocks(DOCS[0]):
        if language == "env":
            for line in body.splitlines():
                name, value = line.split("=", 1)
                shown = value.partition("<the ")[0]
                assert re.search(rf'{name}: "{re.escape(shown)}', compose), line
