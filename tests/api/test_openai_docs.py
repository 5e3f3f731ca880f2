"""`docs/openai.md`: its example runs as printed, and its table names every field that is read."""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
from pathlib import Path

from agentd.api.content import MOST_PICTURES
from agentd.api.document.asks import CHAT
from agentd.api.embeddings import AT_ONCE, MOST_INPUTS
from agentd.api.wishes import LONGEST_STOP, MOST_STOPS, NOT_HERE, RANGES
from agentd.brains import Propose
from agentd.brains.shape import MOST_BYTES
from agentd.usage.meter import PICTURE_TOKENS
from tests.api.served import LIGHT_ON, Scripted, Served, scenario

PAGE = (Path(__file__).parents[2] / "docs" / "openai.md").read_text()
TABLE = PAGE[PAGE.index("## What is supported") : PAGE.index("Usage is estimated")]


def test_the_table_names_every_field_and_every_refusal() -> None:
    named = set(re.findall(r"`(\w+)`", TABLE))
    assert named >= set(CHAT["properties"])
    assert named >= {*NOT_HERE, "modalities"}
    for field, (low, high, _) in RANGES.items():
        (row,) = [line for line in TABLE.splitlines() if f"`{field}`" in line]
        assert "likewise" in row or f"{low:g} to {high:g}" in row
    assert f"up to {MOST_STOPS}, each up to {LONGEST_STOP} characters" in TABLE
    assert f"{MOST_BYTES // 1024} KB" in PAGE
    assert f"up to {MOST_INPUTS} of either" in PAGE
    assert f"{AT_ONCE} at a time" in PAGE
    assert f"at most {MOST_PICTURES}, with" in PAGE
    assert f"counts as {PICTURE_TOKENS} tokens" in PAGE


def test_the_example_runs_as_printed(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

    def run(served: Served) -> str:
        told = code.replace("http://127.0.0.1:8000", served.url)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(f"{told}\nclient.close()", {"KEY": served.key})
        return said.getvalue()

    async def test(served: Served) -> None:
        assert await asyncio.to_thread(run, served) == "Lamp: on.\n\nset_light light.lamp done\n"

    scenario(tmp_path, test, Scripted(Propose(LIGHT_ON)))
