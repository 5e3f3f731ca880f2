"""`agentd tools`: what can be done, and doing one thing without words."""

from __future__ import annotations

import json
import sys
from typing import Any
from urllib.parse import quote

import click

from agentd.cli import place, show
from agentd.cli.say import needs_yes
from agentd.errors import AgentdError


@click.command(
    epilog="""\b
Examples:
  agentd tools
  agentd tools set_light device=light.kitchen on=true brightness_pct=30
  agentd tools drive device=rover distance_m=0.2
  agentd tools stop
"""
)
@click.argument("name", required=False)
@click.argument("arguments", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
@place.option
def tools(
    name: str | None, arguments: tuple[str, ...], in_json: bool, state_dir: str | None
) -> None:
    """List the tools, or call one. Ctrl-C while it runs stops the motion."""
    from agentd.cli.client import find  # noqa: PLC0415

    given = dict(_argument(each) for each in arguments)
    daemon = find(state_dir)
    if name is None:
        listed = daemon.ask("GET", "/api/tools")["tools"]
        show.as_json(listed) if in_json else _list(listed)
        return
    row = daemon.ask("POST", f"/api/tools/{quote(name, safe='')}", given)
    if in_json:
        show.as_json(row)
    else:
        show.receipt(row)
        if needs_yes(row):
            show.waiting(daemon.ask("GET", "/api/confirmations")["confirmations"])
    sys.exit(0 if row["status"] in show.GOOD else 1)


def _argument(text: str) -> tuple[str, Any]:
    """Return `key=value` as a pair; a value that is JSON (`true`, `30`) is taken as such."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise AgentdError(f'"{text}" is not key=value.', hint="As in device=light.kitchen on=true.")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def _list(tools: list[dict[str, Any]]) -> None:
    for tool in tools:
        function = tool["function"]
        click.echo(f"{function['name']}: {function['description']}")
        for name, schema in function["parameters"].get("properties", {}).items():
            click.echo(f"    {name}={_accepted(schema)}")


def _accepted(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return "|".join(str(each) for each in schema["enum"])
    if "minimum" in schema:
        unit = schema.get("description", "")
        return f"{schema['minimum']:g}..{schema['maximum']:g} {unit}".strip()
    return str({"boolean": "true|false"}.get(schema.get("type", ""), schema.get("type", "")))
