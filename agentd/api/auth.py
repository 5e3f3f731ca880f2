"""Keys at the door: each route declares the scope it needs, and this checks it.

The check is a route dependency, not a middleware that looks at paths, so that no spelling of a
path gets around it. A wrong key is answered slower each time; a right one never waits.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
from collections import OrderedDict
from typing import Annotated

from fastapi import Depends, Request

from agentd.api.errors import ApiError
from agentd.api.house import TheHouse
from agentd.store import Grant, Scope
from agentd.store.keys import LOCAL

log = logging.getLogger(__name__)

FIRST_WAIT_S = 0.05
LONGEST_WAIT_S = 2.0
FORGET_S = 60.0
MOST_CLIENTS = 1024
NOT_FROM_HERE = (
    *("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"),
    *("x-real-ip", "origin", "referer", "sec-fetch-site", "sec-fetch-mode"),
)
"""Headers of proxies and browsers."""


class Failures:
    """Counts wrong keys by client address, for a while, for a bounded number of clients."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def add(self, client: str) -> float:
        """Note one more failure of `client`; return how long to let it wait, in seconds."""
        count, last = self._seen.pop(client, (0, 0.0))
        now = time.monotonic()
        count = 1 if now - last > FORGET_S else count + 1
        self._seen[client] = (count, now)
        if len(self._seen) > MOST_CLIENTS:
            self._seen.popitem(last=False)
        return min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(count - 1, 10))


class Needs:
    """A route's lock: a valid key, with `scope` when one is given."""

    missing = "Send a key as `Authorization: Bearer agd_...`."
    """What to tell somebody who sent none."""

    def __init__(self, scope: Scope | None) -> None:
        self.scope = scope

    def presented(self, request: Request) -> str:
        """Return the key that was sent, empty if none."""
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        return secret.strip() if kind.lower() == "bearer" else ""

    async def __call__(self, request: Request, house: TheHouse) -> Grant:
        """Return who asks. Raises `ApiError` 401 for no valid key, 403 for a missing scope."""
        secret = self.presented(request)
        grant = house.keys.verify(secret) if secret else None
        if grant is None:
            raise await _turn_away(request, bool(secret), self.missing)
        if self.scope is not None and not grant.allows(self.scope):
            raise ApiError(403, f'The key "{grant.who}" lacks the scope {self.scope}.')
        return grant


async def _turn_away(request: Request, had_key: bool, missing: str) -> ApiError:
    client = request.client.host if request.client else "?"
    failures: Failures = request.app.state.failures
    if had_key:
        log.warning("a wrong key from %s at %s", client, request.url.path)
    await asyncio.sleep(failures.add(client))
    if had_key:
        return ApiError(401, "That key is not valid here; `agentd keys create` makes one.")
    return ApiError(401, missing, code="missing_api_key")


class NeedsOrHere(Needs):
    """As `Needs`, but a program on this machine needs no key for it.

    A browser is no such program (it says where a page is from), and neither is a proxy (it says
    for whom it asks). A proxy that hides this must not pass the route on.
    """

    async def __call__(self, request: Request, house: TheHouse) -> Grant:
        """Return who asks; errors as in `Needs`."""
        if "authorization" not in request.headers and _from_here(request):
            return Grant(LOCAL, frozenset({self.scope} if self.scope else ()))
        return await super().__call__(request, house)


def _from_here(request: Request) -> bool:
    """Return whether the request was made by a program on this machine, for itself."""
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return mapped.is_loopback and not any(name in request.headers for name in NOT_FROM_HERE)


AnyKey = Annotated[Grant, Depends(Needs(None))]
ChatKey = Annotated[Grant, Depends(Needs(Scope.CHAT))]
ReadKey = Annotated[Grant, Depends(Needs(Scope.TOOLS_READ))]
CallKey = Annotated[Grant, Depends(Needs(Scope.TOOLS_CALL))]
MetricsKey = Annotated[Grant, Depends(NeedsOrHere(Scope.TOOLS_READ))]
AdminKey = Annotated[Grant, Depends(Needs(Scope.ADMIN))]
