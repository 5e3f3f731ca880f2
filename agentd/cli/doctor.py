"""`agentd doctor`: one line a check, each with the exact fix."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agentd.cli import place

if TYPE_CHECKING:
    from agentd.cli.checks import Finding

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command(
    epilog="\b\nExamples:\n  agentd doctor\n  agentd doctor --config /etc/agentd/config.toml"
)
@click.option(
    "--config", envvar="AGENTD_CONFIG", metavar="FILE", help="The settings `run` would use."
)
@place.option
def doctor(config: str | None, state_dir: str | None) -> None:
    """Look at everything agentd needs and say how to mend what is not right.

    Exit code 1 when something keeps agentd from running.
    """
    from agentd.cli import checks  # noqa: PLC0415

    failed = False
    for finding in checks.all_of(Path(config) if config else None, state_dir):
        failed = failed or finding.level == "fail"
        _show(finding)
    sys.exit(1 if failed else 0)


def _show(finding: Finding) -> None:
    level = click.style(f"{finding.level:<4}", fg=COLOURS[finding.level])
    click.echo(f"{level}  {finding.what}")
    if finding.fix:
        click.echo(f"      fix: {finding.fix}")
