"""Which web pages may call: none but the page's own and those the owner named.

A browser says in `Origin` which page a request comes from, and no page can change that. What
carries a foreign one is refused before anything is read. Named origins get CORS headers of
their own (https://fetch.spec.whatwg.org/#http-cors-protocol), never `*`, and never with
credentials: a key is no cookie, so a page has to know it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agentd.api.errors import reply

METHODS = "GET, POST, DELETE"
NAMES = re.compile(r"[A-Za-z0-9_, -]{0,2000}")
REMEMBER_S = "600"
EXPOSED = "x-agentd-brain, x-agentd-trace, x-agentd-replayed, retry-after"
PUBLIC_DOCUMENTS = frozenset(
    {"/manifest.json", "/manifest.zh-CN.json", "/.well-known/ai-plugin.json", "/openapi.json"}
)
"""The plugin's documents, which name no device: a browser at LobeChat's page fetches them."""
KEY_IN_URL = re.compile(rb"agd_[A-Za-z0-9_-]{9}")
"""More of a key than its public id, which has eight characters."""


class OriginGuard:
    """Answers 403 to pages of foreign origins, and preflights of the named ones."""

    def __init__(self, app: ASGIApp, origins: Iterable[str]) -> None:
        self._app = app
        self._origins = frozenset(origin.lower() for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it (ASGI)."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        allowed = self._allowed(scope)
        answer = _refusal(scope, allowed)
        if answer is None and allowed and scope["method"] == "OPTIONS":
            answer = _preflight(scope, allowed)
        if answer is not None:
            return await answer(scope, receive, send)
        return await self._app(scope, receive, _telling(send, allowed) if allowed else send)

    def _allowed(self, scope: Scope) -> str:
        """Return what `Access-Control-Allow-Origin` says; empty where nothing is to be said."""
        origins = _header(scope, b"origin")
        if len(origins) == 1 and origins[0].lower() in self._origins:
            return origins[0]
        public = scope["path"] in PUBLIC_DOCUMENTS and scope["method"] in ("GET", "HEAD")
        return "*" if public else ""


def _refusal(scope: Scope, allowed: str) -> Response | None:
    if KEY_IN_URL.search(scope["query_string"]) or KEY_IN_URL.search(scope["path"].encode()):
        message = "A key belongs into the Authorization header; addresses end up in logs."
        return reply(400, message, code="key_in_url")
    if allowed or _is_same(scope) or _navigates(scope):
        return None
    message = "Pages of that origin may not call agentd; `http.origins` names who may."
    return reply(403, message, code="wrong_origin")


def _telling(send: Send, allowed: str) -> Send:
    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            headers["access-control-allow-origin"] = allowed
            headers["access-control-expose-headers"] = EXPOSED
            headers.add_vary_header("origin")
            message["headers"] = headers.raw
        await send(message)

    return told


def _preflight(scope: Scope, allowed: str) -> Response:
    asked = ", ".join(_header(scope, b"access-control-request-headers"))
    headers = {
        "access-control-allow-origin": allowed,
        "access-control-allow-methods": METHODS,
        "access-control-allow-headers": asked if NAMES.fullmatch(asked) else "",
        "access-control-max-age": REMEMBER_S,
        "vary": "origin",
    }
    if _header(scope, b"access-control-request-private-network") == ["true"]:
        headers["access-control-allow-private-network"] = "true"
    return Response(status_code=204, headers=headers)


def _is_same(scope: Scope) -> bool:
    """Return whether no page asks, or one that was served under the very name it calls.

    The scheme may differ: TLS may end at a proxy.
    """
    origins, hosts = _header(scope, b"origin"), _header(scope, b"host")
    if not origins:
        return _header(scope, b"sec-fetch-site") != ["cross-site"]
    kind, _, name = origins[0].partition("://")
    known = len(origins) == len(hosts) == 1 and kind in ("http", "https")
    return known and name.lower() == hosts[0].lower()


def _navigates(scope: Scope) -> bool:
    """Return whether a person followed a link to here; that carries no key, but may show a page."""
    reads = scope["method"] in ("GET", "HEAD") and not _header(scope, b"origin")
    return reads and _header(scope, b"sec-fetch-mode") == ["navigate"]


def _header(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]
