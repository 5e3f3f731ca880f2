"""The outermost guard of the HTTP door: every request gets a trace id, and is counted."""

from __future__ import annotations

import logging
import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agentd import trace
from agentd.metrics import Metrics

log = logging.getLogger(__name__)

TRACE_HEADER = "x-agentd-trace"
BRAIN_HEADER = "x-agentd-brain"
"""Which brain made an answer, where that is known before its first byte."""
NO_ANSWER = 499
"""As nginx counts it: the client was gone before an answer began."""


class Watch:
    """Puts each request under a trace of its own, which the answer names in a header.

    A trace id that a caller sends is not taken over: it could be given to two deeds.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count it when it has ended (ASGI)."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began, status, first_byte_s = time.monotonic(), NO_ANSWER, 0.0
        with trace.under(trace.new_id()) as span:

            async def watched(message: Message) -> None:
                nonlocal status, first_byte_s
                if message["type"] == "http.response.start":
                    status, first_byte_s = message["status"], time.monotonic() - began
                    # A retry is answered with the trace of what was done the first time.
                    MutableHeaders(scope=message).setdefault(TRACE_HEADER, span.trace)
                await send(message)

            try:
                await self._app(scope, receive, watched)
            finally:
                took_s = time.monotonic() - began
                # The template, not the path: a path may hold a confirmation's token.
                route = getattr(scope.get("route"), "path", "")
                self._metrics.request(scope["method"], route, status, first_byte_s or took_s)
                log.debug("%s %s: %d, %.1f ms", scope["method"], route, status, took_s * 1000)
        return None
