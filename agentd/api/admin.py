"""The owner's doors: keys and the audit."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from agentd import trace
from agentd.api.asking import json_object, text_field
from agentd.api.auth import AdminKey
from agentd.api.encode import plain
from agentd.api.errors import ApiError
from agentd.api.house import House, TheHouse
from agentd.events import KeyChanged
from agentd.store import Grant, Key, Scope, StoreError
from agentd.store.keys import LONGEST_GRACE_S

router = APIRouter()
LONGEST_LIFE_S = 10 * 365 * 86400.0


@router.get("/api/keys")
async def keys(house: TheHouse, grant: AdminKey) -> dict[str, Any]:
    """List the keys, without their secrets."""
    now = time.time()
    return {"keys": [plain(key) | {"valid": key.valid(now)} for key in house.keys.list()]}


@router.post("/api/keys", status_code=201)
async def create_key(
    request: Request, response: Response, house: TheHouse, grant: AdminKey
) -> dict[str, Any]:
    """Make a key from `{"name", "scopes", "devices", "expires_in_s"}`.

    `devices` are the only ones it may touch (ids, or as in `light.*`); without it, every one.
    The secret is in this answer alone.
    """
    body = await json_object(request)
    name = text_field(body, "name", longest=64)
    if not name.isprintable():
        raise ApiError(422, '"name" must be of printable characters.', param="name")
    scopes, devices = _scopes(body.get("scopes")), _devices(body.get("devices"))
    expires = _seconds(body, "expires_in_s", LONGEST_LIFE_S)
    make = partial(
        house.keys.create,
        name,
        scopes,
        devices=devices,
        expires=None if expires is None else time.time() + expires,
    )
    try:
        key, secret = await asyncio.to_thread(make)
    except StoreError as error:
        raise ApiError(409, error.line(), param="name") from error
    return _shown(house, response, grant, "make", key, secret)


@router.post("/api/keys/{id}/rotate", status_code=201)
async def rotate_key(
    id: str, request: Request, response: Response, house: TheHouse, grant: AdminKey
) -> dict[str, Any]:
    """Give a key, by id or name, a new secret; the old one ends in `{"grace_s": 0}` seconds."""
    grace_s = _seconds(await json_object(request), "grace_s", LONGEST_GRACE_S) or 0.0
    try:
        key, secret = await asyncio.to_thread(house.keys.rotate, id, grace_s)
    except StoreError as error:
        raise ApiError(404, error.line(), param="id") from error
    return _shown(house, response, grant, "rotate", key, secret)


@router.delete("/api/keys/{id}")
async def revoke_key(id: str, house: TheHouse, grant: AdminKey) -> dict[str, Any]:
    """End a key, by id or name."""
    try:
        key = await asyncio.to_thread(house.keys.revoke, id)
    except StoreError as error:
        raise ApiError(404, error.line(), param="id") from error
    _note(house, "revoke", key, grant)
    return {"revoked": key.id, "name": key.name}


def _shown(
    house: House, response: Response, grant: Grant, deed: str, key: Key, secret: str
) -> dict[str, Any]:
    _note(house, deed, key, grant)
    response.headers["cache-control"] = "no-store"
    row: dict[str, Any] = plain(key)
    return row | {"key": secret}


def _note(house: House, deed: str, key: Key, grant: Grant) -> None:
    rights, by = key.rights(), grant.who
    house.bus.publish(
        KeyChanged(
            deed=deed, key=key.id, name=key.name, by=by, detail=rights, trace=trace.current()
        )
    )


@router.get("/api/audit")
async def audit(
    house: TheHouse, grant: AdminKey, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> dict[str, Any]:
    """Return the newest calls, newest first."""
    return {"audit": await asyncio.to_thread(house.audit.recent, limit)}


def _scopes(asked: Any) -> list[Scope]:
    try:
        scopes = [Scope(each) for each in asked]
    except (TypeError, ValueError):
        scopes = []
    if not scopes:
        known = ", ".join(Scope)
        raise ApiError(422, f'"scopes" must be a list of: {known}.', param="scopes")
    return scopes


def _devices(asked: Any) -> list[str] | None:
    if asked is None:
        return None
    if not isinstance(asked, list) or not all(isinstance(each, str) for each in asked):
        raise ApiError(422, '"devices" must be a list of device ids.', param="devices")
    return asked


def _seconds(body: dict[str, Any], name: str, most: float) -> float | None:
    value = body.get(name)
    if value is None:
        return None
    known = isinstance(value, int | float) and not isinstance(value, bool)
    if not known or not 0 <= value <= most:
        raise ApiError(422, f'"{name}" must be 0 to {most:g} seconds.', param=name)
    return float(value)
