"""`/metrics` for Prometheus, and what each key used."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from agentd.api.auth import AnyKey, MetricsKey
from agentd.api.errors import ApiError
from agentd.api.house import TheHouse
from agentd.config import Budget
from agentd.store import Scope

router = APIRouter()


@router.get("/metrics")
async def metrics(request: Request, house: TheHouse, grant: MetricsKey) -> Response:
    """Return every figure in Prometheus's text format, or OpenMetrics if that is asked for.

    They are of every device, so a key that is limited to some does not get them.
    """
    if grant.devices is not None:
        message = f'The key "{grant.who}" may not see every device, and these are figures of all.'
        raise ApiError(403, message, code="not_allowed")
    page, content_type = house.metrics.page(request.headers.get("accept", ""))
    return Response(page, headers={"content-type": content_type, "cache-control": "no-store"})


@router.get("/api/usage")
async def usage(
    house: TheHouse, grant: AnyKey, days: Annotated[int, Query(ge=1, le=366)] = 1
) -> dict[str, Any]:
    """List what was used in the last `days` days: by this key, or by all for an `admin` key.

    Today's rows say what is left of the budget; null where there is none.
    """
    ledger = house.ledger
    who = None if grant.allows(Scope.ADMIN) else grant.who
    rows = ledger.rows(days, who)
    today = ledger.day
    return {
        "day": today,
        "resets_in_s": round(ledger.resets_in_s()),
        "usage": [
            _row(row, ledger.budget(row["who"]) if row["day"] == today else None) for row in rows
        ],
    }


def _row(row: dict[str, Any], budget: Budget | None) -> dict[str, Any]:
    used = {
        "tokens": row["asked"] + row["answered"],
        "calls": row["calls"],
        "motion_s": round(row["motion_s"], 1),
    }
    named = {"day": row["day"], "key": row["who"], **used, "asked_tokens": row["asked"]}
    if budget is None:
        return named
    limits = {name: getattr(budget, name) for name in used}
    left = {name: max(0, limit - used[name]) if limit else None for name, limit in limits.items()}
    return named | {"budget": {n: limit or None for n, limit in limits.items()}, "left": left}
