"""The last net: a bug becomes a 500 in OpenAI's shape, with the headers that every answer has.

Starlette's own net lies outside of all else, so that its answer would go without them.
"""

from __future__ import annotations

import logging

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agentd.api.errors import reply
from agentd.errors import INSIDE

log = logging.getLogger(__name__)


class Bugs:
    """Logs what nobody foresaw; an answer that has begun is cut."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on (ASGI)."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            return await self._app(scope, receive, noted)
        except ClientDisconnect:
            return None  # nobody is there to be told
        except Exception:
            if begun:
                raise
            route = getattr(scope.get("route"), "path", "no route")
            log.exception("%s %s: a bug", scope["method"], route)
            return await reply(500, INSIDE)(scope, receive, send)
