"""Where the whole document is read. It names no device, but strangers need not see every door."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from agentd.api.auth import AnyKey
from agentd.api.document.whole import whole
from agentd.api.origins import PUBLIC_DOCUMENTS

router = APIRouter()

WITHOUT_KEY = frozenset({"/healthz", *PUBLIC_DOCUMENTS})


@router.get("/api/openapi.json")
async def everything(request: Request, grant: AnyKey) -> JSONResponse:
    """Return the OpenAPI document of every door; that of the tools alone is `/openapi.json`."""
    return JSONResponse(whole(request.app, WITHOUT_KEY))
