"""Headers that keep a browser from doing more with an answer than it should."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "geolocation=(), usb=(), serial=(), hid=(), bluetooth=()",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'",
    "cache-control": "no-store",
}
"""What a route sets itself stays; a page brings a content security policy of its own."""
OVER_TLS = {"strict-transport-security": "max-age=31536000"}


class SafeHeaders:
    """Adds them to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on (ASGI)."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        wanted = ALWAYS | (OVER_TLS if scope.get("scheme") == "https" else {})

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message.get("headers", ())))
                for name, value in wanted.items():
                    headers.setdefault(name, value)
                message["headers"] = headers.raw
            await send(message)

        return await self._app(scope, receive, told)
