"""The models that can be asked for: agentd, and those of other servers."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter, Request

from agentd.api import relayed
from agentd.api.answer import MODEL
from agentd.api.auth import ChatKey
from agentd.api.errors import ApiError
from agentd.api.house import House, TheHouse
from agentd.guests.relay import Relay

router = APIRouter()

CONTEXT_TOKENS = 8192
STARTED = int(time.time())


@router.head("/v1/models", include_in_schema=False)
@router.get("/v1/models")
async def models(request: Request, house: TheHouse, grant: ChatKey) -> dict[str, Any]:
    """List agentd, and the models of other servers that can be talked to through it."""
    relay: Relay = request.app.state.relay
    return {"object": "list", "data": [_model(house, relay), *map(relayed.model, relay.upstreams)]}


@router.head("/v1/models/{model:path}", include_in_schema=False)
@router.get("/v1/models/{model:path}")
async def model(model: str, request: Request, house: TheHouse, grant: ChatKey) -> dict[str, Any]:
    """Describe one model."""
    relay: Relay = request.app.state.relay
    other = relay.find(model)
    if model == MODEL:
        return _model(house, relay)
    if other is not None:
        return relayed.model(other)
    known = ", ".join([MODEL, *(each.name for each in relay.upstreams)])
    raise ApiError(
        404, f'There is no model "{model[:80]}"; here are: {known}.', code="model_not_found"
    )


def _model(house: House, relay: Relay) -> dict[str, Any]:
    """Return agentd as a model, with the extra keys without which LobeChat disables tools."""
    return {
        "id": MODEL,
        "object": "model",
        "created": STARTED,
        "owned_by": "agentd",
        "displayName": f"agentd ({house.settings.daemon.node})",
        "description": "Carries out what you say, on the devices of this machine.",
        "contextWindowTokens": CONTEXT_TOKENS,
        "functionCall": True,
        "enabled": True,
        "type": "chat",
        **({"vision": True} if relay.sees else {}),
    }
