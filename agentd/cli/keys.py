"""`agentd keys`: made, listed and ended directly in the database, also while nothing runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from agentd.cli import place, show

if TYPE_CHECKING:
    from agentd.store import Keys

SCOPES = ("chat", "tools:read", "tools:call", "admin")


@click.group()
def keys() -> None:
    """Make, list and revoke keys. Any valid key may stop everything."""


@keys.command(
    epilog="""\b
Examples:
  agentd keys create --name lobechat --scope chat
  agentd keys create --name dashboard --scope tools:read --scope tools:call
"""
)
@click.option("--name", required=True, help="Who will use it.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    help="What it opens; may be given more than once. Default: all but admin.",
)
@place.option
def create(name: str, scopes: tuple[str, ...], state_dir: str | None) -> None:
    """Make a key and print it once; only its hash is kept."""
    from agentd.store import Scope  # noqa: PLC0415
    from agentd.store.keys import EVERYDAY  # noqa: PLC0415

    with _open(state_dir) as store:
        key, secret = store.create(name, [Scope(each) for each in scopes] or EVERYDAY)
    click.echo(secret)
    click.echo(f"{key.name} may: {', '.join(sorted(key.scopes))}. Not shown again.", err=True)


@keys.command("list", epilog="\b\nExample:\n  agentd keys list --json")
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
@place.option
def list_(in_json: bool, state_dir: str | None) -> None:
    """List the keys, without their secrets."""
    with _open(state_dir) as store:
        found = store.list()
    rows = [
        {
            "id": key.id,
            "name": key.name,
            "scopes": sorted(key.scopes),
            "created": key.created,
            "last_used": key.last_used,
            "revoked": key.revoked,
        }
        for key in found
    ]
    if in_json:
        show.as_json(rows)
    else:
        head = ("ID", "NAME", "SCOPES", "CREATED", "LAST USED", "")
        show.table(
            head,
            (
                (
                    key.id,
                    key.name,
                    ",".join(sorted(key.scopes)),
                    _day(key.created),
                    _day(key.last_used) or "never",
                    "revoked" if key.revoked else "",
                )
                for key in found
            ),
        )


@keys.command(epilog="\b\nExample:\n  agentd keys revoke lobechat")
@click.argument("key", metavar="ID_OR_NAME")
@place.option
def revoke(key: str, state_dir: str | None) -> None:
    """End a key at once."""
    with _open(state_dir) as store:
        ended = store.revoke(key)
    click.echo(f"{ended.name} ({ended.id}) opens nothing from now on.")


@contextlib.contextmanager
def _open(state_dir: str | None) -> Iterator[Keys]:
    from agentd.store import Database, Keys  # noqa: PLC0415

    database = Database.open(place.state_dir(state_dir))
    try:
        yield Keys(database)
    finally:
        database.close()


def _day(at: float | None) -> str:
    import time  # noqa: PLC0415

    return time.strftime("%Y-%m-%d", time.localtime(at)) if at else ""
