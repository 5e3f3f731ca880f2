"""The lines of docs/mcp.md do what they say."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
from pathlib import Path

import pytest

from tests.api.served import Served, scenario

DOCS = Path(__file__).parents[2] / "docs" / "mcp.md"


def blocks(kind: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```", DOCS.read_text(), re.DOTALL | re.MULTILINE)
    return [text for each, text in found if each == kind]


@pytest.mark.needs("curl")
def test_every_curl_line_gets_a_result(tmp_path: Path) -> None:
    commands = [
        each for block in blocks("") for each in re.split(r"^\$ ", block, flags=re.MULTILINE)
    ]
    commands = [each for each in commands if each.startswith("curl ")]
    assert len(commands) == 3

    async def test(served: Served) -> None:
        for command in commands:
            line = command.replace("http://127.0.0.1:8000", served.url)
            line = line.replace("light.kitchen", "light.lamp").replace("$KEY", served.key)
            words = shlex.split(line.replace("\\\n", " "))
            process = await asyncio.create_subprocess_exec(
                *words, "--silent", "--noproxy", "*", stdout=asyncio.subprocess.PIPE
            )
            out, _ = await process.communicate()
            assert "isError" not in json.loads(out)["result"], command
        assert len(served.toys.driver.applied) == 1

    scenario(tmp_path, test)


def test_every_configuration_is_json() -> None:
    found = blocks("json")
    for block in found:
        assert "agentd" in json.loads(block)["mcpServers"]
    assert len(found) == 2
