"""What the threat model says is held by a test is held by one."""

from __future__ import annotations

import re
from pathlib import Path

from agentd.store import Scope

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "security.md").read_text()


def test_every_test_that_the_threat_model_names_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", DOC)
    assert len(named) >= 20
    for path, name in named:
        assert f"def {name}(" in (ROOT / path).read_text(), f"{path}::{name}"


def test_every_advisory_is_in_the_table_and_every_scope_is_explained() -> None:
    table = DOC[DOC.index("## What stands in the way") :]
    for advisory in (
        "GHSA-p4cp-8gwf-3fgv",
        "CVE-2026-25253",
        "CVE-2024-28224",
        "CVE-2025-66416",
        "CVE-2026-48710",
        "CVE-2026-33470",
        "GHSA-rqpp-rjj8-7wv8",
        "CVE-2026-23892",
        "GHSA-m2pc-3q4q-w6jr",
        "CVE-2026-7482",
        "litellm 1.82.7",
    ):
        assert advisory in table
    for scope in Scope:
        assert f"| `{scope}` |" in DOC


def test_every_setting_and_command_it_names_exists() -> None:
    from agentd.cli.group import agentd
    from agentd.config import Settings

    known = {
        f"{table}.{key}"
        for table, each in Settings().model_dump().items()
        for key in (each if isinstance(each, dict) else ())
    }
    for text in (DOC, (ROOT / "SECURITY.md").read_text()):
        for setting in re.findall(r"`((?:http|safety|mqtt|brain)\.\w+)", text):
            assert setting in known, setting
        for command, sub in re.findall(
            r"(?m)(?:^    |`|^(?=agentd keys))agentd (\w+) ?(\w*)", text
        ):
            found = agentd.get_command(None, command)  # type: ignore[arg-type]
            assert found is not None, command
            assert command != "keys" or sub in found.commands  # type: ignore[attr-defined]
