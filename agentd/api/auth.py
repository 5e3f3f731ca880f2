"""Keys at the door: each route declares the scope it needs, and this checks it.

The check is a route dependency, not a middleware that looks at paths, so that no spelling of a
path gets around it. A wrong key is answered slower each time; a right one never waits, and is
held to a steady rate. Stopping is held to none.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
from collections import Counter, OrderedDict
from typing import Annotated

from fastapi import Depends, Request

from agentd.api.errors import ApiError, place
from agentd.api.house import TheHouse
from agentd.safety.rate import Bucket
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
MOST_WAITING = 16
"""Wrong keys of one client that are held back at once; more are told to come back later."""


class Failures:
    """Counts wrong keys by client address, for a while, for a bounded number of clients."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._waiting: Counter[str] = Counter()

    def add(self, client: str) -> float:
        """Note one more failure of `client`; return how long to let it wait, in seconds."""
        count, last = self._seen.pop(client, (0, 0.0))
        now = time.monotonic()
        count = 1 if now - last > FORGET_S else count + 1
        self._seen[client] = (count, now)
        if len(self._seen) > MOST_CLIENTS:
            self._seen.popitem(last=False)
        return min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(count - 1, 10))

    def worth_a_line(self, client: str) -> bool:
        """Return whether to log it: the 1st, 2nd, 4th, 8th ... so that nobody fills the disk."""
        count, _ = self._seen.get(client, (0, 0.0))
        return count & (count - 1) == 0

    async def hold(self, client: str) -> bool:
        """Let `client` wait for one more failure; False, at once, where too many wait already."""
        wait_s = self.add(client)
        if self._waiting[client] >= MOST_WAITING:
            return False
        self._waiting[client] += 1
        try:
            await asyncio.sleep(wait_s)
        finally:
            self._waiting[client] -= 1
            if not self._waiting[client]:
                del self._waiting[client]
        return True


class Rates:
    """A bucket of requests for each key, all of one size."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._buckets: dict[str, Bucket] = {}

    def take(self, grant: Grant) -> None:
        """Count one request. Raises `ApiError` 429 when the key has sent too many."""
        wait = self._buckets.setdefault(grant.key, Bucket(self._per_minute)).take()
        if wait:
            message = f"Too many requests; the next is answered in {wait:.1f} s."
            raise ApiError(429, message, retry_after_s=wait)


class Needs:
    """A route's lock: a valid key with `scope`. Every valid key has `estop`."""

    missing = "Send a key as `Authorization: Bearer agd_...`."
    """What to tell somebody who sent none."""

    def __init__(self, scope: Scope, *, limited: bool = True) -> None:
        self.scope = scope
        self._limited = limited
        """Whether it counts among the requests that a key may send in a minute."""

    def presented(self, request: Request) -> str:
        """Return the key that was sent, empty if none."""
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        return secret.strip() if kind.lower() == "bearer" else ""

    async def __call__(self, request: Request, house: TheHouse) -> Grant:
        """Return who asks.

        Raises `ApiError`: 401 for no valid key, 403 for a missing scope, 429 for too many
        requests, of a valid key or of wrong ones.
        """
        secret = self.presented(request)
        grant = house.keys.verify(secret)
        if grant is None:
            raise await _turn_away(request, bool(secret), self.missing)
        if not grant.allows(self.scope):
            raise ApiError(403, f'The key "{grant.who}" lacks the scope {self.scope}.')
        if self._limited:
            counted(request, grant)
        return grant


def counted(request: Request, grant: Grant) -> None:
    """Count a request of the key. Raises `ApiError` 429 when it has sent too many."""
    rates: Rates = request.app.state.rates
    rates.take(grant)


class Nobody:
    """A route's mark that it needs no key: it tells and does nothing that needs one."""

    async def __call__(self) -> None:
        """Let everyone in."""


async def _turn_away(request: Request, had_key: bool, missing: str) -> ApiError:
    client = client_of(request)
    failures: Failures = request.app.state.failures
    held = await failures.hold(client)
    if had_key and failures.worth_a_line(client):
        log.warning("a wrong key from %s at %s", client, place(request))
    if not held:
        message = "Too many requests without a valid key; wait a moment."
        return ApiError(429, message, retry_after_s=LONGEST_WAIT_S)
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
            return Grant(LOCAL, frozenset({self.scope}))
        return await super().__call__(request, house)


def _from_here(request: Request) -> bool:
    """Return whether the request was made by a program on this machine, for itself."""
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return mapped.is_loopback and not any(name in request.headers for name in NOT_FROM_HERE)


def client_of(request: Request) -> str:
    """Return the client's address; of IPv6 the network, as whole /64s belong to one client."""
    host = request.client.host if request.client else "?"
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    return host if address.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))


StopKey = Annotated[Grant, Depends(Needs(Scope.ESTOP, limited=False))]
AnyKey = Annotated[Grant, Depends(Needs(Scope.ESTOP))]
ChatKey = Annotated[Grant, Depends(Needs(Scope.CHAT))]
ReadKey = Annotated[Grant, Depends(Needs(Scope.TOOLS_READ))]
CallKey = Annotated[Grant, Depends(Needs(Scope.TOOLS_CALL))]
MetricsKey = Annotated[Grant, Depends(NeedsOrHere(Scope.TOOLS_READ))]
AdminKey = Annotated[Grant, Depends(Needs(Scope.ADMIN))]
WITHOUT_KEY = Depends(Nobody())
"""For a route's `dependencies`: every route says what it needs, also that it needs nothing."""
