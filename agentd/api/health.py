"""Is it well? The one door without a key, so it tells nothing but that."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from agentd import __version__
from agentd.api.auth import WITHOUT_KEY
from agentd.api.house import TheHouse

router = APIRouter()


@router.get("/healthz", dependencies=[WITHOUT_KEY])
async def healthz(house: TheHouse) -> dict[str, Any]:
    """Return `ok` when every part is ready, else `degraded`; always with status 200.

    `ready` means that no part is still stopped: sentences can be said now.
    """
    # Why a part is not ready may hold addresses; that is for the log and for who has a key.
    parts = {part: state.partition(":")[0] for part, state in house.parts().items()}
    well = all(state == "ready" for state in parts.values())
    return {
        "status": "ok" if well else "degraded",
        "version": __version__,
        "ready": "stopped" not in parts.values(),
        "latched": house.gate.latched,
        "parts": parts,
    }
