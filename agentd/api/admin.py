"""The owner's doors: keys and the audit."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from agentd.api.asking import json_object, text_field
from agentd.api.auth import AdminKey
from agentd.api.encode import plain
from agentd.api.errors import ApiError
from agentd.api.house import TheHouse
from agentd.store import Scope, StoreError

router = APIRouter()


@router.get("/api/keys")
async def keys(house: TheHouse, grant: AdminKey) -> dict[str, Any]:
    """List the keys, without their secrets."""
    return {"keys": [plain(key) for key in house.keys.list()]}


@router.post("/api/keys", status_code=201)
async def create_key(
    request: Request, response: Response, house: TheHouse, grant: AdminKey
) -> dict[str, Any]:
    """Make a key from `{"name": ..., "scopes": [...]}`; the secret is in this answer alone."""
    body = await json_object(request)
    name = text_field(body, "name", longest=64)
    scopes = _scopes(body.get("scopes"))
    try:
        key, secret = await asyncio.to_thread(house.keys.create, name, scopes)
    except StoreError as error:
        raise ApiError(409, error.line(), param="name") from error
    response.headers["cache-control"] = "no-store"
    row: dict[str, Any] = plain(key)
    return row | {"key": secret}


@router.delete("/api/keys/{id}")
async def revoke_key(id: str, house: TheHouse, grant: AdminKey) -> dict[str, Any]:
    """End a key, by id or name."""
    try:
        key = await asyncio.to_thread(house.keys.revoke, id)
    except StoreError as error:
        raise ApiError(404, error.line(), param="id") from error
    return {"revoked": key.id, "name": key.name}


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
