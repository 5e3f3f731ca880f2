"""`agentd keys`: made, listed, rotated and ended in the database, also while nothing runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from agentd.cli import place, show
from agentd.errors import AgentdError

if TYPE_CHECKING:
    from agentd.store import Key, Keys

SCOPES = ("chat", "tools:read", "tools:call", "admin", "estop")
UNITS = {"m": 60.0, "h": 3600.0, "d": 86400.0}


@click.group()
def keys() -> None:
    """Make, list, rotate and revoke keys. Any valid key may stop everything."""


@keys.command(
    epilog="""\b
Examples:
  agentd keys create --name lobechat --scope chat
  agentd keys create --name dashboard --scope tools:read --scope tools:call
  agentd keys create --name guest --scope chat --device "light.*" --expires 7d
  agentd keys create --name "red button" --scope estop
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
@click.option(
    "--device",
    "devices",
    multiple=True,
    metavar="ID",
    help="The only devices it may touch, as light.kitchen or light.*; may be given more than "
    "once. Default: every one.",
)
@click.option("--expires", metavar="SPAN", help="When it ends by itself, as 30m, 12h or 90d.")
@place.option
def create(
    name: str,
    scopes: tuple[str, ...],
    devices: tuple[str, ...],
    expires: str | None,
    state_dir: str | None,
) -> None:
    """Make a key and print it once; only its hash is kept."""
    import time  # noqa: PLC0415

    from agentd.store import Scope  # noqa: PLC0415
    from agentd.store.keys import EVERYDAY  # noqa: PLC0415

    until = time.time() + _span(expires, "--expires") if expires else None
    with _open(state_dir) as store:
        key, secret = store.create(
            name,
            [Scope(each) for each in scopes] or EVERYDAY,
            devices=devices or None,
            expires=until,
        )
        _note(store, "make", key)
    _print(key, secret)


@keys.command(
    epilog="\b\nExamples:\n  agentd keys rotate lobechat\n  agentd keys rotate lobechat --grace 1h"
)
@click.argument("key", metavar="ID_OR_NAME")
@click.option("--grace", metavar="SPAN", help="How long the old one still opens, as 30m or 1d.")
@place.option
def rotate(key: str, grace: str | None, state_dir: str | None) -> None:
    """Give a key a new secret and print it once; the old one ends."""
    with _open(state_dir) as store:
        new, secret = store.rotate(key, _span(grace, "--grace") if grace else 0.0)
        _note(store, "rotate", new)
    _print(new, secret)


@keys.command("list", epilog="\b\nExample:\n  agentd keys list --json")
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
@place.option
def list_(in_json: bool, state_dir: str | None) -> None:
    """List the keys, without their secrets."""
    with _open(state_dir) as store:
        found = store.list()
    if in_json:
        show.as_json([_row(key) for key in found])
        return
    head = ("ID", "NAME", "SCOPES", "DEVICES", "CREATED", "LAST USED", "")
    show.table(
        head,
        (
            (
                key.id,
                key.name,
                ",".join(sorted(key.scopes)),
                key.allowed(),
                _day(key.created),
                _day(key.last_used) or "never",
                _end(key),
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
        _note(store, "revoke", ended)
    click.echo(f"{ended.name} ({ended.id}) opens nothing from now on.")


@contextlib.contextmanager
def _open(state_dir: str | None) -> Iterator[Keys]:
    from agentd.store import Database, Keys  # noqa: PLC0415

    database = Database.open(place.state_dir(state_dir))
    try:
        yield Keys(database)
    finally:
        database.close()


def _print(key: Key, secret: str) -> None:
    click.echo(secret)
    told = f"{key.name} may: {', '.join(sorted(key.scopes))}. Not shown again."
    if key.devices is not None:
        told += f" It touches {key.allowed()} alone."
    if key.expires is not None:
        told += f" It ends on {_day(key.expires)}."
    click.echo(told, err=True)


def _row(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "devices": key.devices,
        "created": key.created,
        "last_used": key.last_used,
        "expires": key.expires,
        "revoked": key.revoked,
    }


def _end(key: Key) -> str:
    import time  # noqa: PLC0415

    if key.revoked:
        return "revoked"
    if key.expires is None:
        return ""
    return "expired" if not key.valid(time.time()) else f"until {_day(key.expires)}"


def _span(text: str, option: str) -> float:
    """Return the seconds of `90d`, `12h` or `30m`. Raises `AgentdError`."""
    number, unit = text[:-1], text[-1:]
    if unit not in UNITS or not number.isascii() or not number.isdigit() or not int(number):
        raise AgentdError(f"{option} {text}: say it as 30m, 12h or 90d.")
    return int(number) * UNITS[unit]


def _note(store: Keys, deed: str, key: Key) -> None:
    """Put a row into the audit: this command needs no running daemon, but leaves its mark."""
    from agentd.store.audit import note_key  # noqa: PLC0415

    note_key(store.database, deed, key)


def _day(at: float | None) -> str:
    import time  # noqa: PLC0415

    return time.strftime("%Y-%m-%d", time.localtime(at)) if at else ""
